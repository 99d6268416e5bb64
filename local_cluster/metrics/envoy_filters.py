"""The EnvoyFilter objects that have every proxy of the mesh count what Istio's stats filter would.

Facts: Istio's EnvoyFilter API; Envoy's `extensions.access_loggers.stats.v3.Config`. Istio's bootstrap keeps the stats
whose names begin with `wasm`, among few others, without being told to (`pkg/bootstrap/config.go`).
"""

from collections.abc import Mapping
from typing import Any

from local_cluster.metrics import labels, peers

NAME = "local-metrics"
"""Name of the object: one for the whole mesh."""
STATS_PREFIX = "wasmcustom"
"""What the stats' names begin with, so that Istio's bootstrap keeps them; Envoy's name for stats of extensions."""

HTTP_MANAGER = "envoy.filters.network.http_connection_manager"
TCP_PROXY = "envoy.filters.network.tcp_proxy"

_CLIENTS = ("SIDECAR_OUTBOUND", "GATEWAY")
_SERVER = "SIDECAR_INBOUND"
_TYPES = "type.googleapis.com/envoy.extensions"

HTTP_COUNTERS: Mapping[str, str] = {"istio_requests_total": ""}
HTTP_HISTOGRAMS: Mapping[str, tuple[str, str]] = {
    "istio_request_duration_milliseconds": ("Milliseconds", "%DURATION%"),
    "istio_request_bytes": ("Bytes", "%DOWNSTREAM_WIRE_BYTES_RECEIVED%"),
    "istio_response_bytes": ("Bytes", "%DOWNSTREAM_WIRE_BYTES_SENT%"),
}
TCP_COUNTERS: Mapping[str, str] = {
    "istio_tcp_sent_bytes_total": "%DOWNSTREAM_WIRE_BYTES_SENT%",
    "istio_tcp_received_bytes_total": "%DOWNSTREAM_WIRE_BYTES_RECEIVED%",
    "istio_tcp_connections_closed_total": "",
}
"""Istio's metrics to what is added to each; where that is empty, one."""


def objects(root_namespace: str) -> list[dict[str, Any]]:
    """Return the objects that the mesh's root namespace needs."""
    patches = [
        *(_before_router(context, peers.sender()) for context in _CLIENTS),
        _first(_SERVER, peers.receiver()),
        *(_logged(context, HTTP_MANAGER, _http(labels.of_http_client())) for context in _CLIENTS),
        _logged(_SERVER, HTTP_MANAGER, _http(labels.of_http_server())),
        *(_logged(context, TCP_PROXY, _tcp(labels.of_tcp_client())) for context in _CLIENTS),
    ]
    return [
        {
            "apiVersion": "networking.istio.io/v1alpha3",
            "kind": "EnvoyFilter",
            "metadata": {"name": NAME, "namespace": root_namespace},
            "spec": {"configPatches": patches},
        }
    ]


def _http(tags: labels.Labels) -> dict[str, Any]:
    return {
        "counters": [_counter(name, value, tags) for name, value in HTTP_COUNTERS.items()],
        "histograms": [
            {"stat": _stat(name, tags), "unit": unit, "value_format": value}
            for name, (unit, value) in HTTP_HISTOGRAMS.items()
        ],
    }


def _tcp(tags: labels.Labels) -> dict[str, Any]:
    return {"counters": [_counter(name, value, tags) for name, value in TCP_COUNTERS.items()]}


def _counter(name: str, value: str, tags: labels.Labels) -> dict[str, Any]:
    return {"stat": _stat(name, tags), **({"value_format": value} if value else {"value_fixed": 1})}


def _stat(name: str, tags: labels.Labels) -> dict[str, Any]:
    return {"name": name, "tags": [{"name": tag, "value_format": value} for tag, value in tags.items()]}


def _logged(context: str, filter_name: str, metrics: dict[str, Any]) -> dict[str, Any]:
    """Return the patch that adds an access logger to all filters of a name."""
    kind = (
        "http_connection_manager.v3.HttpConnectionManager" if filter_name == HTTP_MANAGER else "tcp_proxy.v3.TcpProxy"
    )
    logger = {
        "name": "envoy.access_loggers.stats",
        "typed_config": {
            "@type": f"{_TYPES}.access_loggers.stats.v3.Config",
            "stat_prefix": STATS_PREFIX,
            **metrics,
        },
    }
    return {
        "applyTo": "NETWORK_FILTER",
        "match": {"context": context, "listener": {"filterChain": {"filter": {"name": filter_name}}}},
        "patch": {
            "operation": "MERGE",
            "value": {
                "name": filter_name,
                "typed_config": {"@type": f"{_TYPES}.filters.network.{kind}", "access_log": [logger]},
            },
        },
    }


def _before_router(context: str, http_filter: dict[str, Any]) -> dict[str, Any]:
    """Return the patch that puts a filter where it is known which cluster a request goes to."""
    return _http_filter(context, {"subFilter": {"name": "envoy.filters.http.router"}}, "INSERT_BEFORE", http_filter)


def _first(context: str, http_filter: dict[str, Any]) -> dict[str, Any]:
    """Return the patch that puts a filter before those that may refuse a request."""
    return _http_filter(context, {}, "INSERT_FIRST", http_filter)


def _http_filter(context: str, beside: dict[str, Any], operation: str, http_filter: dict[str, Any]) -> dict[str, Any]:
    manager = {"name": HTTP_MANAGER, **beside}
    return {
        "applyTo": "HTTP_FILTER",
        "match": {"context": context, "listener": {"filterChain": {"filter": manager}}},
        "patch": {"operation": operation, "value": http_filter},
    }
