"""IngressHost: a host at an ingress gateway."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration
from mesh_components.manifests.traffic import ingress
from mesh_components.settings.traffic.ingress import IngressHostSettings

from . import args as arguments


class IngressHost(IstioConfiguration):
    """A host that clients outside reach through an ingress gateway: Gateway, VirtualService, Secret.

    Without ``service`` and ``routes`` it opens the gateway alone; a ServiceTraffic that lists it in ``gateways`` then
    says where requests go.

    :param args: see :class:`~mesh_components.traffic.args.IngressHostArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = IngressHostSettings
    plan = staticmethod(ingress.steps)

    def __init__(self, name: str, args: arguments.IngressHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)
