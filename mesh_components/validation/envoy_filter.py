"""What istiod's webhook checks of an EnvoyFilter (``pkg/config/validation/envoyfilter/envoyfilter.go``).

Left out is whether a patch fits Envoy's own types, of which this project has no schema.
"""

from __future__ import annotations

from typing import Final

from . import go_regexp
from .checks import Object, check, each
from .problem import Path, Problem, Problems, show, warning
from .selectors import label_selector

_LISTENERS: Final = ("LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER")
_MATCHES: Final = {
    **dict.fromkeys(_LISTENERS, "listener"),
    **dict.fromkeys(("ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE"), "routeConfiguration"),
    "CLUSTER": "cluster",
}
"""The match that goes with what a patch applies to."""
_KINDS_OF_MATCH: Final = ("listener", "routeConfiguration", "cluster", "waypoint")
_HTTP_MANAGER: Final = ("envoy.filters.network.http_connection_manager", "envoy.http_connection_manager")
_LONGEST_VERSION: Final = 1024
_RENAMED: Final = {
    "envoy.buffer": "envoy.filters.http.buffer",
    "envoy.cors": "envoy.filters.http.cors",
    "envoy.csrf": "envoy.filters.http.csrf",
    "envoy.http_dynamo_filter": "envoy.filters.http.dynamo",
    "envoy.ext_authz": "envoy.filters.http.ext_authz",
    "envoy.fault": "envoy.filters.http.fault",
    "envoy.grpc_http1_bridge": "envoy.filters.http.grpc_http1_bridge",
    "envoy.grpc_json_transcoder": "envoy.filters.http.grpc_json_transcoder",
    "envoy.grpc_web": "envoy.filters.http.grpc_web",
    "envoy.gzip": "envoy.filters.http.gzip",
    "envoy.health_check": "envoy.filters.http.health_check",
    "envoy.ip_tagging": "envoy.filters.http.ip_tagging",
    "envoy.lua": "envoy.filters.http.lua",
    "envoy.rate_limit": "envoy.filters.http.ratelimit",
    "envoy.router": "envoy.filters.http.router",
    "envoy.squash": "envoy.filters.http.squash",
    "envoy.listener.http_inspector": "envoy.filters.listener.http_inspector",
    "envoy.listener.original_dst": "envoy.filters.listener.original_dst",
    "envoy.listener.original_src": "envoy.filters.listener.original_src",
    "envoy.listener.proxy_protocol": "envoy.filters.listener.proxy_protocol",
    "envoy.listener.tls_inspector": "envoy.filters.listener.tls_inspector",
    "envoy.client_ssl_auth": "envoy.filters.network.client_ssl_auth",
    "envoy.http_connection_manager": "envoy.filters.network.http_connection_manager",
    "envoy.mongo_proxy": "envoy.filters.network.mongo_proxy",
    "envoy.ratelimit": "envoy.filters.network.ratelimit",
    "envoy.redis_proxy": "envoy.filters.network.redis_proxy",
    "envoy.tcp_proxy": "envoy.filters.network.tcp_proxy",
}
"""Old names of Envoy's filters, with the new (``pkg/config/xds/deprecated.go``)."""


@check
def problems(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with an EnvoyFilter whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield warning(
        path, "an EnvoyFilter changes what may change with any version of Istio; prefer another API if one does it"
    )
    everything = ", so it is for every workload of its namespace"
    yield from label_selector(spec, "workloadSelector", "labels", path, everything)
    for patch, place in each(spec, "configPatches", path):
        yield from _config_patch(patch, place)


@check
def _config_patch(given: Object, path: Path) -> Problems:
    match = given.get("match") or {}
    if match.get("context") == "WAYPOINT":
        return
    applies_to = given.get("applyTo") or "INVALID"
    patch = given.get("patch")
    operation = (patch or {}).get("operation") or "INVALID"
    if applies_to == "INVALID":
        yield Problem((*path, "applyTo"), "applyTo is missing, and it is required")
    elif patch is None:
        yield Problem((*path, "patch"), "patch is missing, and it is required")
    elif operation == "INVALID":
        yield Problem((*path, "patch", "operation"), "operation is missing, and it is required")
    elif operation != "REMOVE" and patch.get("value") is None:
        yield Problem((*path, "patch", "value"), f"value is missing, and operation {operation} needs it")
    else:
        yield from _proxy_version(match, (*path, "match"))
        yield from _match(match, applies_to, (*path, "match"))


@check
def _proxy_version(match: Object, path: Path) -> Problems:
    version = (match.get("proxy") or {}).get("proxyVersion") or ""
    place = (*path, "proxy", "proxyVersion")
    if len(version.encode(errors="replace")) > _LONGEST_VERSION:
        yield warning(place, f"it has more than {_LONGEST_VERSION} bytes and is ignored")
    elif fault := go_regexp.fault(version):
        yield Problem(place, f"{show(version)} is not a regular expression of RE2: {fault}")


@check
def _match(match: Object, applies_to: str, path: Path) -> Problems:
    wanted = _MATCHES.get(applies_to)
    given = next((name for name in _KINDS_OF_MATCH if match.get(name) is not None), None)
    if wanted is None or given is None:
        return
    if given != wanted:
        yield Problem((*path, given), f"a patch of {applies_to} has a match by {wanted}, not by {given}")
    elif wanted == "listener":
        yield from _filter(match["listener"], applies_to, (*path, "listener"))


@check
def _filter(listener: Object, applies_to: str, path: Path) -> Problems:
    given = (listener.get("filterChain") or {}).get("filter")
    if given is None:
        return
    path = (*path, "filterChain", "filter")
    if applies_to in ("LISTENER", "FILTER_CHAIN"):
        yield warning(path, f"a match by filter has no effect for {applies_to}")
    name, below = given.get("name") or "", given.get("subFilter")
    if not name:
        yield Problem((*path, "name"), "name is missing, and a match by filter needs it")
    elif below is not None and applies_to != "HTTP_FILTER":
        yield Problem((*path, "subFilter"), f"subFilter goes with HTTP_FILTER, not {applies_to}")
    elif below is not None and name not in _HTTP_MANAGER:
        yield Problem((*path, "name"), f"subFilter goes with filter {_HTTP_MANAGER[0]}, not {show(name)}")
    elif below is not None and not below.get("name"):
        yield Problem((*path, "subFilter", "name"), "name is missing, and a match by subFilter needs it")
    else:
        for old, place in ((name, path), ((below or {}).get("name"), (*path, "subFilter"))):
            if old in _RENAMED:
                yield warning((*place, "name"), f"{show(old)} is the old name of {_RENAMED[old]}")
