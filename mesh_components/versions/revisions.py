"""What differs between versions of Istio in revisions and their tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Revisions:
    """One version's facts."""

    tag_services: bool
    """Whether a tag has a Service ``istiod-revision-tag-<tag>`` of its own (istiod chart,
    ``revision-tags-svc.yaml``)."""


_1_27 = Revisions(tag_services=False)
_1_28 = Revisions(tag_services=True)

REVISIONS: Mapping[str, Revisions] = {
    "1.27.0": _1_27,
    "1.28.3": _1_28,
    "1.29.1": _1_28,
    "1.30.3": _1_28,
    "1.31.0": _1_28,
}
"""The facts by version: each row says what changed since the one before."""
