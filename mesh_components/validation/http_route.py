"""Routes of HTTP of a VirtualService (``pkg/config/validation/validation.go`` and ``virtualservice.go``)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import Final

from . import destinations, durations, faults, headers, names, route_matches, strings
from .checks import Object, check, each
from .problem import Path, Problem, Problems, show, warning

_REDIRECTS: Final = range(300, 400)
_LARGE_BODY: Final = 100 * 1024
_LARGEST_BODY: Final = 1024 * 1024
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*"})
_RETRY_ON: Final = frozenset(
    {
        "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx", "refused-stream",
        "retriable-status-codes", "retriable-headers", "envoy-ratelimited", "http3-post-connect-failure", "cancelled",
        "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
    }
)  # fmt: skip
"""Envoy's conditions for HTTP and gRPC."""
_HTTP_STATUSES: Final = frozenset(
    {
        *range(100, 104), *range(200, 209), 226, *range(300, 306), 307, 308, *range(400, 419), *range(421, 427), 428,
        429, 431, 451, *range(500, 509), 510, 511,
    }
)  # fmt: skip
"""Statuses that Go has a text for."""
_NUMBER: Final = re.compile(r"[+-]?[0-9]+")


@check
def http_route(route: Object, path: Path, is_delegate: bool, from_gateway_api: bool) -> Problems:
    """Yield what is wrong with a route of HTTP."""
    yield from _conflicts(route, path, is_delegate)
    for match, place in each(route, "match", path):
        yield from route_matches.http_match(match, place)
    yield from headers.operations(route, path)
    yield from _cors(route, path)
    yield from faults.fault(route, path)
    yield from _mirrors(route, path)
    yield from _redirect(route, path)
    yield from _direct_response(route, path)
    yield from _retries(route, path)
    yield from _rewrite(route, path)
    yield from headers.authority_once(route, path)
    yield from destinations.destinations(route, path, from_gateway_api)
    yield from durations.duration(route, "timeout", path)


_INSTEAD: Final = ("redirect", "directResponse")
"""What a route can do instead of sending a request on."""


@check
def _conflicts(route: Object, path: Path, is_delegate: bool) -> Problems:
    delegate = route.get("delegate")
    if delegate is not None and not is_delegate:
        if route.get("redirect") is not None:
            yield Problem((*path, "redirect"), "a route that delegates has no redirect")
        if route.get("route"):
            yield Problem((*path, "route"), "a route that delegates has no route")
        return
    if delegate is not None:
        yield Problem((*path, "delegate"), "a delegate cannot delegate again")
    instead = [name for name in _INSTEAD if route.get(name) is not None]
    if instead:
        others = [name for name in ("route", "fault", "rewrite") if route.get(name) is not None]
        for other in [name for name in others if name != "route" or route["route"]] + instead[1:]:
            yield Problem((*path, other), f"a route has {instead[0]} or {other}, not both")
    elif not route.get("route"):
        yield Problem(path, "a route needs one of route, redirect and directResponse")
    if route.get("mirror") is not None and route.get("mirrors"):
        yield Problem((*path, "mirrors"), "a route has mirror or mirrors, not both")


@check
def _cors(route: Object, path: Path) -> Problems:
    policy = route.get("corsPolicy")
    if policy is None:
        return
    path = (*path, "corsPolicy")
    for origin, place in each(policy, "allowOrigins", path):
        if not any(origin.get(name) for name in ("exact", "prefix", "regex")):
            yield Problem(place, "an origin must not be empty")
        else:
            yield from strings.regexp(origin, place)
    for method, place in each(policy, "allowMethods", path):
        if method not in _METHODS:
            yield Problem(place, f"{show(method)} is not a method of HTTP: {', '.join(sorted(_METHODS))}")
    for field in ("allowHeaders", "exposeHeaders"):
        for name, place in each(policy, field, path):
            if fault := headers.cors_name_fault(name):
                yield Problem(place, fault)
    yield from durations.duration(policy, "maxAge", path)
    age = durations.known(policy, "maxAge")
    if age is not None and age > 0 and age % 1_000_000_000:
        yield Problem((*path, "maxAge"), f"{show(policy.get('maxAge'))} is finer than a second")


@check
def _mirrors(route: Object, path: Path) -> Problems:
    for name in ("mirrorPercent", "mirror_percent"):
        yield from _old_share(route, name, path)
    yield from _share(route, "mirrorPercentage", path)
    yield from destinations.destination(route, "mirror", path, from_gateway_api=False)
    for mirror, place in each(route, "mirrors", path):
        yield from destinations.destination(mirror, "destination", place, from_gateway_api=False)
        yield from _share(mirror, "percentage", place)


@check
def _old_share(route: Object, name: str, path: Path) -> Problems:
    value = route.get(name)
    if value is not None:
        if value > 100:
            yield Problem((*path, name), f"{show(value)} is more than 100")
        yield warning((*path, name), f"{name} is deprecated; use mirrorPercentage")


