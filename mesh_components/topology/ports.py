"""Ports of Services and ServiceEntries: in words, and where they lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import Destination
from ..analysis.istio.gateways import named_ports
from ..analysis.resource import Resource
from ..analysis.world import Workload
from ..validation.unknown import IsUnknown, Unknown
from .known import items, number, text
from .words import joined


def number_field(resource: Resource) -> str:
    """Return the field that has a port's number in a Service or a ServiceEntry."""
    return "port" if resource.kind == kinds.SERVICE else "number"


def service_text(service: Resource) -> str:
    """Return a Service's type and ports: ``ClusterIP 80 http → 8080``."""
    kind = text(service.spec, "type") or "ClusterIP"
    if kind == "ExternalName":
        return f"ExternalName {text(service.spec, 'externalName')}".strip()
    if kind == "ClusterIP" and text(service.spec, "clusterIP") == "None":
        kind = "headless"
    return joined(kind, ports_text(service), by=" ")


def entry_text(entry: Resource) -> str:
    """Return what a ServiceEntry makes of a host."""
    location = text(entry.spec, "location") or "MESH_EXTERNAL"
    return joined(location, f"resolution {text(entry.spec, 'resolution') or 'NONE'}", ports_text(entry))


def ports_text(resource: Resource) -> str:
    """Return the ports of a Service or a ServiceEntry: number, name or protocol, and where they lead."""
    field = number_field(resource)
    ports = [one for one in items(resource.spec, "ports") if number(one, field) is not None]
    return ", ".join(_port_text(one, field) for one in ports)


def _port_text(port: Any, field: str) -> str:
    own, target = number(port, field), number(port, "targetPort")
    to = text(port, "targetPort") if target is None else str(target) if target != own else ""
    return joined(str(own), text(port, "name") or text(port, "protocol"), f"→ {to}" if to else "", by=" ")


def only_port(destination: Destination | None) -> int | None:
    """Return the port of a host that has one; None for several, and where it is not known."""
    ports = items(destination.resource.spec, "ports") if destination else []
    return number(ports[0], number_field(destination.resource)) if destination and len(ports) == 1 else None


def target_ports(workload: Workload, destination: Destination | None, port: int | None) -> Iterable[int]:
    """Return the pods' ports behind one port of a host, behind all of them when none is said.

    :raises IsUnknown: when one is not known
    """
    return dict.fromkeys(_target_ports(workload, destination, port))


def _target_ports(workload: Workload, destination: Destination | None, port: int | None) -> Iterator[int]:
    if destination is None:
        return
    field = number_field(destination.resource)
    for given in destination.resource.spec.get("ports", []):
        if port is None or given.get(field, 0) == port:
            target = given.get("targetPort", 0) or given.get(field, 0)
            if isinstance(target, Unknown):
                raise IsUnknown
            yield from [target] if isinstance(target, int) else named_ports(workload, target)
