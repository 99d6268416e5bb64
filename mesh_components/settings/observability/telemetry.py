# ruff: noqa: RUF012 (pydantic copies defaults)
"""What proxies tell of requests: traces, metrics, access logs."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Object, ObjectName
from ..message import Message
from ..security.selected import Aimed, Everywhere

TELEMETRY = "telemetry.istio.io/v1"
LISTS = ("tracing", "metrics", "accessLogging")

Tracing = Annotated[Object, Message(TELEMETRY, "Telemetry", "tracing[]")]
"""Tracing: `providers`, `randomSamplingPercentage`, `customTags`, `disableSpanReporting`, `match` …"""
Metrics = Annotated[Object, Message(TELEMETRY, "Telemetry", "metrics[]")]
"""Metrics: `providers`, `overrides` with `match`, `disabled`, `tagOverrides`; `reportingInterval`."""
AccessLogging = Annotated[Object, Message(TELEMETRY, "Telemetry", "accessLogging[]")]
"""AccessLogging: `providers`, `filter` with `expression` in CEL, `disabled`, `match` with `mode`."""


class TelemetrySettings(Everywhere, Aimed):
    """Istio's Telemetry, of the mesh, a namespace, or some workloads.

    What a list says takes the place of what the namespace's or the mesh's Telemetry says in the same list.
    """

    name: ObjectName = "default"
    """Name of the object. The mesh has one Telemetry, and a namespace one without selector: further ones do nothing."""
    tracing: list[Tracing] = []
    """Istio's Tracing: which requests are traced, and where traces go."""
    metrics: list[Metrics] = []
    """Istio's Metrics: which metrics there are, with which labels."""
    accessLogging: list[AccessLogging] = []
    """Istio's AccessLogging: which requests are logged, and where logs go."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not (self.tracing or self.metrics or self.accessLogging):
            raise PydanticCustomError("incomplete", "asks for nothing; give tracing, metrics, or accessLogging")
        if (self.selector or self.targetRefs) and self.namespace is None:
            text = "selector and targetRefs choose workloads of a namespace; give namespace"
            raise PydanticCustomError("incomplete", text)
        return self
