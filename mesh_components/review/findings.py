"""What a change brings to light: findings that are new, that it mends, that it only says no more of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..analysis import suppressions
from ..analysis.everything import analyze
from ..analysis.finding import Finding
from ..analysis.reports.data import record
from ..analysis.suppressions import Suppression
from ..analysis.world import World

Record = Mapping[str, Any]
"""A finding as ``mesh analyze --output json`` writes it."""

Identity = Callable[[Record], tuple[Any, ...]]
"""What tells findings apart."""

INDEX = re.compile(r"\[\d+\]")
"""A place in a list, in a field or in a message."""

IDENTITY = ("code", "origin", "apiGroup", "field", "message", "certain")
"""What makes a finding the same one before and after; the line that it stands on may have moved."""


@dataclass(frozen=True)
class Judged:
    """What analysis says of one state of an environment.

    Attributes:
        findings: What is reported.
        suppressed: What is not, because somebody has looked at it.
    """

    findings: Sequence[Finding] = ()
    suppressed: Sequence[Finding] = ()


@dataclass(frozen=True)
class Findings:
    """What a change does to the findings of an environment, the worst first.

    Attributes:
        new: Those that the change brings.
        fixed: Those that it mends.
        silenced: Those that are there as before, and that the change suppresses.
        same: How many are there as before.
    """

    new: tuple[Record, ...] = ()
    fixed: tuple[Record, ...] = ()
    silenced: tuple[Record, ...] = ()
    same: int = 0

    def new_of(self, level: str) -> int:
        """Return how many new ones there are of a level: ``Error``, ``Warning``, ``Info``."""
        return sum(found["level"] == level for found in self.new)


def judge(world: World, wanted: Sequence[Suppression]) -> Judged:
    """Return what is wrong in a world, what is suppressed apart."""
    everything = analyze(world)
    told = suppressions.apply(everything, wanted)
    kept = {id(finding) for finding in told}
    return Judged(told, [finding for finding in everything if id(finding) not in kept])


def compare(before: Judged, after: Judged) -> Findings:
    """Return what a change does to the findings."""
    new, gone = apart(records(after.findings), records(before.findings))
    fixed, _ = apart(gone, records(after.suppressed))
    silenced, _ = apart(gone, fixed)
    return Findings(tuple(new), tuple(fixed), tuple(silenced), len(after.findings) - len(new))


def apart(some: Sequence[Record], others: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Return the findings that only one of two lists has.

    First those are paired that are the same, then those that are the same but for their place in a list: what was
    ``servers[0]`` is ``servers[1]`` once a server stands before it.
    """
    left, right = list(some), list(others)
    for same in (identity, unplaced):
        left, right = without(left, right, same), without(right, left, same)
    return left, right


def records(findings: Iterable[Finding]) -> list[Record]:
    """Return findings as data, the worst first."""
    return [record(finding) for finding in sorted(findings, key=lambda one: -one.severity)]


def without(findings: Iterable[Record], others: Iterable[Record], same: Identity) -> list[Record]:
    """Return the findings that are not among the others; one that is there twice needs two of them."""
    left = Counter(map(same, others))
    found = []
    for one in findings:
        if left[same(one)] > 0:
            left[same(one)] -= 1
        else:
            found.append(one)
    return found


def identity(found: Record) -> tuple[Any, ...]:
    """Return what makes a finding the same one before and after."""
    return tuple(found[name] for name in IDENTITY)


def unplaced(found: Record) -> tuple[Any, ...]:
    """Return what makes it the same one wherever in its lists it stands."""
    return tuple(INDEX.sub("[]", str(part)) for part in identity(found))
