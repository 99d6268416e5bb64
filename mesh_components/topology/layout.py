"""Where everything in a picture goes.

Graphviz's ``dot`` lays out what is linked within a namespace (``layout_units``), and says which namespaces come first, by what is called from
where. Units stand in columns within their namespace, and namespaces in columns in the picture, as many as bring it nearest to the shape of a
screen: as one graph, ``dot`` would make a column of 20,000 pixels of 500 services. Lines between units keep to the gaps between
them (``layout_routes``).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .graph import Edge, Topology
from .layout_columns import Grid, Placed, Size, Spacing, extent, fillings, off
from .layout_engine import Graph, positions
from .layout_parts import Box, Piece, Point, arrival, path
from .layout_routes import OUTSIDE, Frame, Spot, Tracks, Way, corners, tracks, way
from .layout_sizes import Card, Label, cards, labels
from .layout_units import Unit, bundle, units
from .text_words import namespaces_of

ASPECT = 1.6
"""Width to height of a picture, as near as can be."""
_INNER_ASPECT = 1.35
_MARGIN = 20.0
_INNER = Spacing(gutter=34.0, lane=14.0, left=16.0, top=12.0, bottom=16.0)
_BARE = Spacing(gutter=30.0, lane=14.0, left=0.0, top=0.0, bottom=0.0)
_OUTER = Spacing(gutter=40.0, lane=30.0, left=16.0, top=16.0, bottom=18.0)
_SCREEN = (1_200.0, 800.0)
"""A screen's pixels: what does not fit is shown smaller."""
_BACKWARDS = 0.4
"""What it costs when all edges go from right to left, where 0.7 is what it costs to be shown half as large."""
_LONG = 0.1
"""What it costs when each edge passes a column."""
_SMALLEST_HEADER = 15.0
_LARGEST_HEADER = 64.0
_LEGIBLE = 105.0
"""Letters of a namespace's name, side by side, that would be as wide as the picture: so its name is legible from afar."""


@dataclass(frozen=True)
class Route:
    """An edge's line and its label's place.

    Attributes:
        line: The ``d`` of an SVG path.
        end: Where it arrives.
        degrees: The direction in which it arrives: 0 from the left, 90 from above.
        label: Where its label goes; None without one.
    """

    line: str
    end: Point
    degrees: float
    label: Box | None


@dataclass(frozen=True)
class Layout:
    """Where everything goes, in pixels.

    Attributes:
        width: Of the picture.
        height: Of the picture.
        header: Size of the letters of a namespace's name.
        namespaces: Boxes by name.
        nodes: Boxes by id.
        routes: Edges by id; those between nodes that are not there have none.
        cards: What is written in the nodes.
        labels: What is written on the edges.
        plainly: Whether a part is laid out plainly, because Graphviz failed on it.
    """

    width: float
    height: float
    header: float
    namespaces: Mapping[str, Box]
    nodes: Mapping[str, Box]
    routes: Mapping[str, Route]
    cards: Mapping[str, Card]
    labels: Mapping[str, Label]
    plainly: bool = False


@dataclass
class _Block:
    """A namespace, or a unit that is in none."""

    namespace: str
    units: list[Unit]
    columns: list[list[int]] = field(default_factory=list)

    def grid(self, header: float) -> Grid:
        sizes = tuple(
            tuple((self.units[one].width, self.units[one].height) for one in column) for column in self.columns
        )
        leads = tuple(tuple(self.units[one].lead for one in column) for column in self.columns)
        return Grid(sizes, leads, _spacing(self, header))


