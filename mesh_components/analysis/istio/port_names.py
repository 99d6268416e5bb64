"""The names of Services' ports, by which Istio knows what they speak.

Upstream: `pkg/config/analysis/analyzers/service` and `pkg/config/kube/conversion.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import ist
from ..resource import Resource
from ..world import World
from .control_plane import SYSTEM_NAMESPACES, is_control_plane
from .deployments import MANAGED, WAYPOINT

MANAGED_GATEWAYS = frozenset({WAYPOINT, "istio.io-gateway-controller", "istio.io-eastwest-controller"})
"""Values of `MANAGED` on what istiod deploys."""
PROTOCOLS = frozenset({"tcp", "udp", "grpc", "http", "http_proxy", "http2", "https", "tls", "mongo", "redis", "mysql"})
KUBERNETES_PROTOCOLS = frozenset({"kubernetes.io/h2c", "kubernetes.io/ws", "kubernetes.io/wss"})
"""Values of `appProtocol` that Kubernetes has names for."""
NOT_SNIFFED = frozenset({25, 53, 3306, 27017})
"""Ports of protocols in which the server speaks first: TCP, whatever their names."""
EXTERNAL_NAME = "ExternalName"


@each("service.PortNameAnalyzer", kinds.SERVICE)
def port_names(service: Resource, world: World) -> Iterator[Finding]:
    """The ports of Services say which protocol they speak."""
    if service.namespace in SYSTEM_NAMESPACES or is_control_plane(service):
        return
    if service.labels.get(MANAGED, "") in MANAGED_GATEWAYS:
        return
    external = service.spec.get("type", "") == EXTERNAL_NAME
    for index, port in enumerate(service.spec.get("ports", [])):
        name, number = port.get("name", ""), port.get("port", 0)
        if says_protocol(port) and not (external and name == "tcp"):
            continue
        path = ("spec", "ports", index, "name")
        if external:
            yield ist.EXTERNAL_NAME_PORT(service, path, name=name)
        else:
            target = port.get("targetPort", 0) or number
            yield ist.PORT_NAME_CONVENTION(service, path, name=name, port=number, target_port=target)


def says_protocol(port: Mapping[str, Any]) -> bool:
    """Return whether Istio knows what a port speaks."""
    if port.get("protocol", "") == "UDP" or port.get("port", 0) in NOT_SNIFFED:
        return True
    name = port.get("appProtocol", port.get("name", ""))
    return name in KUBERNETES_PROTOCOLS or name.partition("-")[0].lower() in PROTOCOLS
