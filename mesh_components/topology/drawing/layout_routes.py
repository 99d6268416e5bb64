"""Lines between units: along gutters and lanes, never across a box; those of one source run together until they part.

A line leaves its unit at the right, and comes into another at the left. On the way it goes up or down in gutters, and
across columns in lanes: those that make it go up and down least. Then each gets a track in each gutter and lane.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .layout_columns import STEP, Placed, room_for
from .layout_parts import Piece, Point
from .layout_units import Bundle

OUTSIDE = -1
"""The frame that the namespaces are in; frames within it are numbered from 0."""

Gutter = tuple[int, int, int]
"""Frame and number of a gutter, and WHOLE; or frame, column, and row of the box that free room is beside."""
WHOLE = -1
_ROOM_BESIDE = 44.0
"""Pixels that lines beside a box may take."""
Lane = tuple[int, int, int]
"""Frame, column, and place in it."""


@dataclass(frozen=True)
class Spot:
    """Where a unit is.

    Attributes:
        frame: The frame that it is in.
        columns: How many columns that has.
        outer: Column and row of the frame.
        inner: Column and row of the unit in the frame.
    """

    frame: int
    columns: int
    outer: tuple[int, int]
    inner: tuple[int, int]


@dataclass(frozen=True)
class Way:
    """The way of one line: gutters, with the lanes between them.

    Attributes:
        bundle: What it runs together with.
        gutters: One more than lanes.
        lanes: Between one gutter and the next.
    """

    bundle: Bundle
    gutters: tuple[Gutter, ...]
    lanes: tuple[Lane, ...]


def way(source: Spot, target: Spot, key: Bundle, start: float, stop: float, frames: Mapping[int, Frame]) -> Way:
    """Return the way from a unit to another, between the heights ``start`` and ``stop``."""
    crossed = list(_crossed(source, target))
    gutters = [_first_gutter(source, target)]
    for frame, column in crossed:
        forwards = _forwards(source, target, frame)
        if frame == source.frame != target.frame and column + 1 == source.columns:
            gutters.append((OUTSIDE, source.outer[0] + 1, WHOLE))
        else:
            gutters.append((frame, column + 1 if forwards else column, WHOLE))
    options = [[(*one, place) for place in range(frames[one[0]].lanes(one[1]))] for one in crossed]
    for place, (frame, column) in enumerate(crossed):
        own_column, row = source.outer if frame == OUTSIDE else source.inner
        back = column == own_column and not _forwards(source, target, frame)
        if back and frames[frame].beside(column, row) >= _ROOM_BESIDE:
            # The box is narrower than its column: the line need not go around all of that.
            gutters[place] = (frame, column, row)
            options[place] = options[place][row : row + 2]
    return Way(key, tuple(gutters), tuple(_least(options, start, stop, frames)))


@dataclass(frozen=True)
class Frame:
    """A frame's columns in the picture's own coordinates: where it is, and its gutters and lanes from there."""

    at: Point
    placed: Placed

    def lane(self, column: int, place: int) -> tuple[float, float]:
        """Return a lane's upper and lower side."""
        top, bottom = self.placed.lanes[column, place]
        return top + self.at[1], bottom + self.at[1]

    def middle(self, lane: Lane) -> float:
        """Return a lane's height."""
        return sum(self.lane(lane[1], lane[2])) / 2

    def lanes(self, column: int) -> int:
        """Return how many lanes cross a column."""
        return sum(1 for number, _ in self.placed.lanes if number == column)

    def beside(self, column: int, row: int) -> float:
        """Return how much free room a box has at its right, up to the next gutter."""
        return self.placed.gutters[column + 1][0] - self.placed.at[column, row][0] - self.placed.widths[column, row]

    def gutter(self, gutter: Gutter) -> tuple[float, float]:
        """Return a gutter's left and right side."""
        _, number, row = gutter
        if row == WHOLE:
            left, right = self.placed.gutters[number]
        else:
            left = self.placed.at[number, row][0] + self.placed.widths[number, row]
            right = left + _ROOM_BESIDE
        return left + self.at[0], right + self.at[0]


def _first_gutter(source: Spot, target: Spot) -> Gutter:
    if source.frame == target.frame or source.inner[0] + 1 < source.columns:
        return source.frame, source.inner[0] + 1, WHOLE
    return OUTSIDE, source.outer[0] + 1, WHOLE


def _forwards(source: Spot, target: Spot, frame: int) -> bool:
    if frame == OUTSIDE:
        return target.outer[0] > source.outer[0]
    return source.frame != target.frame or target.inner[0] > source.inner[0]


def _crossed(source: Spot, target: Spot) -> Iterable[tuple[int, int]]:
    """Yield the columns to cross: frame and number."""
    if source.frame == target.frame:
        yield from ((source.frame, column) for column in _between(source.inner[0], target.inner[0]))
        return
    yield from ((source.frame, column) for column in range(source.inner[0] + 1, source.columns))
    yield from ((OUTSIDE, column) for column in _between(source.outer[0], target.outer[0]))
    yield from ((target.frame, column) for column in range(target.inner[0]))


