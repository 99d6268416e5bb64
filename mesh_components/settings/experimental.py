"""Istio's ``experimental`` values."""

from __future__ import annotations

from .model import Settings


class ExperimentalSettings(Settings):
    """Istio's ``experimental`` values (istiod chart at 1.31)."""

    stableValidationPolicy: bool = False
    """Whether the API server refuses Istio's less stable features to objects of this revision."""
