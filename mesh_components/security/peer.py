"""PeerAuthentication: mutual TLS that workloads ask for."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration
from mesh_components.manifests.security import peer
from mesh_components.settings.security.peer import PeerAuthenticationSettings

from . import args as arguments


class PeerAuthentication(IstioConfiguration):
    """Mutual TLS that workloads ask for: of the mesh, a namespace, a workload, or one of its ports.

    :param args: see :class:`~mesh_components.security.args.PeerAuthenticationArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = PeerAuthenticationSettings
    plan = staticmethod(peer.steps)

    def __init__(
        self, name: str, args: arguments.PeerAuthenticationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args, opts)
