"""AuthorizationPolicy and DefaultDeny: who may do what."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration
from mesh_components.manifests.security import authorization
from mesh_components.settings.security import authorization as settings

from . import args as arguments


class AuthorizationPolicy(IstioConfiguration):
    """Who may do what with workloads: allowed, denied, noted, or left to somebody else to decide.

    :param args: see :class:`~mesh_components.security.args.AuthorizationPolicyArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.AuthorizationPolicySettings
    plan = staticmethod(authorization.policy)

    def __init__(
        self, name: str, args: arguments.AuthorizationPolicyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args, opts)


class DefaultDeny(IstioConfiguration):
    """Nothing is allowed in a namespace, or the mesh, but what is allowed by name.

    What is allowed comes first, and goes last, so that no such request is lost on the way.

    :param args: see :class:`~mesh_components.security.args.DefaultDenyArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.DefaultDenySettings
    plan = staticmethod(authorization.default_deny)

    def __init__(self, name: str, args: arguments.DefaultDenyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)
