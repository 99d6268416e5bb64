"""Checks Istio's MeshConfig, which passes through whole, against the fields that Istio's API declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mesh_components import schemas

from .opaque import is_opaque
from .problems import Problem, unknown_key

MeshConfig = dict[str, Any]
"""Istio's MeshConfig: names and types are checked, everything passes through."""

_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s")

_SCALARS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "a string"),
    "bool": ((bool,), "true or false"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "object": ((dict,), "a mapping"),
}


def problems(config: Any, version: str, path: str = "meshConfig", message: str = "MeshConfig") -> Iterator[Problem]:
    """Yield what is wrong with ``config`` as the MeshConfig of Istio ``version`` (minor).

    ``message`` names another message of the mesh API to check against, such as ``ProxyConfig``.
    """
    yield from _check(config, message, schemas.mesh_config(version), path)


def _check(value: Any, kind: Any, known: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if kind == "any" or value is None or is_opaque(value):
        return
    if isinstance(kind, list):
        container, inner = kind
        if container == "list":
            if not isinstance(value, list):
                yield Problem(path, value, "a list")
                return
            for index, item in enumerate(value):
                yield from _check(item, inner, known, f"{path}[{index}]")
            return
        if not isinstance(value, Mapping):
            yield Problem(path, value, "a mapping")
            return
        for key, item in value.items():
            yield from _check(item, inner, known, f"{path}.{key}")
        return
    declared = known.get(kind)
    if isinstance(declared, list):
        if value not in declared:
            yield Problem(path, value, "one of " + ", ".join(declared), choices=tuple(declared))
    elif declared is not None:
        if not isinstance(value, Mapping):
            yield Problem(path, value, "a mapping")
            return
        for key, item in value.items():
            if key in declared:
                yield from _check(item, declared[key], known, f"{path}.{key}")
            else:
                yield unknown_key(f"{path}.{key}", str(key), item, list(declared))
    elif kind == "duration":
        if not (isinstance(value, str) and _DURATION.fullmatch(value)):
            yield Problem(path, value, 'a duration in seconds, such as "10s"')
    else:
        types, allowed = _SCALARS[kind]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield Problem(path, value, allowed)
