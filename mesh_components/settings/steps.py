"""Dotted paths into settings as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def at(data: Any, path: str) -> Any:
    """Return what stands at ``path``, such as ``global.networkPolicy``, or None."""
    for step in path.split("."):
        data = data.get(step) if isinstance(data, Mapping) else None
    return data


def without(data: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return ``data`` without what stands at ``path``; nothing is changed in place."""
    step, _, rest = path.partition(".")
    if not rest:
        return {key: value for key, value in data.items() if key != step}
    inner = data.get(step)
    return {**data, step: without(inner, rest)} if isinstance(inner, Mapping) else dict(data)
