"""A finding with another severity than its message usually has."""

from __future__ import annotations

from dataclasses import replace

from .finding import Finding, Severity


def at(finding: Finding, severity: Severity) -> Finding:
    """Return the finding with this severity; code and words stay."""
    return replace(finding, message=replace(finding.message, severity=severity))
