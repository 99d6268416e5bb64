"""What istiod's webhook checks of a VirtualService.

Sources: ``pkg/config/validation/validation.go`` (from ``ValidateVirtualService`` on) and ``virtualservice.go``.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from typing import Any, Final

from . import durations, headers, names, strings
from .checks import Object, check, each, entries
from .problem import Path, Problem, Problems, show, warning
from .unreachable import unreachable_rules

_MESH: Final = "mesh"
_ROUTES: Final = ("http", "tls", "tcp")
_STATUSES: Final = range(200, 601)
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
_GRPC_STATUSES: Final = frozenset(
    {
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    }
)  # fmt: skip
_NUMBER: Final = re.compile(r"[+-]?[0-9]+")
_TEXT_MATCHES: Final = ("scheme", "method", "authority")
_AT_GATEWAYS: Final = "internal.istio.io/route-semantics"


@check
def problems(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a VirtualService whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    from_gateway_api = _annotation(manifest, _AT_GATEWAYS) == "gateway"
    yield from _delegate(spec, path)
    yield from gateway_names(spec, path, from_gateway_api)
    yield from _claims(spec, path)
    yield from _hosts(spec, path)
    if not any(spec.get(kind) for kind in _ROUTES):
        yield Problem(path, "it routes nothing: http, tls or tcp is required")
    for route, place in each(spec, "http", path):
        yield from _http_route(route, place, not spec.get("hosts"), from_gateway_api)
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


@check
def gateway_names(parent: Object, path: Path, from_gateway_api: bool = False, warns: bool = True) -> Problems:
    """Yield what is wrong with ``gateways``. istiod reads them up to the first without a namespace.

    It drops the warnings about those of matches, but for TLS.
    """
    for name, place in each(parent, "gateways", path):
        owner, slash, gateway = name.partition("/")
        if not slash:
            if "." in name:
                gateway, owner = name.split(".")[:2]
                if warns:
                    yield warning(place, f"{show(name)}: the form {owner}/{gateway} is preferred to a full host name")
            if fault := names.domain_fault(name):
                yield Problem(place, fault)
            return
        if fault := names.label_fault(owner, "namespace"):
            yield Problem(place, fault)
        if not gateway or not (from_gateway_api or names.is_label(gateway)):
            yield Problem(place, names.label_fault(gateway, "name of a gateway") or "")


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
def _http_route(route: Object, path: Path, is_delegate: bool, from_gateway_api: bool) -> Problems:
    yield from _conflicts(route, path, is_delegate)
    for match, place in each(route, "match", path):
        yield from _http_match(match, place)
    yield from headers.operations(route, path)
    yield from _cors(route, path)
    yield from _fault(route, path)
    yield from _mirrors(route, path)
    yield from _redirect(route, path)
    yield from _direct_response(route, path)
    yield from _retries(route, path)
    yield from _rewrite(route, path)
    yield from headers.authority_once(route, path)
    yield from _destinations(route, path, from_gateway_api)
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
def _http_match(match: Object, path: Path) -> Problems:
    for name, given, place in entries(match, "headers", path):
        if fault := headers.match_name_fault(name):
            yield Problem(place, fault)
        if given is not None:
            yield from strings.match(given, place)
    for name, given, place in entries(match, "withoutHeaders", path):
        if fault := headers.match_name_fault(name):
            yield Problem(place, fault)
        # A star alone stands for any value here, though it is no regular expression.
        if given is not None and given.get("regex") != "*":
            yield from strings.match(given, place)
    if match.get("uri") is not None:
        yield from strings.regexp(match["uri"], (*path, "uri"))
    for field in _TEXT_MATCHES:
        yield from _text_match(match, field, path)
    for _, given, place in entries(match, "queryParams", path):
        if given is not None:
            yield from strings.match(given, place)
    yield from _source(match, path)
    yield from _source_namespace(match, path)


@check
def _text_match(match: Object, field: str, path: Path) -> Problems:
    if match.get(field) is not None:
        yield from strings.match(match[field], (*path, field))


@check
def _source_namespace(match: Object, path: Path) -> Problems:
    namespace = match.get("sourceNamespace")
    if namespace and (fault := names.label_fault(namespace, "namespace")):
        yield Problem((*path, "sourceNamespace"), fault)


@check
def _source(match: Object, path: Path, warns: bool = False) -> Problems:
    """Port, labels and gateways, which matches of every protocol have."""
    yield from names.labels(match, "sourceLabels", path)
    yield from gateway_names(match, path, warns=warns)
    port = match.get("port")
    if port and (fault := names.port_fault(port)):
        yield Problem((*path, "port"), fault)


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
def _percentage(parent: Object, path: Path) -> Problems:
    value = (parent.get("percentage") or {}).get("value") or 0
    if value < 0 or value > 100 or 0 < value < 0.0001:
        yield Problem((*path, "percentage", "value"), f"{show(value)} is neither 0 nor a percentage from 0.0001 to 100")


@check
def _fault(route: Object, path: Path) -> Problems:
    fault = route.get("fault")
    if fault is None:
        return
    path = (*path, "fault")
    if fault.get("abort") is None and fault.get("delay") is None:
        yield Problem(path, "a fault is an abort, a delay or both")
    yield from _abort(fault, path)
    yield from _delay(fault, path)


@check
def _abort(fault: Object, path: Path) -> Problems:
    abort = fault.get("abort")
    if abort is None:
        return
    path = (*path, "abort")
    yield from _percentage(abort, path)
    if abort.get("grpcStatus") is not None:
        if abort["grpcStatus"] not in _GRPC_STATUSES:
            allowed = ", ".join(sorted(_GRPC_STATUSES))
            yield Problem((*path, "grpcStatus"), f"{show(abort['grpcStatus'])} is not a status of gRPC: {allowed}")
    elif abort.get("http2Error") is not None:
        yield Problem((*path, "http2Error"), "an abort by an error of HTTP/2 is not supported")
    elif abort.get("httpStatus") is not None:
        yield from _status(abort["httpStatus"], (*path, "httpStatus"))


@check
def _status(status: float, path: Path) -> Problems:
    if not _STATUSES.start <= status < _STATUSES.stop:
        yield Problem(path, f"{show(status)} is not a status of HTTP from 200 to 599")


@check
def _delay(fault: Object, path: Path) -> Problems:
    delay = fault.get("delay")
    if delay is None:
        return
    path = (*path, "delay")
    yield from _percentage(delay, path)
    yield from durations.duration(delay, "fixedDelay", path)
    if delay.get("exponentialDelay") is not None:
        yield Problem((*path, "exponentialDelay"), "an exponential delay is not supported")


@check
def _mirrors(route: Object, path: Path) -> Problems:
    for name in ("mirrorPercent", "mirror_percent"):
        yield from _old_share(route, name, path)
    yield from _share(route, "mirrorPercentage", path)
    yield from destination(route, "mirror", path, from_gateway_api=False)
    for mirror, place in each(route, "mirrors", path):
        yield from destination(mirror, "destination", place, from_gateway_api=False)
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
    yield from _status(response.get("status") or 0, (*path, "status"))
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


@check
def _destinations(route: Object, path: Path, from_gateway_api: bool) -> Problems:
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
        yield from _subnets(match, place)
        yield from _source(match, place, warns=True)
    yield from _destinations(route, path, from_gateway_api)


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
def _subnets(match: Object, path: Path) -> Problems:
    for subnet, place in each(match, "destinationSubnets", path):
        if fault := names.subnet_fault(subnet):
            yield Problem(place, fault)


@check
def _tcp_route(route: Object, path: Path, from_gateway_api: bool) -> Problems:
    if not route.get("route"):
        yield Problem((*path, "route"), "a route of TCP needs a destination")
    for match, place in each(route, "match", path):
        yield from _subnets(match, place)
        yield from _source(match, place)
    yield from _destinations(route, path, from_gateway_api)
