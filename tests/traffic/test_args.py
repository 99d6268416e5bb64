"""The argument types at Pulumi's edge and the settings behind them: the same keys, as many required, all documented."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import pulumi
import pytest
from pydantic import BaseModel

import mesh_components
from mesh_components.configuration import IstioConfiguration
from mesh_components.security import args as security_args
from mesh_components.settings import Settings
from mesh_components.settings.reference import docstrings
from mesh_components.traffic import args as traffic_args

COMPONENTS = sorted(
    name
    for name in mesh_components.__all__
    if isinstance(found := getattr(mesh_components, name), type) and issubclass(found, IstioConfiguration)
)


def pairs(model: type[Settings], args: type) -> Iterator[tuple[type[Settings], type]]:
    """Yield a model and its arguments' type, and those of what is in them."""
    yield model, args
    hints = keys_of(args)
    for name, field in model.model_fields.items():
        key = field.alias or name
        below = [one for one in members(field.annotation) if isinstance(one, type) and issubclass(one, Settings)]
        typed = [one for one in members(hints.get(key)) if is_typeddict(one)]
        assert len(below) == len(typed), f"{args.__name__}.{key} is not of the same sort as {model.__name__}.{key}"
        for one, other in zip(below, typed, strict=True):
            yield from pairs(one, other)


def keys_of(args: type) -> dict[str, Any]:
    return get_type_hints(args, localns={"Output": pulumi.Output, "T": str})


def members(annotation: Any) -> Iterator[Any]:
    """Yield what an annotation may hold, of lists and mappings their items."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from members(inner[0])
    elif origin in (Union, UnionType, list):
        for one in inner:
            yield from members(one)
    elif origin is dict:
        yield from members(inner[1])
    else:
        yield annotation


def required(args: type) -> set[str]:
    return set(args.__required_keys__)  # type: ignore[attr-defined]


def test_every_component_is_here() -> None:
    assert len(COMPONENTS) == 20


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_takes_its_settings_and_the_mesh(name: str) -> None:
    component, args = getattr(mesh_components, name), getattr(mesh_components, f"{name}Args")
    assert component.__init__.__annotations__["args"] == f"arguments.{name}Args"
    seen = 0
    for model, typed in pairs(component.model, args):
        keys = {field.alias or key: field for key, field in model.model_fields.items()}
        assert set(keys_of(typed)) - {"mesh"} == set(keys), typed.__name__
        assert required(typed) == {key for key, field in keys.items() if field.is_required()}, typed.__name__
        seen += 1
    assert "mesh" in keys_of(args)
    assert seen >= 1


def undocumented(kind: type) -> list[str]:
    """Return the attributes of a class that its own source does not document."""
    (statement,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(statement, ast.ClassDef)
    return [
        ast.unparse(one)
        for one, text in pairwise([*statement.body, ast.Pass()])
        if isinstance(one, ast.AnnAssign) and not isinstance(text, ast.Expr)
    ]


@pytest.mark.parametrize("module", [security_args, traffic_args])
def test_every_argument_is_documented(module: Any) -> None:
    own = [one for one in vars(module).values() if is_typeddict(one) and one.__module__ == module.__name__]
    written = [one for one in own if not one.__name__.startswith("_")]
    assert len(written) > 5
    assert {one.__name__: missing for one in written if (missing := undocumented(one))} == {}


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_setting_is_documented(name: str) -> None:
    component, args = getattr(mesh_components, name), getattr(mesh_components, f"{name}Args")
    for model, _ in pairs(component.model, args):
        for part in model.__mro__:
            if issubclass(part, Settings) and part is not Settings:
                fields = {key for key in vars(part).get("__annotations__", {}) if key in model.model_fields}
                assert fields <= set(docstrings(part)), part.__name__
    assert issubclass(component.model, BaseModel)
