"""Grafana: dashboards of what Prometheus keeps."""

from __future__ import annotations

import pulumi

from mesh_components.component import Waits
from mesh_components.manifests.observability import grafana
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.grafana import GrafanaSettings
from mesh_components.settings.observability.jaeger import JaegerSettings
from mesh_components.settings.observability.prometheus import PrometheusSettings

from . import args as arguments
from .addon import Addon, load


class Grafana(Addon):
    """Grafana with dashboards of the mesh: account, configuration, dashboards, Service, Deployment, maybe a volume.

    :param args: see :class:`~mesh_components.observability.args.GrafanaArgs`
    :param waits: what objects of a kind wait for besides
    :param metrics: the mesh's Prometheus, for the data source
    :param traces: the mesh's Jaeger, for the data source
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    model = GrafanaSettings

    url: pulumi.Output[str]
    """Where programs in the cluster find it."""

    def __init__(
        self,
        name: str,
        args: arguments.GrafanaArgs | tuple[MeshSettings, GrafanaSettings],
        opts: pulumi.ResourceOptions | None = None,
        *,
        waits: Waits | None = None,
        metrics: PrometheusSettings | None = None,
        traces: JaegerSettings | None = None,
    ) -> None:
        mesh, one = load(f"Grafana {name}", GrafanaSettings, args)
        self.url = pulumi.Output.from_input(grafana.address(mesh, one))
        super().__init__(name, grafana.objects(mesh, one, metrics, traces), opts, waits, {"url": self.url})
