"""What is wrong with an object by its schema, field by field. Slow next to a yes or no, so asked only after a no."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from .definitions import limits
from .problem import Path, Problem, Problems, show
from .unknown import Unknown

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict, Mapping),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_NAMES: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "a string",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


def problems(schema: Mapping[str, Any], value: object, path: Path = ()) -> Problems:
    """Yield where ``value`` departs from ``schema``, a structural one. An unknown value departs from nothing."""
    if isinstance(value, Unknown):
        return
    if schema.get("x-kubernetes-int-or-string"):
        if not (_is(value, "integer") or isinstance(value, str)):
            yield Problem(path, f"{show(value)} is neither a whole number nor a string")
        return
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        yield Problem(path, f"{show(value)} is not {_NAMES[kind]}")
    elif isinstance(value, Mapping):
        yield from _mapping(schema, value, path)
    elif isinstance(value, list):
        yield from _list(schema, value, path)
    else:
        yield from _scalar(schema, value, path)


def exclusive(schema: Mapping[str, Any]) -> list[list[str]]:
    """Return the groups of fields of which a schema allows one at most.

    Istio's schemas write each as a ``oneOf`` of no field and each field, some of them inside an ``allOf``.
    """
    forms = [part["oneOf"] for part in (schema, *schema.get("allOf", ())) if "oneOf" in part]
    return [[name for choice in form for name in choice.get("required", ())] for form in forms]


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _mapping(schema: Mapping[str, Any], value: Mapping[Any, Any], path: Path) -> Problems:
    fields: Mapping[str, Any] | None = schema.get("properties")
    others = schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield Problem((*path, name), f"{name} is missing, and it is required")
    for group in exclusive(schema):
        given = [name for name in group if name in value]
        if len(given) > 1 and not any(isinstance(value[name], Unknown) for name in given):
            yield Problem(path, f"{' and '.join(given)} are set together; at most one of {', '.join(group)} may be")
    yield from _size(schema, len(value), "Properties", "entries", path)
    for name, item in value.items():
        if fields is not None and name in fields:
            yield from problems(fields[name], item, (*path, name))
        elif isinstance(others, Mapping):
            yield from problems(others, item, (*path, str(name)))
        elif fields is not None and not schema.get("x-kubernetes-preserve-unknown-fields"):
            yield Problem((*path, str(name)), f"{show(name)} is not a field here{_nearest(name, fields)}")


def _nearest(name: object, fields: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(name), list(fields), 1)
    return f"; did you mean {close[0]}?" if close else f"; fields are {', '.join(sorted(fields))}"


def _list(schema: Mapping[str, Any], value: list[Any], path: Path) -> Problems:
    yield from _size(schema, len(value), "Items", "items", path)
    items = schema.get("items")
    if isinstance(items, Mapping):
        for index, item in enumerate(value):
            yield from problems(items, item, (*path, index))


def _scalar(schema: Mapping[str, Any], value: Any, path: Path) -> Problems:
    allowed = schema.get("enum")
    if allowed is not None and value not in allowed:
        yield Problem(path, f"{show(value)} is not one of {', '.join(map(show, allowed))}")
    if isinstance(value, str):
        yield from _size(schema, len(value), "Length", "characters", path)
        pattern = schema.get("pattern")
        if pattern is not None and not _compiled(pattern).search(value):
            yield Problem(path, f"{show(value)} does not match {pattern}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low, high = limits(schema)
        if low is not None and value < low:
            yield Problem(path, f"{show(value)} is less than {show(low)}")
        if high is not None and value > high:
            yield Problem(path, f"{show(value)} is more than {show(high)}")


def _size(schema: Mapping[str, Any], size: int, what: str, unit: str, path: Path) -> Problems:
    least, most = schema.get(f"min{what}"), schema.get(f"max{what}")
    if least is not None and size < least:
        yield Problem(path, f"it has {size} {unit}, and needs {least} at least")
    if most is not None and size > most:
        yield Problem(path, f"it has {size} {unit}, and may have {most} at most")


_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)
"""What may hold a dollar sign: an escape, a class in brackets, or the sign alone, which is an end."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern as Kubernetes reads it: ``$`` is the very end, not also before a last line feed."""
    return re.compile(_PART.sub(lambda part: r"\Z" if part[0] == "$" else part[0], pattern))
