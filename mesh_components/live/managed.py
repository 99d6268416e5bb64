"""Who wrote which field: ``metadata.managedFields``, read.

The API server keeps, for each manager and operation, the set of fields that it last wrote (Kubernetes' server-side
apply, format ``FieldsV1``): ``f:<name>`` is a field, ``k:<keys>`` an item of a list by its keys, ``v:<value>`` an item
of a set, ``.`` the thing itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from .compare import Path, step

SUBRESOURCES_THAT_ARE_NOT_DECLARED = ("status", "finalize")
"""Parts of objects that nobody declares: what controllers report there is no change to the object."""


def owned(item: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Yield (manager, path) for every field of an object that has an owner, leaves only."""
    for entry in item["metadata"].get("managedFields") or []:
        if entry.get("subresource") not in SUBRESOURCES_THAT_ARE_NOT_DECLARED:
            for path in _leaves(entry.get("fieldsV1") or {}, ()):
                yield entry["manager"], path


def _leaves(fields: Mapping[str, Any], path: Path) -> Iterator[Path]:
    inner = {key: value for key, value in fields.items() if key != "."}
    if not inner:
        yield path
    for key, value in inner.items():
        yield from _leaves(value, (*path, in_fields(key)))


def in_fields(key: str) -> str:
    """Return the step of a path that a key of ``FieldsV1`` stands for."""
    kind, _, rest = key.partition(":")
    if kind == "f":
        return rest
    if kind == "k":
        return step(json.loads(rest)) or f"[{rest}]"
    return f"[{json.loads(rest)}]" if kind == "v" else f"[{rest}]"


def written(item: Mapping[str, Any], *path: str) -> str | None:
    """Return when a field was last written (RFC 3339), as far as the object remembers."""
    times = [
        entry.get("time")
        for entry in item["metadata"].get("managedFields") or []
        if any(found[: len(path)] == path for found in _leaves(entry.get("fieldsV1") or {}, ()))
    ]
    return max(filter(None, times), default=None)
