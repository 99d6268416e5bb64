"""A picture in the making: parts are added in any order, each once, and where every object is shown is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..analysis.resource import Path, Resource
from .graph import Edge, Node, NodeKind, Note

ORDER = {kind: place for place, kind in enumerate(NodeKind)}
"""In which order kinds of nodes come."""


@dataclass
class Draft:
    """Nodes, edges and notes so far.

    Attributes:
        nodes: By id.
        edges: By id.
        notes: By the id of the node or namespace.
        shown: The node or the namespace that shows an object: the first that was said to.
        drawn: The first edge that an object is drawn as.
        fields: The edges that fields of objects are drawn as.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    notes: dict[str, dict[Note, None]] = field(default_factory=dict)
    shown: dict[Resource, str] = field(default_factory=dict)
    drawn: dict[Resource, str] = field(default_factory=dict)
    fields: dict[tuple[Resource, Path], str] = field(default_factory=dict)
    _names: dict[Resource, str] = field(default_factory=dict)

    def name(self, resource: Resource) -> str:
        """Return an object as findings name it."""
        found = self._names.get(resource)
        if found is None:
            found = self._names[resource] = str(resource)
        return found

    def add_node(self, node: Node, *of: Resource) -> None:
        """Add a node, unless there is one with its id; it shows these objects."""
        self.nodes.setdefault(node.id, node)
        self.show(node.id, of)

    def add_edge(self, edge: Edge, resource: Resource, path: Path = ()) -> None:
        """Add an edge, unless one that is there says the same of the same requests.

        :param resource: the object that says it
        :param path: the field that says it
        """
        name = edge.id
        self.edges.setdefault(name, edge)
        self.drawn.setdefault(resource, name)
        if path:
            self.fields.setdefault((resource, path), name)

    def add_note(self, at: str, resource: Resource, text: str, *, shows: bool = True) -> None:
        """Add what an object says of a node or namespace.

        :param shows: whether that is where the object is shown
        """
        self.notes.setdefault(at, {})[Note(self.name(resource), text)] = None
        if shows:
            self.show(at, [resource])

    def show(self, at: str, resources: Iterable[Resource]) -> None:
        """Keep which node or namespace shows objects."""
        for resource in resources:
            self.shown.setdefault(resource, at)

    def detail(self, node: str, text: str) -> None:
        """Add to a node's second line."""
        if text:
            found = self.nodes[node]
            self.nodes[node] = replace(found, detail=f"{found.detail}; {text}" if found.detail else text)

    def noted(self, at: str) -> tuple[Note, ...]:
        """Return the notes of a node or namespace, in order."""
        return tuple(sorted(self.notes.get(at, ()), key=lambda note: (note.resource, note.text)))

    def finished_nodes(self) -> tuple[Node, ...]:
        """Return the nodes with their notes, in the order of a picture."""
        nodes = (replace(one, notes=self.noted(one.id)) if one.id in self.notes else one for one in self.nodes.values())
        return tuple(sorted(nodes, key=node_order))

    def finished_edges(self) -> tuple[Edge, ...]:
        """Return the edges, in the order of a picture."""
        return tuple(self.edges[name] for name in sorted(self.edges))


def node_order(node: Node) -> tuple[str, int, str, str]:
    """Return what nodes are ordered by."""
    return node.namespace, ORDER[node.kind], node.name, node.id
