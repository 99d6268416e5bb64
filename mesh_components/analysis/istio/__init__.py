"""Istio's analyzers: importing this registers them all, but for those in `LEFT_OUT`."""

from . import (  # noqa: F401
    annotations,
    authorization,
    conditions,
    deployments,
    deprecation,
    destination_rules,
    envoy_filters,
    external_control_plane,
    gateway_secrets,
    gateways,
    image_auto,
    injection,
    k8s_gateways,
    mesh_networks,
    port_names,
    proxy_images,
    request_authentication,
    service_entries,
    sidecars,
    telemetry,
    virtual_service_claims,
    virtual_service_destinations,
    virtual_service_gateways,
    virtual_service_hosts,
    webhooks,
)

LEFT_OUT = {
    "services.MultiClusterServiceAnalyzer": "a program declares one cluster; this compares the Services of several",
}
"""Istio's analyzers that are not here, with the reason."""

_PRECHECK = "istioctl x precheck alone says it, of a cluster before an installation or an upgrade"
CODES_LEFT_OUT = {
    "IST0001": "istioctl's own failures",
    "IST0141": _PRECHECK,
    "IST0142": _PRECHECK,
    "IST0143": "it takes what the sockets of running pods listen on",
    "IST0156": _PRECHECK,
    "IST0168": _PRECHECK,
    "IST0169": _PRECHECK,
    "IST0170": LEFT_OUT["services.MultiClusterServiceAnalyzer"],
    "IST0172": _PRECHECK,
}
"""Istio's codes that no analyzer here finds, with the reason (upstream `istioctl/pkg/precheck/precheck.go`)."""
