"""What istiod's webhook checks beyond schemas, by kind (``pkg/config/validation`` of Istio 1.31)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from . import destination_rule, envoy_filter, extensions, gateway, security, service_entry, sidecar, virtual_service
from .checks import Object, check
from .problem import Problem, Problems, show

DEFAULT_NAMESPACE: Final = "default"
"""Where an object goes that names no namespace."""

KINDS: Final[Mapping[str, Callable[[Object, str], Problems]]] = {
    "AuthorizationPolicy": security.authorization_policy,
    "DestinationRule": destination_rule.problems,
    "EnvoyFilter": envoy_filter.problems,
    "Gateway": gateway.problems,
    "PeerAuthentication": security.peer_authentication,
    "ProxyConfig": extensions.proxy_config,
    "RequestAuthentication": security.request_authentication,
    "ServiceEntry": service_entry.service_entry,
    "Sidecar": sidecar.problems,
    "Telemetry": extensions.telemetry,
    "TrafficExtension": extensions.traffic_extension,
    "VirtualService": virtual_service.problems,
    "WasmPlugin": extensions.wasm_plugin,
    "WorkloadEntry": service_entry.workload_entry,
    "WorkloadGroup": service_entry.workload_group,
}
"""The checks of each of Istio's kinds."""

_DRY_RUN: Final = "istio.io/dry-run"
_INTERNAL: Final = (
    "internal.istio.io/webhook-always-reject",
    "internal.istio.io/parents",
    "internal.istio.io/parent-namespace",
)
"""Annotations that only istiod may set (``pkg/config/constants/constants.go``)."""


@check
def problems(kind: str, manifest: Object) -> Problems:
    """Yield what the webhook would say of an object whose schema is right."""
    yield from _annotations(kind, manifest)
    metadata = manifest.get("metadata") or {}
    namespace = metadata.get("namespace") or DEFAULT_NAMESPACE
    yield from KINDS[kind](manifest, namespace if isinstance(namespace, str) else DEFAULT_NAMESPACE)


@check
def _annotations(kind: str, manifest: Object) -> Problems:
    annotations = (manifest.get("metadata") or {}).get("annotations")
    if not isinstance(annotations, Mapping):
        return
    for name in annotations:
        if name in _INTERNAL or (name == _DRY_RUN and kind != "AuthorizationPolicy"):
            yield Problem(("metadata", "annotations", name), f"a {kind} may not have annotation {show(name)}")
