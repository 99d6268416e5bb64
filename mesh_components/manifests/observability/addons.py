"""All addons of a mesh, each wired to the others."""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from . import grafana, jaeger, kiali, prometheus
from .kiali_backends import Backends


def objects(mesh: MeshSettings) -> list[dict[str, Any]]:
    """Return the addons' objects, the Secret with the key of Kiali's sessions aside; see ``telemetry``, too."""
    addons = mesh.addons
    return [
        *prometheus.objects(mesh, addons.prometheus),
        *grafana.objects(mesh, addons.grafana, addons.prometheus, addons.jaeger),
        *jaeger.objects(mesh, addons.jaeger),
        *kiali.objects(mesh, addons.kiali, backends(mesh)),
    ]


def telemetry(mesh: MeshSettings) -> list[dict[str, Any]]:
    """Return the Istio objects by which proxies send the addons what they show."""
    found = jaeger.telemetry(mesh, mesh.addons.jaeger)
    return [found] if found else []


def backends(mesh: MeshSettings) -> Backends:
    """Return where Kiali finds the other addons."""
    addons = mesh.addons
    by_grpc = jaeger.grpc_address(mesh, addons.jaeger)
    return Backends(
        prometheus=prometheus.address(mesh, addons.prometheus),
        grafana=grafana.address(mesh, addons.grafana),
        grafana_external=addons.grafana.external_url,
        tracing=by_grpc or jaeger.address(mesh, addons.jaeger),
        tracing_external=addons.jaeger.external_url,
        tracing_grpc=bool(by_grpc),
    )
