"""Prometheus: what scrapes the mesh's metrics and keeps them."""

from __future__ import annotations

import pulumi

from mesh_components.component import Waits
from mesh_components.manifests.observability import prometheus
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.prometheus import PrometheusSettings

from . import args as arguments
from .addon import Addon, load


class Prometheus(Addon):
    """Prometheus with Istio's scrape jobs: account, rights, configuration, Service, Deployment, maybe a volume.

    :param args: see :class:`~mesh_components.observability.args.PrometheusArgs`
    :param waits: what objects of a kind wait for besides
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    model = PrometheusSettings

    url: pulumi.Output[str]
    """Where programs in the cluster read metrics."""

    def __init__(
        self,
        name: str,
        args: arguments.PrometheusArgs | tuple[MeshSettings, PrometheusSettings],
        opts: pulumi.ResourceOptions | None = None,
        *,
        waits: Waits | None = None,
    ) -> None:
        mesh, one = load(f"Prometheus {name}", PrometheusSettings, args)
        self.url = pulumi.Output.from_input(prometheus.address(mesh, one))
        super().__init__(name, prometheus.objects(mesh, one), opts, waits, {"url": self.url})
