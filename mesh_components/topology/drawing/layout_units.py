"""Nodes that belong together, laid out by Graphviz: what is linked within a namespace makes a unit.

A label is a node of the graph that Graphviz sees, in the middle of its edge: so it has room of its own, and Graphviz
is not asked to place labels, which it may die of (an assertion in ``mincross.c``, ``fixLabelOrder``, in version 14). An
edge that leaves its unit ends at a node at the right side of that graph, and one that comes in begins at one at the
left: so both are led around other nodes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..graph import Edge, EdgeKind, Topology
from .layout_engine import Graph, Positions, positions
from .layout_parts import Box, Piece, Point
from .layout_sizes import BADGES, Card, Label

_BETWEEN = 8.0
"""Pixels between nodes one above the other, besides the room for their badges."""
_ALONG = 27.0
"""Pixels between nodes one after the other, where edges have their bends."""
_WIDE = 3.2
_LARGE = 1_400.0
"""A unit that is wider than so many times its height, and than so many pixels, is split."""
_STRAIGHT = 8
"""Weight of an edge that is alone at its source, as of a Service to its workload: it is straight if that can be."""
_DENSE = 1.5
_FEW_RULES = 24
_FEW = 60
"""More edges than these, and than so many for each node, make a unit dense."""
_RULES = (EdgeKind.DEPENDS, EdgeKind.ALLOWED)
_LINKS = (tuple(EdgeKind), tuple(kind for kind in EdgeKind if kind not in _RULES), (EdgeKind.SELECTS,))
"""Kinds of edges that make a unit of nodes; fewer, where a unit of the level before is too wide, dense, or deadly."""
_LAST = len(_LINKS) - 1
_SIDE_BY_SIDE = 9.0
"""Pixels between the ends of edges at a node's side."""


Bundle = tuple[str, str, str]
"""Edges that are drawn as one until they part: id of their source, kind, change."""


def bundle(edge: Edge) -> Bundle:
    """Return the bundle that an edge belongs to."""
    return edge.source, edge.kind.value, edge.change.value


@dataclass(frozen=True)
class Port:
    """Where an edge crosses a unit's side, and its way between there and its node."""

    at: Point
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Unit:
    """Nodes with places relative to each other.

    Attributes:
        namespace: Where all of them are.
        width: Of the unit.
        height: Of the unit.
        nodes: Boxes of nodes by id.
        labels: Boxes of labels by edge id: of edges within, and of those that come in; edges may share one.
        lines: Edges within it, by id.
        entries: Edges that come in from elsewhere, by id.
        exits: What goes elsewhere, by bundle.
    """

    namespace: str
    width: float
    height: float
    nodes: Mapping[str, Box]
    labels: Mapping[str, Box] = field(default_factory=dict)
    lines: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)
    entries: Mapping[str, Port] = field(default_factory=dict)
    exits: Mapping[Bundle, Port] = field(default_factory=dict)

    @property
    def lead(self) -> float:
        """How far its first node is from its left side."""
        return min(box.x for box in self.nodes.values())


@dataclass(frozen=True)
class _Plan:
    """A unit before it is laid out: its nodes, the edges that touch it, and which kinds of edges made it a unit."""

    namespace: str
    level: int
    nodes: tuple[str, ...]
    within: tuple[Edge, ...]
    incoming: tuple[Edge, ...]
    outgoing: tuple[Edge, ...]


def units(topology: Topology, cards: Mapping[str, Card], labels: Mapping[str, Label]) -> tuple[list[Unit], bool]:
    """Return the units of a picture, laid out; and whether some had to be laid out plainly, because Graphviz failed."""
    edges = [edge for edge in topology.edges if edge.source in topology.by_id and edge.target in topology.by_id]
    made: list[Unit] = []
    plainly = False
    waiting = _plans(topology, edges, 0)
    while waiting:
        while dense := [plan for plan in waiting if _is_dense(plan)]:
            waiting = [*(plan for plan in waiting if plan not in dense), *_split(topology, edges, dense)]
        drawn = positions([Graph("dot", _dot(plan, cards, labels)) for plan in waiting])
        again: list[_Plan] = []
        for plan, found in zip(waiting, drawn, strict=True):
            if found is None:
                plainly = True
                if plan.level < _LAST:
                    again.append(plan)
                else:
                    made.append(_plain(plan, cards, labels))
            elif plan.level == 0 and _rules(plan) and found.width > max(_LARGE, _WIDE * found.height):
                again.append(plan)
            else:
                made.append(_unit(plan, found, cards, labels))
        waiting = _split(topology, edges, again)
    return made, plainly


