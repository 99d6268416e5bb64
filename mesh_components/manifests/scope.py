"""Istio's ``global.resourceScope``: who may declare what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mesh_components.settings import MeshSettings


def in_scope(settings: MeshSettings, objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the ``objects`` that the settings' scope covers: all, the cluster-wide ones, or those in a namespace."""
    scope = settings.global_.resourceScope
    return [item for item in objects if scope == "all" or ("namespace" in item["metadata"]) == (scope == "namespace")]
