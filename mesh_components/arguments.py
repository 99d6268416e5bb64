"""Arguments of components that write single Istio objects: from what a user wrote to settings, or one clear message.

Pydantic checks what is ours; parts of Istio's objects are held against the schemas of the mesh's own version of Istio,
so what another version has is neither refused nor let through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import pulumi
from pydantic import ValidationError

from . import schemas
from .analysis.plain import plain
from .component import load_settings
from .settings import MeshSettings, Problem, Settings
from .settings.message import GATEWAY_API, OUTDATED, OUTDATED_VALUES, Message
from .settings.validation import found
from .validation import structure
from .validation.definitions import definition
from .validation.rules import Ruled, compile_rules
from .versions import VERSIONS

Own = TypeVar("Own", bound=Settings)

_BRACKETS = re.compile(r"\[[^\]]*\]")

MESH = "mesh"
"""The key under which a component takes the mesh that it belongs to."""


def load(whose: str, model: type[Own], args: Mapping[str, Any]) -> tuple[MeshSettings, Own]:
    """Return the settings of the mesh, and those of the component.

    :param whose: the component's type and name, for the message
    :raises pulumi.RunError: with every problem in one message
    """
    if not isinstance(args, Mapping):
        raise pulumi.RunError(f"{whose}: the arguments are {type(args).__name__}; they have to be a mapping")
    # What a program in another language does not give arrives as None.
    own = {key: value for key, value in args.items() if key != MESH and value is not None}
    mesh = load_settings(args.get(MESH) or {})
    problems: list[Problem] = []
    settings = None
    try:
        settings = model.model_validate(own)
    except ValidationError as error:
        problems += found(error, model, own)
    problems += list(_parts(model, own, "", mesh.version))
    if problems or settings is None:
        listed = list(dict.fromkeys(map(str, problems)))
        head = "the arguments have a problem" if len(listed) == 1 else f"the arguments have {len(listed)} problems"
        raise pulumi.RunError("\n".join([f"{whose}: {head}:", *(f"  {problem}" for problem in listed)]))
    return mesh, settings


def _parts(model: type[Settings], value: Mapping[str, Any], path: str, version: str) -> Iterator[Problem]:
    """Yield what is wrong with the parts of Istio's objects that a model has."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in value:
            place = f"{path}.{key}" if path else key
            yield from _within((field.annotation, *field.metadata), value[key], place, version)


def _within(types: tuple[Any, ...], value: Any, path: str, version: str) -> Iterator[Problem]:
    annotation, *metadata = types
    messages = [item for item in metadata if isinstance(item, Message)]
    if messages:
        if value is not None:
            yield from _problems(messages[0], value, path, version)
        return
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _within(inner, value, path, version)
    elif origin in (Union, UnionType):
        for member in inner:
            yield from _within((member,), value, path, version)
    elif origin is list and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _within((inner[0],), item, f"{path}[{index}]", version)
    elif origin is dict and isinstance(value, Mapping):
        for key, item in value.items():
            yield from _within((inner[1],), item, f"{path}.{key}", version)
    elif isinstance(annotation, type) and issubclass(annotation, Settings) and isinstance(value, Mapping):
        yield from _parts(annotation, value, path, version)


def _problems(message: Message, value: Any, path: str, version: str) -> Iterator[Problem]:
    part = _part(message, version)
    if part is None:
        yield Problem(
            path, None, "", text=f"Istio {version} does not have it; leave it out, or choose a newer mesh.version"
        )
        return
    known = plain(value)
    wrong = list(structure.problems(part.schema, known))
    if not wrong and part.ruled is not None:
        wrong = list(part.ruled.problems(known))
    for problem in wrong:
        yield Problem(path + _spelled(problem.path), None, "", text=problem.message)
    yield from _outdated(known, path)


def _spelled(steps: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _outdated(value: Any, path: str) -> Iterator[Problem]:
    """Yield fields and values that schemas have still, and that nobody should write."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in OUTDATED:
                yield Problem(f"{path}.{key}", None, "", text=OUTDATED[key])
            else:
                yield from _outdated(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _outdated(inner, f"{path}[{index}]")
    elif isinstance(value, str) and value in OUTDATED_VALUES:
        yield Problem(path, None, "", text=f'"{value}": {OUTDATED_VALUES[value]}')


@dataclass(frozen=True)
class Part:
    """A part of an object's schema."""

    schema: Mapping[str, Any]
    ruled: Ruled | None
    """Where it has rules in CEL."""


@cache
def _part(message: Message, version: str) -> Part | None:
    """Return the schema of a part of an object in a version of Istio; None where that version does not have it."""
    spec = _whole(message, version)
    for step in ["spec", *message.path.split(".")]:
        spec = (spec or {}).get("properties", {}).get(step.removesuffix("[]"))
        if spec is not None and step.endswith("[]"):
            spec = spec.get("items")
    if spec is None:
        return None
    # The rules of the Gateway API are about objects with the defaults that its schemas have; Istio's have none.
    return Part(spec, None if message.api_version == GATEWAY_API else compile_rules(spec))


def _whole(message: Message, version: str) -> Mapping[str, Any] | None:
    if message.api_version != GATEWAY_API:
        known = definition(message.api_version, message.kind, version)
        return None if known is None else known.schema
    return gateway_api_schema(message.kind, version)


def _readable(schema: Any) -> Any:
    """Return a schema in whose patterns a dollar in brackets is not taken for the end of the text."""
    if isinstance(schema, list):
        return [_readable(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: _BRACKETS.sub(lambda found: found[0].replace("$", "\\x24"), inner)
        if key == "pattern" and isinstance(inner, str)
        else _readable(inner)
        for key, inner in schema.items()
    }


@cache
def gateway_api_schema(kind: str, version: str) -> Mapping[str, Any]:
    """Return the schema of a kind of the Gateway API, at the version that Istio ``version`` is built with.

    The experimental channel's, which has all of the standard one: which of the two a cluster has is its own affair.
    """
    group, _, served = GATEWAY_API.partition("/")
    for crd in schemas.gateway_api_crds(VERSIONS[version].gateway_api, "experimental"):
        if crd["spec"]["group"] == group and crd["spec"]["names"]["kind"] == kind:
            for each in crd["spec"]["versions"]:
                if each["name"] == served:
                    schema: Mapping[str, Any] = _readable(each["schema"]["openAPIV3Schema"])
                    return schema
    raise KeyError(kind)
