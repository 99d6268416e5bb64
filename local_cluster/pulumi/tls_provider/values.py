"""Pulumi property values as plain Python, and back.

Plain means None, bool, int, str, list and dict. A value that a preview does not know yet is `UNKNOWN`, on the wire
and here.
"""

from collections.abc import Mapping
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import rpc

UNKNOWN: str = rpc.UNKNOWN
"""Stands for a value that is not known yet; the SDK's PropertyValue passes it through as the string that it is."""


def plain(value: PropertyValue) -> Any:
    """Return a property value as plain Python; whole numbers become int, marks (secret, dependencies) are dropped."""
    inner = value.value
    if isinstance(inner, Mapping):
        return plain_map(inner)
    if isinstance(inner, tuple):
        return [plain(item) for item in inner]
    if isinstance(inner, float):
        return int(inner) if inner.is_integer() else inner
    return inner


def plain_map(values: Mapping[str, PropertyValue]) -> dict[str, Any]:
    """Return a map of property values as plain Python, without the keys whose value is null."""
    result = {key: plain(value) for key, value in values.items()}
    return {key: value for key, value in result.items() if value is not None}


def wrapped(value: Any, *, secret: bool = False) -> PropertyValue:
    """Return a plain value as a property value, marked secret on request."""
    if isinstance(value, Mapping):
        return PropertyValue({key: wrapped(item) for key, item in value.items()}, is_secret=secret)
    if isinstance(value, list):
        return PropertyValue([wrapped(item) for item in value], is_secret=secret)
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value), is_secret=secret)
    return PropertyValue(value, is_secret=secret)


def has_unknown(value: Any) -> bool:
    """Tell whether a plain value is, or contains, one that is not known yet."""
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return bool(value == UNKNOWN)