def _rules(plan: _Plan) -> int:
    """Return how many edges of a unit say who may or would call, not where requests go."""
    return sum(edge.kind in _RULES for edge in plan.within)


def _is_dense(plan: _Plan) -> bool:
    """Return whether a unit's edges say little as a graph, and would take Graphviz long."""
    much = plan.level == 0 and _rules(plan) > max(_FEW_RULES, _DENSE * len(plan.nodes))
    return plan.level < _LAST and (much or len(plan.within) > max(_FEW, _DENSE * len(plan.nodes)))


def _split(topology: Topology, edges: Sequence[Edge], plans: Sequence[_Plan]) -> list[_Plan]:
    """Return units again, split up where fewer kinds of edges link their nodes."""
    nodes = {node: plan.level for plan in plans for node in plan.nodes}
    levels = sorted({plan.level + 1 for plan in plans})
    return [
        plan for level in levels for plan in _plans(topology, edges, level) if nodes.get(plan.nodes[0]) == level - 1
    ]


def _plans(topology: Topology, edges: Sequence[Edge], level: int) -> list[_Plan]:
    """Return what belongs together: linked within a namespace, by the kinds of edges of a level."""
    group = {node.id: node.id for node in topology.nodes}

    def head(node: str) -> str:
        while group[node] != node:
            group[node] = group[group[node]]
            node = group[node]
        return node

    spaces = {node.id: node.namespace for node in topology.nodes}
    for edge in edges:
        if spaces[edge.source] == spaces[edge.target] != "" and edge.kind in _LINKS[level]:
            one, other = sorted((head(edge.source), head(edge.target)))
            group[other] = one
    members: dict[str, list[str]] = defaultdict(list)
    for node in topology.nodes:
        members[head(node.id)].append(node.id)
    within: dict[str, list[Edge]] = defaultdict(list)
    incoming: dict[str, list[Edge]] = defaultdict(list)
    outgoing: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        source, target = head(edge.source), head(edge.target)
        if source == target:
            within[source].append(edge)
        else:
            outgoing[source].append(edge)
            incoming[target].append(edge)
    return [
        _Plan(spaces[key], level, tuple(nodes), tuple(within[key]), tuple(incoming[key]), tuple(outgoing[key]))
        for key, nodes in members.items()
    ]


def _bundles(edges: Sequence[Edge]) -> list[Bundle]:
    return list(dict.fromkeys(bundle(edge) for edge in edges))


def _doors(plan: _Plan, labels: Mapping[str, Label]) -> list[list[Edge]]:
    """Return the edges that come in, together those that say the same of the same node."""
    doors: dict[object, list[Edge]] = defaultdict(list)
    for edge in plan.incoming:
        doors[edge.target, edge.kind, edge.change, labels.get(edge.id)].append(edge)
    return list(doors.values())


def _entry_width(plan: _Plan, labels: Mapping[str, Label]) -> float:
    """Return the room at the left for labels of edges that come in."""
    return max((labels[edge.id].width for edge in plan.incoming if edge.id in labels), default=4.0)