@check
def _share(parent: Object, field: str, path: Path) -> Problems:
    value = (parent.get(field) or {}).get("value") or 0
    if not 0 <= value <= 100:
        yield Problem((*path, field, "value"), f"{show(value)} is not a percentage from 0 to 100")


@check
def _redirect(route: Object, path: Path) -> Problems:
    redirect = route.get("redirect")
    if redirect is None:
        return
    at = (*path, "redirect")
    prefix = redirect.get("prefixRewrite")
    if redirect.get("uri") and prefix:
        yield Problem(at, "a redirect has uri or prefixRewrite, not both")
    for match, place in each(route, "match", path) if prefix else ():
        if match.get("uri") is not None and match["uri"].get("prefix") is None:
            yield Problem((*place, "uri"), "prefixRewrite of the redirect needs a match by prefix")
    ports = redirect.get("port"), redirect.get("derivePort")
    if ports == (None, None) and not any(
        redirect.get(name) for name in ("uri", "prefixRewrite", "authority", "scheme")
    ):
        yield Problem(at, "a redirect needs uri, prefixRewrite, authority, scheme or a port")
    code = redirect.get("redirectCode")
    if code and not _REDIRECTS.start <= code < _REDIRECTS.stop:
        yield Problem((*at, "redirectCode"), f"{show(code)} is not a status from 300 to 399")
    if redirect.get("scheme") not in (None, "", "http", "https"):
        yield Problem((*at, "scheme"), f"{show(redirect['scheme'])} is not http or https")
    if redirect.get("port") and (fault := names.port_fault(redirect["port"])):
        yield Problem((*at, "port"), fault)


@check
def _direct_response(route: Object, path: Path) -> Problems:
    response = route.get("directResponse")
    if response is None:
        return
    path = (*path, "directResponse")
    yield from faults.status(response.get("status") or 0, (*path, "status"))
    body = response.get("body") or {}
    size = len((body.get("string") or "").encode(errors="replace"))
    if body.get("bytes") is not None:
        decoded = _bytes(body["bytes"])
        if decoded is None:
            yield Problem((*path, "body", "bytes"), f"{show(body['bytes'])} is not text in base64")
        size = len(decoded or b"")
    if size > _LARGEST_BODY:
        yield Problem((*path, "body"), f"the body has {size} bytes; {_LARGEST_BODY} are allowed")
    elif size > _LARGE_BODY:
        yield warning((*path, "body"), f"the body has {size} bytes; more than {_LARGE_BODY} weigh on the control plane")


def _bytes(text: str) -> bytes | None:
    """Return what a text in base64 stands for; None when it is none, as an empty one is to the API server."""
    try:
        return b64decode(text, validate=True) if text else None
    except (binascii.Error, ValueError):
        return None


@check
def _retries(route: Object, path: Path) -> Problems:
    retries = route.get("retries")
    if retries is None:
        return
    path = (*path, "retries")
    attempts = retries.get("attempts") or 0
    if attempts < 0:
        yield Problem((*path, "attempts"), f"{show(attempts)} is less than 0")
    if not attempts:
        for name in ("perTryTimeout", "retryOn", "retryRemoteLocalities"):
            if retries.get(name) not in (None, ""):
                yield Problem((*path, name), f"{name} is set, but attempts is 0, so nothing is retried")
    yield from durations.duration(retries, "perTryTimeout", path)
    yield from durations.duration(retries, "backoff", path)
    for condition in (retries.get("retryOn") or "").split(",") if retries.get("retryOn") else ():
        status = int(condition) if _NUMBER.fullmatch(condition) and len(condition) < 9 else 0
        if status not in _HTTP_STATUSES and condition not in _RETRY_ON:
            allowed = ", ".join(sorted(_RETRY_ON))
            yield Problem((*path, "retryOn"), f"{show(condition)} is neither a status of HTTP nor one of {allowed}")


@check
def _rewrite(route: Object, path: Path) -> Problems:
    rewrite = route.get("rewrite")
    if rewrite is None:
        return
    path = (*path, "rewrite")
    by_pattern = rewrite.get("uriRegexRewrite")
    if rewrite.get("uri") and by_pattern is not None:
        yield Problem(path, "a rewrite has uri or uriRegexRewrite, not both")
    if by_pattern is None:
        if not rewrite.get("uri") and not rewrite.get("authority"):
            yield Problem(path, "a rewrite needs uri, uriRegexRewrite or authority")
    elif not by_pattern.get("match") or not by_pattern.get("rewrite"):
        yield Problem((*path, "uriRegexRewrite"), "uriRegexRewrite needs both match and rewrite")
    elif fault := strings.regexp_fault(by_pattern["match"]):
        yield Problem((*path, "uriRegexRewrite", "match"), fault)
