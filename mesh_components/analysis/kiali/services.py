"""Services whose ports say no protocol, or that no Deployment serves.

Upstream: `business/checkers/services/port_mapping_checker.go`, and for names of ports `kubernetes/istio.go`.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..istio.control_plane import is_control_plane
from ..kubernetes.ports import Backends, unexposed
from ..messages import kia
from ..resource import Resource
from ..world import World

PROTOCOLS = ("grpc", "grpc-web", "http", "http2", "https", "mongo", "redis", "tcp", "tls", "udp", "mysql")
APP_PROTOCOLS = (*PROTOCOLS, "kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss")
WIZARD = "kiali_wizard"
"""Label of what Kiali made itself."""
MADE_LABELS = ("gateway.networking.k8s.io/gateway-name", "gateway.istio.io/managed")
"""Labels of Services that are made for a gateway or a waypoint."""


@each("kiali.PortNamingChecker", kinds.SERVICE)
def port_names(service: Resource, world: World) -> Iterator[Finding]:
    """Ports of a Service in the mesh, Istio's own apart, that do not say which protocol they speak."""
    if service.namespace == world.scope.istio_namespace or is_control_plane(service) or WIZARD in service.labels:
        return
    backend = world.derived(Backends).of(service)
    if backend is None or not backend.injected:
        return
    for index, port in enumerate(service.spec.get("ports", [])):
        path = ("spec", "ports", index)
        if port.get("protocol", "TCP").lower() == "udp":
            continue
        if "appProtocol" in port:
            if port["appProtocol"].lower() not in APP_PROTOCOLS:
                yield kia.APP_PROTOCOL(service, path, protocol=port["appProtocol"])
        elif not says_protocol(port.get("name", "")):
            yield kia.PORT_NAME(service, path, name=port.get("name", ""))


def says_protocol(name: str) -> bool:
    """Return whether a port's name is ``<protocol>[-<suffix>]``."""
    return any(name.lower() == protocol or name.startswith(f"{protocol}-") for protocol in PROTOCOLS)


@each("kiali.PortMappingChecker", kinds.SERVICE)
def no_deployment(service: Resource, world: World) -> Iterator[Finding]:
    """Ports of a Service that no container of its Deployment has."""
    if service.namespace == world.scope.istio_namespace or any(label in service.labels for label in MADE_LABELS):
        return
    for index, port, target, workloads in unexposed(service, world):
        deployments = (workload.resource for workload in workloads if workload.resource.kind == kinds.DEPLOYMENT)
        first = next(deployments, None)
        if first is not None:
            path = ("spec", "ports", index)
            yield kia.NO_DEPLOYMENT_EXPOSES(service, path, port=port, target=target, deployment=first.name)
