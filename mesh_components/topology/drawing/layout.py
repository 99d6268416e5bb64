"""Where everything in a picture goes.

Graphviz's ``dot`` lays out what is linked within a namespace (``layout_units``), and says which namespaces come first,
by who calls whom. Units stand in columns within their namespace, and namespaces in columns in the picture, as many as
bring it nearest to the shape of a screen (``layout_blocks``): as one graph, ``dot`` would make a column of 20,000
pixels of 500 services. Lines between units keep to the gaps between them (``layout_routes``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..graph import Edge, Topology
from .layout_blocks import OUTER, Block, blocks, columns
from .layout_columns import Grid, Placed
from .layout_parts import Box, Piece, Point, arrival, path
from .layout_routes import OUTSIDE, Frame, Spot, Tracks, corners, tracks, way
from .layout_sizes import Card, Label, cards, labels
from .layout_units import Port, bundle, units


@dataclass(frozen=True)
class Route:
    """An edge's line and its label's place.

    Attributes:
        line: The ``d`` of an SVG path.
        end: Where it arrives.
        degrees: The direction in which it arrives: 0 from the left, 90 from above.
        label: Where its label goes, which it may share with other edges; None without one.
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


def arrange(topology: Topology) -> Layout:
    """Return the places of everything in a picture: the same for the same picture.

    :raises mesh_components.topology.drawing.layout_engine.LayoutError: when Graphviz cannot be run at all
    """
    sized, labelled = cards(topology), labels(topology)
    found, plainly = units(topology, sized, labelled)
    edges = [edge for edge in topology.edges if edge.source in topology.by_id and edge.target in topology.by_id]
    some = blocks(topology, found)
    ordered, failed = columns(some, edges)
    picture = _Picture(some, ordered, edges)
    lines = picture.lines()
    nodes: dict[str, Box] = {}
    label_boxes: dict[str, Box] = {}
    for number, block in enumerate(some):
        for place, unit in enumerate(block.units):
            at = picture.at(number, place)
            nodes |= {node: box.moved(*at) for node, box in unit.nodes.items()}
            label_boxes |= {edge: box.moved(*at) for edge, box in unit.labels.items()}
            lines |= {edge: _moved(pieces, at) for edge, pieces in unit.lines.items()}
    frames = picture.frames
    return Layout(
        width=round(frames[OUTSIDE].placed.width, 1),
        height=round(frames[OUTSIDE].placed.height, 1),
        header=max((block.header for block in some), default=15.0),
        namespaces={
            block.namespace: Box(*frames[number].at, frames[number].placed.width, frames[number].placed.height)
            for number, block in enumerate(some)
            if block.namespace
        },
        nodes=nodes,
        routes={
            edge: Route(path(pieces), *arrival(pieces), label_boxes.get(edge)) for edge, pieces in sorted(lines.items())
        },
        cards=sized,
        labels=labelled,
        plainly=plainly or failed,
    )


