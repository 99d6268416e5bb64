"""VirtualServices: their rules for sidecars and for each gateway, delegates followed.

Upstream, istio/istio 1.31: `pilot/pkg/model/virtualservice.go` (delegates, names of gateways),
`pilot/pkg/networking/core/gateway.go` (which hosts a gateway's server takes), `BuildHTTPRoutesForVirtualService` in
`pilot/pkg/networking/core/route/route.go` (which rules are for whom).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import EVERYWHERE, HERE, MESH_GATEWAY
from ..analysis.labelled import match as labels_match
from ..analysis.resource import Resource
from ..analysis.world import World
from ..validation.unknown import IsUnknown, Unknown
from .conditions import alternatives, http_conditions, l4_conditions
from .known import entries, items, known, number, text
from .routing import Rule, Target
from .rules import Client
from .virtual_service_words import answer, features, mirror_share
from .words import percent, share

PROTOCOLS = ("http", "tls", "tcp")
INHERITED = (
    *("rewrite", "directResponse", "timeout", "retries", "fault"),
    *("mirror", "mirrorPercent", "mirrorPercentage", "corsPolicy", "mirrors", "headers"),
)
"""What a delegate's rule takes from the rule that delegates when it does not say it itself (`mergeHTTPRoute`)."""

WHOLE = "uri prefix /"
"""A condition that every request fulfils (`IsCatchAllRoute` upstream)."""

Given = Mapping[str, Any]
"""A rule as it is written."""


def gateways_of(virtual_service: Resource) -> list[str]:
    """Return the gateways that a VirtualService is for, as ``namespace/name`` or ``mesh``, which is the default.

    A name with a dot is an old way to write a full one (`resolveGatewayName` upstream).
    """
    names = virtual_service.spec.get("gateways", []) or [MESH_GATEWAY]
    return list(dict.fromkeys(gateway_name(name, virtual_service.namespace) for name in names))


def gateway_name(name: str, namespace: str) -> str:
    """Return the full name of a gateway that is named in an object of a namespace."""
    if name == MESH_GATEWAY:
        return name
    before, slash, after = name.partition("/")
    if slash:
        return f"{namespace if before == HERE else before}/{after}"
    first, dot, rest = name.partition(".")
    return f"{rest.partition('.')[0]}/{first}" if dot else f"{namespace}/{name}"


def is_visible(resource: Resource, namespace: str) -> bool:
    """Return whether an object's `exportTo` makes it visible in a namespace."""
    given = resource.spec.get("exportTo", [])
    return not given or any(
        to in (EVERYWHERE, namespace) or (to == HERE and namespace == resource.namespace) for to in given
    )


def rules_of(
    virtual_service: Resource, world: World, protocol: str, gateway: str, client: Client | None = None
) -> Iterator[Rule]:
    """Return a VirtualService's rules of one protocol for sidecars (``mesh``) or for a gateway (``namespace/name``).

    A rule of which it is not known whether it is for them is left out.

    :param client: the gateway's pods
    """
    for given in items(virtual_service.spec, protocol):
        with suppress(IsUnknown):
            found = _delegated(given, virtual_service, world) if protocol == "http" else [(given, virtual_service)]
            for rule, said_by in found:
                if (made := _rule(rule, protocol, said_by, virtual_service, gateway, client)) is not None:
                    yield made


def _rule(
    given: Given, protocol: str, said_by: Resource, root: Resource, gateway: str, client: Client | None
) -> Rule | None:
    match = given.get("match", [])
    # Names of gateways are those of the VirtualService that delegates, as is everything that binds it.
    kept = [one for one in match if _is_for(one, gateway, root.namespace, client)]
    if match and not kept:
        return None
    conditions = http_conditions if protocol == "http" else l4_conditions
    found = [conditions(one) for one in kept]
    targets = (*_destinations(given, said_by), *(_mirrors(given, said_by) if protocol == "http" else ()))
    return Rule(
        said_by,
        alternatives(found),
        targets,
        tuple(features(given)) if protocol == "http" else (),
        known(lambda: answer(given), "answers by itself") if protocol == "http" else "",
        takes_all=not found or not all(found) or [WHOLE] in found,
        also=() if said_by is root else (root,),
    )


def _is_for(match: Given, gateway: str, namespace: str, client: Client | None) -> bool:
    """Return whether one alternative of a match counts at a gateway (`sourceMatchHTTP` upstream).

    One that names gateways counts there; any other where the pods are those that it asks for. Of sidecars in general
    that is not decided here: which ones it is for is one of the conditions.
    """
    names = match.get("gateways", [])
    if names:
        return gateway in {gateway_name(name, namespace) for name in names}
    if client is None:
        return True
    wanted = match.get("sourceNamespace", "") or client.namespace
    return bool(wanted == client.namespace and labels_match(client.labels or {}, match.get("sourceLabels", {})))


