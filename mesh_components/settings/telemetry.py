"""Istio's ``telemetry`` values: the providers of metrics and logs that the mesh configuration starts with."""

from __future__ import annotations

from .global_settings import EnabledSettings
from .model import Settings


class PrometheusSettings(Settings):
    """Prometheus metrics."""

    enabled: bool = True
    """Whether proxies offer them."""


class TelemetryV2Settings(Settings):
    """Telemetry by the proxies themselves."""

    enabled: bool = True
    """Whether there is any."""
    prometheus: PrometheusSettings = PrometheusSettings.model_construct()
    """Prometheus metrics."""
    stackdriver: EnabledSettings = EnabledSettings.model_construct()
    """Google Cloud's metrics and logs."""


class TelemetrySettings(Settings):
    """Istio's ``telemetry`` values."""

    enabled: bool = True
    """Whether there is any."""
    v2: TelemetryV2Settings = TelemetryV2Settings.model_construct()
    """Telemetry by the proxies themselves."""
