"""Findings that somebody has looked at and wants to hear no more of, each with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ..validation.unknown import IsUnknown
from .finding import Finding

ANNOTATION = "galley.istio.io/analyze-suppress"
"""On an object: codes with commas between them, or ``*`` (istioctl analyze has it too)."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """What not to report.

    Attributes:
        code: The message's code, or ``*``.
        resource: The object as findings name it, ``VirtualService shop/cart``; ``*`` and ``?`` stand for any text.
        reason: Why it is right as it is.
    """

    code: str
    resource: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Return whether a finding is one of these."""
        return self.code in ("*", finding.code) and fnmatchcase(str(finding.resource), self.resource)


def annotated(finding: Finding) -> bool:
    """Return whether the object itself asks not to report the finding; one whose annotations are not known does not."""
    with suppress(IsUnknown):
        codes = {part.strip() for part in finding.resource.annotations.get(ANNOTATION, "").split(",")}
        return "*" in codes or finding.code in codes
    return False


def apply(findings: Iterable[Finding], suppressions: Sequence[Suppression]) -> list[Finding]:
    """Return the findings that nobody has suppressed."""
    return [
        finding
        for finding in findings
        if not annotated(finding) and not any(suppression.covers(finding) for suppression in suppressions)
    ]


def idle(findings: Sequence[Finding], suppressions: Sequence[Suppression]) -> list[Suppression]:
    """Return the suppressions that cover nothing (any more), and can go."""
    return [one for one in suppressions if not any(one.covers(finding) for finding in findings)]