def _dot(plan: _Plan, cards: Mapping[str, Card], labels: Mapping[str, Label]) -> str:
    names = {node: f"n{place}" for place, node in enumerate(plan.nodes)}
    sources = Counter(edge.source for edge in plan.within)
    lines = [
        "digraph {",
        f"rankdir=LR; nodesep={_BETWEEN / 72:.4f}; ranksep={_ALONG / 72:.4f}; splines=true;",
        'node [shape=box, fixedsize=true, label=""]; edge [arrowhead=none, tailport=e, headport=w];',
    ]
    for node, name in names.items():
        lines.append(_sized(name, cards[node].width, cards[node].height + 2 * BADGES))
    for place, edge in enumerate(plan.within):
        ends = names[edge.source], names[edge.target]
        if label := labels.get(edge.id):
            lines.append(_sized(f"l{place}", label.width, label.height))
            lines.append(f"{ends[0]} -> l{place} [id=a{place}]; l{place} -> {ends[1]} [id=b{place}];")
        else:
            weight = _STRAIGHT if sources[edge.source] == 1 else 1
            lines.append(f"{ends[0]} -> {ends[1]} [id=a{place}, weight={weight}];")
    wide = _entry_width(plan, labels)
    doors = _doors(plan, labels)
    for place, (edge, *_) in enumerate(doors):
        lines.append(_sized(f"i{place}", wide, labels[edge.id].height if edge.id in labels else 4.0))
        lines.append(f"i{place} -> {names[edge.target]} [id=i{place}];")
    leaving = _bundles(plan.outgoing)
    for place, key in enumerate(leaving):
        lines.append(_sized(f"o{place}", 4.0, 4.0))
        lines.append(f"{names[key[0]]} -> o{place} [id=o{place}];")
    if doors:
        lines.append("{rank=source; " + " ".join(f"i{place};" for place in range(len(doors))) + "}")
    if leaving:
        lines.append("{rank=sink; " + " ".join(f"o{place};" for place in range(len(leaving))) + "}")
    return "\n".join([*lines, "}"])


def _sized(name: str, width: float, height: float) -> str:
    return f"{name} [width={width / 72:.4f}, height={height / 72:.4f}];"


def _unit(plan: _Plan, found: Positions, cards: Mapping[str, Card], labels: Mapping[str, Label]) -> Unit:
    def box(name: str, width: float, height: float) -> Box:
        x, y = found.nodes[name]
        return Box(x - width / 2, y - height / 2, width, height)

    nodes = {node: box(f"n{place}", cards[node].width, cards[node].height) for place, node in enumerate(plan.nodes)}
    leaving, doors = _bundles(plan.outgoing), _doors(plan, labels)
    curves = dict(found.edges)
    _spread(plan, nodes, doors, leaving, curves)
    placed: dict[str, Box] = {}
    lines: dict[str, tuple[Piece, ...]] = {}
    for place, edge in enumerate(plan.within):
        pieces = [Piece(tuple(curves[f"a{place}"]), curved=True)]
        if label := labels.get(edge.id):
            placed[edge.id] = box(f"l{place}", label.width, label.height)
            pieces.append(Piece(tuple(curves[f"b{place}"]), curved=True))
        lines[edge.id] = tuple(pieces)
    wide = _entry_width(plan, labels)
    entries: dict[str, Port] = {}
    for place, edges in enumerate(doors):
        curve = Piece(tuple(curves[f"i{place}"]), curved=True)
        at = (0.0, curve.points[0][1])
        if label := labels.get(edges[0].id):
            room = box(f"i{place}", wide, label.height)
            placed |= {edge.id: Box(room.right - label.width, room.y, label.width, label.height) for edge in edges}
        entries |= {edge.id: Port(at, (Piece((at,)), curve)) for edge in edges}
    exits: dict[Bundle, Port] = {}
    for place, key in enumerate(leaving):
        curve = Piece(tuple(curves[f"o{place}"]), curved=True)
        at = (found.width, curve.points[-1][1])
        exits[key] = Port(at, (curve, Piece((at,))))
    return Unit(plan.namespace, found.width, found.height, nodes, placed, lines, entries, exits)


