"""Less and less of a picture, for a chart with a limit: each step leaves out what is missed least, and says so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

from ..graph import Change, Edge, EdgeKind, Node, NodeKind, Topology
from .text_words import EDGES, PLURALS, counted, namespaces_of

_NAMESPACES = ("namespace", "namespaces")


def reductions(topology: Topology) -> Iterator[tuple[Topology, tuple[str, ...], bool]]:
    """Yield a picture, then less and less of it: with what was left out, and whether labels are to be brief."""
    yield topology, (), False
    whole = topology
    topology = _near_changes(whole)
    far = [f"{words} far from any change"] if (words := _gone(whole, topology)) else []
    yield topology, tuple(far), False
    near = topology
    for step in (_without_bare_workloads, _without_rules):
        topology = step(topology)
        said = [*far, _gone(near, topology)]
        yield topology, tuple(filter(None, said)), False
    yield topology, (*filter(None, said), "details of nodes and conditions of routes"), True
    topology, inside = _namespaces(whole), counted(len(namespaces_of(whole)), _NAMESPACES)
    said = [f"what is inside of {inside}"]
    near = _near_changes(topology)
    if gone := len(topology.nodes) - len(near.nodes):
        said.append(f"{counted(gone, _NAMESPACES)} far from any change")
    yield near, tuple(said), False
    spaces = len(near.nodes)
    while spaces:
        spaces //= 2
        kept = _first(near, spaces)
        less = counted(len(near.nodes) - len(kept.nodes), _NAMESPACES)
        yield kept, (*said, f"{less} altogether"), False


def _near_changes(topology: Topology) -> Topology:
    """What changes, what is linked to it, and the namespaces of both; all of it where nothing is compared."""
    if not topology.compared:
        return topology
    changed = [edge for edge in topology.edges if edge.change is not Change.SAME]
    near = {node.id for node in topology.nodes if node.change is not Change.SAME}
    near |= {remark.at for remark in topology.remarks if remark.change is not Change.SAME}
    touching = [edge for edge in topology.edges if edge.source in near or edge.target in near or edge.id in near]
    near |= {end for edge in (*changed, *touching) for end in (edge.source, edge.target)}
    spaces = {node.namespace for node in topology.nodes if node.id in near}
    spaces |= {one.name for one in topology.namespaces if one.change is not Change.SAME or one.id in near}
    kept = _kept(topology, near, {edge.id for edge in (*changed, *touching)})
    return replace(kept, namespaces=tuple(one for one in topology.namespaces if one.name in spaces))


def _without_bare_workloads(topology: Topology) -> Topology:
    """Without workloads that a Service selects and nothing else is said of."""
    spoken = {remark.at for remark in topology.remarks}
    for edge in topology.edges:
        if edge.kind is not EdgeKind.SELECTS or edge.change is not Change.SAME:
            spoken |= {edge.source, edge.target}
    return _kept(topology, _without_workloads(topology, spoken), {edge.id for edge in topology.edges})


def _without_rules(topology: Topology) -> Topology:
    """Without edges that say who may or would call, not where requests go; and workloads that no other edge reaches."""
    rules = (EdgeKind.SELECTS, EdgeKind.ALLOWED, EdgeKind.DEPENDS)
    kept = [edge for edge in topology.edges if edge.kind not in rules or edge.change is not Change.SAME]
    linked = {end for edge in kept for end in (edge.source, edge.target)} | {remark.at for remark in topology.remarks}
    return _kept(topology, _without_workloads(topology, linked), {edge.id for edge in kept})


def _without_workloads(topology: Topology, spoken: set[str]) -> set[str]:
    """Return the nodes, but for workloads that are not spoken of, have no policy, and do not change."""
    return {
        node.id
        for node in topology.nodes
        if node.kind is not NodeKind.WORKLOAD or node.change is not Change.SAME or node.notes or node.id in spoken
    }


def _kept(topology: Topology, nodes: set[str], edges: set[str]) -> Topology:
    return replace(
        topology,
        nodes=tuple(node for node in topology.nodes if node.id in nodes),
        edges=tuple(
            edge for edge in topology.edges if edge.id in edges and edge.source in nodes and edge.target in nodes
        ),
    )


def _gone(topology: Topology, kept: Topology) -> str:
    """Return in words what is in a picture and not in another."""
    nodes, edges = {node.id for node in kept.nodes}, {edge.id for edge in kept.edges}
    gone_nodes = Counter(node.kind for node in topology.nodes if node.id not in nodes)
    gone_edges = Counter(edge.kind for edge in topology.edges if edge.id not in edges)
    words = [counted(gone_nodes[kind], PLURALS[kind]) for kind in PLURALS if gone_nodes[kind]]
    words += [counted(gone_edges[kind], EDGES[kind]) for kind in EDGES if gone_edges[kind]]
    spaces = len(topology.namespaces) - len(kept.namespaces)
    return ", ".join([*words, *([counted(spaces, _NAMESPACES)] if spaces else [])])


def _namespaces(topology: Topology) -> Topology:
    """Return each namespace as one node, and the edges between two of them as one."""
    inside: dict[str, list[Node]] = defaultdict(list)
    for node in topology.nodes:
        inside[node.namespace].append(node)
    home = {node.id: f"Namespace {node.namespace}" if node.namespace else node.id for node in topology.nodes}
    nodes = list(inside[""])
    for space in namespaces_of(topology):
        numbers = Counter(node.kind for node in inside[space.name])
        changes = [space.change, *(node.change for node in inside[space.name])]
        change = next((one for one in changes if one is not Change.SAME), Change.SAME)
        said = [counted(numbers[kind], PLURALS[kind]) for kind in PLURALS if numbers[kind]]
        changed = sum(node.change is not Change.SAME for node in inside[space.name])
        said += [f"{changed} changed"] if changed else []
        name = f"{space.name}: {', '.join(said)}" if said else space.name
        shown = Change.CHANGED if change is not Change.SAME and space.change is Change.SAME else change
        nodes.append(Node(space.id, NodeKind.SERVICE, name, "", "", space.mtls, space.notes, shown))
    between: dict[tuple[str, str, EdgeKind], list[Edge]] = defaultdict(list)
    for edge in topology.edges:
        if edge.source in home and edge.target in home and home[edge.source] != home[edge.target]:
            between[home[edge.source], home[edge.target], edge.kind].append(edge)
    edges = []
    for (source, target, kind), many in sorted(between.items()):
        altered = sum(edge.change is not Change.SAME for edge in many)
        words = counted(len(many), EDGES[kind]) + (f", {altered} changed" if altered else "")
        change = Change.CHANGED if altered else Change.SAME
        edges.append(Edge(source, target, kind, words, (words,), change=change))
    remarks = tuple(replace(remark, at=home.get(remark.at, remark.at)) for remark in topology.remarks)
    return replace(topology, namespaces=(), nodes=tuple(nodes), edges=tuple(edges), remarks=remarks)


def _first(topology: Topology, number: int) -> Topology:
    """Return the nodes with the most edges, that many of them."""
    degree: Counter[str] = Counter()
    for edge in topology.edges:
        degree.update((edge.source, edge.target))
    ranked = sorted(topology.nodes, key=lambda node: (node.change is Change.SAME, -degree[node.id], node.name))
    kept = {node.id for node in ranked[:number]}
    return replace(
        topology,
        nodes=tuple(node for node in topology.nodes if node.id in kept),
        edges=tuple(edge for edge in topology.edges if edge.source in kept and edge.target in kept),
    )