def _destinations(given: Given, said_by: Resource) -> Iterator[Target]:
    """Return where a rule's requests go, with their weights.

    A single destination gets everything; of several each gets its weight's part of the sum, and nothing without one
    (`HTTPRouteDestination` in Istio's API).
    """
    routes = given.get("route", [])
    weights = known(lambda: [max(route.get("weight", 0), 0) for route in routes], None)
    known_weights = weights is not None and not any(isinstance(weight, Unknown) for weight in weights)
    for index, route in enumerate(routes):
        with suppress(IsUnknown):
            part: float | None = None
            told: tuple[str, ...] = ()
            if len(routes) > 1 and known_weights and weights:
                part = share(100 * weights[index] / (sum(weights) or 1))
            elif len(routes) > 1:
                told = ("its weight is not known yet",)
            yield _target(route.get("destination", {}), said_by, part, told)


def _mirrors(given: Given, said_by: Resource) -> Iterator[Target]:
    listed = [(given["mirror"], mirror_share(given))] if "mirror" in given else []
    listed += [
        (one.get("destination", {}), known(lambda one=one: share(one["percentage"].get("value", 0)), None)
         if "percentage" in one else 100.0)
        for one in items(given, "mirrors")
    ]  # fmt: skip
    for destination, part in listed:
        with suppress(IsUnknown):
            if part != 0:
                told = (f"copies of {percent(part)} of the requests",) if part is not None else ()
                yield _target(destination, said_by, None, told, is_mirror=True)


def _target(
    destination: Given, said_by: Resource, weight: float | None, told: tuple[str, ...], is_mirror: bool = False
) -> Target:
    host = f"{destination.get('host', ''):s}"
    subset = f"{destination.get('subset', ''):s}"
    return Target(host, said_by.namespace, subset, number(destination, "port", "number"), weight, told, is_mirror)


# Delegates.


def _delegated(given: Given, root: Resource, world: World) -> Iterator[tuple[Given, Resource]]:
    """Return a rule, or those of the VirtualService that it delegates to, and who says them."""
    if "delegate" not in given:
        yield given, root
        return
    name, namespace = text(given, "delegate", "name"), text(given, "delegate", "namespace") or root.namespace
    found = world.find(kinds.VIRTUAL_SERVICE, namespace, name)
    # One with hosts is none (`mergeVirtualServices`), nor is one that is not for this namespace to see.
    if found is None or found.spec.get("hosts", []) or not is_visible(found, root.namespace):
        return
    for own in found.spec.get("http", []):
        with suppress(IsUnknown):
            if "delegate" not in own and (merged := merged_rules(given, own)) is not None:
                yield merged, found


def merged_rules(root: Given, own: Given) -> Given | None:
    """Return a delegate's rule with what the rule that delegates adds to it; None when they exclude each other."""
    wanted, given = root.get("match", []), own.get("match", [])
    matches: list[Given] = list(given or wanted)
    if wanted and given:
        pairs = [[merged_matches(one, other) for one in wanted] for other in given]
        if not all(any(pair is not None for pair in found) for found in pairs):
            return None
        matches = [pair for found in pairs for pair in found if pair is not None]
    inherited = {name: root[name] for name in INHERITED if name in root}
    return {**inherited, **own, "match": matches}


MAPS = ("headers", "withoutHeaders", "queryParams")


def merged_matches(root: Given, own: Given) -> Given | None:
    """Return what two alternatives match together; None when nothing can."""
    pairs = [(root.get(name), own.get(name)) for name in ("uri", "scheme", "method", "authority")]
    pairs += [(entries(root, name).get(key), value) for name in MAPS for key, value in entries(own, name).items()]
    labels = entries(root, "sourceLabels")
    places, narrower = root.get("gateways", []), own.get("gateways", [])
    excluded = (
        any(excludes(wider, narrow) for wider, narrow in pairs)
        or root.get("ignoreUriCase", False) != own.get("ignoreUriCase", False)
        or 0 < root.get("port", 0) != own.get("port", 0) > 0
        or root.get("sourceNamespace", own.get("sourceNamespace", "")) != own.get("sourceNamespace", "")
        or any(labels.get(key, value) != value for key, value in entries(own, "sourceLabels").items())
        or bool(places and narrower and (len(places) < len(narrower) or not set(narrower) <= set(places)))
    )
    if excluded:
        return None
    joined = {
        name: {**entries(root, name), **entries(own, name)}
        for name in (*MAPS, "sourceLabels")
        if entries(root, name) or entries(own, name)
    }
    return {**root, **own, **joined}


def excludes(root: Given | None, own: Given | None) -> bool:
    """Return whether nothing that a delegate's comparison takes can be taken by that of the one that delegates."""
    if root is None or own is None:
        return False
    if root.get("regex", "") or own.get("regex", ""):
        return True
    if exact := root.get("exact", ""):
        return bool(own.get("exact", "") != exact)
    prefix = root.get("prefix", "")
    narrower = own.get("prefix", "") or own.get("exact", "")
    return not (prefix and narrower and narrower.startswith(prefix))
