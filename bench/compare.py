"""Two things done in turn, A B A B …, and the ratio of each pair."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True)
class Contestant:
    """One thing to measure.

    :param run: what is timed
    :param reset: what is done before each run, untimed
    """

    name: str
    run: Callable[[], object]
    reset: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Comparison:
    """Seconds of two contestants, pair by pair."""

    title: str
    ours: str
    theirs: str
    pairs: list[tuple[float, float]]

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, sorted: below 1 is faster than the other."""
        return sorted(ours / theirs for ours, theirs in self.pairs)

    def as_dict(self) -> dict[str, object]:
        """Return the figures for `--output json`."""
        low, middle, high = spread(self.ratios)
        return {
            "title": self.title,
            "ours": {"name": self.ours, "seconds": [pair[0] for pair in self.pairs]},
            "theirs": {"name": self.theirs, "seconds": [pair[1] for pair in self.pairs]},
            "ratio": {"min": low, "median": middle, "max": high},
        }


def spread(values: list[float]) -> tuple[float, float, float]:
    """Return minimum, median and maximum."""
    return min(values), statistics.median(values), max(values)


def compare(title: str, ours: Contestant, theirs: Contestant, rounds: int, say: Callable[[str], None]) -> Comparison:
    """Measure two contestants in turn after one warm-up of each."""
    pairs = []
    for number in range(rounds + 1):
        taken = []
        for contestant in (ours, theirs):
            contestant.reset()
            started = time.perf_counter()
            contestant.run()
            taken.append(time.perf_counter() - started)
            say(f"{title}: round {number}, {contestant.name}: {taken[-1]:.2f} s{'' if number else ' (warm-up)'}")
        if number:
            pairs.append((taken[0], taken[1]))
    return Comparison(title, ours.name, theirs.name, pairs)


def table(comparisons: list[Comparison]) -> Table:
    """Draw the comparisons."""
    drawn = Table(
        "WHAT", "OURS s (median)", "AGAINST", "s (median)", "RATIO min · median · max", box=None, pad_edge=False
    )
    for one in comparisons:
        ours, theirs = (statistics.median(side) for side in zip(*one.pairs, strict=True))
        low, middle, high = spread(one.ratios)
        drawn.add_row(
            one.title, f"{ours:.2f}", one.theirs, f"{theirs:.2f}", f"{low:.2f} · [bold]{middle:.2f}[/] · {high:.2f}"
        )
    return drawn
