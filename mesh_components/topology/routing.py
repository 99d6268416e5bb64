"""Rules of routing objects as edges: which requests go where, by which weights, how protected, with what on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..analysis.resource import Path, Resource
from ..analysis.world import Workload, World
from .draft import Draft
from .graph import Edge, EdgeKind, Node, NodeKind
from .known import known
from .places import Place, Places
from .ports import only_port
from .protection import Protection, Said
from .rules import Client, Counting, Policy, Rules
from .traffic import features
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
    """

    node: str
    client: Client | None = None
    export_to: tuple[str, ...] = ()


class Routing:
    """Draws rules, and what Services select where no rule says it better."""

    def __init__(self, world: World, places: Places, draft: Draft, protection: Protection) -> None:
        self._places = places
        self._draft = draft
        self._protection = protection
        self._rules = Rules(world)
        self._root: str = known(lambda: world.root_namespace, "")
        self._routed: set[tuple[str, str]] = set()
        """Services and workloads with a route from one to the other."""

    def draw(self, source: Source, rules: Iterable[Rule]) -> None:
        """Draw an object's rules for one source, in their order."""
        is_taken = False
        for rule in rules:
            self._draw(source, replace(rule, features=(*rule.features, NEVER_USED)) if is_taken else rule)
            is_taken = is_taken or rule.takes_all

    def _draw(self, source: Source, rule: Rule) -> None:
        made: dict[str, tuple[Edge, Path]] = {}
        if rule.answer:
            self._note(source, rule, rule.answer)
        for target in rule.targets:
            for edge in self._edges(source, rule, target) if target.host else ():
                there, path = made.get(edge.id, (None, target.path))
                # Two destinations that are one thing here get what both get together.
                if there is not None and there.weight is not None and edge.weight is not None:
                    edge = replace(there, weight=round(there.weight + edge.weight, 2))
                made[edge.id] = edge, path
        for edge, path in made.values():
            self._draft.add_edge(edge, rule.resource, path)
            self._draft.show(edge.id, rule.also)

    def _note(self, source: Source, rule: Rule, text: str) -> None:
        which = ", ".join(rule.match) or "all requests"
        self._draft.add_note(source.node, rule.resource, f"{which}: {text}")
        self._draft.show(source.node, rule.also)

    def _edges(self, source: Source, rule: Rule, target: Target) -> Iterator[Edge]:
        place = self._places.host(target.host, rule.resource.namespace, source.export_to)
        if place.node == source.node and source.client is None:
            yield from self._within(source, rule, target, place)
        elif place.node == source.node:
            self._note(source, rule, _told(rule, target, "comes back here"))
        else:
            workloads = self._chosen(place, target, source.client) or []
            yield self._edge(source, rule, target, place, place.node, workloads)

    def _within(self, source: Source, rule: Rule, target: Target, place: Place) -> Iterator[Edge]:
        """Return the edges to what is behind the host that the rule is for, or of a subset of it."""
        workloads = self._chosen(place, target, None)
        if workloads:
            nodes = {self._places.node(one): one for one in workloads}
            shared = (f"shared by {len(nodes)} workloads",) if target.subset and len(nodes) > 1 else ()
            for node, workload in nodes.items():
                edge = self._edge(source, rule, target, place, node, [workload])
                yield replace(edge, features=(*edge.features, *shared))
                if not target.is_mirror:
                    self._routed.add((source.node, node))
        elif target.subset:
            node = self._stand_in(place, target.subset, "" if workloads is None else "no workload here")
            yield self._edge(source, rule, target, place, node, [])
        elif told := _told(rule, target, "goes on to where it was sent"):
            self._note(source, rule, told)

    def _chosen(self, place: Place, target: Target, client: Client | None) -> list[Workload] | None:
        """Return the workloads that requests to a target come to; None when that is not known."""
        if not target.subset:
            return self._places.behind(place.destination)
        subset = known(lambda: self._counting(place, client).subsets.get(target.subset), None)
        labels = known(_labels, None, subset) if subset is not None else None
        return None if labels is None else self._places.behind(place.destination, labels)

    def _counting(self, place: Place, client: Client | None) -> Counting:
        return self._rules.counting(place.host, place.namespace, client or self._anyone(place))

    def _anyone(self, place: Place) -> Client:
        """Return who calls a host when nobody in particular does: a client in its own namespace."""
        return Client(place.namespace or self._root)

    def _policy(self, place: Place, client: Client | None, subset: str, port: int | None) -> Policy | None:
        """Return the policy that counts for a client of a host, None when it is not known."""
        return known(lambda: self._counting(place, client).of(subset, port), None)

    def _stand_in(self, place: Place, subset: str, detail: str) -> str:
        """Return the node that stands for the workloads of a subset that are not here."""
        name = f"Subset {place.host}/{subset}"
        self._draft.add_node(Node(name, NodeKind.WORKLOAD, f"subset {subset}", place.namespace, detail))
        return name

    def _edge(
        self, source: Source, rule: Rule, target: Target, place: Place, node: str, workloads: Sequence[Workload]
    ) -> Edge:
        port = target.port if target.port is not None else only_port(place.destination)
        policy = self._policy(place, source.client, target.subset, port)
        said = self._said(source.client, place, policy, port, workloads)
        return Edge(
            source.node,
            node,
            EdgeKind.MIRROR if target.is_mirror else EdgeKind.ROUTE,
            str(rule.resource),
            (*rule.match, f"subset {target.subset}") if target.subset else rule.match,
            target.weight,
            target.port,
            said.tls,
            _once((() if target.is_mirror else rule.features), target.features, features(policy or {}), said.remarks),
        )

    def _said(
        self,
        client: Client | None,
        place: Place,
        policy: Policy | None,
        port: int | None,
        workloads: Sequence[Workload],
    ) -> Said:
        who = client or self._anyone(place)
        return self._protection.towards(who, policy, place.destination, port, workloads)

    def protection(self, client: Client, place: Place) -> Said:
        """Return what protects a client's requests to a host."""
        port = only_port(place.destination)
        policy = self._policy(place, client, "", port)
        return self._said(client, place, policy, port, self._places.behind(place.destination))

    def draw_selections(self) -> None:
        """Draw which workloads Services select, where no route says it better."""
        for resource, node, host in self._places.selecting():
            place = self._places.host(host, resource.namespace)
            port = only_port(place.destination)
            policy = self._policy(place, None, "", port)
            told = features(policy or {})
            for name, workload in {
                self._places.node(one): one for one in self._places.behind(place.destination)
            }.items():
                if (node, name) not in self._routed and name != node:
                    said = self._said(None, place, policy, port, [workload])
                    kept = _once(told, said.remarks)
                    edge = Edge(node, name, EdgeKind.SELECTS, str(resource), tls=said.tls, features=kept)
                    self._draft.add_edge(edge, resource)


def _told(rule: Rule, target: Target, text: str) -> str:
    """Return what happens to requests that go nowhere else, ``""`` when nothing does."""
    happens = joined(*rule.features, *target.features)
    if not happens and target.weight is None:
        return ""
    return joined(f"{percent(target.weight)} {text}" if target.weight is not None else text, happens)


def _once(*texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in texts for text in part))


def _labels(subset: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return a subset's labels.

    :raises IsUnknown: when one of them is not known
    """
    return {name: f"{value:s}" for name, value in subset.get("labels", {}).items()}