class _Picture:
    """Blocks in columns, with lines between their units.

    Attributes:
        frames: Where the columns of the picture and of each block are; they move apart as lines need room.
    """

    def __init__(self, some: Sequence[Block], ordered: Sequence[Sequence[int]], edges: Sequence[Edge]) -> None:
        self._blocks = some
        self._columns = ordered
        self._edges = edges
        self._unit_of = {
            node: (number, place)
            for number, block in enumerate(some)
            for place, unit in enumerate(block.units)
            for node in unit.nodes
        }
        self._within = {
            (number, place): (column, row)
            for number, block in enumerate(some)
            for column, places in enumerate(block.columns)
            for row, place in enumerate(places)
        }
        self.frames = self._framed(Tracks({}, {}))

    def at(self, number: int, place: int) -> Point:
        """Return where a unit is."""
        frame = self.frames[number]
        x, y = frame.placed.at[self._within[number, place]]
        return frame.at[0] + x, frame.at[1] + y

    def lines(self) -> dict[str, tuple[Piece, ...]]:
        """Return the lines of the edges from one unit to another, by id, and give them the room that they need."""
        between = [edge for edge in self._edges if self._unit_of[edge.source] != self._unit_of[edge.target]]
        heights = self._heights(between)
        spots = self._spots()
        ways = {
            edge.id: way(
                spots[self._unit_of[edge.source]],
                spots[self._unit_of[edge.target]],
                bundle(edge),
                *heights[edge.id],
                self.frames,
            )
            for edge in between
        }
        used = tracks(ways, heights, self.frames)
        self.frames = self._framed(used)
        # Lanes have their room now, so that heights are final; which lines pass each other in a gutter depends on them.
        used = tracks(ways, self._heights(between), self.frames)
        self.frames = self._framed(used)
        made = {}
        for edge in between:
            (leaves, out), (comes, into) = self._exit(edge), self._entry(edge)
            middle = corners(ways[edge.id], _add(leaves, out.at), _add(comes, into.at), used, self.frames)
            made[edge.id] = (*_moved(out.pieces, leaves), middle, *_moved(into.pieces, comes))
        return made

    def _exit(self, edge: Edge) -> tuple[Point, Port]:
        number, place = self._unit_of[edge.source]
        return self.at(number, place), self._blocks[number].units[place].exits[bundle(edge)]

    def _entry(self, edge: Edge) -> tuple[Point, Port]:
        number, place = self._unit_of[edge.target]
        return self.at(number, place), self._blocks[number].units[place].entries[edge.id]

    def _heights(self, edges: Sequence[Edge]) -> dict[str, tuple[float, float]]:
        """Return the heights at which edges leave and arrive."""
        found = {}
        for edge in edges:
            (leaves, out), (comes, into) = self._exit(edge), self._entry(edge)
            found[edge.id] = leaves[1] + out.at[1], comes[1] + into.at[1]
        return found

    def _spots(self) -> dict[tuple[int, int], Spot]:
        outer = {
            number: (place, row) for place, column in enumerate(self._columns) for row, number in enumerate(column)
        }
        return {
            (number, place): Spot(number, len(self._blocks[number].columns), outer[number], inner)
            for (number, place), inner in self._within.items()
        }

    def _framed(self, used: Tracks) -> dict[int, Frame]:
        """Return the frames of the picture and of each block, with room for so many lines."""
        inner = [
            block.grid().placed(used.in_gutters(number), used.in_lanes(number))
            for number, block in enumerate(self._blocks)
        ]
        sizes = tuple(tuple((inner[number].width, inner[number].height) for number in some) for some in self._columns)
        leads = tuple(tuple(0.0 for _ in some) for some in self._columns)
        room = used.in_gutters(OUTSIDE), used.in_lanes(OUTSIDE)
        shifts = self._shifts(inner, Grid(sizes, leads, OUTER).placed(*room))
        outer = Grid(sizes, leads, OUTER, shifts).placed(*room)
        frames = {OUTSIDE: Frame((0.0, 0.0), outer)}
        for column, some in enumerate(self._columns):
            frames |= {number: Frame(outer.at[column, row], inner[number]) for row, number in enumerate(some)}
        return frames

    def _shifts(self, inner: Sequence[Placed], level: Placed) -> tuple[float, ...]:
        """Return how much lower each column is to begin, so that lines to its neighbours go up and down little."""
        where: dict[str, tuple[int, float]] = {}
        room: list[float] = []
        for column, some in enumerate(self._columns):
            room.append(level.height - level.lanes[column, len(some)][1])
            for row, number in enumerate(some):
                for place, unit in enumerate(self._blocks[number].units):
                    y = level.at[column, row][1] + inner[number].at[self._within[number, place]][1]
                    where |= {node: (column, y + box.middle[1]) for node, box in unit.nodes.items()}
        shifts: dict[int, float] = {}
        tallest = min(range(len(room)), key=lambda column: room[column], default=0)
        for column in sorted(range(len(room)), key=lambda column: abs(column - tallest)):
            wished = []
            for edge in self._edges:
                ends = where[edge.source], where[edge.target]
                for (own, y), (other, other_y) in (ends, ends[::-1]):
                    if own == column and other in shifts:
                        wished.append(other_y + shifts[other] - y)
            wish = sorted(wished)[len(wished) // 2] if wished else room[column] / 2
            shifts[column] = round(min(max(wish, 0.0), room[column]), 1)
        return tuple(shifts[column] for column in range(len(room)))


def _add(one: Point, other: Point) -> Point:
    return one[0] + other[0], one[1] + other[1]


def _moved(pieces: Sequence[Piece], at: Point) -> tuple[Piece, ...]:
    return tuple(piece.moved(*at) for piece in pieces)
