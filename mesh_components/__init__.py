"""An Istio service mesh as Pulumi components.

Names are loaded when they are used: the parts that need no Pulumi do not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .args import (
        CertificateAuthorityArgs,
        ControlPlaneArgs,
        GatewayArgs,
        MeshArgs,
        MeshNamespaceArgs,
        RevisionTagArgs,
    )
    from .base import Base
    from .certificate_authority import CertificateAuthority
    from .cni import Cni
    from .control_plane import ControlPlane
    from .declared import Declared, observe
    from .gateway import Gateway
    from .injection import SidecarInjection
    from .mesh import Mesh
    from .namespace import MeshNamespace
    from .observability.args import GrafanaArgs, JaegerArgs, PrometheusArgs, TelemetryArgs
    from .observability.grafana import Grafana
    from .observability.jaeger import Jaeger
    from .observability.kiali import Kiali
    from .observability.kiali_args import KialiArgs
    from .observability.prometheus import Prometheus
    from .observability.telemetry import Telemetry
    from .outputs import MeshOutputs
    from .program import cluster_provider, configured_mesh
    from .revision_tag import RevisionTag
    from .security.args import (
        AuthorizationPolicyArgs,
        DefaultDenyArgs,
        PeerAuthenticationArgs,
        RequestAuthenticationArgs,
    )
    from .security.authorization import AuthorizationPolicy, DefaultDeny
    from .security.peer import PeerAuthentication
    from .security.request import RequestAuthentication
    from .traffic.args import (
        CircuitBreakerArgs,
        ExternalServiceArgs,
        FaultInjectionArgs,
        IngressHostArgs,
        K8sGatewayArgs,
        K8sGRPCRouteArgs,
        K8sHTTPRouteArgs,
        LoadBalancingArgs,
        MirroringArgs,
        RequestRoutingArgs,
        RequestTimeoutsArgs,
        ServiceTrafficArgs,
        SidecarScopeArgs,
        TcpTrafficShiftingArgs,
        TrafficShiftingArgs,
    )
    from .traffic.external import ExternalService
    from .traffic.gateway_api import K8sGateway, K8sGRPCRoute, K8sHTTPRoute
    from .traffic.ingress import IngressHost
    from .traffic.service import (
        CircuitBreaker,
        FaultInjection,
        LoadBalancing,
        Mirroring,
        RequestRouting,
        RequestTimeouts,
        ServiceTraffic,
        TcpTrafficShifting,
        TrafficShifting,
    )
    from .traffic.sidecar_scope import SidecarScope
    from .ztunnel import Ztunnel

_MODULES = {
    "AuthorizationPolicy": "security.authorization",
    "AuthorizationPolicyArgs": "security.args",
    "Base": "base",
    "CertificateAuthority": "certificate_authority",
    "CertificateAuthorityArgs": "args",
    "CircuitBreaker": "traffic.service",
    "CircuitBreakerArgs": "traffic.args",
    "Cni": "cni",
    "ControlPlane": "control_plane",
    "ControlPlaneArgs": "args",
    "Declared": "declared",
    "DefaultDeny": "security.authorization",
    "DefaultDenyArgs": "security.args",
    "ExternalService": "traffic.external",
    "ExternalServiceArgs": "traffic.args",
    "FaultInjection": "traffic.service",
    "FaultInjectionArgs": "traffic.args",
    "Gateway": "gateway",
    "GatewayArgs": "args",
    "Grafana": "observability.grafana",
    "GrafanaArgs": "observability.args",
    "IngressHost": "traffic.ingress",
    "IngressHostArgs": "traffic.args",
    "Jaeger": "observability.jaeger",
    "JaegerArgs": "observability.args",
    "K8sGRPCRoute": "traffic.gateway_api",
    "K8sGRPCRouteArgs": "traffic.args",
    "K8sGateway": "traffic.gateway_api",
    "K8sGatewayArgs": "traffic.args",
    "K8sHTTPRoute": "traffic.gateway_api",
    "K8sHTTPRouteArgs": "traffic.args",
    "Kiali": "observability.kiali",
    "KialiArgs": "observability.kiali_args",
    "LoadBalancing": "traffic.service",
    "LoadBalancingArgs": "traffic.args",
    "Mesh": "mesh",
    "MeshArgs": "args",
    "MeshNamespace": "namespace",
    "MeshNamespaceArgs": "args",
    "MeshOutputs": "outputs",
    "Mirroring": "traffic.service",
    "MirroringArgs": "traffic.args",
    "PeerAuthentication": "security.peer",
    "PeerAuthenticationArgs": "security.args",
    "Prometheus": "observability.prometheus",
    "PrometheusArgs": "observability.args",
    "RequestAuthentication": "security.request",
    "RequestAuthenticationArgs": "security.args",
    "RequestRouting": "traffic.service",
    "RequestRoutingArgs": "traffic.args",
    "RequestTimeouts": "traffic.service",
    "RequestTimeoutsArgs": "traffic.args",
    "RevisionTag": "revision_tag",
    "RevisionTagArgs": "args",
    "ServiceTraffic": "traffic.service",
    "ServiceTrafficArgs": "traffic.args",
    "SidecarInjection": "injection",
    "SidecarScope": "traffic.sidecar_scope",
    "SidecarScopeArgs": "traffic.args",
    "TcpTrafficShifting": "traffic.service",
    "TcpTrafficShiftingArgs": "traffic.args",
    "Telemetry": "observability.telemetry",
    "TelemetryArgs": "observability.args",
    "TrafficShifting": "traffic.service",
    "TrafficShiftingArgs": "traffic.args",
    "Ztunnel": "ztunnel",
    "cluster_provider": "program",
    "configured_mesh": "program",
    "observe": "declared",
}
"""The public names, and the modules that have them."""

__all__ = [
    "AuthorizationPolicy",
    "AuthorizationPolicyArgs",
    "Base",
    "CertificateAuthority",
    "CertificateAuthorityArgs",
    "CircuitBreaker",
    "CircuitBreakerArgs",
    "Cni",
    "ControlPlane",
    "ControlPlaneArgs",
    "Declared",
    "DefaultDeny",
    "DefaultDenyArgs",
    "ExternalService",
    "ExternalServiceArgs",
    "FaultInjection",
    "FaultInjectionArgs",
    "Gateway",
    "GatewayArgs",
    "Grafana",
    "GrafanaArgs",
    "IngressHost",
    "IngressHostArgs",
    "Jaeger",
    "JaegerArgs",
    "K8sGRPCRoute",
    "K8sGRPCRouteArgs",
    "K8sGateway",
    "K8sGatewayArgs",
    "K8sHTTPRoute",
    "K8sHTTPRouteArgs",
    "Kiali",
    "KialiArgs",
    "LoadBalancing",
    "LoadBalancingArgs",
    "Mesh",
    "MeshArgs",
    "MeshNamespace",
    "MeshNamespaceArgs",
    "MeshOutputs",
    "Mirroring",
    "MirroringArgs",
    "PeerAuthentication",
    "PeerAuthenticationArgs",
    "Prometheus",
    "PrometheusArgs",
    "RequestAuthentication",
    "RequestAuthenticationArgs",
    "RequestRouting",
    "RequestRoutingArgs",
    "RequestTimeouts",
    "RequestTimeoutsArgs",
    "RevisionTag",
    "RevisionTagArgs",
    "ServiceTraffic",
    "ServiceTrafficArgs",
    "SidecarInjection",
    "SidecarScope",
    "SidecarScopeArgs",
    "TcpTrafficShifting",
    "TcpTrafficShiftingArgs",
    "Telemetry",
    "TelemetryArgs",
    "TrafficShifting",
    "TrafficShiftingArgs",
    "Ztunnel",
    "cluster_provider",
    "configured_mesh",
    "observe",
]


def __getattr__(name: str) -> Any:
    """Return a public name, loading its module (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
