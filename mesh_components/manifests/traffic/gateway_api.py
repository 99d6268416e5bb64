"""The Gateway API's counterparts: Gateway, HTTPRoute, GRPCRoute."""

from __future__ import annotations

from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.istio_object import GATEWAY_API, given, istio_object
from mesh_components.settings import MeshSettings
from mesh_components.settings.traffic.gateway_api import (
    K8sGatewaySettings,
    K8sGRPCRouteSettings,
    K8sHTTPRouteSettings,
    K8sRouteSettings,
)

from .ingress import secret


def gateway(mesh: MeshSettings, one: K8sGatewaySettings) -> list[list[dict[str, Any]]]:
    """Return the Gateway, after the Secrets that it shows."""
    secrets = [
        secret(one, name, one.namespace, pair.certificate, pair.privateKey) for name, pair in one.certificates.items()
    ]
    spec = {
        "gatewayClassName": one.gatewayClassName,
        "listeners": list(one.listeners),
        "addresses": list(one.addresses),
        "infrastructure": one.infrastructure,
    }
    made = istio_object(mesh, one, GATEWAY_API, "Gateway", one.name, one.namespace, spec)
    return [patches.apply(mesh, step) for step in (secrets, [made]) if step]


def http_route(mesh: MeshSettings, one: K8sHTTPRouteSettings) -> list[list[dict[str, Any]]]:
    """Return the HTTPRoute."""
    own = given(
        {"matches": one.matches, "filters": one.filters, "backendRefs": _backends(one), "timeouts": one.timeouts}
    )
    return _route(mesh, one, "HTTPRoute", [*one.rules, *([own] if own else [])], "k8s_request_routing")


def grpc_route(mesh: MeshSettings, one: K8sGRPCRouteSettings) -> list[list[dict[str, Any]]]:
    """Return the GRPCRoute."""
    own = given({"matches": one.matches, "filters": one.filters, "backendRefs": _backends(one)})
    return _route(mesh, one, "GRPCRoute", [*one.rules, *([own] if own else [])], "k8s_grpc_request_routing")


def _backends(one: K8sRouteSettings) -> list[dict[str, Any]]:
    backends = one.backends or {}
    weighed = len(backends) > 1
    return [
        given({"name": name, "port": one.port, "weight": weight if weighed else None})
        for name, weight in backends.items()
    ]


def _route(
    mesh: MeshSettings, one: K8sRouteSettings, kind: str, rules: list[dict[str, Any]], wizard: str
) -> list[list[dict[str, Any]]]:
    spec = {"parentRefs": _parents(one), "hostnames": list(one.hostnames), "rules": rules}
    return [patches.apply(mesh, [istio_object(mesh, one, GATEWAY_API, kind, one.name, one.namespace, spec, wizard)])]


def _parents(one: K8sRouteSettings) -> list[dict[str, Any]]:
    found = list(one.parentRefs)
    if one.service is not None:
        found.insert(0, {"group": "", "kind": "Service", "name": one.service})
    if one.gateway is not None:
        namespace, _, name = one.gateway.rpartition("/")
        found.insert(0, given({"name": name, "namespace": namespace or None}))
    return found
