"""Rules of routing objects as edges: which requests go where, by which weights, how protected, with what on the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ..analysis.resource import Resource
from ..analysis.world import Workload, World
from ..validation.unknown import IsUnknown
from .draft import Draft
from .graph import Edge, EdgeKind, Node, NodeKind
from .known import entries, items, known, number
from .places import Place, Places
from .protection import Protection
from .rules import Client, Counting, Rules
from .traffic import features
from .words import percent, selector_text

NEVER_USED = "never used: a rule before it takes all requests"


@dataclass(frozen=True)
class Target:
    """Where a rule sends requests.

    Attributes:
        host: The host, as it is written.
        namespace: The namespace that short hosts are in.
        subset: The subset, ``""`` for all of the host.
        port: The port; None when it is not said.
        weight: Percentage of the requests; None where all go there, or where it is not known.
        features: What happens on the way to this one.
        is_mirror: Whether requests are only copied there.
    """

    host: str
    namespace: str
    subset: str = ""
    port: int | None = None
    weight: float | None = None
    features: tuple[str, ...] = ()
    is_mirror: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule of a routing object.

    Attributes:
        resource: The object that says it.
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
    """Draws rules."""

    def __init__(self, world: World, places: Places, draft: Draft) -> None:
        self._places = places
        self._draft = draft
        self._rules = Rules(world)
        self._protection = Protection(world, places)
        self._root = known(lambda: world.root_namespace, "")
        self._routed: set[tuple[str, str]] = set()
        """Services and workloads with a route from one to the other."""

    def draw(self, source: Source, rules: Iterable[Rule]) -> None:
        """Draw an object's rules for one source, in their order."""
        taken = False
        for rule in rules:
            shown = replace(rule, features=(*rule.features, NEVER_USED)) if taken else rule
            self._draw(source, shown)
            taken = taken or rule.takes_all

    def _draw(self, source: Source, rule: Rule) -> None:
        made: dict[str, Edge] = {}
        if rule.answer:
            self._note(source, rule, rule.answer)
        for target in rule.targets:
            for edge in self._edges(source, rule, target):
                there = made.get(edge.id)
                # Two destinations that are the same thing here get what both get together.
                if there is not None and there.weight is not None and edge.weight is not None:
                    edge = replace(there, weight=round(there.weight + edge.weight, 2))
                made[edge.id] = edge
        for edge in made.values():
            self._draft.add_edge(edge, rule.resource, *rule.also)

    def _note(self, source: Source, rule: Rule, text: str) -> None:
        which = ", ".join(rule.match) or "all requests"
        self._draft.add_note(source.node, rule.resource, f"{which}: {text}")
        self._draft.show(source.node, rule.also)

    def _edges(self, source: Source, rule: Rule, target: Target) -> list[Edge]:
        place = self._places.host(target.host, target.namespace, source.export_to)
        if place.node == source.node and source.client is None:
            return self._within(source, rule, target, place)
        if place.node == source.node:
            self._note(source, rule, self._told(rule, target, "comes back here"))
            return []
        match = (*rule.match, f"subset {target.subset}") if target.subset else rule.match
        chosen = self._chosen(place, target, source.client) or []
        return [self._edge(source, rule, target, place, place.node, match, chosen)]

    def _within(self, source: Source, rule: Rule, target: Target, place: Place) -> list[Edge]:
        """Return the edges to what is behind the host that the rule is for, or of a subset of it."""
        chosen = self._chosen(place, target, None)
        if not target.subset and not chosen:
            if rule.features or target.features or target.weight is not None:
                self._note(source, rule, self._told(rule, target, "stays here"))
            return []
        match = (*rule.match, f"subset {target.subset}") if target.subset else rule.match
        if not chosen:
            node = self._subset_node(place, target.subset, chosen is not None)
            return [self._edge(source, rule, target, place, node, match, [])]
        nodes = dict.fromkeys(map(self._places.node, chosen))
        shared = () if len(nodes) == 1 or not target.subset else (f"shared by {len(nodes)} workloads",)
        found = []
        for workload in {self._places.node(one): one for one in chosen}.values():
            edge = self._edge(source, rule, target, place, self._places.node(workload), match, [workload])
            found.append(replace(edge, features=(*edge.features, *shared)))
            if not target.is_mirror:
                self._routed.add((source.node, edge.target))
        return found

    @staticmethod
    def _told(rule: Rule, target: Target, text: str) -> str:
        share = f"{percent(target.weight)} " if target.weight is not None else ""
        return ", ".join((f"{share}{text}", *rule.features, *target.features))

    def _chosen(self, place: Place, target: Target, client: Client | None) -> list[Workload] | None:
        """Return the workloads that requests to a target come to; None when that is not known."""

        def behind() -> list[Workload] | None:
            if not target.subset:
                return self._places.behind(place.destination)
            subsets = self._counting(place, client).subsets
            if target.subset not in subsets:
                return None
            return self._places.behind(place.destination, entries_known(subsets[target.subset].get("labels", {})))

        return known(behind, None)

    def _counting(self, place: Place, client: Client | None) -> Counting:
        return self._rules.counting(place.host, place.namespace, client or self.anyone(place))

    def anyone(self, place: Place) -> Client:
        """Return who calls a host when nobody in particular does: a client in its own namespace."""
        return Client(place.namespace or self._root)

    def _subset_node(self, place: Place, subset: str, is_known: bool) -> str:
        """Return the node that stands for the workloads of a subset that nobody has declared here."""
        name = f"Subset {place.host}/{subset}"
        about = "no workload here" if is_known else ""
        self._draft.add_node(Node(name, NodeKind.WORKLOAD, f"subset {subset}", place.namespace, about))
        return name

    def _edge(
        self, source: Source, rule: Rule, target: Target, place: Place, node: str, match: tuple[str, ...],
        workloads: Sequence[Workload],
    ) -> Edge:  # fmt: skip
        port = target.port if target.port is not None else only_port(place)
        tls, remarks = self.protection(source.client, place, target.subset, port, workloads)
        on_the_way = () if target.is_mirror else rule.features
        policy = known(lambda: features(self._counting(place, source.client).of(target.subset, port)), [])
        told = dict.fromkeys((*on_the_way, *target.features, *policy, *remarks))
        kind = EdgeKind.MIRROR if target.is_mirror else EdgeKind.ROUTE
        return Edge(source.node, node, kind, str(rule.resource), match, target.weight, target.port, tls, tuple(told))

    def protection(
        self, client: Client | None, place: Place, subset: str, port: int | None, workloads: Sequence[Workload]
    ) -> tuple[str, tuple[str, ...]]:
        """Return what protects requests to a host, and what else is to be said of it."""
        who = client or self.anyone(place)
        return self._protection.towards(
            who, place.destination, subset, port, workloads, lambda: self._counting(place, who)
        )

    @property
    def is_automatic(self) -> bool:
        """Whether clients send mutual TLS by themselves."""
        return self._protection.automatic

    def taken(self, workload: Workload) -> str:
        """Return the mode that a workload takes; ``none`` without a proxy, ``""`` when it is not known."""
        return known(lambda: self._protection.taken(workload, None, None), "")

    def draw_selections(self) -> None:
        """Draw which workloads Services select, where no route says it better."""
        for node, resource, workloads in self._places.selecting():
            host = self._host_of(node, resource)
            policy = known(lambda host=host: features(self._counting(host, None).of("", only_port(host))), [])
            for name, workload in {self._places.node(one): one for one in workloads}.items():
                if (node, name) not in self._routed and name != node:
                    tls, remarks = self.protection(None, host, "", only_port(host), [workload])
                    told = tuple(dict.fromkeys((*policy, *remarks)))
                    edge = Edge(node, name, EdgeKind.SELECTS, str(resource), tls=tls, features=told)
                    self._draft.add_edge(edge, resource)

    def _host_of(self, node: str, resource: Resource) -> Place:
        full = f"{resource.name}.{resource.namespace}.svc.cluster.local"
        host = node.removeprefix("Host ") if node.startswith("Host ") else full
        return self._places.host(host, resource.namespace)


def only_port(place: Place) -> int | None:
    """Return the port of a host that has one; None for several, and where it is not known."""
    field = "port" if place.destination and place.destination.resource.kind.name == "Service" else "number"
    ports = items(place.destination.resource.spec, "ports") if place.destination else []
    return number(ports[0], field) if len(ports) == 1 else None


def entries_known(labels: object) -> dict[str, str]:
    """Return labels all of which are known.

    :raises IsUnknown: when one is not
    """
    found = entries(labels)
    if any(not isinstance(value, str) for value in found.values()) or (not found and labels):
        raise IsUnknown
    return dict(found)


def subset_text(name: str, labels: object) -> str:
    """Return a subset with its labels: ``v1 (version=v1)``."""
    chosen = selector_text(labels)
    return f"{name} ({chosen})" if chosen else name