def arrange(topology: Topology) -> Layout:
    """Return the places of everything in a picture: the same for the same picture.

    :raises mesh_components.topology.layout_engine.LayoutError: when Graphviz cannot be run at all
    """
    sized, labelled = cards(topology), labels(topology)
    found, plainly = units(topology, sized, labelled)
    blocks = _blocks(topology, found)
    edges = [edge for edge in topology.edges if edge.source in topology.by_id and edge.target in topology.by_id]
    header = _header(blocks)
    for block in blocks:
        _fill(block, header)
    columns, failed = _columns(blocks, edges, header)
    spots, unit_of = _spots(blocks, columns)
    inner = [block.grid(header).placed({}, {}) for block in blocks]
    frames = _frames(blocks, columns, inner, edges, spots, None)
    between = [edge for edge in edges if unit_of[edge.source] != unit_of[edge.target]]

    def ends(edge: Edge) -> tuple[Point, Point]:
        one, other = unit_of[edge.source], unit_of[edge.target]
        start = blocks[one[0]].units[one[1]].exits[bundle(edge)].at
        stop = blocks[other[0]].units[other[1]].entries[edge.id].at
        return _add(_at(blocks, frames, one), start), _add(_at(blocks, frames, other), stop)

    heights = {edge.id: (ends(edge)[0][1], ends(edge)[1][1]) for edge in between}
    ways: dict[str, Way] = {}
    for edge in between:
        source, target = spots[unit_of[edge.source]], spots[unit_of[edge.target]]
        ways[edge.id] = way(source, target, bundle(edge), *heights[edge.id], frames)
    used = tracks(ways, heights, frames)
    inner = [
        block.grid(header).placed(used.in_gutters(number), used.in_lanes(number)) for number, block in enumerate(blocks)
    ]
    frames = _frames(blocks, columns, inner, edges, spots, used)
    # Heights have moved a little: tracks are shared out anew, none needs more room than before.
    lines: dict[str, tuple[Piece, ...]] = {}
    for edge in between:
        start, stop = ends(edge)
        one, other = unit_of[edge.source], unit_of[edge.target]
        first, last = _at(blocks, frames, one), _at(blocks, frames, other)
        lines[edge.id] = (
            *_moved(blocks[one[0]].units[one[1]].exits[bundle(edge)].pieces, first),
            corners(ways[edge.id], start, stop, used, frames),
            *_moved(blocks[other[0]].units[other[1]].entries[edge.id].pieces, last),
        )
    return _gathered(topology, blocks, frames, lines, header, sized, labelled, plainly or failed)


def _gathered(
    topology: Topology,
    blocks: Sequence[_Block],
    frames: Mapping[int, Frame],
    lines: dict[str, tuple[Piece, ...]],
    header: float,
    sized: Mapping[str, Card],
    labelled: Mapping[str, Label],
    plainly: bool,
) -> Layout:
    nodes: dict[str, Box] = {}
    label_boxes: dict[str, Box] = {}
    spaces: dict[str, Box] = {}
    for number, block in enumerate(blocks):
        frame = frames[number]
        if block.namespace:
            spaces[block.namespace] = Box(*frame.at, frame.placed.width, frame.placed.height)
        for place, unit in enumerate(block.units):
            at = _at(blocks, frames, (number, place))
            nodes.update({node: box.moved(*at) for node, box in unit.nodes.items()})
            label_boxes.update({edge: box.moved(*at) for edge, box in unit.labels.items()})
            lines.update({edge: _moved(pieces, at) for edge, pieces in unit.lines.items()})
    outer = frames[OUTSIDE]
    return Layout(
        width=round(outer.placed.width, 1),
        height=round(outer.placed.height, 1),
        header=header,
        namespaces=spaces,
        nodes=nodes,
        routes={
            edge: Route(path(pieces), *arrival(pieces), label_boxes.get(edge)) for edge, pieces in sorted(lines.items())
        },
        cards=sized,
        labels=labelled,
        plainly=plainly,
    )


def _blocks(topology: Topology, found: Sequence[Unit]) -> list[_Block]:
    order = {node.id: place for place, node in enumerate(topology.nodes)}
    inside: dict[str, list[Unit]] = defaultdict(list)
    for unit in found:
        inside[unit.namespace].append(unit)
    blocks = [_Block("", [unit]) for unit in inside[""]]
    for space in namespaces_of(topology):
        # Large units first, they say how high a column is; then by name.
        ranked = sorted(
            inside[space.name], key=lambda unit: (len(unit.nodes) <= 3, min(order[node] for node in unit.nodes))
        )
        blocks.append(_Block(space.name, ranked))
    return blocks


def _header(blocks: Sequence[_Block]) -> float:
    area = sum(unit.width * unit.height for block in blocks for unit in block.units) * 2.2
    return round(min(max((area * ASPECT) ** 0.5 / _LEGIBLE, _SMALLEST_HEADER), _LARGEST_HEADER), 1)


