"""Objects as the API server comes to see them, whoever wrote them.

Fields that are null are dropped, as good as absent (``PruneNonNullableNullsWithoutDefaults`` in
``k8s.io/apiextensions-apiserver``; it keeps those that a schema calls nullable, but Istio's are optional). In a list a
null stays, and is of the wrong type. Keys that YAML reads as numbers are text, as JSON has no others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEEPEST = 64
"""Deeper than any field of a schema."""


def on_the_wire(manifest: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a copy of an object without the fields that are null, and with text for keys."""
    return {_key(key): _plain(item, 0) for key, item in manifest.items() if item is not None}


def _key(key: Any) -> str:
    return key if isinstance(key, str) else str(key).lower() if isinstance(key, bool) else str(key)


def _plain(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    return value
