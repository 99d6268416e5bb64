"""The words for what is in a picture, the same in every form of it: signs, percentages, what an edge says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Protocol

from ..graph import Change, Edge, EdgeKind, Namespace, Node, NodeKind, Remark, Topology

SIGNS: Mapping[Change, str] = {Change.SAME: "", Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}
LEVELS = ("Error", "Warning", "Info")
WITHOUT_TLS = ("none", "DISABLE")
"""Modes under which requests go in plain text."""
_MUTUAL = ("STRICT", "PERMISSIVE", "DISABLE")

PLURALS: Mapping[NodeKind, tuple[str, str]] = {
    NodeKind.GATEWAY: ("gateway", "gateways"),
    NodeKind.SERVICE: ("service", "services"),
    NodeKind.WORKLOAD: ("workload", "workloads"),
    NodeKind.EXTERNAL: ("external host", "external hosts"),
    NodeKind.CONTROL_PLANE: ("part of the control plane", "parts of the control plane"),
}
EDGES: Mapping[EdgeKind, tuple[str, str]] = {
    EdgeKind.ENTERS: ("entry", "entries"),
    EdgeKind.ROUTE: ("route", "routes"),
    EdgeKind.MIRROR: ("mirror", "mirrors"),
    EdgeKind.SELECTS: ("selection", "selections"),
    EdgeKind.ALLOWED: ("allowed caller", "allowed callers"),
    EdgeKind.DEPENDS: ("dependency", "dependencies"),
}


class _Changeable(Protocol):
    @property
    def change(self) -> Change: ...


def plain(text: str) -> str:
    """Return a text on one line, with whatever would steer a terminal or break a line written as an escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def counted(number: int, words: tuple[str, str]) -> str:
    """Return a number and its word: ``1 route``, ``2 routes``."""
    return f"{number} {words[number != 1]}"


def percent(weight: float) -> str:
    """Return a weight as it is written: ``90 %``."""
    return f"{weight:g} %"


def protection(tls: str) -> str:
    """Return what protects an edge in words; ``""`` when it is not known."""
    if not tls:
        return ""
    if tls in _MUTUAL:
        return f"mTLS {tls}"
    return "no TLS" if tls == "none" else f"TLS {tls}"


def edge_facts(edge: Edge) -> tuple[str, ...]:
    """Return everything that an edge says besides its ends, each in a few words."""
    facts = [
        *edge.match,
        percent(edge.weight) if edge.weight is not None else "",
        f"port {edge.port}" if edge.port is not None else "",
        protection(edge.tls),
        *edge.features,
        f"by {edge.resource}" if edge.resource and edge.resource != edge.source else "",
        was(edge.was),
    ]
    return tuple(fact for fact in facts if fact)


def was(before: tuple[str, ...]) -> str:
    """Return what something said before a change: ``was 95 %, STRICT``; ``""`` where nothing else."""
    return f"was {', '.join(before)}" if before else ""


def summary(topology: Topology) -> str:
    """Return what is in a picture in numbers: namespaces, nodes, changes and findings."""
    kinds = Counter(node.kind for node in topology.nodes)
    parts = [counted(len(topology.namespaces), ("namespace", "namespaces"))]
    parts += [counted(kinds[kind], words) for kind, words in PLURALS.items() if kinds[kind]]
    said = [", ".join(parts)]
    if topology.compared:
        said.append(f"changes: {changes(topology)}")
    said.append(f"findings: {findings(topology.remarks)}")
    return "; ".join(said)


def changes(topology: Topology) -> str:
    """Return how many parts a change adds, removes and alters: ``2 added, 1 removed``; ``none``."""
    parts: Iterable[_Changeable] = (*topology.namespaces, *topology.nodes, *topology.edges)
    numbers = Counter(part.change for part in parts)
    named = [f"{numbers[change]} {change}" for change in Change if change is not Change.SAME and numbers[change]]
    return ", ".join(named) or "none"


def findings(remarks: Iterable[Remark]) -> str:
    """Return how many findings there are of each level: ``1 error, 2 warnings``; ``none``."""
    levels = Counter(remark.level for remark in remarks)
    words = {level: (level.lower(), f"{level.lower()}s" if level != "Info" else "info") for level in levels}
    ordered = sorted(levels, key=lambda level: (LEVELS.index(level) if level in LEVELS else len(LEVELS), level))
    return ", ".join(counted(levels[level], words[level]) for level in ordered) or "none"


def remarks_at(topology: Topology) -> Mapping[str, tuple[Remark, ...]]:
    """Return the findings by the id of the part that they are about."""
    found: dict[str, list[Remark]] = defaultdict(list)
    for remark in topology.remarks:
        found[remark.at].append(remark)
    return {at: tuple(remarks) for at, remarks in found.items()}


def path_of(node: Node) -> str:
    """Return how a node is named where its namespace is not around it: ``shop/cart``."""
    return f"{node.namespace}/{node.name}" if node.namespace else node.name


def namespaces_of(topology: Topology) -> tuple[Namespace, ...]:
    """Return the namespaces of a picture, those included that only its nodes name; by name."""
    declared = {namespace.name: namespace for namespace in topology.namespaces}
    for node in topology.nodes:
        if node.namespace:
            declared.setdefault(node.namespace, Namespace(node.namespace))
    return tuple(declared[name] for name in sorted(declared))