def _spacing(block: _Block, header: float) -> Spacing:
    if not block.namespace:
        return _BARE
    return Spacing(_INNER.gutter, _INNER.lane, _INNER.left, header * 1.7 + _INNER.top, _INNER.bottom)


def _fill(block: _Block, header: float) -> None:
    sizes = [(unit.width, unit.height) for unit in block.units]
    space = _spacing(block, header)

    def cost(columns: Sequence[Sequence[int]]) -> float:
        return off(extent(sizes, columns, space.gutter, space.lane), _INNER_ASPECT)

    block.columns = min(fillings(sizes, space.lane), key=cost, default=[]) if sizes else []


def _columns(blocks: Sequence[_Block], edges: Sequence[Edge], header: float) -> tuple[list[list[int]], bool]:
    """Return the blocks by column: clients first, hosts outside last, namespaces by who calls whom."""
    sizes = [_size(block, header) for block in blocks]
    home = {node: number for number, block in enumerate(blocks) for unit in block.units for node in unit.nodes}
    links = Counter((home[edge.source], home[edge.target]) for edge in edges if home[edge.source] != home[edge.target])
    weights = {ends: math.log2(1 + many) for ends, many in links.items()}
    sources, targets = {a for a, _ in links}, {b for _, b in links}
    first = [n for n, block in enumerate(blocks) if not block.namespace and n in sources and n not in targets]
    last = [n for n, block in enumerate(blocks) if not block.namespace and n not in first]
    middle = [n for n, block in enumerate(blocks) if block.namespace]
    ranked, failed = _ranked(middle, sizes, links)
    ordered = [number for rank in ranked for number in rank]
    own = [sizes[number] for number in ordered]
    candidates = [[[ordered[place] for place in column] for column in filled] for filled in fillings(own, _OUTER.lane)]
    candidates = [ranked, *candidates] if ranked else [[]]
    whole = [
        [*_sides(first, sizes), *columns, *_sides(last, sizes)] if columns or first or last else []
        for columns in candidates
    ]

    def cost(columns: Sequence[Sequence[int]]) -> float:
        column_of = {number: place for place, column in enumerate(columns) for number in column}
        wrong = sum(much for (a, b), much in weights.items() if column_of[a] >= column_of[b])
        far = sum(much * max(abs(column_of[a] - column_of[b]) - 1, 0) for (a, b), much in weights.items())
        wide, tall = extent(sizes, columns, _OUTER.gutter, _OUTER.lane)
        shrunk = math.log(max(wide / _SCREEN[0], tall / _SCREEN[1], 1.0))
        return shrunk + (_BACKWARDS * wrong + _LONG * far) / max(sum(weights.values()), 1.0)

    return min(whole, key=cost), failed


def _sides(some: Sequence[int], sizes: Sequence[Size]) -> list[list[int]]:
    """Return what is outside of all namespaces in columns that are not too high."""
    if not some:
        return []
    own = [sizes[number] for number in some]
    best = min(fillings(own, _OUTER.lane), key=lambda columns: off(extent(own, columns, 30, _OUTER.lane), 0.4))
    return [[some[place] for place in column] for column in best]


def _ranked(
    middle: Sequence[int], sizes: Sequence[Size], links: Mapping[tuple[int, int], int]
) -> tuple[list[list[int]], bool]:
    """Return namespaces by rank, as ``dot`` has them: callers before what they call; and whether it failed."""
    inside = set(middle)
    lines = ["digraph { rankdir=LR; nodesep=0.4; ranksep=0.6;", 'node [shape=box, fixedsize=true, label=""];']
    lines += [f"b{n} [width={sizes[n][0] / 720:.4f}, height={sizes[n][1] / 720:.4f}];" for n in middle]
    lines += [
        f"b{a} -> b{b} [id=e{a}_{b}, weight={min(many, 20)}];"
        for (a, b), many in sorted(links.items())
        if a in inside and b in inside
    ]
    (found,) = positions([Graph("dot", "\n".join([*lines, "}"]))])
    if found is None:
        return [[number] for number in middle], True
    ranks: dict[float, list[int]] = defaultdict(list)
    for number in middle:
        ranks[round(found.nodes[f"b{number}"][0], 1)].append(number)
    return [sorted(ranks[x], key=lambda n: (found.nodes[f"b{n}"][1], n)) for x in sorted(ranks)], False


