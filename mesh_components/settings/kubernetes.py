"""Types of Kubernetes fields that several settings share."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from .model import Settings
from .opaque import OpaqueStr

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?")
_PERCENT = re.compile(r"\d+%")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")


def _matching(pattern: re.Pattern[str], allowed: str, longest: int = 4096) -> AfterValidator:
    def check(value: str) -> str:
        if len(value) > longest or not pattern.fullmatch(value):
            raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})
        return value

    return AfterValidator(check)


def _quantity(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise PydanticCustomError(
            "format", "{allowed}", {"allowed": 'a Kubernetes quantity, such as "100m" or "128Mi"'}
        )
    if isinstance(value, str) and not _QUANTITY.fullmatch(value):
        raise PydanticCustomError(
            "format", "{allowed}", {"allowed": 'a Kubernetes quantity, such as "100m" or "128Mi"'}
        )
    return value


def _count_or_percent(value: Any) -> Any:
    if (isinstance(value, int) and not isinstance(value, bool) and value >= 0) or (
        isinstance(value, str) and _PERCENT.fullmatch(value)
    ):
        return value
    raise PydanticCustomError("format", "{allowed}", {"allowed": 'a count, such as 1, or a percentage, such as "25%"'})


Name = Annotated[
    str,
    _matching(_DNS_LABEL, "a DNS label: lower-case letters, digits and '-', at most 63 characters, such as my-name"),
]
"""The name of a Namespace, Service or workload (RFC 1123 label)."""

ObjectName = Annotated[
    str, _matching(_DNS_SUBDOMAIN, "a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters")
]
"""The name of an object that may hold dots, such as a Secret (RFC 1123 subdomain)."""

LabelValue = Annotated[
    str, _matching(_LABEL_VALUE, "a label value: letters, digits, '-', '_' and '.', at most 63 characters", 63)
]
"""The value of a label."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP or UDP port."""

Quantity = Annotated[str | int | float, BeforeValidator(_quantity)]
"""An amount of a resource in Kubernetes' notation."""

CountOrPercent = Annotated[int | str, BeforeValidator(_count_or_percent)]
"""Kubernetes' int-or-string as used for rollouts and disruption budgets."""

Labels = dict[str, LabelValue]
"""Label names to values."""

Annotations = dict[str, OpaqueStr]
"""Annotation names to values; a value may arrive later."""

Object = dict[str, Any]
"""A part of a Kubernetes object, passed through as it is."""


class Resources(Settings):
    """What a container asks for and may use, in Kubernetes' notation; a name set to null is left out."""

    requests: dict[str, Quantity | None] | None = None
    """What the scheduler reserves, such as ``cpu: 100m``."""
    limits: dict[str, Quantity | None] | None = None
    """What the container cannot exceed."""
