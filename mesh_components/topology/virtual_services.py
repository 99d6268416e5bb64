"""VirtualServices: their rules for sidecars and for each gateway.

Upstream, istio/istio 1.31: `resolveGatewayName` in `pilot/pkg/model/gateway.go`; `sourceMatchHTTP` and
`BuildHTTPRoutesForVirtualService` in `pilot/pkg/networking/core/route/route.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ..analysis.hosts import HERE, MESH_GATEWAY
from ..analysis.labelled import match as labels_match
from ..analysis.resource import Path, Resource
from ..analysis.world import World
from ..validation.unknown import IsUnknown
from .conditions import alternatives, http_conditions, l4_conditions
from .delegates import Given, http_rules
from .known import items, known, number
from .routing import Rule, Target
from .rules import Client
from .virtual_service_words import answer, features, mirror_share
from .words import percent, shares

HTTP, TLS, TCP = "http", "tls", "tcp"
PROTOCOLS = (HTTP, TLS, TCP)
WHOLE = ["uri prefix /"]
"""Conditions that every request fulfils (`IsCatchAllRoute` upstream)."""
ANSWERS = "answers by itself, in a way that is not known yet"
NO_WEIGHT = "its weight is not known yet"


def gateways_of(virtual_service: Resource) -> list[str]:
    """Return the gateways that a VirtualService is for, as ``namespace/name`` or ``mesh``, which is the default.

    :raises IsUnknown: when they are not known
    """
    names = virtual_service.spec.get("gateways", []) or [MESH_GATEWAY]
    return list(dict.fromkeys(gateway_name(name, virtual_service.namespace) for name in names))


def gateway_name(name: str, namespace: str) -> str:
    """Return the full name of a gateway that an object of a namespace names; one with a dot is an old full one."""
    if name == MESH_GATEWAY:
        return name
    before, slash, after = name.partition("/")
    if slash:
        return f"{namespace if before == HERE else before}/{after}"
    first, dot, rest = name.partition(".")
    return f"{rest.partition('.')[0]}/{first}" if dot else f"{namespace}/{name}"


def rules_of(
    virtual_service: Resource, world: World, protocol: str, gateway: str, client: Client | None = None
) -> Iterator[Rule]:
    """Return a VirtualService's rules of one protocol for sidecars (``mesh``) or for a gateway (``namespace/name``).

    A rule of which it is not known whether it is for them is left out.

    :param client: the gateway's pods
    """
    for given, said_by, path in _given(virtual_service, world, protocol):
        with suppress(IsUnknown):
            match = given.get("match", [])
            kept = [one for one in match if _is_for(one, gateway, virtual_service.namespace, client)]
            if kept or not match:
                also = () if said_by is virtual_service else (virtual_service,)
                yield _rule(given, protocol, kept, said_by, path, also)


def _given(virtual_service: Resource, world: World, protocol: str) -> Iterator[tuple[Given, Resource, Path]]:
    if protocol == HTTP:
        with suppress(IsUnknown):
            yield from http_rules(virtual_service, world)
        return
    for index, given in enumerate(items(virtual_service.spec, protocol)):
        yield given, virtual_service, ("spec", protocol, index)


def _is_for(match: Given, gateway: str, namespace: str, client: Client | None) -> bool:
    """Return whether one alternative of a match counts at a gateway.

    One that names gateways counts there; any other where the pods are those that it asks for. Of sidecars in general
    that is not decided here: which ones it is for is one of the conditions.
    """
    if names := match.get("gateways", []):
        return gateway in [gateway_name(name, namespace) for name in names]
    if client is None:
        return True
    wanted = match.get("sourceNamespace", "") or client.namespace
    return bool(wanted == client.namespace and labels_match(client.labels or {}, match.get("sourceLabels", {})))


def _rule(
    given: Given, protocol: str, match: list[Given], said_by: Resource, path: Path, also: tuple[Resource, ...]
) -> Rule:
    destinations = tuple(_destinations(given, path))
    if protocol != HTTP:
        found = [l4_conditions(one) for one in match]
        return Rule(said_by, alternatives(found), destinations, takes_all=not all(found) or not found, also=also)
    found = [http_conditions(one) for one in match]
    return Rule(
        said_by,
        alternatives(found),
        (*destinations, *_mirrors(given, path)),
        tuple(features(given)),
        known(answer, ANSWERS, given),
        takes_all=not all(found) or not found or WHOLE in found,
        also=also,
    )


def _destinations(given: Given, path: Path) -> Iterator[Target]:
    """Return where a rule's requests go, with their weights.

    A single destination gets everything; of several each gets its weight's part of the sum, and nothing without one
    (`HTTPRouteDestination` in Istio's API).
    """
    routes = given.get("route", [])
    parts = shares(routes, 0)
    for index, route in enumerate(routes):
        with suppress(IsUnknown):
            weight = parts[index] if parts and len(routes) > 1 else None
            told = (NO_WEIGHT,) if parts is None and len(routes) > 1 else ()
            yield _target(route.get("destination", {}), (*path, "route", index), weight, told)


def _mirrors(given: Given, path: Path) -> Iterator[Target]:
    """Return where copies of a rule's requests go; `mirrors` come in addition to `mirror`."""
    listed: list[tuple[Given, Given, Path]] = []
    if "mirror" in given:
        listed.append((given["mirror"], given, (*path, "mirror")))
    for index, one in enumerate(items(given, "mirrors")):
        with suppress(IsUnknown):
            listed.append((one.get("destination", {}), one, (*path, "mirrors", index)))
    for destination, policy, place in listed:
        with suppress(IsUnknown):
            part = known(mirror_share, None, policy)
            if part != 0:
                told = () if part is None else (f"copies of {percent(part)} of the requests",)
                yield _target(destination, place, None, told, is_mirror=True)


def _target(
    destination: Given, path: Path, weight: float | None, told: tuple[str, ...], is_mirror: bool = False
) -> Target:
    host, subset = f"{destination.get('host', ''):s}", f"{destination.get('subset', ''):s}"
    return Target(host, path, subset, number(destination, "port", "number"), weight, told, is_mirror)
