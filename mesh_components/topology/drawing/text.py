"""The picture in plain text, for terminals, pipes and diffs: a line for everything, its first column for changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..graph import Change, Edge, EdgeKind, Namespace, Node, NodeKind, Remark, Topology
from .text_words import SIGNS, edge_facts, namespaces_of, path_of, plain, protection, remarks_at, summary, was

_VERBS: Mapping[EdgeKind, str] = {
    EdgeKind.ENTERS: "enters",
    EdgeKind.ROUTE: "routes to",
    EdgeKind.MIRROR: "mirrors to",
    EdgeKind.SELECTS: "selects",
    EdgeKind.ALLOWED: "is allowed into",
    EdgeKind.DEPENDS: "depends on",
}
_FIRST = (NodeKind.CLIENTS, NodeKind.CONTROL_PLANE, NodeKind.GATEWAY, NodeKind.SERVICE, NodeKind.WORKLOAD)
_INDENT = "  "


@dataclass(frozen=True)
class _Line:
    """A line and what is said of it: further lines below it, a step to the right."""

    text: str
    change: Change = Change.SAME
    below: tuple[_Line, ...] = field(default=())

    def written(self, depth: int = 0) -> Iterator[str]:
        yield f"{SIGNS[self.change] or ' '} {_INDENT * depth}{plain(self.text)}".rstrip()
        for line in self.below:
            yield from line.written(depth + 1)


def tree(topology: Topology) -> str:
    """Return a picture as indented text.

    The first column is the sign of a change (``+`` added, ``-`` removed, ``~`` changed) where a change is shown. Each
    edge stands below the node where it starts, findings and policies below what they are about. What would steer a
    terminal is written as an escape.
    """
    remarks = remarks_at(topology)
    known = {"", *topology.by_id, *(one.id for one in topology.namespaces), *(one.id for one in topology.edges)}
    edges: dict[str, list[Edge]] = defaultdict(list)
    for edge in topology.edges:
        edges[edge.source].append(edge)

    def node_line(node: Node) -> _Line:
        words = [f"{node.kind} {node.name}" if node.kind is not NodeKind.CLIENTS else node.name, node.detail]
        words += [protection(node.mtls), was(node.was)]
        outward = [_edge_line(edge, topology, remarks) for edge in edges[node.id]]
        return _Line(_joined(words), node.change, (*_said_of(node, remarks), *outward))

    def section(title: _Line, nodes: Iterable[Node]) -> _Line:
        ordered = sorted(nodes, key=lambda node: (_place(node), node.name, node.id))
        return _Line(title.text, title.change, (*title.below, *map(node_line, ordered)))

    outside = [node for node in topology.nodes if not node.namespace]
    sections = [section(_Line("outside of the mesh"), outside)] if outside else []
    for space in namespaces_of(topology):
        words = [f"namespace {space.name}", protection(space.mtls), _injection(space.injection), was(space.was)]
        title = _Line(_joined(words), space.change, _said_of(space, remarks))
        sections.append(section(title, (node for node in topology.nodes if node.namespace == space.name)))
    whole = [_remark_line(remark) for remark in remarks.get("", ())]
    lost = [_from_nowhere(edge, topology, remarks) for edge in topology.edges if edge.source not in topology.by_id]
    lost += [_remark_line(remark) for at in remarks if at not in known for remark in remarks[at]]
    ends = (("the mesh as a whole", whole), ("elsewhere", lost))
    sections += [_Line(said, below=tuple(lines)) for said, lines in ends if lines]
    written = ["\n".join(one.written()) for one in sections]
    return "\n\n".join([f"{plain(topology.title)}\n{plain(summary(topology))}", *written]) + "\n"


def _edge_line(edge: Edge, topology: Topology, remarks: Mapping[str, Sequence[Remark]]) -> _Line:
    target = topology.by_id.get(edge.target)
    text = f"{_VERBS[edge.kind]} {path_of(target) if target else edge.target}"
    below = tuple(_remark_line(remark) for remark in remarks.get(edge.id, ()))
    return _Line(_joined([text, *edge_facts(edge)]), edge.change, below)


def _from_nowhere(edge: Edge, topology: Topology, remarks: Mapping[str, Sequence[Remark]]) -> _Line:
    line = _edge_line(edge, topology, remarks)
    return _Line(f"{edge.source} {line.text}", line.change, line.below)


def _said_of(part: Node | Namespace, remarks: Mapping[str, Sequence[Remark]]) -> tuple[_Line, ...]:
    notes = [_Line(f"policy {note.resource}: {note.text}") for note in part.notes]
    return (*notes, *(_remark_line(remark) for remark in remarks.get(part.id, ())))


def _remark_line(remark: Remark) -> _Line:
    ended = {Change.ADDED: " (new)", Change.REMOVED: " (mended)"}.get(remark.change, "")
    text = f"{remark.level} {remark.code}{ended} {remark.resource}: {remark.text}"
    return _Line(text, remark.change, (_Line(f"remedy: {remark.remedy}"),) if remark.remedy else ())


def _place(node: Node) -> int:
    return _FIRST.index(node.kind) if node.kind in _FIRST else len(_FIRST)


def _injection(how: str) -> str:
    return f"injection {how}" if how else ""


def _joined(words: Iterable[str]) -> str:
    return ", ".join(word for word in words if word)
