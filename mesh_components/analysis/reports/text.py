"""Findings as plain lines, as istioctl writes them, each with what to do."""

from __future__ import annotations

from collections.abc import Iterable

from ..finding import Finding


def field_path(finding: Finding) -> str:
    """Return a finding's field as people write it: ``spec.http[0].timeout``."""
    text = ""
    for part in finding.path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.replace("_", "").isalnum():
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text


def subject(finding: Finding) -> str:
    """Return the object, its field and where that stands."""
    field, place = field_path(finding), finding.place
    return str(finding.resource) + (f" {field}" if field else "") + (f" ({place})" if place else "")


def line(finding: Finding) -> str:
    """Return a finding as one line."""
    return f"{finding.severity} [{finding.code}] ({subject(finding)}) {finding.text}{doubt(finding)}: {finding.remedy}"


def doubt(finding: Finding) -> str:
    """Return what to say of a finding that hangs on something outside of what was given."""
    return "" if finding.certain else " in what was given; whether it exists elsewhere is not known"


def lines(findings: Iterable[Finding]) -> str:
    """Return findings as lines."""
    return "\n".join(map(line, findings))
