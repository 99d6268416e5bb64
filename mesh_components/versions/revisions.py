"""What differs between versions of Istio in revisions and their tags."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Revisions:
    """One version's facts."""

    tag_services: bool
    """Whether a tag has a Service ``istiod-revision-tag-<tag>`` of its own (istiod chart,
    ``revision-tags-svc.yaml``)."""


BEFORE_SERVICES = Revisions(tag_services=False)
WITH_SERVICES = Revisions(tag_services=True)
