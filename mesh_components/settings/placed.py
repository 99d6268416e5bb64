# ruff: noqa: RUF012 (pydantic copies defaults)
"""What settings of single Istio objects have in common: where the object is, and what is noted on it."""

from __future__ import annotations

from .kubernetes import Annotations, Labels, Name
from .model import Settings


class Noted(Settings):
    """Labels and annotations of every object."""

    labels: Labels = {}
    """Labels in addition."""
    annotations: Annotations = {}
    """Annotations, such as ``galley.istio.io/analyze-suppress`` for findings that are right as they are."""


class Placed(Noted):
    """An object of a namespace."""

    namespace: Name
    """Namespace of the objects."""