def _between(source: int, target: int) -> range:
    """Return the columns between two; backwards those too, since lines leave at the right and arrive at the left."""
    return range(source + 1, target) if target > source else range(source, target - 1, -1)


def _least(options: Sequence[Sequence[Lane]], start: float, stop: float, frames: Mapping[int, Frame]) -> list[Lane]:
    """Return the lanes with the least ups and downs between two heights, one of each of the ``options``."""
    best: dict[Lane | None, tuple[float, list[Lane]]] = {None: (0.0, [])}
    heights: dict[Lane | None, float] = {None: start}
    for lanes in options:
        following: dict[Lane | None, tuple[float, list[Lane]]] = {}
        for lane in lanes:
            height = heights[lane] = frames[lane[0]].middle(lane)
            following[lane] = min(
                ((cost + abs(heights[last] - height), [*before, lane]) for last, (cost, before) in best.items()),
                key=lambda one: one[0],
            )
        best = following
    return min(best.items(), key=lambda one: one[1][0] + abs(heights[one[0]] - stop))[1][1]


@dataclass(frozen=True)
class Tracks:
    """Which track each bundle has in each gutter and each lane; and how many there are."""

    gutters: Mapping[Gutter, Mapping[Bundle, int]]
    lanes: Mapping[Lane, Mapping[Bundle, int]]

    def in_gutters(self, frame: int) -> dict[int, int]:
        """Return the number of tracks in a frame's gutters."""
        return {
            number: max(some.values()) + 1
            for (own, number, row), some in self.gutters.items()
            if own == frame and row == WHOLE
        }

    def in_lanes(self, frame: int) -> dict[tuple[int, int], int]:
        """Return the number of tracks in a frame's lanes, by column and place."""
        return {(c, place): max(some.values()) + 1 for (own, c, place), some in self.lanes.items() if own == frame}


def tracks(ways: Mapping[str, Way], ends: Mapping[str, tuple[float, float]], frames: Mapping[int, Frame]) -> Tracks:
    """Return tracks for ways, given the heights between which each goes: lines beside each other do not touch."""
    spans: dict[Gutter, dict[Bundle, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    used: dict[Lane, dict[Bundle, list[float]]] = defaultdict(lambda: defaultdict(list))
    for edge, one in ways.items():
        middles = [frames[lane[0]].middle(lane) for lane in one.lanes]
        heights = [ends[edge][0], *middles, ends[edge][1]]
        for gutter, before, after in zip(one.gutters, heights[:-1], heights[1:], strict=True):
            spans[gutter][one.bundle].append((before, after))
        for place, lane in enumerate(one.lanes):
            used[lane][one.bundle].append((heights[place] + heights[place + 2]) / 2)
    in_gutters = {gutter: _coloured(some) for gutter, some in sorted(spans.items())}
    in_lanes = {}
    for lane, bundles in sorted(used.items()):
        ordered = sorted(bundles, key=lambda key: (sum(bundles[key]) / len(bundles[key]), key))
        in_lanes[lane] = {key: place for place, key in enumerate(ordered)}
    return Tracks(in_gutters, in_lanes)


def _coloured(spans: Mapping[Bundle, Sequence[tuple[float, float]]]) -> dict[Bundle, int]:
    """Return a track for each bundle of a gutter: the same for two that are at no height both."""

    def whole(key: Bundle) -> tuple[float, float]:
        heights = [height for span in spans[key] for height in span]
        return min(heights), max(heights)

    def order(key: Bundle) -> tuple[float, Hashable]:
        # Those that go down furthest to the left where they begin lowest, so that they cross each other least.
        start = spans[key][0][0]
        down = sum(after - before for before, after in spans[key]) > 0
        return (-start if down else start), key

    free: list[list[tuple[float, float]]] = []
    chosen: dict[Bundle, int] = {}
    for key in sorted(spans, key=order):
        low, high = whole(key)
        apart = (
            track
            for track, taken in enumerate(free)
            if all(high + STEP < other_low or low > other_high + STEP for other_low, other_high in taken)
        )
        chosen[key] = next(apart, len(free))
        if chosen[key] == len(free):
            free.append([])
        free[chosen[key]].append((low, high))
    return chosen


def corners(one: Way, start: Point, stop: Point, found: Tracks, frames: Mapping[int, Frame]) -> Piece:
    """Return a way's line between two points, now that everything has its place."""
    points = [start]
    y = start[1]
    for place, gutter in enumerate(one.gutters):
        left, right = frames[gutter[0]].gutter(gutter)
        some = found.gutters[gutter]
        x = _track(left, right, some[one.bundle], max(some.values()) + 1)
        points.append((x, y))
        if place < len(one.lanes):
            lane = one.lanes[place]
            top, bottom = frames[lane[0]].lane(lane[1], lane[2])
            taken = found.lanes[lane]
            y = _track(top, bottom, taken[one.bundle], max(taken.values()) + 1)
        else:
            y = stop[1]
        points.append((x, y))
    return Piece((*points, stop))


def _track(low: float, high: float, number: int, of: int) -> float:
    return (low + high) / 2 + (number - (of - 1) / 2) * room_for(of) / of
