"""Turns pydantic's findings into problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError

from .model import Settings
from .problems import Problem, unknown_key

_TYPES: Mapping[str, str] = {
    "string_type": "a string",
    "string_sub_type": "a string",
    "scalar_type": "a string, a number or a boolean",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "mapping_type": "a mapping",
    "list_type": "a list",
    "none_required": "nothing",
}
_TEXTS = ("duplicate", "conflict", "incomplete", "superfluous", "order")


def found(error: ValidationError, model: type[Settings], data: Any, prefix: str = "") -> list[Problem]:
    """Return the problems that ``error`` reports on ``data`` given as ``model``.

    ``prefix`` is the path of ``data`` within the user's settings.
    """
    problems: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        for problem in _one(detail, model, data, prefix):
            problems.setdefault(f"{problem.path} {problem.text}", problem)
    return list(problems.values())


def _one(detail: Any, model: type[Settings], data: Any, prefix: str) -> Iterator[Problem]:
    kind, context, value = detail["type"], detail.get("ctx") or {}, detail["input"]
    real = _walkable(detail["loc"], data, detail_is_key=kind in ("missing", "extra_forbidden"))
    path = _path(real, prefix)
    if kind == "problems":
        yield from context["problems"]
    elif kind == "extra_forbidden":
        key = str(real[-1])
        siblings = list(keys(_model_at(model, real[:-1])))
        yield unknown_key(path, key, value, siblings, paths(model).get(key, ()))
    elif kind == "missing":
        yield Problem(path, None, "", text="is required and was not given")
    elif kind in _TEXTS:
        yield Problem(path, value, "", text=detail["msg"])
    elif kind == "literal_error":
        choices = _literals(detail)
        yield Problem(path, value, f"one of {context['expected']}", choices=choices)
    elif kind == "choice":
        choices = tuple(context["choices"])
        yield Problem(path, value, f"{context['allowed']}: {', '.join(choices)}", choices=choices)
    elif kind == "format":
        yield Problem(path, value, context["allowed"])
    elif kind in _TYPES:
        hint = _quoting_hint(kind, value)
        yield Problem(path, value, _TYPES[kind] + hint)
    elif kind in ("greater_than_equal", "less_than_equal"):
        low_high = _range(model, real)
        yield Problem(path, value, low_high)
    elif kind in ("string_too_short", "too_short"):
        yield Problem(path, value, "something that is not empty")
    else:
        yield Problem(path, value, "", text=f"{detail['msg']} (given: {value!r})")


def _quoting_hint(kind: str, value: Any) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return " (write it in quotes)"
    if kind in ("int_type", "bool_type", "float_type") and isinstance(value, str):
        return " (write it without quotes)"
    return ""


def _literals(detail: Any) -> tuple[str, ...]:
    return tuple(part.strip("' ") for part in detail["ctx"]["expected"].replace(" or ", ",").split(","))


def _walkable(loc: tuple[int | str, ...], data: Any, *, detail_is_key: bool) -> tuple[int | str, ...]:
    """Return the steps of ``loc`` that exist in ``data``: pydantic puts names of union members in between."""
    steps: list[int | str] = []
    for position, step in enumerate(loc):
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            if not (detail_is_key and position == len(loc) - 1):
                continue
        steps.append(step)
    return tuple(steps)


def _path(steps: tuple[int | str, ...], prefix: str) -> str:
    path = prefix
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _unwrapped(annotation: Any) -> Iterator[Any]:
    """Yield what ``annotation`` may hold, without Annotated, Optional and list."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _unwrapped(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _unwrapped(member)
    elif origin is list:
        yield from _unwrapped(get_args(annotation)[0])
    else:
        yield annotation


def _model_of(annotation: Any) -> type[Settings] | None:
    for member in _unwrapped(annotation):
        if isinstance(member, type) and issubclass(member, Settings):
            return member
    return None


def keys(model: type[Settings] | None) -> Iterator[str]:
    """Yield the keys of ``model`` as the user spells them."""
    for name, field in (model.model_fields if model else {}).items():
        yield field.alias or name


def _field(model: type[Settings], key: str) -> Any:
    for name, field in model.model_fields.items():
        if key == (field.alias or name):
            return field
    return None


def _model_at(model: type[Settings] | None, steps: tuple[int | str, ...]) -> type[Settings] | None:
    for step in steps:
        if isinstance(step, str) and model is not None:
            field = _field(model, step)
            model = _model_of(field.annotation) if field is not None else None
    return model


def _range(model: type[Settings], steps: tuple[int | str, ...]) -> str:
    field = _field(owner, str(steps[-1])) if (owner := _model_at(model, steps[:-1])) else None
    low = high = None
    for constraint in field.metadata if field is not None else ():
        low = getattr(constraint, "ge", low)
        high = getattr(constraint, "le", high)
    if field is not None and low is None and high is None:
        for member in get_args(field.annotation):
            for info in getattr(member, "__metadata__", ()):
                for constraint in getattr(info, "metadata", [info]):
                    low, high = getattr(constraint, "ge", low), getattr(constraint, "le", high)
    if low is not None and high is not None:
        return f"a number from {low} to {high}"
    return f"{low} or more" if low is not None else f"at most {high}"


@cache
def paths(model: type[Settings]) -> Mapping[str, tuple[str, ...]]:
    """Return where in ``model`` each key exists: key to full paths; lists are written ``[]``."""
    places: dict[str, list[str]] = {}

    def visit(part: type[Settings], prefix: str) -> None:
        for name, field in part.model_fields.items():
            key = field.alias or name
            path = f"{prefix}.{key}" if prefix else key
            places.setdefault(key, []).append(path)
            if inner := _model_of(field.annotation):
                visit(inner, f"{path}[]" if "list[" in str(field.annotation) else path)

    visit(model, "")
    return {key: tuple(sorted(found, key=len)) for key, found in places.items()}
