"""Telemetry: what proxies tell of requests."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration
from mesh_components.manifests.observability import telemetry
from mesh_components.settings import SettingsError
from mesh_components.settings.observability.telemetry import TelemetrySettings

from . import args as arguments


class Telemetry(IstioConfiguration):
    """What proxies tell of requests: traces, metrics and access logs of the mesh, a namespace, or some workloads.

    :param args: see :class:`~mesh_components.observability.args.TelemetryArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = TelemetrySettings

    plan = staticmethod(telemetry.steps)

    def __init__(self, name: str, args: arguments.TelemetryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        try:
            super().__init__(name, args, opts)
        except SettingsError as error:
            raise pulumi.RunError("\n".join(f"Telemetry {name}: {problem}" for problem in error.problems)) from error
