"""Services without pods, and Services that want the same."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import suppress

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..labelled import pods_and_machines
from ..messages import mesh
from ..resource import Resource
from ..world import World

MADE_LABELS = ("gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name")
"""Labels of pods that istiod makes itself, for a Kubernetes Gateway."""


@each("kubernetes.ServiceSelectors", kinds.SERVICE)
def selects_nothing(service: Resource, world: World) -> Iterator[Finding]:
    """A Service whose selector selects no workload."""
    selector = service.spec.get("selector", {})
    if not selector or service.spec.get("type", "") == "ExternalName" or any(name in selector for name in MADE_LABELS):
        return
    if not world.derived(pods_and_machines).any_selected(selector, service.namespace):
        labels = [f"{key}={value}" for key, value in selector.items()]
        found = mesh.SERVICE_SELECTS_NOTHING(service, ("spec", "selector"), namespace=service.namespace, labels=labels)
        yield found.unless_known(world.knows(service.namespace) and not world.is_elsewhere(service))


@each("kubernetes.ExternalNames", kinds.SERVICE)
def external_names(service: Resource, world: World) -> Iterator[Finding]:
    """An ExternalName Service for an IP address."""
    name = service.spec.get("externalName", "")
    if service.spec.get("type", "") == "ExternalName":
        with suppress(ValueError):
            yield mesh.EXTERNAL_NAME_IS_ADDRESS(service, ("spec", "externalName"), address=ipaddress.ip_address(name))


@whole("kubernetes.ServiceClashes")
def clashes(world: World) -> Iterator[Finding]:
    """Services that want the same node port, or the same port of one load balancer address."""
    node_ports: dict[tuple[int, str], Resource] = {}
    addresses: dict[tuple[str, int, str], Resource] = {}
    for service in world.all(kinds.SERVICE):
        with suppress(IsUnknown):
            found = list(_clashes(service, node_ports, addresses))
            yield from found


def _clashes(
    service: Resource, node_ports: dict[tuple[int, str], Resource], addresses: dict[tuple[str, int, str], Resource]
) -> Iterator[Finding]:
    kind, address = service.spec.get("type", "ClusterIP"), service.spec.get("loadBalancerIP", "")
    for index, port in enumerate(service.spec.get("ports", [])):
        protocol, number = port.get("protocol", "TCP"), port.get("port", 0)
        node_port = port.get("nodePort", 0)
        if node_port and kind in ("NodePort", "LoadBalancer"):
            other = node_ports.setdefault((node_port, protocol), service)
            if other is not service:
                yield mesh.NODE_PORT_TWICE(service, ("spec", "ports", index, "nodePort"), port=node_port, other=other)
        if address and kind == "LoadBalancer":
            other = addresses.setdefault((address, number, protocol), service)
            if other is not service:
                yield mesh.ADDRESS_TWICE(service, ("spec", "ports", index), port=number, other=other, address=address)