def _spread(
    plan: _Plan,
    nodes: Mapping[str, Box],
    doors: Sequence[Sequence[Edge]],
    leaving: Sequence[Bundle],
    curves: dict[str, list[Point]],
) -> None:
    """Move the ends of edges apart, which Graphviz puts all into the middle of a node's side."""
    sides: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for place, edge in enumerate(plan.within):
        sides[edge.source, True].append(f"a{place}")
        sides[edge.target, False].append(f"b{place}" if f"b{place}" in curves else f"a{place}")
    for place, edges in enumerate(doors):
        sides[edges[0].target, False].append(f"i{place}")
    for place, key in enumerate(leaving):
        sides[key[0], True].append(f"o{place}")
    for (node, starts), names in sides.items():
        # The curve's other end says where it comes from, its own control point where the names are equally far.
        def elsewhere(name: str, starts: bool = starts) -> tuple[float, float, str]:
            points = curves[name]
            return (points[-1][1], points[2][1], name) if starts else (points[0][1], points[-3][1], name)

        ordered = sorted(names, key=elsewhere)
        step = min(_SIDE_BY_SIDE, (nodes[node].height - 12) / max(len(names) - 1, 1))
        for place, name in enumerate(ordered):
            off = (place - (len(names) - 1) / 2) * step
            moved = list(curves[name])
            end, control = (0, 1) if starts else (-1, -2)
            moved[control] = (moved[control][0], moved[control][1] + off)
            # Graphviz ends some lines a pixel before the node.
            moved[end] = (nodes[node].right if starts else nodes[node].x, nodes[node].middle[1] + off)
            curves[name] = moved


def _plain(plan: _Plan, cards: Mapping[str, Card], labels: Mapping[str, Label]) -> Unit:
    """Return a unit without Graphviz: its nodes one above the other, and its edges around them."""
    leaving, doors = _bundles(plan.outgoing), _doors(plan, labels)
    wide = _entry_width(plan, labels)
    tracks = 6.0 * min(len(plan.within), 10)
    left = wide + _ALONG + tracks
    right = left + max(cards[node].width for node in plan.nodes)
    written = right + _ALONG
    beside = written + max((labels[edge.id].width for edge in plan.within if edge.id in labels), default=0.0)
    end = beside + _ALONG + tracks
    nodes: dict[str, Box] = {}
    placed: dict[str, Box] = {}
    entries: dict[str, Port] = {}
    exits: dict[Bundle, Port] = {}

    def high(edge: Edge) -> float:
        return labels[edge.id].height + 4 if edge.id in labels else 8.0

    y = 0.0
    for node in plan.nodes:
        coming = [edges for edges in doors if edges[0].target == node]
        going = [edge for edge in plan.within if edge.source == node]
        out = [key for key in leaving if key[0] == node]
        needed = sum(high(edges[0]) for edges in coming), sum(high(edge) for edge in going) + 8.0 * len(out)
        tall = max(cards[node].height + 2 * BADGES, *needed)
        box = Box(left, y + (tall - cards[node].height) / 2, cards[node].width, cards[node].height)
        nodes[node] = box
        at = y
        for edges in coming:
            middle = at + high(edges[0]) / 2
            if label := labels.get(edges[0].id):
                placed |= {edge.id: Box(wide - label.width, at + 2, label.width, label.height) for edge in edges}
            line = Piece(((0.0, middle), (wide, middle))), _bow((wide, middle), (box.x, box.middle[1]))
            entries |= {edge.id: Port((0.0, middle), line) for edge in edges}
            at += high(edges[0])
        at = y
        for edge in going:
            if label := labels.get(edge.id):
                placed[edge.id] = Box(written, at + 2, label.width, label.height)
            at += high(edge)
        for key in out:
            at += 8.0
            bow = _bow((box.right, box.middle[1]), (written, at - 4))
            exits[key] = Port((end, at - 4), (bow, Piece(((end, at - 4),))))
        y += tall + 2 * _BETWEEN
    lines: dict[str, tuple[Piece, ...]] = {}
    for place, edge in enumerate(plan.within):
        source, target = nodes[edge.source], nodes[edge.target]
        label_box = placed.get(edge.id)
        height = label_box.middle[1] if label_box else source.middle[1]
        turn, back = beside + 12 + place % 10 * 6, left - 12 - place % 10 * 6
        between = target.y - BADGES - _BETWEEN
        around = ((written, height), (turn, height), (turn, between), (back, between), (back, target.middle[1]))
        lines[edge.id] = (
            _bow((source.right, source.middle[1]), (written, height)),
            Piece((*around, (target.x, target.middle[1]))),
        )
    return Unit(plan.namespace, end, y, nodes, placed, lines, entries, exits)


def _bow(start: Point, stop: Point) -> Piece:
    middle = (start[0] + stop[0]) / 2
    return Piece((start, (middle, start[1]), (middle, stop[1]), stop), curved=True)
