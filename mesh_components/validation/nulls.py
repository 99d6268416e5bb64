"""Fields that are null. The API server drops them before it looks at an object, so they are as good as absent.

Source: ``PruneNonNullableNullsWithoutDefaults`` in ``k8s.io/apiextensions-apiserver``. It keeps those that a schema
calls nullable; Istio's are optional, so that absent is the same. In a list a null stays, and is of the wrong type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 64
"""Deeper than any field of a schema."""


def without_nulls(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of an object without the fields that are null."""
    return {key: _without(item, 0) for key, item in manifest.items() if item is not None}


def _without(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {key: _without(item, depth + 1) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without(item, depth + 1) for item in value]
    return value
