"""Lines between units: along gutters and lanes, never across a box; those of one source run together until they part.

A line leaves its unit at the right, and comes into another at the left. On the way it goes up or down in gutters, and across columns in lanes;
which lanes is what makes it go up and down least. Then each line gets a track of its own in each gutter and lane.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .layout_columns import STEP, Placed
from .layout_parts import Piece, Point
from .layout_units import Bundle

OUTSIDE = -1
"""The frame that the namespaces are in; frames within it are numbered from 0."""

Gutter = tuple[int, int]
"""Frame and number of a gutter."""
Lane = tuple[int, int, int]
"""Frame, column, and place in it."""


@dataclass(frozen=True)
class Spot:
    """Where a unit is: its frame, that frame's column and row outside, and the unit's column within the frame."""

    frame: int
    outer: int
    inner: int
    columns: int


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
    lanes = _least(crossed, start, stop, frames)
    gutters = [_first_gutter(source, target)]
    for frame, column in crossed:
        forwards = _forwards(source, target, frame)
        if frame == OUTSIDE:
            gutters.append((OUTSIDE, column + 1 if forwards else column))
        elif frame == target.frame != source.frame or source.frame == target.frame:
            gutters.append((frame, column + 1 if forwards else column))
        else:
            last = column + 1 == source.columns
            gutters.append((OUTSIDE, source.outer + 1) if last else (frame, column + 1))
    return Way(key, tuple(gutters), tuple(lanes))


@dataclass(frozen=True)
class Frame:
    """A frame's columns in the picture's own coordinates: where it is, and its gutters and lanes from there."""

    at: Point
    placed: Placed

    def lane(self, column: int, place: int) -> tuple[float, float]:
        """Return a lane's upper and lower side."""
        top, bottom = self.placed.lanes[column, place]
        return top + self.at[1], bottom + self.at[1]

    def lanes(self, column: int) -> int:
        """Return how many lanes cross a column."""
        return sum(1 for number, _ in self.placed.lanes if number == column)

    def gutter(self, number: int) -> tuple[float, float]:
        """Return a gutter's left and right side."""
        left, right = self.placed.gutters[number]
        return left + self.at[0], right + self.at[0]


def _first_gutter(source: Spot, target: Spot) -> Gutter:
    if source.frame == target.frame or source.inner + 1 < source.columns:
        return source.frame, source.inner + 1
    return OUTSIDE, source.outer + 1


def _forwards(source: Spot, target: Spot, frame: int) -> bool:
    if frame == OUTSIDE:
        return target.outer > source.outer
    return source.frame != target.frame or target.inner > source.inner


def _crossed(source: Spot, target: Spot) -> Iterable[tuple[int, int]]:
    """Yield the columns to cross: frame and number."""
    if source.frame == target.frame:
        inner = (
            range(source.inner + 1, target.inner)
            if target.inner > source.inner
            else range(source.inner, target.inner - 1, -1)
        )
        yield from ((source.frame, column) for column in inner)
        return
    yield from ((source.frame, column) for column in range(source.inner + 1, source.columns))
    outer = (
        range(source.outer + 1, target.outer)
        if target.outer > source.outer
        else range(source.outer, target.outer - 1, -1)
    )
    yield from ((OUTSIDE, column) for column in outer)
    yield from ((target.frame, column) for column in range(target.inner))


def _least(crossed: Sequence[tuple[int, int]], start: float, stop: float, frames: Mapping[int, Frame]) -> list[Lane]:
    """Return the lanes with the least ups and downs between two heights."""
    best: dict[Lane | None, tuple[float, list[Lane]]] = {None: (0.0, [])}
    heights: dict[Lane | None, float] = {None: start}
    for frame, column in crossed:
        options = [(frame, column, place) for place in range(frames[frame].lanes(column))]
        following: dict[Lane | None, tuple[float, list[Lane]]] = {}
        for lane in options:
            heights[lane] = sum(frames[frame].lane(column, lane[2])) / 2
            cost, before = min(
                ((cost + abs(heights[last] - heights[lane]), lanes) for last, (cost, lanes) in best.items()),
                key=lambda one: one[0],
            )
            following[lane] = (cost, [*before, lane])
        best = following
    return min(best.items(), key=lambda one: one[1][0] + abs(heights[one[0]] - stop))[1][1]


@dataclass(frozen=True)
class Tracks:
    """Which track each bundle has in each gutter and each lane; and how many there are."""

    gutters: Mapping[Gutter, Mapping[Bundle, int]]
    lanes: Mapping[Lane, Mapping[Bundle, int]]

    def in_gutters(self, frame: int) -> dict[int, int]:
        """Return the number of tracks in a frame's gutters."""
        return {number: max(some.values()) + 1 for (own, number), some in self.gutters.items() if own == frame}

    def in_lanes(self, frame: int) -> dict[tuple[int, int], int]:
        """Return the number of tracks in a frame's lanes, by column and place."""
        return {(c, place): max(some.values()) + 1 for (own, c, place), some in self.lanes.items() if own == frame}


def tracks(ways: Mapping[str, Way], ends: Mapping[str, tuple[float, float]], frames: Mapping[int, Frame]) -> Tracks:
    """Return tracks for ways, given the heights between which each goes, so that lines beside each other do not touch."""
    spans: dict[Gutter, dict[Bundle, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    used: dict[Lane, dict[Bundle, list[float]]] = defaultdict(lambda: defaultdict(list))
    for edge, one in ways.items():
        middles = [sum(frames[lane[0]].lane(lane[1], lane[2])) / 2 for lane in one.lanes]
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
        for track, taken in enumerate(free):
            if all(high + STEP < other_low or low > other_high + STEP for other_low, other_high in taken):
                break
        else:
            track = len(free)
            free.append([])
        free[track].append((low, high))
        chosen[key] = track
    return chosen


def corners(one: Way, start: Point, stop: Point, found: Tracks, frames: Mapping[int, Frame]) -> Piece:
    """Return a way's line between two points, now that everything has its place."""
    points = [start]
    y = start[1]
    for place, gutter in enumerate(one.gutters):
        left, right = frames[gutter[0]].gutter(gutter[1])
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
    return (low + high) / 2 + (number - (of - 1) / 2) * STEP
