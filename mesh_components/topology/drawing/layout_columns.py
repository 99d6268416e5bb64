"""Boxes in columns: how many columns, which box in which, and where each box then stands.

Between the columns, and left and right of them, are gutters, for lines that go up and down; between the boxes of a
column, and above and below them, are lanes, for lines that go across it. Both grow with the lines in them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .layout_parts import Point

Size = tuple[float, float]
STEP = 5.0
"""Pixels between two lines beside each other."""
_MANY = 14
"""More lines than this are nearer to each other."""


@dataclass(frozen=True)
class Spacing:
    """How far boxes are apart, in pixels, before lines take room.

    Attributes:
        gutter: Between two columns.
        lane: Between two boxes of a column.
        left: Left and right of all columns.
        top: Above all boxes.
        bottom: Below all boxes.
    """

    gutter: float
    lane: float
    left: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Grid:
    """Boxes in columns.

    Attributes:
        columns: Width and height of each box, by column and row.
        leads: How far each box's content is from its left side; contents in a column begin at the same place.
        spacing: How far the boxes are apart.
        shifts: How much lower each column begins.
        least: Least width and height of all.
    """

    columns: tuple[tuple[Size, ...], ...]
    leads: tuple[tuple[float, ...], ...]
    spacing: Spacing
    shifts: tuple[float, ...] = ()
    least: Size = (0.0, 0.0)

    def placed(self, tracks: Mapping[int, int], crossing: Mapping[tuple[int, int], int]) -> Placed:
        """Return where everything is, with so many lines in each gutter, and in each lane (column and place in it)."""
        space = self.spacing
        at: dict[tuple[int, int], Point] = {}
        lanes: dict[tuple[int, int], tuple[float, float]] = {}
        gutters: list[tuple[float, float]] = []
        x = tallest = 0.0
        for number, (column, leads) in enumerate(zip(self.columns, self.leads, strict=True)):
            wide = (space.gutter if number else space.left) + room_for(tracks.get(number, 0))
            gutters.append((x, x + wide))
            x += wide
            lead = max(leads)
            y = self.shifts[number] if self.shifts else 0.0
            for row, (_, height) in enumerate(column):
                high = (space.lane if row else space.top) + room_for(crossing.get((number, row), 0))
                lanes[number, row] = (y, y + high)
                at[number, row] = (x + lead - leads[row], y + high)
                y += high + height
            high = space.bottom + room_for(crossing.get((number, len(column)), 0))
            lanes[number, len(column)] = (y, y + high)
            tallest = max(tallest, y + high)
            x += max(lead - own + size[0] for own, size in zip(leads, column, strict=True))
        wide = space.left + room_for(tracks.get(len(self.columns), 0))
        gutters.append((x, x + wide))
        widths = {
            (number, row): size[0] for number, column in enumerate(self.columns) for row, size in enumerate(column)
        }
        return Placed(max(x + wide, self.least[0]), max(tallest, self.least[1]), at, widths, tuple(gutters), lanes)


@dataclass(frozen=True)
class Placed:
    """Where boxes, gutters and lanes are.

    Attributes:
        width: Of all.
        height: Of all.
        at: Upper left corners of the boxes, by column and row.
        widths: Of the boxes.
        gutters: Left and right side of each gutter.
        lanes: Upper and lower side of each lane, by column and place in it.
    """

    width: float
    height: float
    at: Mapping[tuple[int, int], Point]
    widths: Mapping[tuple[int, int], float]
    gutters: tuple[tuple[float, float], ...]
    lanes: Mapping[tuple[int, int], tuple[float, float]] = field(default_factory=dict)


def room_for(lines: int) -> float:
    """Return how many pixels so many lines beside each other take."""
    return STEP * min(lines, _MANY) + 1.5 * max(lines - _MANY, 0)


def fill(sizes: Sequence[Size], columns: int, gap: float) -> list[list[int]]:
    """Return the places of boxes by column, in their order, so that the tallest column is as low as can be.

    Args:
        sizes: Width and height of each box.
        columns: How many columns there are at most.
        gap: Between two boxes in a column.
    """
    low, high = max((size[1] for size in sizes), default=0.0), sum(size[1] + gap for size in sizes)
    for _ in range(24):
        middle = (low + high) / 2
        if len(_filled(sizes, middle, gap)) <= columns:
            high = middle
        else:
            low = middle
    return _filled(sizes, high, gap)


def extent(sizes: Sequence[Size], columns: Sequence[Sequence[int]], gutter: float, gap: float) -> Size:
    """Return the width and the height of boxes in columns, about."""
    wide = sum(max(sizes[place][0] for place in column) for column in columns) + gutter * (len(columns) + 1)
    tall = max((sum(sizes[place][1] + gap for place in column) for column in columns), default=0.0)
    return wide, tall + gap


def fillings(sizes: Sequence[Size], gap: float, most: int = 60) -> list[list[list[int]]]:
    """Return every way to fill columns, from one column to as many as there are boxes, ``most`` at most."""
    tried = {
        len(found): found for found in (fill(sizes, number, gap) for number in range(1, min(len(sizes), most) + 1))
    }
    return list(tried.values())


def off(size: Size, aspect: float) -> float:
    """Return how far width to height is from ``aspect``: 0 where it is the same, 0.69 where it is twice or half."""
    return abs(math.log(max(size[0], 1.0) / max(size[1], 1.0) / aspect))


def _filled(sizes: Sequence[Size], height: float, gap: float) -> list[list[int]]:
    columns: list[list[int]] = []
    room = -1.0
    for place, (_, tall) in enumerate(sizes):
        if not columns or tall > room + 0.001:
            columns.append([])
            room = height
        columns[-1].append(place)
        room -= tall + gap
    return columns
