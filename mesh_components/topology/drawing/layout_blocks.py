"""Namespaces as blocks: their units in columns, and blocks in columns, so that callers come before what they call."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..graph import Edge, Topology
from .layout_columns import Grid, Size, Spacing, extent, fillings, off
from .layout_engine import Graph, positions
from .layout_units import Unit
from .text_width import width
from .text_words import namespaces_of, plain

OUTER = Spacing(gutter=40.0, lane=30.0, left=16.0, top=16.0, bottom=18.0)
"""Between namespaces."""
_INNER = Spacing(gutter=34.0, lane=14.0, left=16.0, top=12.0, bottom=16.0)
_BARE = Spacing(gutter=30.0, lane=14.0, left=0.0, top=0.0, bottom=0.0)
_ASPECT = 1.35
"""Width to height of a namespace, as near as can be."""
_ASIDE = 0.4
"""The same for what is outside of all namespaces, left and right of them."""
_SCREEN = (1_200.0, 800.0)
"""A screen's pixels: what does not fit is shown smaller."""
_BACKWARDS = 0.4
"""What it costs when all edges go from right to left, where 0.7 is what it costs to be shown half as large."""
_LONG = 0.1
"""What it costs when each edge passes a column."""
_SCALE = 10.0
"""Namespaces are this much smaller for Graphviz, which only ranks them."""
_BESIDE_NAME = 190.0
_WIDEST_NAME = 420.0
"""What an empty namespace is not wider than for its name's sake."""
_SMALLEST_HEADER = 15.0
_LARGEST_HEADER = 64.0
_LEGIBLE = 105.0
"""Letters of a namespace's name, side by side, that would be as wide as the picture: so it is legible from afar."""


@dataclass(frozen=True)
class Block:
    """A namespace, or a unit that is in none.

    Attributes:
        namespace: Its name; ``""`` for none.
        units: What is in it.
        columns: Places of the units, by column.
        header: Size of the letters of its name.
    """

    namespace: str
    units: tuple[Unit, ...]
    columns: tuple[tuple[int, ...], ...]
    header: float

    def grid(self) -> Grid:
        """Return its units as boxes in columns."""
        boxes = [[self.units[one] for one in column] for column in self.columns]
        sizes = tuple(tuple((unit.width, unit.height) for unit in column) for column in boxes)
        leads = tuple(tuple(unit.lead for unit in column) for column in boxes)
        space = _spacing(self.namespace, self.header)
        if not self.namespace:
            return Grid(sizes, leads, space)
        # Enough for its name, and for some of what is written beside it.
        wide = width(plain(self.namespace), self.header, bold=True) + _BESIDE_NAME
        return Grid(sizes, leads, space, (), (min(wide, _WIDEST_NAME), space.top + space.bottom))

    def size(self) -> Size:
        """Return its size, before lines take room."""
        placed = self.grid().placed({}, {})
        return placed.width, placed.height


def blocks(topology: Topology, units: Sequence[Unit]) -> list[Block]:
    """Return the blocks of a picture: what is in no namespace, then the namespaces by name."""
    order = {node.id: place for place, node in enumerate(topology.nodes)}
    inside: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        inside[unit.namespace].append(unit)
    header = _header(units)
    made = [_block("", [unit], header) for unit in inside[""]]
    for space in namespaces_of(topology):
        # Large units first, they say how high a column is; then by name.
        ranked = sorted(
            inside[space.name], key=lambda unit: (len(unit.nodes) <= 3, min(order[node] for node in unit.nodes))
        )
        made.append(_block(space.name, ranked, header))
    return made


