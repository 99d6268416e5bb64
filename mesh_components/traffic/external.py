"""ExternalService: hosts outside the mesh."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration
from mesh_components.manifests.traffic import external
from mesh_components.settings.traffic.external import ExternalServiceSettings

from . import args as arguments


class ExternalService(IstioConfiguration):
    """Hosts outside the mesh, reached from sidecars or through an egress gateway, with TLS by the app or by a proxy.

    :param args: see :class:`~mesh_components.traffic.args.ExternalServiceArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = ExternalServiceSettings
    plan = staticmethod(external.steps)

    def __init__(
        self, name: str, args: arguments.ExternalServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args, opts)
