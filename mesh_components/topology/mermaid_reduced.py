"""Less and less of a picture, for a chart with a limit: each step leaves out what is missed least, and says so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace

from .graph import Change, Edge, EdgeKind, Node, NodeKind, Topology
from .text_words import EDGES, PLURALS, counted, namespaces_of

_Step = Callable[[Topology], tuple[Topology, str]]


def reductions(topology: Topology) -> Iterator[tuple[Topology, tuple[str, ...], bool]]:
    """Yield a picture, then less and less of it: with what was left out, and whether labels are to be brief."""
    yield topology, (), False
    said: list[str] = []
    for step in (_far_from_changes, _bare_workloads, _rules):
        topology, left_out = step(topology)
        if left_out:
            said.append(left_out)
            yield topology, tuple(said), False
    yield topology, (*said, "details of nodes and conditions of routes"), True
    whole = topology
    topology = _namespaces(whole)
    said = [*said, f"what is inside of {counted(len(namespaces_of(whole)), ('namespace', 'namespaces'))}"]
    yield topology, tuple(said), True
    spaces = len(topology.nodes)
    while spaces:
        spaces //= 2
        kept = _first(topology, spaces)
        less = counted(len(topology.nodes) - len(kept.nodes), ("namespace", "namespaces"))
        yield kept, (*said, f"{less} altogether"), True


def _far_from_changes(topology: Topology) -> tuple[Topology, str]:
    if not topology.compared:
        return topology, ""
    changed = [edge for edge in topology.edges if edge.change is not Change.SAME]
    near = {node.id for node in topology.nodes if node.change is not Change.SAME}
    near |= {remark.at for remark in topology.remarks if remark.change is not Change.SAME}
    touching = [edge for edge in topology.edges if edge.source in near or edge.target in near or edge.id in near]
    near |= {end for edge in (*changed, *touching) for end in (edge.source, edge.target)}
    kept = {edge.id for edge in (*changed, *touching)}
    spaces = {node.namespace for node in topology.nodes if node.id in near}
    return _kept(topology, near, kept, "far from any change", spaces)


def _bare_workloads(topology: Topology) -> tuple[Topology, str]:
    """Workloads that a Service selects, and nothing else is said of."""
    spoken = {remark.at for remark in topology.remarks}
    for edge in topology.edges:
        if edge.kind is not EdgeKind.SELECTS or edge.change is not Change.SAME:
            spoken |= {edge.source, edge.target}
    nodes = {
        node.id
        for node in topology.nodes
        if node.kind is not NodeKind.WORKLOAD or node.change is not Change.SAME or node.notes or node.id in spoken
    }
    return _kept(topology, nodes, {edge.id for edge in topology.edges}, "")


def _rules(topology: Topology) -> tuple[Topology, str]:
    """Edges that say who may or would call, not where requests go; and workloads that no other edge reaches."""
    rules = (EdgeKind.SELECTS, EdgeKind.ALLOWED, EdgeKind.DEPENDS)
    kept = [edge for edge in topology.edges if edge.kind not in rules or edge.change is not Change.SAME]
    linked = {end for edge in kept for end in (edge.source, edge.target)} | {remark.at for remark in topology.remarks}
    nodes = {
        node.id
        for node in topology.nodes
        if node.kind is not NodeKind.WORKLOAD or node.change is not Change.SAME or node.notes or node.id in linked
    }
    return _kept(topology, nodes, {edge.id for edge in kept}, "")


def _kept(
    topology: Topology, nodes: set[str], edges: set[str], why: str, spaces: set[str] | None = None
) -> tuple[Topology, str]:
    kept = replace(
        topology,
        namespaces=tuple(
            one for one in topology.namespaces if spaces is None or one.name in spaces or one.change is not Change.SAME
        ),
        nodes=tuple(node for node in topology.nodes if node.id in nodes),
        edges=tuple(
            edge for edge in topology.edges if edge.id in edges and edge.source in nodes and edge.target in nodes
        ),
    )
    gone_nodes = Counter(node.kind for node in topology.nodes if node.id not in nodes)
    ids = {edge.id for edge in kept.edges}
    gone_edges = Counter(edge.kind for edge in topology.edges if edge.id not in ids)
    words = [counted(gone_nodes[kind], PLURALS[kind]) for kind in PLURALS if gone_nodes[kind]]
    words += [counted(gone_edges[kind], EDGES[kind]) for kind in EDGES if gone_edges[kind]]
    spaces_gone = len(topology.namespaces) - len(kept.namespaces)
    words += [counted(spaces_gone, ("namespace", "namespaces"))] if spaces_gone else []
    return kept, " ".join([", ".join(words), why]).strip() if words else ""


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
        detail = ", ".join(counted(numbers[kind], PLURALS[kind]) for kind in PLURALS if numbers[kind])
        name = f"{space.name}: {detail}" if detail else space.name
        shown = Change.CHANGED if change is not Change.SAME and space.change is Change.SAME else change
        nodes.append(Node(space.id, NodeKind.SERVICE, name, "", "", space.mtls, space.notes, shown))
    between: dict[tuple[str, str, EdgeKind], list[Edge]] = defaultdict(list)
    for edge in topology.edges:
        if edge.source in home and edge.target in home and home[edge.source] != home[edge.target]:
            between[home[edge.source], home[edge.target], edge.kind].append(edge)
    edges = []
    for (source, target, kind), many in sorted(between.items()):
        changed = [edge for edge in many if edge.change is not Change.SAME]
        said = counted(len(many), EDGES[kind]) + (f", {len(changed)} changed" if changed else "")
        change = Change.CHANGED if changed else Change.SAME
        edges.append(Edge(source, target, kind, said, features=(said,), change=change))
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
