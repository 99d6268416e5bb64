"""Jaeger: where traces go, and what makes the mesh's proxies send them."""

from __future__ import annotations

import json

import pulumi

from mesh_components.component import Waits
from mesh_components.manifests.observability import jaeger, telemetry
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.jaeger import JaegerSettings

from . import args as arguments
from .addon import Addon, load


class Jaeger(Addon):
    """Jaeger in one pod: account, configuration, Services, Deployment, maybe a volume; and the mesh's Telemetry that
    selects the provider ``jaeger``.

    :param args: see :class:`~mesh_components.observability.args.JaegerArgs`
    :param waits: what objects of a kind wait for besides; ``Telemetry`` for what admits Istio's objects
    :raises pulumi.RunError: for settings that are not valid, or a mesh without that provider, before anything is
        registered
    """

    model = JaegerSettings

    url: pulumi.Output[str]
    """Where programs in the cluster read traces."""

    def __init__(
        self,
        name: str,
        args: arguments.JaegerArgs | tuple[MeshSettings, JaegerSettings],
        opts: pulumi.ResourceOptions | None = None,
        *,
        waits: Waits | None = None,
    ) -> None:
        mesh, one = load(f"Jaeger {name}", JaegerSettings, args)
        selected = jaeger.telemetry(mesh, one)
        if selected is not None:
            check_provider(name, mesh, one)
        planned = [*jaeger.objects(mesh, one), *([selected] if selected else [])]
        self.url = pulumi.Output.from_input(jaeger.address(mesh, one))
        super().__init__(name, planned, opts, waits, {"url": self.url})


def check_provider(name: str, mesh: MeshSettings, one: JaegerSettings) -> None:
    """Refuse a mesh that does not know where traces go.

    :raises pulumi.RunError: with what is to be added
    """
    if jaeger.PROVIDER not in telemetry.providers(mesh):
        entry = json.dumps(jaeger.tracing_provider(mesh, one), default=str)
        raise pulumi.RunError(
            f"Jaeger {name}: the mesh has no provider {jaeger.PROVIDER}, so no proxy would trace; add {entry} to its "
            "meshConfig.extensionProviders (and give mesh here), or leave the mesh's tracing alone with tracing: false"
        )
