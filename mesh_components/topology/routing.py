"""Rules of routing objects as edges: which requests go where, by which weights, how protected, with what on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..analysis.resource import Path, Resource
from .draft import Draft
from .graph import Edge, EdgeKind, Node, NodeKind
from .places import Place, Places
from .protection import Said
from .rules import Client
from .ways import Way, Ways
from .words import joined, percent

NEVER_USED = "never used: a rule before it takes all requests"


@dataclass(frozen=True)
class Target:
    """Where a rule sends requests.

    Attributes:
        host: The host, as it is written.
        path: The field that says it.
        subset: The subset, ``""`` for all of the host.
        port: The port; None when it is not said.
        weight: Percentage of the requests; None where all go there, or where it is not known.
        features: What happens on the way to this one.
        is_mirror: Whether requests are only copied there.
    """

    host: str
    path: Path = ()
    subset: str = ""
    port: int | None = None
    weight: float | None = None
    features: tuple[str, ...] = ()
    is_mirror: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule of a routing object.

    Attributes:
        resource: The object that says it, in whose namespace short hosts are.
        match: Which requests it is for.
        targets: Where they go.
        features: What happens on the way.
        answer: What is answered in place of sending them anywhere, ``""`` for nothing.
        takes_all: Whether it leaves nothing to the rules after it.
        also: Objects that have a part in it: the VirtualService that delegates.
    """

    resource: Resource
    match: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    features: tuple[str, ...] = ()
    answer: str = ""
    takes_all: bool = False
    also: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where requests come from.

    Attributes:
        node: The node's id.
        client: Who sends them; None for whoever calls the host, in whatever namespace.
        export_to: `exportTo` of the routing object: the namespaces from which its hosts are looked at.
        is_for_all: Whether nobody calls the host otherwise, so that what its Service selects goes without saying.
    """

    node: str
    client: Client | None = None
    export_to: tuple[str, ...] = ()
    is_for_all: bool = True


class Routing:
    """Draws rules, and what Services select where no rule says it better."""

    def __init__(self, places: Places, draft: Draft, ways: Ways) -> None:
        self._places = places
        self._draft = draft
        self._ways = ways
        self._routed: set[tuple[str, str]] = set()
        """Services and workloads with a route from one to the other."""

    def draw(self, source: Source, rules: Iterable[Rule]) -> None:
        """Draw an object's rules for one source, in their order."""
        is_taken = False
        for rule in rules:
            self._draw(source, replace(rule, features=(*rule.features, NEVER_USED)) if is_taken else rule)
            is_taken = is_taken or rule.takes_all

    def _draw(self, source: Source, rule: Rule) -> None:
        if rule.answer:
            self._note(source, rule, rule.answer)
        found = [
            (edge, target.path) for target in rule.targets if target.host for edge in self._edges(source, rule, target)
        ]
        for edge, path in found if len(found) == 1 else _merged(found):
            self._draft.add_edge(edge, rule.resource, path)
            for resource in rule.also:
                self._draft.drawn.setdefault(resource, edge.id)

    def _note(self, source: Source, rule: Rule, text: str) -> None:
        which = ", ".join(rule.match) or "all requests"
        self._draft.add_note(source.node, rule.resource, f"{which}: {text}")
        self._draft.show(source.node, rule.also)

    def _edges(self, source: Source, rule: Rule, target: Target) -> Iterator[Edge]:
        place = self._places.host(target.host, rule.resource.namespace, source.export_to)
        if place.node == source.node and source.client is None:
            yield from self._within(source, rule, target, self._ways.to(place, None, target.subset, target.port))
        elif place.node == source.node:
            self._note(source, rule, _told(rule, target, "comes back here"))
        else:
            way = self._ways.to(place, source.client, target.subset, target.port)
            yield self._edge(source, rule, target, way, self._ways.protected(way), place.node)

    def _within(self, source: Source, rule: Rule, target: Target, way: Way) -> Iterator[Edge]:
        """Return the edges to what is behind the host that the rule is for, or of a subset of it."""
        if way.workloads:
            nodes = {self._places.node(one): one for one in way.workloads}
            shared = (f"shared by {len(nodes)} workloads",) if target.subset and len(nodes) > 1 else ()
            for node, workload in nodes.items():
                yield self._edge(source, rule, target, way, self._ways.protected(way, [workload]), node, shared)
                if source.is_for_all and not target.is_mirror:
                    self._routed.add((source.node, node))
        elif target.subset:
            node = self._stand_in(way.place, target.subset, "" if way.workloads is None else "no workload here")
            yield self._edge(source, rule, target, way, self._ways.protected(way), node)
        elif told := _told(rule, target, "goes on to where it was sent"):
            self._note(source, rule, told)

    def _stand_in(self, place: Place, subset: str, detail: str) -> str:
        """Return the node that stands for the workloads of a subset that are not here."""
        name = f"Subset {place.host}/{subset}"
        self._draft.add_node(Node(name, NodeKind.WORKLOAD, f"subset {subset}", place.namespace, detail))
        return name

    def _edge(
        self, source: Source, rule: Rule, target: Target, way: Way, said: Said, node: str, told: tuple[str, ...] = ()
    ) -> Edge:
        return Edge(
            source.node,
            node,
            EdgeKind.MIRROR if target.is_mirror else EdgeKind.ROUTE,
            self._draft.name(rule.resource),
            (*rule.match, f"subset {target.subset}") if target.subset else rule.match,
            target.weight,
            target.port,
            said.tls,
            _once(() if target.is_mirror else rule.features, target.features, way.features, said.remarks, told),
        )

    def draw_selections(self) -> None:
        """Draw which workloads Services select, where no route says it better."""
        for resource, node, host in self._places.selecting():
            way = self._ways.to(self._places.host(host, resource.namespace))
            for name, workload in {self._places.node(one): one for one in way.workloads or ()}.items():
                if (node, name) not in self._routed and name != node:
                    said = self._ways.protected(way, [workload])
                    told = _once(way.features, said.remarks)
                    edge = Edge(node, name, EdgeKind.SELECTS, self._draft.name(resource), tls=said.tls, features=told)
                    self._draft.add_edge(edge, resource)


def _merged(edges: Iterable[tuple[Edge, Path]]) -> Iterable[tuple[Edge, Path]]:
    """Return edges with one id as one: two destinations that are one thing here get what both get together."""
    made: dict[str, tuple[Edge, Path]] = {}
    for edge, path in edges:
        name = edge.id
        there, first = made.get(name, (edge, path))
        if there is not edge and there.weight is not None and edge.weight is not None:
            there = replace(there, weight=round(there.weight + edge.weight, 2))
        made[name] = there, first
    return made.values()


def _told(rule: Rule, target: Target, text: str) -> str:
    """Return what happens to requests that go nowhere else, ``""`` when nothing does."""
    happens = joined(*rule.features, *target.features)
    if not happens and target.weight is None:
        return ""
    return joined(f"{percent(target.weight)} {text}" if target.weight is not None else text, happens)


def _once(*texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in texts for text in part))
