"""Boxes and lines: what a laid out picture is made of, in pixels, x to the right and y downwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
RADIUS = 9.0
"""Of the corners that lines turn around."""


@dataclass(frozen=True)
class Box:
    """A rectangle, by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right side."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower side."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """The point in its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def moved(self, x: float, y: float) -> Box:
        """Return it further to the right and further down."""
        return Box(self.x + x, self.y + y, self.width, self.height)


@dataclass(frozen=True)
class Piece:
    """A part of a line: corners with straight lines between them, or a chain of cubic Bézier curves."""

    points: tuple[Point, ...]
    curved: bool = False

    def moved(self, x: float, y: float) -> Piece:
        """Return it further to the right and further down."""
        return Piece(tuple((px + x, py + y) for px, py in self.points), self.curved)


def path(pieces: Iterable[Piece]) -> str:
    """Return the line that joins pieces, as the ``d`` of an SVG path; corners are rounded."""
    written: list[str] = []
    corners: list[Point] = []
    for piece in pieces:
        if piece.curved:
            _straight([*corners, piece.points[0]], written)
            for place in range(1, len(piece.points) - 2, 3):
                written.append("C" + " ".join(_at(point) for point in piece.points[place : place + 3]))
            corners = [piece.points[-1]]
        else:
            corners += piece.points
    _straight(corners, written)
    return "".join(written)


def arrival(pieces: Iterable[Piece]) -> tuple[Point, float]:
    """Return where a line ends, and in which direction, in degrees clockwise: 0 to the right, 90 downwards."""
    points = [point for piece in pieces for point in piece.points]
    end = points[-1]
    before = next((point for point in reversed(points) if _length(point, end) > 1), (end[0] - 1, end[1]))
    return end, round(math.degrees(math.atan2(end[1] - before[1], end[0] - before[0])), 1)


def _straight(corners: Sequence[Point], written: list[str]) -> None:
    kept = [point for place, point in enumerate(corners) if place == 0 or _far(point, corners[place - 1])]
    kept = [
        point
        for place, point in enumerate(kept)
        if not 0 < place < len(kept) - 1 or not _between(kept[place - 1], point, kept[place + 1])
    ]
    if not kept:
        return
    if not written:
        written.append(f"M{_at(kept[0])}")
    for before, corner, after in zip(kept, kept[1:], kept[2:], strict=False):
        radius = min(RADIUS, _length(before, corner) / 2, _length(corner, after) / 2)
        written.append(f"L{_at(_towards(corner, before, radius))}")
        written.append(f"Q{_at(corner)} {_at(_towards(corner, after, radius))}")
    if len(kept) > 1:
        written.append(f"L{_at(kept[-1])}")


def _at(point: Point) -> str:
    return f"{number(point[0])},{number(point[1])}"


def number(value: float) -> str:
    """Return a number as SVG has it, to a tenth."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 100_000 else f"{value:.1f}"


def _far(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) > 0.05 or abs(one[1] - other[1]) > 0.05


def _between(before: Point, point: Point, after: Point) -> bool:
    return any(abs(before[axis] - point[axis]) < 0.05 and abs(after[axis] - point[axis]) < 0.05 for axis in (0, 1))


def _length(one: Point, other: Point) -> float:
    return float(((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5)


def _towards(start: Point, end: Point, distance: float) -> Point:
    length = _length(start, end) or 1.0
    return tuple(a + (b - a) * distance / length for a, b in zip(start, end, strict=True))  # type: ignore[return-value]
