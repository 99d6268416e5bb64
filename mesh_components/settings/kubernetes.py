"""Types of Kubernetes fields that several settings share."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from .model import Settings
from .opaque import OpaqueStr, is_opaque

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?")
_PATH = re.compile(r"(/[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)+")
_PERCENT = re.compile(r"\d+%")
_DNS_1035 = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_QUALIFIED = re.compile(r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_CLASS = re.compile(rf"({_DNS_SUBDOMAIN.pattern})?")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")


def matching(pattern: re.Pattern[str], allowed: str, longest: int = 4096) -> AfterValidator:
    """Return a validator of texts that a pattern fits as a whole.

    :param allowed: what the message says is allowed
    :param longest: how many characters there may be
    """

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
        isinstance(value, str) and _PERCENT.fullmatch(value) and int(value.rstrip("%")) <= 100
    ):
        return value
    raise PydanticCustomError("format", "{allowed}", {"allowed": 'a count, such as 1, or a percentage, such as "25%"'})


def _bundle(value: Any) -> Any:
    if is_opaque(value):
        return value
    try:
        base64.b64decode(value, validate=True)
    except ValueError as error:
        allowed = "PEM certificates in base64, as `base64 --wrap=0 FILE` writes them"
        raise PydanticCustomError("format", "{allowed}", {"allowed": allowed}) from error
    return value


def _https(value: Any) -> Any:
    if is_opaque(value) or not value or re.fullmatch(r"https://[^/\s?#@]+(/[^\s?#]*)?", value):
        return value
    allowed = "a URL that begins with https://, without user, query and fragment"
    raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})


WebhookPath = Annotated[
    str, matching(_PATH, "a path whose parts are lower-case letters, digits, '-' and '.', such as /inject/net/n1")
]
"""What a webhook's ``clientConfig.service.path`` takes (``k8s.io/apiserver/pkg/util/webhook``)."""

CaBundle = Annotated[OpaqueStr, AfterValidator(_bundle)]
"""What a webhook's ``clientConfig.caBundle`` takes (``admissionregistration.k8s.io/v1``); may arrive later."""

WebhookUrl = Annotated[OpaqueStr, AfterValidator(_https)]
"""What a webhook's ``clientConfig.url`` takes (``k8s.io/apiserver/pkg/util/webhook`` ``ValidateWebhookURL``)."""

Name = Annotated[
    str,
    matching(_DNS_LABEL, "a DNS label: lower-case letters, digits and '-', at most 63 characters, such as my-name"),
]
"""The name of a Namespace, Service or workload (RFC 1123 label)."""

ServiceName = Annotated[
    str, matching(_DNS_1035, "a DNS label that starts with a letter, at most 63 characters, such as my-name")
]
"""The name of a Service (RFC 1035 label)."""

ObjectName = Annotated[
    str, matching(_DNS_SUBDOMAIN, "a DNS name: lower-case letters, digits, '-' and '.', at most 253 characters")
]
"""The name of an object that may hold dots, such as a Secret (RFC 1123 subdomain)."""

PriorityClass = Annotated[str, matching(_CLASS, "the name of a priority class, or nothing")]
"""The name of a PriorityClass; empty: none."""

LabelValue = Annotated[
    str, matching(_LABEL_VALUE, "a label value: letters, digits, '-', '_' and '.', at most 63 characters", 63)
]
"""The value of a label."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP or UDP port."""

IpFamilies = list[Literal["IPv4", "IPv6"]]
"""IP families of a Service, most wanted first."""
IpFamilyPolicy = Literal["", "SingleStack", "PreferDualStack", "RequireDualStack"]
"""How many IP families a Service has; empty leaves it to Kubernetes."""

Quantity = Annotated[str | int | float, BeforeValidator(_quantity)]
"""An amount of a resource in Kubernetes' notation."""

CountOrPercent = Annotated[int | str, BeforeValidator(_count_or_percent)]
"""Kubernetes' int-or-string as used for rollouts and disruption budgets."""

Key = Annotated[
    str,
    matching(_QUALIFIED, "a name of letters, digits, '-', '_' and '.', maybe after a DNS name and '/', such as app"),
]
"""The name of a label or annotation."""

Labels = dict[Key, LabelValue]
"""Label names to values."""

Annotations = dict[Key, OpaqueStr]
"""Annotation names to values; a value may arrive later."""

Object = dict[str, Any]
"""A part of a Kubernetes object, passed through as it is."""


_SUFFIXES: Mapping[str, Decimal] = {
    **{"": Decimal(1), "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3")},
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}


def amount(quantity: str | int | float) -> Decimal:
    """Return a quantity as a number."""
    number, suffix = re.fullmatch(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)", str(quantity)).groups()  # type: ignore[union-attr]
    return Decimal(number) * _SUFFIXES[suffix]


class Resources(Settings):
    """What a container asks for and may use, in Kubernetes' notation; a name set to null is left out."""

    requests: dict[str, Quantity | None] | None = None
    """What the scheduler reserves, such as ``cpu: 100m``."""
    limits: dict[str, Quantity | None] | None = None
    """What the container cannot exceed."""

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        limits = self.limits or {}
        for name, wanted in (self.requests or {}).items():
            most = limits.get(name)
            if wanted and most and amount(wanted) > amount(most):
                raise PydanticCustomError(
                    "order",
                    "{name} requests {wanted}, more than its limit {most}; raise the limit, or request less",
                    {"name": name, "wanted": wanted, "most": most},
                )
        return self
