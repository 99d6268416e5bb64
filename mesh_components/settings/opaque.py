"""Leaves whose value is not known while a plan is made.

A Pulumi program may pass an ``Output`` for a listed set of settings (PEMs, annotations, environment values, addresses,
hub, tag). Planning never looks into such a value: it travels as it is, and strings that embed one are assembled later
(``mesh_components.manifests.text``). What makes a value opaque is that its type has an ``apply`` method, so nothing
here needs Pulumi.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError


class Opaque(Protocol):
    """A value that arrives later, such as a ``pulumi.Output``."""

    def apply(self, func: Callable[[Any], Any], /) -> Any:
        """Return what ``func`` makes of the value, once it has arrived."""


def is_opaque(value: object) -> bool:
    """Say whether ``value`` is known only later: its type has ``apply``. Classes and modules are not values."""
    return callable(getattr(type(value), "apply", None))


def has_opaque(value: object) -> bool:
    """Say whether ``value``, or anything inside the mappings and sequences it is made of, is opaque."""
    if is_opaque(value):
        return True
    if isinstance(value, Mapping):
        return any(has_opaque(item) for item in value.values())
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return any(has_opaque(item) for item in value)
    return False


def _string_or_opaque(value: Any) -> Any:
    if isinstance(value, str) or is_opaque(value):
        return value
    raise PydanticCustomError("string_type", "Input should be a string")


def _scalar_or_opaque(value: Any) -> Any:
    if isinstance(value, str | bool | int | float) or is_opaque(value):
        return value
    raise PydanticCustomError("scalar_type", "Input should be a string, a number or a boolean")


OpaqueStr = Annotated[str | Opaque, PlainValidator(_string_or_opaque), WithJsonSchema({"type": "string"})]
"""A string that may arrive later."""

OpaqueScalar = Annotated[
    str | bool | int | float | Opaque,
    PlainValidator(_scalar_or_opaque),
    WithJsonSchema({"type": ["string", "boolean", "number"]}),
]
"""A string, number or boolean (written the way Istio's values allow for environment values) that may arrive later."""
