"""Two things done in turn, A B A B …, and the ratio of each pair."""

from __future__ import annotations

import resource
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
    """Seconds of two contestants, pair by pair: by the clock, and of processor time, which a busy machine changes less.

    What a cluster does for them is no child process of theirs and not in the processor time.
    """

    title: str
    ours: str
    theirs: str
    pairs: list[tuple[float, float]]
    processor: list[tuple[float, float]]

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, sorted: below 1 is faster than the other."""
        return ratios(self.pairs)

    def as_dict(self) -> dict[str, object]:
        """Return the figures for `--output json`."""
        low, middle, high = spread(self.ratios)

        def side(name: str, index: int) -> dict[str, object]:
            seconds, processor = ([pair[index] for pair in pairs] for pairs in (self.pairs, self.processor))
            return {"name": name, "seconds": seconds, "processorSeconds": processor}

        return {
            "title": self.title,
            "ours": side(self.ours, 0),
            "theirs": side(self.theirs, 1),
            "ratio": {"min": low, "median": middle, "max": high},
            "processorRatio": statistics.median(ratios(self.processor)),
        }


def ratios(pairs: list[tuple[float, float]]) -> list[float]:
    """Return the first of each pair over the second, sorted."""
    return sorted(ours / theirs for ours, theirs in pairs)


def processor_seconds() -> float:
    """Return the processor time that child processes have used so far, those that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def spread(values: list[float]) -> tuple[float, float, float]:
    """Return minimum, median and maximum."""
    return min(values), statistics.median(values), max(values)


def compare(title: str, ours: Contestant, theirs: Contestant, rounds: int, say: Callable[[str], None]) -> Comparison:
    """Measure two contestants in turn after one warm-up of each."""
    pairs, processor = [], []
    for number in range(rounds + 1):
        taken, used = [], []
        for contestant in (ours, theirs):
            contestant.reset()
            started, used_before = time.perf_counter(), processor_seconds()
            contestant.run()
            taken.append(time.perf_counter() - started)
            used.append(processor_seconds() - used_before)
            figures = f"{taken[-1]:.2f} s, {used[-1]:.2f} s of processor time"
            say(f"{title}: round {number}, {contestant.name}: {figures}{'' if number else ' (warm-up)'}")
        if number:
            pairs.append((taken[0], taken[1]))
            processor.append((used[0], used[1]))
    return Comparison(title, ours.name, theirs.name, pairs, processor)


def table(comparisons: list[Comparison]) -> Table:
    """Draw the comparisons."""
    drawn = Table(
        "WHAT",
        "OURS s (median)",
        "AGAINST",
        "s (median)",
        "RATIO min · median · max",
        "OF PROCESSOR TIME (median)",
        box=None,
        pad_edge=False,
    )
    for one in comparisons:
        ours, theirs = (statistics.median(side) for side in zip(*one.pairs, strict=True))
        low, middle, high = spread(one.ratios)
        drawn.add_row(
            one.title,
            f"{ours:.2f}",
            one.theirs,
            f"{theirs:.2f}",
            f"{low:.2f} · [bold]{middle:.2f}[/] · {high:.2f}",
            f"{statistics.median(ratios(one.processor)):.2f}",
        )
    return drawn