def _size(block: _Block, header: float) -> Size:
    placed = block.grid(header).placed({}, {})
    wide = len(block.namespace) * header * 0.75 + 60 if block.namespace else 0.0
    return max(placed.width, min(wide, 1600.0)), placed.height


def _spots(
    blocks: Sequence[_Block], columns: Sequence[Sequence[int]]
) -> tuple[dict[tuple[int, int], Spot], dict[str, tuple[int, int]]]:
    """Return where each unit is, by its block and place in it; and the unit of each node."""
    outer = {number: (place, row) for place, column in enumerate(columns) for row, number in enumerate(column)}
    spots = {
        (number, place): Spot(number, len(block.columns), outer[number], (inner, row))
        for number, block in enumerate(blocks)
        for inner, column in enumerate(block.columns)
        for row, place in enumerate(column)
    }
    unit_of = {
        node: (number, place)
        for number, block in enumerate(blocks)
        for place, unit in enumerate(block.units)
        for node in unit.nodes
    }
    return spots, unit_of


def _frames(
    blocks: Sequence[_Block],
    columns: Sequence[Sequence[int]],
    inner: Sequence[Placed],
    edges: Sequence[Edge],
    spots: Mapping[tuple[int, int], Spot],
    used: Tracks | None,
) -> dict[int, Frame]:
    """Return the frames of the whole and of each block."""
    sizes = tuple(tuple((inner[n].width, inner[n].height) for n in column) for column in columns)
    leads = tuple(tuple(0.0 for _ in column) for column in columns)
    gutters = used.in_gutters(OUTSIDE) if used else {}
    lanes = used.in_lanes(OUTSIDE) if used else {}
    level = Grid(sizes, leads, _OUTER).placed(gutters, lanes)
    shifts = _shifts(blocks, columns, inner, edges, level)
    outer = Grid(sizes, leads, _OUTER, shifts).placed(gutters, lanes)
    frames = {OUTSIDE: Frame((0.0, 0.0), outer)}
    for column, some in enumerate(columns):
        for row, number in enumerate(some):
            frames[number] = Frame(outer.at[column, row], inner[number])
    return frames


def _shifts(
    blocks: Sequence[_Block],
    columns: Sequence[Sequence[int]],
    inner: Sequence[Placed],
    edges: Sequence[Edge],
    level: Placed,
) -> tuple[float, ...]:
    """Return how much lower each column is to begin, so that lines to its neighbours go up and down little."""
    where: dict[str, tuple[int, float]] = {}
    bottoms = [0.0] * len(columns)
    for column, some in enumerate(columns):
        for row, number in enumerate(some):
            x, y = level.at[column, row]
            bottoms[column] = max(bottoms[column], level.lanes[column, row + 1][1])
            for inner_column, places in enumerate(blocks[number].columns):
                for inner_row, place in enumerate(places):
                    _, unit_y = inner[number].at[inner_column, inner_row]
                    for node, box in blocks[number].units[place].nodes.items():
                        where[node] = (column, y + unit_y + box.middle[1])
    shifts: dict[int, float] = {}
    tallest = max(range(len(columns)), key=lambda column: bottoms[column], default=0)
    order = sorted(range(len(columns)), key=lambda column: abs(column - tallest))
    for column in order:
        room = level.height - bottoms[column]
        wished = []
        for edge in edges:
            ends = where[edge.source], where[edge.target]
            for (own, y), (other, other_y) in (ends, ends[::-1]):
                if own == column and other in shifts:
                    wished.append(other_y + shifts[other] - y)
        wish = sorted(wished)[len(wished) // 2] if wished else room / 2
        shifts[column] = round(min(max(wish, 0.0), room), 1)
    return tuple(shifts[column] for column in range(len(columns)))


def _at(blocks: Sequence[_Block], frames: Mapping[int, Frame], which: tuple[int, int]) -> Point:
    """Return where a unit is in the picture."""
    number, place = which
    frame = frames[number]
    for column, places in enumerate(blocks[number].columns):
        if place in places:
            return _add(frame.at, frame.placed.at[column, places.index(place)])
    raise KeyError(which)


def _add(one: Point, other: Point) -> Point:
    return one[0] + other[0], one[1] + other[1]


def _moved(pieces: Sequence[Piece], at: Point) -> tuple[Piece, ...]:
    return tuple(piece.moved(*at) for piece in pieces)
