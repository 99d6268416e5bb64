"""The traffic of one service: every concern at once, or one of them."""

from __future__ import annotations

import pulumi

from mesh_components.configuration import IstioConfiguration, Steps
from mesh_components.manifests.traffic import service
from mesh_components.settings import MeshSettings
from mesh_components.settings.traffic import service as settings

from . import args as arguments

Options = pulumi.ResourceOptions | None


def one_concern(mesh: MeshSettings, one: settings.Concern) -> Steps:
    """Return the objects of a component that has one concern of a service's traffic."""
    return service.steps(mesh, one.whole())


class ServiceConfiguration(IstioConfiguration):
    """A component for the traffic of one service.

    A service that gets a second concern changes from one of these to another, of the same name: the objects stay.
    """

    siblings = (
        *("ServiceTraffic", "RequestRouting", "TrafficShifting", "TcpTrafficShifting", "Mirroring"),
        *("FaultInjection", "RequestTimeouts", "CircuitBreaker", "LoadBalancing"),
    )


class ServiceTraffic(ServiceConfiguration):
    """Everything that is to be said of one service's traffic: its one VirtualService and its one DestinationRule.

    Istio reads one of each for a host. So a service with more than one concern (weights and a circuit breaker, say) has
    one of these, with the concerns as sections; the other components here are names for one concern alone.

    :param args: see :class:`~mesh_components.traffic.args.ServiceTrafficArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.ServiceTrafficSettings
    plan = staticmethod(service.steps)

    def __init__(self, name: str, args: arguments.ServiceTrafficArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)


class RequestRouting(ServiceConfiguration):
    """Requests told apart by header, URI, method, query, source or gateway: where they go, what happens on the way.

    :param args: see :class:`~mesh_components.traffic.args.RequestRoutingArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.RequestRoutingSettings
    plan = staticmethod(one_concern)

    def __init__(self, name: str, args: arguments.RequestRoutingArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)


class TrafficShifting(ServiceConfiguration):
    """HTTP requests shared out among the versions of a service, by weight.

    :param args: see :class:`~mesh_components.traffic.args.TrafficShiftingArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.TrafficShiftingSettings
    plan = staticmethod(one_concern)

    def __init__(self, name: str, args: arguments.TrafficShiftingArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)


class TcpTrafficShifting(ServiceConfiguration):
    """Connections that are no HTTP, shared out among the versions of a service, by weight.

    :param args: see :class:`~mesh_components.traffic.args.TcpTrafficShiftingArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.TcpTrafficShiftingSettings
    plan = staticmethod(one_concern)

    def __init__(self, name: str, args: arguments.TcpTrafficShiftingArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)


class Mirroring(ServiceConfiguration):
    """Copies of requests to another version or service, whose answers are thrown away.

    :param args: see :class:`~mesh_components.traffic.args.MirroringArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.MirroringSettings
    plan = staticmethod(one_concern)

    def __init__(self, name: str, args: arguments.MirroringArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)


class FaultInjection(ServiceConfiguration):
    """Delays and errors that proxies make for callers of a service.

    :param args: see :class:`~mesh_components.traffic.args.FaultInjectionArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.FaultInjectionSettings
    plan = staticmethod(one_concern)

    def __init__(self, name: str, args: arguments.FaultInjectionArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)


class RequestTimeouts(ServiceConfiguration):
    """How long callers of a service wait for an answer, and how often they try.

    :param args: see :class:`~mesh_components.traffic.args.RequestTimeoutsArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.RequestTimeoutsSettings
    plan = staticmethod(one_concern)

    def __init__(self, name: str, args: arguments.RequestTimeoutsArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)


class CircuitBreaker(ServiceConfiguration):
    """Limits under which a service is left alone: too many requests at once, or a pod that fails.

    :param args: see :class:`~mesh_components.traffic.args.CircuitBreakerArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.CircuitBreakerSettings
    plan = staticmethod(one_concern)

    def __init__(self, name: str, args: arguments.CircuitBreakerArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)


class LoadBalancing(ServiceConfiguration):
    """Which pod of a service gets a request: by load, hash or place.

    :param args: see :class:`~mesh_components.traffic.args.LoadBalancingArgs`
    :raises pulumi.RunError: for arguments that are not valid, before anything is registered
    """

    model = settings.LoadBalancingSettings
    plan = staticmethod(one_concern)

    def __init__(self, name: str, args: arguments.LoadBalancingArgs, opts: Options = None) -> None:
        super().__init__(name, args, opts)
