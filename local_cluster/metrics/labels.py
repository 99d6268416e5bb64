"""The labels of each metric: Istio's names for them, and where the proxy that reports it has them from."""

from collections.abc import Mapping

from local_cluster.metrics.expressions import OWN, UNKNOWN, cel, service
from local_cluster.metrics.peers import CALLER

Labels = dict[str, str]
"""Name of a label to the format of its value, as Envoy's access logs have it."""

DESTINATION_PEER = "destination_peer"
"""Label with what istiod says of the workload behind an endpoint, in one: nothing in Envoy takes such a text apart. It
is `workload;namespace;canonical service;canonical revision;cluster`, with no revision for `latest`, and empty where no
endpoint was chosen, or one that istiod knows nothing of."""

_GRPC = "'content-type' in request.headers && request.headers['content-type'].startsWith('application/grpc')"
_NO_SERVICE = (
    "has(xds.route_name) && xds.route_name == 'block_all' ? 'BlackHoleCluster'"
    " : has(xds.route_name) && xds.route_name == 'allow_any' ? 'PassthroughCluster'"
    " : has(xds.cluster_name) && xds.cluster_name.contains('PassthroughCluster') ? xds.cluster_name : request.host"
)
"""What Istio calls the destination of a request that is for no Service it knows."""


def of_http_client() -> Labels:
    """Return the labels of a request as the proxy reports it that sends it: a sidecar on the way out, or a gateway."""
    return {**_of_client(), **_of_service("request.host", f"({_NO_SERVICE})"), **_of_request()}


def of_http_server() -> Labels:
    """Return the labels of a request as the sidecar in front of the app reports it."""
    return {
        "reporter": "destination",
        **_names("source", CALLER),
        **_names("destination", OWN),
        "source_principal": _or_unknown("connection.uri_san_peer_certificate"),
        "destination_principal": _or_unknown("connection.uri_san_local_certificate"),
        "connection_security_policy": cel("connection.mtls ? 'mutual_tls' : 'none'"),
        **_of_service("request.host", f"({_NO_SERVICE})"),
        "destination_service_namespace": cel(OWN["workload_namespace"]),
        **_of_request(),
    }


def of_tcp_client() -> Labels:
    """Return the labels of a connection as the proxy reports it that opens it."""
    nobody = f"has(xds.cluster_name) ? xds.cluster_name : '{UNKNOWN}'"
    return {
        **_of_client(),
        **_of_service(f"'{UNKNOWN}'", f"({nobody})"),
        "request_protocol": "tcp",
        "response_flags": "%RESPONSE_FLAGS%",
    }


def _of_client() -> Labels:
    return {
        "reporter": "source",
        **_names("source", OWN),
        DESTINATION_PEER: "%UPSTREAM_METADATA(istio:workload)%",
        "source_principal": _or_unknown("upstream.uri_san_local_certificate"),
        "destination_principal": _or_unknown("upstream.uri_san_peer_certificate"),
        # As with Istio, the client's proxy leaves it to the server's.
        "connection_security_policy": UNKNOWN,
    }


def _names(side: str, expressions: Mapping[str, str]) -> Labels:
    return {f"{side}_{name}": cel(expression) for name, expression in expressions.items()}


def _of_service(host: str, name: str) -> Labels:
    return {
        "destination_service": cel(service("host", host)),
        "destination_service_name": cel(service("name", name)),
        "destination_service_namespace": cel(service("namespace", f"'{UNKNOWN}'")),
    }


def _of_request() -> Labels:
    return {
        "request_protocol": cel(f"{_GRPC} ? 'grpc' : 'http'"),
        "response_code": "%RESPONSE_CODE%",
        "response_flags": "%RESPONSE_FLAGS%",
        "grpc_response_status": "%GRPC_STATUS_NUMBER%",
    }


def _or_unknown(attribute: str) -> str:
    return cel(f"has({attribute}) && {attribute} != '' ? {attribute} : '{UNKNOWN}'")
