"""SidecarScope: what sidecars know of the mesh."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration
from mesh_components.manifests.traffic import sidecar_scope
from mesh_components.settings.traffic.sidecar_scope import SidecarScopeSettings

from . import args as arguments


class SidecarScope(IstioConfiguration):
    """What sidecars know of the mesh: less memory for them, less to send for istiod.

    :param args: see :class:`~mesh_components.traffic.args.SidecarScopeArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = SidecarScopeSettings
    plan = staticmethod(sidecar_scope.steps)

    def __init__(self, name: str, args: arguments.SidecarScopeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)
