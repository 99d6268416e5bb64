"""Routes of VirtualServices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mesh_components.manifests.istio_object import given
from mesh_components.settings.model import plain
from mesh_components.settings.traffic.route import (
    FaultSettings,
    Handling,
    MirrorSettings,
    RouteSettings,
    TcpRouteSettings,
    TlsRouteSettings,
)

Destination = Callable[[str | None], dict[str, Any]]
"""From a subset of the service, or None for all its pods, to Istio's Destination."""


def http(
    routes: Sequence[RouteSettings], weights: Mapping[str, int] | None, shared: Handling, to: Destination | None
) -> list[dict[str, Any]]:
    """Return HTTP routes, the last of which takes what the others do not, where there is a service for it.

    :param weights: shares by subset where a route names none
    :param shared: what happens to requests whose route says nothing else
    :param to: the service; None: routes name their own destinations
    """
    found = [_route(route, weights, shared, to) for route in routes]
    if to is not None and (not routes or routes[-1].match):
        found.append(_route(RouteSettings(), weights, shared, to))
    return found


def _route(
    route: RouteSettings, weights: Mapping[str, int] | None, shared: Handling, to: Destination | None
) -> dict[str, Any]:
    ended = {
        "redirect": route.redirect,
        "directResponse": route.directResponse,
        "delegate": route.delegate,
        "route": _destinations(route, weights, to) if route.is_sent_on else None,
    }
    head = {"name": route.name, "match": list(route.match)}
    # Istio's rules for what may stand beside a redirect and the like are reported with the user's own words alone.
    handling = _handling(route, shared if route.is_sent_on else Handling(), to)
    return given({**head, **ended, **handling})


def _destinations(
    route: RouteSettings, weights: Mapping[str, int] | None, to: Destination | None
) -> list[dict[str, Any]] | None:
    if route.route is not None or to is None:
        return route.route
    return shares(route.weights or weights, to)


def shares(weights: Mapping[str, int] | None, to: Destination) -> list[dict[str, Any]]:
    """Return destinations by weight; a weight stands where there is more than one to compare it with."""
    if weights is None:
        return [{"destination": to(None)}]
    if len(weights) == 1:
        return [{"destination": to(subset)} for subset in weights]
    return [{"destination": to(subset), "weight": weight} for subset, weight in weights.items()]


def _handling(route: Handling, shared: Handling, to: Destination | None) -> dict[str, Any]:
    chosen = {
        key: own if (own := getattr(route, key)) is not None else getattr(shared, key) for key in Handling.model_fields
    }
    return {
        "timeout": chosen["timeout"],
        "retries": chosen["retries"],
        "fault": fault(chosen["fault"]),
        **mirrored(chosen["mirrors"] or [], to),
        "headers": chosen["headers"],
        "corsPolicy": chosen["corsPolicy"],
        "rewrite": chosen["rewrite"],
    }


def fault(wanted: FaultSettings | None) -> dict[str, Any] | None:
    """Return Istio's HTTPFaultInjection."""
    if wanted is None:
        return None
    delay = abort = None
    if wanted.delay:
        delay = {"percentage": {"value": wanted.delay.percentage}, "fixedDelay": wanted.delay.fixedDelay}
    if wanted.abort:
        status = (
            {"grpcStatus": wanted.abort.grpcStatus}
            if wanted.abort.grpcStatus is not None
            else {"httpStatus": 503 if wanted.abort.httpStatus is None else wanted.abort.httpStatus}
        )
        abort = {"percentage": {"value": wanted.abort.percentage}, **status}
    return given({"delay": delay, "abort": abort})


def mirrored(mirrors: Sequence[MirrorSettings], to: Destination | None) -> dict[str, Any]:
    """Return where copies go. One is written in the fields that Kiali reads, more in those that Istio has for them."""
    found = [_mirror(mirror, to) for mirror in mirrors]
    if len(found) == 1:
        [(destination, percentage)] = found
        return {"mirror": destination, "mirrorPercentage": percentage}
    return {"mirrors": [{"destination": destination, "percentage": percentage} for destination, percentage in found]}


def _mirror(mirror: MirrorSettings, to: Destination | None) -> tuple[dict[str, Any], dict[str, Any]]:
    same = to(mirror.subset) if mirror.host is None and to else given({"host": mirror.host, "subset": mirror.subset})
    port = {"port": {"number": mirror.port}} if mirror.port else {}
    return {**same, **port}, {"value": mirror.percentage}


def tcp(route: TcpRouteSettings | TlsRouteSettings, to: Destination) -> dict[str, Any]:
    """Return a route of connections, with or without TLS."""
    ends = plain(route.route) if route.route is not None else shares(route.weights, to)
    return given({"match": list(route.match), "route": ends})
