"""What istiod's webhook checks of ServiceEntry, WorkloadEntry and WorkloadGroup.

Source: ``ValidateServiceEntry``, ``ValidateWorkloadEntry`` and ``ValidateWorkloadGroup`` in ``validation.go``.
"""

from __future__ import annotations

from typing import Any, Final

from . import names
from .checks import Object, check, each, entries
from .headers import PROBE
from .problem import Path, Problem, Problems, show, warning
from .selectors import label_selector

_DNS: Final = ("DNS", "DNS_ROUND_ROBIN")
_DYNAMIC: Final = frozenset({"http", "tls", "grpc", "http2"})
"""Protocols of ports whose destination is found by name for each request."""
_ALLOCATION: Final = "networking.istio.io/enable-autoallocate-ip"
_WAYPOINT: Final = "istio.io/use-waypoint"


@check
def service_entry(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a ServiceEntry whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    resolution = spec.get("resolution") or "NONE"
    everything = ", so it selects everything in its namespace"
    yield from label_selector(spec, "workloadSelector", "labels", path, everything)
    if spec.get("workloadSelector") is not None and spec.get("endpoints"):
        yield Problem(path, "a service entry has workloadSelector or endpoints, not both")
    yield from _hosts(spec, path, resolution)
    yield from _addresses(spec, path, resolution)
    yield from _ports(manifest, spec, path, resolution)
    if resolution == "NONE":
        yield from _without_resolution(spec, path)
    elif resolution == "STATIC":
        yield from _static(spec, path)
    elif resolution in _DNS:
        yield from _by_dns(spec, path, resolution)
    else:
        yield from _dynamic(manifest, spec, path)
    if resolution != "NONE":
        yield from _one_host(spec, path)
    yield from names.exported_to(spec, namespace, path, is_service_entry=True, has_selector=False)


@check
def _hosts(spec: Object, path: Path, resolution: str) -> Problems:
    for host, place in each(spec, "hosts", path):
        if host == "*":
            yield Problem(place, "* alone cannot be a host of a service entry")
            continue
        if fault := names.wildcard_domain_fault(host):
            yield Problem(place, fault)
        if resolution != "DYNAMIC_DNS" and (fault := names.partial_wildcard_fault(host)):
            yield warning(place, fault)


@check
def _addresses(spec: Object, path: Path, resolution: str) -> Problems:
    for address, place in each(spec, "addresses", path):
        if fault := names.subnet_fault(address):
            yield Problem(place, fault)
        if "/" in address and resolution not in ("NONE", "STATIC"):
            yield Problem(place, f"{show(address)}: ranges of addresses are for resolution NONE and STATIC")


def _label(manifest: Object, name: str) -> Any:
    labels = (manifest.get("metadata") or {}).get("labels")
    return labels.get(name) if isinstance(labels, dict) else None


@check
def _ports(manifest: Object, spec: Object, path: Path, resolution: str) -> Problems:
    taken: dict[str, set[Any]] = {"name": set(), "number": set()}
    for port, place in each(spec, "ports", path):
        yield from _port(port, place)
        yield from _distinct(port, place, taken)
    yield from _allocation(manifest, spec, path, resolution)


@check
def _port(port: Object, path: Path) -> Problems:
    if port.get("targetPort") and (fault := names.port_fault(port["targetPort"])):
        yield Problem((*path, "targetPort"), fault)
    if fault := names.protocol_fault(port):
        yield Problem((*path, "protocol"), fault)
    if fault := names.label_fault(port.get("name") or "", "name of a port"):
        yield Problem((*path, "name"), fault)
    if fault := names.port_fault(port.get("number") or 0):
        yield Problem((*path, "number"), fault)


@check
def _distinct(port: Object, path: Path, taken: dict[str, set[Any]]) -> Problems:
    for name, others in taken.items():
        value = port.get(name) or (0 if name == "number" else "")
        if value in others:
            yield Problem((*path, name), f"another port has the same {name}, {show(value)}")
        others.add(value)


@check
def _allocation(manifest: Object, spec: Object, path: Path, resolution: str) -> Problems:
    """A port of TCP is told apart by its address: the entry's own, or one that istiod allocates."""
    wanted = _label(manifest, _ALLOCATION)
    allocates = resolution != "NONE" and not (isinstance(wanted, str) and wanted.lower() == "false")
    if spec.get("addresses") or allocates:
        return
    for port, place in each(spec, "ports", path):
        if (port.get("protocol") or "TCP") == "TCP":
            yield warning(place, "a port of TCP needs addresses where istiod allocates none")


@check
def _without_resolution(spec: Object, path: Path) -> Problems:
    if spec.get("endpoints"):
        yield Problem((*path, "endpoints"), "resolution NONE has no endpoints")
    if spec.get("workloadSelector") is not None:
        yield warning((*path, "workloadSelector"), "with resolution NONE the selector has no effect")


def _port_names(spec: Object) -> set[str]:
    return {port.get("name") or "" for port in spec.get("ports") or ()}


@check
def _static(spec: Object, path: Path) -> Problems:
    for endpoint, place in each(spec, "endpoints", path):
        yield from _endpoint(endpoint, place, may_be_host=False)
        yield from _known_ports(spec, endpoint, place)
        yield from _socket_port(spec, endpoint, place)


@check
def _known_ports(spec: Object, endpoint: Object, path: Path) -> Problems:
    known = _port_names(spec)
    for name, _, place in entries(endpoint, "ports", path):
        if name not in known:
            yield Problem(place, f"{show(name)} is not a port of this service entry")


@check
def _socket_port(spec: Object, endpoint: Object, path: Path) -> Problems:
    if (endpoint.get("address") or "").startswith(names.UNIX) and len(_port_names(spec)) != 1:
        yield Problem((*path, "address"), "an endpoint at a socket goes with exactly one port of the service entry")


@check
def _by_dns(spec: Object, path: Path, resolution: str) -> Problems:
    endpoints = spec.get("endpoints")
    for host, place in each(spec, "hosts", path) if not endpoints else ():
        if names.domain_fault(host):
            yield Problem(place, f"{show(host)}: without endpoints, resolution {resolution} needs a full host name")
    if resolution == "DNS_ROUND_ROBIN" and len(endpoints or ()) > 1:
        yield Problem((*path, "endpoints"), f"resolution {resolution} has one endpoint at most")
    for endpoint, place in each(spec, "endpoints", path):
        yield from _dns_address(endpoint, place)
        yield from names.labels(endpoint, "labels", place)
        yield from _endpoint_ports(endpoint, place)
        yield from _known_ports(spec, endpoint, place)
    shared = spec.get("addresses") and len(spec.get("hosts") or ()) > 1
    if shared and any(names.protocol(port) in names.TCP for port, _ in each(spec, "ports", path)):
        yield warning((*path, "hosts"), "hosts that share an address cannot be told apart at a port of TCP")


@check
def _dns_address(endpoint: Object, path: Path) -> Problems:
    address = endpoint.get("address") or ""
    if not names.is_address(address) and names.domain_fault(address):
        yield Problem((*path, "address"), f"{show(address)} is neither a host nor an IP address")


@check
def _dynamic(manifest: Object, spec: Object, path: Path) -> Problems:
    resolution = "resolution DYNAMIC_DNS"
    for host, place in each(spec, "hosts", path):
        if not host.startswith("*"):
            yield Problem(place, f"{show(host)}: {resolution} needs a wildcard")
    for name in ("addresses", "endpoints"):
        if spec.get(name):
            yield Problem((*path, name), f"{resolution} has no {name}; hosts say where requests go")
    for port, place in each(spec, "ports", path):
        if names.protocol(port) not in _DYNAMIC:
            allowed = ", ".join(sorted(_DYNAMIC)).upper()
            yield Problem((*place, "protocol"), f"{resolution} needs one of {allowed}")
    waypoint = _label(manifest, _WAYPOINT)
    if spec.get("location") == "MESH_INTERNAL" and isinstance(waypoint, str) and waypoint.lower() not in ("", "none"):
        yield Problem((*path, "location"), f"{resolution} with MESH_INTERNAL does not work with a waypoint")


@check
def _one_host(spec: Object, path: Path) -> Problems:
    if len(spec.get("hosts") or ()) > 1:
        for port, place in each(spec, "ports", path):
            if names.protocol(port) not in names.HTTP | names.TLS:
                yield Problem(place, "several hosts can be told apart only by ports of HTTP or TLS")
                return


@check
def workload_entry(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a WorkloadEntry whose schema is right."""
    yield from _endpoint(manifest.get("spec") or {}, ("spec",), may_be_host=True)


@check
def _endpoint(entry: Object, path: Path, *, may_be_host: bool) -> Problems:
    yield from _endpoint_address(entry, path, may_be_host)
    yield from _endpoint_ports(entry, path)
    yield from names.labels(entry, "labels", path)


@check
def _endpoint_address(entry: Object, path: Path, may_be_host: bool) -> Problems:
    address = entry.get("address") or ""
    place = (*path, "address")
    if not address:
        if not entry.get("network"):
            yield Problem(place, "address is missing, and it is required without network")
        else:
            yield warning(place, f"network {show(entry['network'])} is set, address is not")
    elif address.startswith(names.UNIX):
        if fault := names.socket_fault(address.removeprefix(names.UNIX)):
            yield Problem(place, fault)
        if entry.get("ports"):
            yield Problem((*path, "ports"), "an endpoint at a socket has no ports")
    elif not names.is_address(address) and (not may_be_host or names.domain_fault(address)):
        yield Problem(place, f"{show(address)} is not an IP address{' or a host' if may_be_host else ''}")


@check
def _endpoint_ports(entry: Object, path: Path) -> Problems:
    for name, number, place in entries(entry, "ports", path):
        if fault := names.label_fault(name, "name of a port") or names.port_fault(number):
            yield Problem(place, fault)


@check
def workload_group(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a WorkloadGroup whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from names.labels(spec.get("metadata") or {}, "labels", (*path, "metadata"))
    yield from _probe(spec, path)


@check
def _probe(spec: Object, path: Path) -> Problems:
    probe = spec.get("probe")
    if probe is None:
        return
    path = (*path, "probe")
    ways = [name for name in ("httpGet", "tcpSocket", "exec") if probe.get(name) is not None]
    if not ways:
        yield Problem(path, "a probe needs httpGet, tcpSocket or exec")
    for name in ways:
        yield from _probe_by(probe[name], name, (*path, name))


@check
def _probe_by(way: Object, name: str, path: Path) -> Problems:
    if name == "exec":
        if not way.get("command"):
            yield Problem((*path, "command"), "command is missing, and it is required")
        return
    for header, place in each(way, "httpHeaders", path):
        if not PROBE.fullmatch(header.get("name") or ""):
            yield Problem((*place, "name"), f"{show(header.get('name') or '')} is not the name of a header of a probe")
    if way.get("scheme") not in (None, "", "HTTP", "HTTPS"):
        yield Problem((*path, "scheme"), f"{show(way['scheme'])} is not HTTP or HTTPS")
    if fault := names.port_fault(way.get("port") or 0):
        yield Problem((*path, "port"), fault)
