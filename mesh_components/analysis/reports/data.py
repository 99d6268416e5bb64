"""Findings as data, for ``--output json``."""

from __future__ import annotations

from typing import Any

from ..finding import Finding
from .text import field_path


def record(finding: Finding) -> dict[str, Any]:
    """Return a finding's parts by name; `origin`, `level`, `code` and `message` are named as istioctl names them."""
    return {
        "code": finding.code,
        "name": finding.message.name,
        "level": str(finding.severity),
        "origin": str(finding.resource),
        "apiGroup": finding.resource.kind.group,
        "field": field_path(finding),
        "message": finding.text,
        "remedy": finding.remedy,
        "place": finding.place,
        "certain": finding.certain,
    }