def columns(some: Sequence[Block], edges: Sequence[Edge]) -> tuple[list[list[int]], bool]:
    """Return the places of blocks by column: clients first, hosts outside last, namespaces by who calls whom.

    The second value says whether Graphviz failed, so that namespaces are in their order by name.
    """
    sizes = [block.size() for block in some]
    home = {node: number for number, block in enumerate(some) for unit in block.units for node in unit.nodes}
    ends = [(home[edge.source], home[edge.target]) for edge in edges]
    links = {one: math.log2(1 + many) for one, many in sorted(Counter(ends).items()) if one[0] != one[1]}
    sources, targets = {source for source, _ in links}, {target for _, target in links}
    bare = [number for number, block in enumerate(some) if not block.namespace]
    first = [number for number in bare if number in sources and number not in targets]
    last = [number for number in bare if number not in first]
    linked = sources | targets
    spaces = [number for number, block in enumerate(some) if block.namespace]
    ranked, failed = _ranked([number for number in spaces if number in linked], sizes, links)
    # Those that nothing reaches and that reach nothing come last.
    alone = [number for number in spaces if number not in linked]
    ordered = [*(number for rank in ranked for number in rank), *alone]
    ranked = _added(ranked, alone, sizes)
    own = [sizes[number] for number in ordered]
    filled = [[[ordered[place] for place in column] for column in found] for found in fillings(own, OUTER.lane)]
    candidates = [[*_aside(first, sizes), *middle, *_aside(last, sizes)] for middle in (ranked, *filled)]

    def cost(found: Sequence[Sequence[int]]) -> float:
        column_of = {number: place for place, column in enumerate(found) for number in column}
        wrong = sum(much for (a, b), much in links.items() if column_of[a] >= column_of[b])
        far = sum(much * max(abs(column_of[a] - column_of[b]) - 1, 0) for (a, b), much in links.items())
        wide, tall = extent(sizes, found, OUTER.gutter, OUTER.lane)
        shrunk = math.log(max(wide / _SCREEN[0], tall / _SCREEN[1], 1.0))
        return shrunk + (_BACKWARDS * wrong + _LONG * far) / max(sum(links.values()), 1.0)

    return min(candidates, key=cost), failed


def _block(namespace: str, units: Sequence[Unit], header: float) -> Block:
    sizes = [(unit.width, unit.height) for unit in units]
    space = _spacing(namespace, header)

    def cost(found: Sequence[Sequence[int]]) -> float:
        return off(extent(sizes, found, space.gutter, space.lane), _ASPECT)

    best = min(fillings(sizes, space.lane), key=cost, default=[])
    return Block(namespace, tuple(units), tuple(tuple(column) for column in best), header)


def _spacing(namespace: str, header: float) -> Spacing:
    if not namespace:
        return _BARE
    return Spacing(_INNER.gutter, _INNER.lane, _INNER.left, header * 1.7 + _INNER.top, _INNER.bottom)


def _header(units: Sequence[Unit]) -> float:
    # What stands between units takes about as much room as they do.
    area = sum(unit.width * unit.height for unit in units) * 2.2
    wide = math.sqrt(area * _SCREEN[0] / _SCREEN[1])
    return round(min(max(wide / _LEGIBLE, _SMALLEST_HEADER), _LARGEST_HEADER), 1)


def _aside(some: Sequence[int], sizes: Sequence[Size]) -> list[list[int]]:
    """Return what is outside of all namespaces in columns that are not too high."""
    own = [sizes[number] for number in some]

    def cost(found: Sequence[Sequence[int]]) -> float:
        return off(extent(own, found, OUTER.gutter, OUTER.lane), _ASIDE)

    return [[some[place] for place in column] for column in min(fillings(own, OUTER.lane), key=cost, default=[])]


def _added(columns: Sequence[Sequence[int]], more: Sequence[int], sizes: Sequence[Size]) -> list[list[int]]:
    """Return columns with more blocks in them, each at the end of the lowest."""
    found = [list(column) for column in columns] or [[]]
    for number in more:
        min(found, key=lambda column: sum(sizes[one][1] + OUTER.lane for one in column)).append(number)
    return [column for column in found if column]


def _ranked(
    spaces: Sequence[int], sizes: Sequence[Size], links: Mapping[tuple[int, int], float]
) -> tuple[list[list[int]], bool]:
    """Return namespaces by rank, as ``dot`` has them: callers before what they call; and whether it failed."""
    inside = set(spaces)
    lines = ["digraph {", 'rankdir=LR; nodesep=0.4; ranksep=0.6; node [shape=box, fixedsize=true, label=""];']
    for number in spaces:
        wide, high = (pixels / 72 / _SCALE for pixels in sizes[number])
        lines.append(f"b{number} [width={wide:.4f}, height={high:.4f}];")
    lines += [
        f"b{a} -> b{b} [id=e{a}_{b}, weight={round(much * 4)}];"
        for (a, b), much in links.items()
        if a in inside and b in inside
    ]
    (found,) = positions([Graph("dot", "\n".join([*lines, "}"]))])
    if found is None:
        return [[number] for number in spaces], True
    ranks: dict[float, list[int]] = defaultdict(list)
    for number in spaces:
        ranks[round(found.nodes[f"b{number}"][0], 1)].append(number)
    return [sorted(ranks[x], key=lambda number: (found.nodes[f"b{number}"][1], number)) for x in sorted(ranks)], False
