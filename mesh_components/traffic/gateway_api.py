"""The Gateway API's counterparts, under the names that Kiali has for them."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration
from mesh_components.manifests.traffic import gateway_api
from mesh_components.settings.traffic import gateway_api as settings

from . import args as arguments


class K8sGateway(IstioConfiguration):
    """The Gateway API's Gateway, for which istiod makes the proxy, and the Secrets that it shows.

    :param args: see :class:`~mesh_components.traffic.args.K8sGatewayArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.K8sGatewaySettings
    plan = staticmethod(gateway_api.gateway)

    def __init__(self, name: str, args: arguments.K8sGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)


class K8sHTTPRoute(IstioConfiguration):
    """The Gateway API's HTTPRoute, for a Gateway or for a Service inside the mesh.

    :param args: see :class:`~mesh_components.traffic.args.K8sHTTPRouteArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.K8sHTTPRouteSettings
    plan = staticmethod(gateway_api.http_route)

    def __init__(self, name: str, args: arguments.K8sHTTPRouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)


class K8sGRPCRoute(IstioConfiguration):
    """The Gateway API's GRPCRoute, for a Gateway or for a Service inside the mesh.

    :param args: see :class:`~mesh_components.traffic.args.K8sGRPCRouteArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.K8sGRPCRouteSettings
    plan = staticmethod(gateway_api.grpc_route)

    def __init__(self, name: str, args: arguments.K8sGRPCRouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)
