"""Every setting with its type, default and meaning, read off the models and their docstrings."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from ..versions.settings import NEW_SETTINGS
from .mesh import MeshSettings
from .model import Settings, plain
from .opaque import Opaque

SCALARS = {str: "string", int: "whole number", float: "number", bool: "true or false"}

SINCE = {path: version for version, paths in NEW_SETTINGS.items() for path in paths}
"""Settings that the oldest supported version does not know, with the first that does."""


@dataclass(frozen=True)
class Row:
    """One setting."""

    path: str
    """Where it stands, such as ``pilot.resources.limits``; the items of a list are ``[]``."""
    type: str
    """What it takes, in words."""
    default: str
    """What it is where nobody sets it, as YAML in one line; empty for a group of settings."""
    text: str
    """What it is."""
    since: str
    """The first supported version of Istio that knows it; empty: all do."""
    free: bool
    """Whether it takes any keys, which are passed on."""


def rows(model: type[Settings] = MeshSettings, prefix: str = "") -> Iterator[Row]:
    """Yield the settings of ``model``, groups before what is in them."""
    texts = {name: text for part in reversed(model.__mro__) for name, text in docstrings(part).items()}
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        inner = list(_models(field.annotation))
        listed = "[]" if _is_list(field.annotation) else ""
        yield Row(
            path,
            words(field.annotation),
            "" if inner and not listed else _default(field),
            " ".join(texts.get(name, "").split()),
            SINCE.get(path, ""),
            _takes_any_key(field.annotation),
        )
        for part in inner:
            yield from rows(part, f"{path}{listed}.")


@cache
def docstrings(model: type) -> dict[str, str]:
    """Return the docstrings of the attributes that a model's own class statement has, from its source."""
    if not issubclass(model, Settings):
        return {}
    (statement,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(statement, ast.ClassDef)
    return {
        attribute.target.id: text.value.value
        for attribute, text in pairwise(statement.body)
        if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }


def words(annotation: Any) -> str:
    """Return what a field takes, in words."""
    members = list(dict.fromkeys(word for member in _members(annotation) if (word := _word(member))))
    return " or ".join(members)


def _word(member: Any) -> str:
    origin, inner = get_origin(member), get_args(member)
    if origin is Literal:
        return " \\| ".join(f"`{value}`" if value != "" else "empty" for value in inner)
    if origin is list:
        return f"list of {_plural(words(inner[0]))}"
    if origin is dict or (isinstance(member, type) and issubclass(member, Settings)):
        return "mapping"
    return SCALARS.get(member, "any" if member is Any else "")


def _plural(word: str) -> str:
    return f"{word}s" if word.isalpha() else word


def _members(annotation: Any) -> Iterator[Any]:
    """Yield what an annotation may be, without Annotated, None and values that arrive later."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    elif annotation not in (type(None), Opaque):
        yield annotation


def _models(annotation: Any) -> Iterator[type[Settings]]:
    for member in _members(annotation):
        if get_origin(member) is list:
            yield from _models(get_args(member)[0])
        elif isinstance(member, type) and issubclass(member, Settings):
            yield member


def _is_list(annotation: Any) -> bool:
    return any(get_origin(member) is list for member in _members(annotation))


def _takes_any_key(annotation: Any) -> bool:
    return any(
        get_origin(member) is dict or (get_origin(member) is list and _takes_any_key(get_args(member)[0]))
        for member in _members(annotation)
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = plain(field.get_default(call_default_factory=True))
    return "" if value is None else json.dumps(value, ensure_ascii=False)
