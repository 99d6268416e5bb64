"""Addons as they are planned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from mesh_components.manifests.observability import grafana, jaeger, prometheus
from mesh_components.settings import MeshSettings, Settings, load, load_part
from mesh_components.settings.observability.grafana import GrafanaSettings
from mesh_components.settings.observability.jaeger import JaegerSettings
from mesh_components.settings.observability.prometheus import PrometheusSettings

ADDONS: Mapping[str, tuple[type[Settings], ModuleType]] = {
    "prometheus": (PrometheusSettings, prometheus),
    "grafana": (GrafanaSettings, grafana),
    "jaeger": (JaegerSettings, jaeger),
}
"""Settings and planner of each addon."""


def settings(addon: str, **given: Any) -> Any:
    """Return the settings of an addon that is declared."""
    return load_part(ADDONS[addon][0], {"enabled": True, **given})


def planned(addon: str, mesh: MeshSettings | None = None, **given: Any) -> list[dict[str, Any]]:
    """Return the objects of an addon that is declared."""
    objects: Callable[..., list[dict[str, Any]]] = ADDONS[addon][1].objects
    return objects(mesh or load({}), settings(addon, **given))


def by_kind(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return objects by kind and name, such as ``Service/prometheus``."""
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in objects}
