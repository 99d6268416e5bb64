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
