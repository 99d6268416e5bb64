"""RequestAuthentication: tokens of requests."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration
from mesh_components.manifests.security import request
from mesh_components.settings.security.request import RequestAuthenticationSettings

from . import args as arguments


class RequestAuthentication(IstioConfiguration):
    """Tokens (JWT) that requests may carry or have to: whose are taken, and what becomes of the others.

    :param args: see :class:`~mesh_components.security.args.RequestAuthenticationArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = RequestAuthenticationSettings
    plan = staticmethod(request.steps)

    def __init__(
        self, name: str, args: arguments.RequestAuthenticationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args, opts)
