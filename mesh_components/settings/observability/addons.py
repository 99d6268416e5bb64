"""Istio's addons: what shows people the mesh. Each is off unless it is asked for."""

from __future__ import annotations

from ..model import Settings
from .grafana import GrafanaSettings
from .jaeger import JaegerSettings
from .kiali import KialiSettings
from .prometheus import PrometheusSettings


class AddonsSettings(Settings):
    """The addons of a mesh. Each finds the others by itself, ours or those that are named here."""

    prometheus: PrometheusSettings = PrometheusSettings.model_construct()
    """What scrapes metrics and keeps them."""
    grafana: GrafanaSettings = GrafanaSettings.model_construct()
    """Dashboards of metrics."""
    jaeger: JaegerSettings = JaegerSettings.model_construct()
    """Where traces are sent to, and looked at."""
    kiali: KialiSettings = KialiSettings.model_construct()
    """The console of the mesh."""
