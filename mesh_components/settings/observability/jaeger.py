"""Jaeger: where proxies and apps send traces, and where people look at them.

Defaults are those of Istio's addon at 1.31 (``samples/addons/jaeger.yaml``); what that leaves to Jaeger is Jaeger's
(``internal/storage/v1/{badger,memory}`` of Jaeger 1.76).
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Port, Resources, matching
from ..model import Settings
from ..opaque import OpaqueStr
from .workload import ReachedSettings, StoredWorkloadSettings

_GO_DURATION = re.compile(r"(?=.*[1-9])(\d+(\.\d+)?(h|m|s))+")
_BASE_PATH = re.compile(r"(/[\w.-]+)+|/")


Duration = Annotated[
    str, matching(_GO_DURATION, "a duration as Go writes it, in hours, minutes and seconds, such as 72h or 1h30m")
]
"""A time span in Go's notation."""

BasePath = Annotated[
    str, matching(_BASE_PATH, "a path that begins with a slash and does not end with one, such as /jaeger; or / alone")
]
"""Path below which pages are."""


class CollectorSettings(Settings):
    """Where proxies send traces to, by OTLP over gRPC."""

    service: OpaqueStr = ""
    """Full name of a Service that the mesh knows, such as ``collector.tracing.svc.cluster.local``; empty: the one that
    is declared here."""
    port: Port = 4317
    """Its port."""


class JaegerSettings(ReachedSettings, StoredWorkloadSettings):
    """Jaeger in one pod, and the mesh's tracing."""

    resources: Resources = Resources(requests={"cpu": "10m"})
    """What the container asks for and may use."""
    storage: Literal["badger", "memory"] = "badger"
    """Where traces are kept: in files, or in memory, which ``maxTraces`` bounds."""
    spanStorageTTL: Duration = "72h"
    """How long traces are kept in files."""
    maxTraces: int = Field(default=50000, ge=1)
    """How many traces are kept in memory."""
    basePath: BasePath = "/jaeger"
    """Path below which its pages are."""
    collector: CollectorSettings = CollectorSettings.model_construct()
    """Where proxies send traces to; for a Jaeger of one's own, or a collector between."""
    tracing: bool = True
    """Whether the mesh's proxies trace: the provider ``jaeger`` of Istio's MeshConfig, and a Telemetry for the whole
    mesh that selects it. Otherwise the provider alone is there, for Telemetry objects of one's own."""
    samplingPercentage: float = Field(default=1.0, ge=0, le=100)
    """How many of 100 requests are traced."""

    @model_validator(mode="after")
    def _kept(self) -> Self:
        if self.storage == "memory" and self.persistentVolume.enabled:
            text = "storage is memory, which no volume keeps; choose badger, or leave persistentVolume out"
            raise PydanticCustomError("conflict", text)
        if self.collector.service and self.enabled:
            text = "enabled declares a collector here, and collector.service names another one; remove one of the two"
            raise PydanticCustomError("conflict", text)
        return self
