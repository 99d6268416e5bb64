"""Where the routes of a VirtualService lead (``pkg/config/validation/validation.go``)."""

from __future__ import annotations

from . import headers, names
from .checks import Object, check, each
from .problem import Path, Problem, Problems, show


@check
def destinations(route: Object, path: Path, from_gateway_api: bool) -> Problems:
    """Yield what is wrong with the destinations of a route and their weights."""
    for target, place in each(route, "route", path):
        yield from headers.operations(target, place)
        yield from destination(target, "destination", place, from_gateway_api)
        yield from _weight(target, place)
    yield from _some_weight(route, path)


@check
def _weight(target: Object, path: Path) -> Problems:
    if (target.get("weight") or 0) < 0:
        yield Problem((*path, "weight"), f"{show(target['weight'])} is less than 0")


@check
def _some_weight(route: Object, path: Path) -> Problems:
    targets: list[Object] = list(route.get("route") or ())
    if len(targets) > 1 and not sum(target.get("weight") or 0 for target in targets):
        yield Problem((*path, "route"), "the weights of the destinations add up to 0")


@check
def destination(parent: Object, field: str, path: Path, from_gateway_api: bool) -> Problems:
    """Yield what is wrong with a destination: host, subset and port."""
    target = parent.get(field)
    if target is None or from_gateway_api:
        return
    path = (*path, field)
    yield from _subset(target, path)
    yield from _port(target, path)
    host = target.get("host") or ""
    if host == "*":
        yield Problem((*path, "host"), "* cannot be a destination")
    elif fault := names.wildcard_domain_fault(host):
        yield Problem((*path, "host"), fault)


@check
def _subset(target: Object, path: Path) -> Problems:
    if target.get("subset") and (fault := names.label_fault(target["subset"], "name of a subset")):
        yield Problem((*path, "subset"), fault)


@check
def _port(target: Object, path: Path) -> Problems:
    port = target.get("port")
    if port is not None and (fault := names.port_fault(port.get("number") or 0)):
        yield Problem((*path, "port", "number"), fault)
