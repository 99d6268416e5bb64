"""What istiod's webhook checks of a VirtualService.

Source: ``pkg/config/validation/validation.go`` of Istio 1.31, from ``ValidateVirtualService`` on.
"""

from __future__ import annotations

from typing import Any, Final

from . import destinations, headers, http_route, names, route_matches
from .checks import Object, check, each, entries
from .problem import Path, Problem, Problems, show, warning
from .unreachable import unreachable_rules

_MESH: Final = "mesh"
_ROUTES: Final = ("http", "tls", "tcp")
_AT_GATEWAYS: Final = "internal.istio.io/route-semantics"


@check
def problems(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a VirtualService whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    from_gateway_api = _annotation(manifest, _AT_GATEWAYS) == "gateway"
    yield from _delegate(spec, path)
    yield from route_matches.gateway_names(spec, path, from_gateway_api)
    yield from _claims(spec, path)
    yield from _hosts(spec, path)
    if not any(spec.get(kind) for kind in _ROUTES):
        yield Problem(path, "it routes nothing: http, tls or tcp is required")
    for route, place in each(spec, "http", path):
        yield from http_route.http_route(route, place, not spec.get("hosts"), from_gateway_api)
    for route, place in each(spec, "tls", path):
        yield from _tls_route(route, place, spec, from_gateway_api)
    for route, place in each(spec, "tcp", path):
        yield from _tcp_route(route, place, from_gateway_api)
    yield from names.exported_to(spec, namespace, path, is_service_entry=False, has_selector=False)
    for kind in _ROUTES:
        yield from unreachable_rules(spec, kind, path)


def _annotation(manifest: Object, name: str) -> Any:
    metadata = manifest.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations.get(name) if isinstance(annotations, dict) else None


@check
def _delegate(spec: Object, path: Path) -> Problems:
    if spec.get("hosts"):
        return
    for name in ("gateways", "tls", "tcp"):
        if spec.get(name):
            yield Problem((*path, name), f"without hosts this is a delegate, and a delegate has no {name}")


def _is_at_gateway(spec: Object) -> bool:
    return _MESH not in (spec.get("gateways") or ())


@check
def _claims(spec: Object, path: Path) -> Problems:
    """Claims of a JWT can be matched at gateways only."""
    if spec.get("gateways") and _is_at_gateway(spec):
        return
    for route, at in each(spec, "http", path):
        for match, place in each(route, "match", at):
            for field in ("headers", "withoutHeaders"):
                for name, _, where in entries(match, field, place):
                    if headers.is_claim(name):
                        yield Problem(where, f"{show(name)}: a claim of a JWT can be matched at gateways only")


@check
def _hosts(spec: Object, path: Path) -> Problems:
    at_gateway = bool(spec.get("gateways")) and _is_at_gateway(spec)
    generated = at_gateway and any(
        match.get("sniHosts") for route, _ in each(spec, "tls", path) for match, _ in each(route, "match", path)
    )
    good = True
    for host, place in each(spec, "hosts", path):
        fault = names.sni_domain_fault(host) if generated else names.wildcard_domain_fault(host)
        if fault and not names.is_address(host):
            good = False
            yield Problem(place, fault)
        elif not fault and host == "*" and not at_gateway:
            good = False
            yield Problem(place, "* as a host is allowed at gateways only, not in the mesh")
    hosts: list[str] = list(spec.get("hosts") or ())
    for index, host in enumerate(hosts if good else ()):
        for later, other in enumerate(hosts[index + 1 :], index + 1):
            if names.matches(host, other):
                yield Problem((*path, "hosts", later), f"{show(other)} overlaps with {show(host)}")


@check
def _tls_route(route: Object, path: Path, spec: Object, from_gateway_api: bool) -> Problems:
    if not route.get("match"):
        yield Problem((*path, "match"), "a route of TLS needs a match")
    if not route.get("route"):
        yield Problem((*path, "route"), "a route of TLS needs a destination")
    for match, place in each(route, "match", path):
        if not match.get("sniHosts"):
            yield Problem((*place, "sniHosts"), "a match of TLS needs a host in sniHosts")
        for host, at in each(match, "sniHosts", place):
            yield from _sni_host(host, at, spec)
        yield from route_matches.subnets(match, place)
        yield from route_matches.source(match, place, warns=True)
    yield from destinations.destinations(route, path, from_gateway_api)


@check
def _sni_host(host: str, path: Path, spec: Object) -> Problems:
    fault = names.sni_domain_fault(host) if _is_at_gateway(spec) else names.wildcard_domain_fault(host)
    if fault and names.is_address(host):
        yield warning(path, f"{show(host)}: a server name should not be an address, and most clients send none")
    elif fault:
        yield Problem(path, fault)
    elif not any(names.is_within(host, other) for other in spec.get("hosts") or ()):
        yield Problem(path, f"{show(host)} is not within any host of this virtual service")


@check
def _tcp_route(route: Object, path: Path, from_gateway_api: bool) -> Problems:
    if not route.get("route"):
        yield Problem((*path, "route"), "a route of TCP needs a destination")
    for match, place in each(route, "match", path):
        yield from route_matches.subnets(match, place)
        yield from route_matches.source(match, place)
    yield from destinations.destinations(route, path, from_gateway_api)
