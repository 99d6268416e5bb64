"""What a change brings to light: findings that are new, that it mends, that it only says no more of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    new, fixed = without(after.findings, before.findings), without(before.findings, after.findings)
    silenced = {identity(one) for one in records(after.suppressed)}
    return Findings(
        tuple(new),
        tuple(found for found in fixed if identity(found) not in silenced),
        tuple(found for found in fixed if identity(found) in silenced),
        len(after.findings) - len(new),
    )


def records(findings: Iterable[Finding]) -> list[Record]:
    """Return findings as data, the worst first."""
    return [record(finding) for finding in sorted(findings, key=lambda one: -one.severity)]


def without(findings: Iterable[Finding], others: Iterable[Finding]) -> list[Record]:
    """Return the findings that are not among the others; one that is there twice needs two of them."""
    left = Counter(identity(one) for one in records(others))
    found = []
    for one in records(findings):
        if left[identity(one)] > 0:
            left[identity(one)] -= 1
        else:
            found.append(one)
    return found


def identity(found: Record) -> tuple[Any, ...]:
    """Return what makes a finding the same one before and after."""
    return tuple(found[name] for name in IDENTITY)
