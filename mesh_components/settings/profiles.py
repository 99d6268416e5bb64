"""Istio's installation profiles, as data: what each puts over Istio's defaults.

Facts from Istio 1.31: ``manifests/profiles/*.yaml`` (which components are on) and ``manifests/helm-profiles/demo.yaml``
(the demo profile's values). istioctl applies a profile's gateway values to every gateway of that kind; so does
``load`` with ``gatewayDefaults``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


@dataclass(frozen=True)
class Profile:
    """One profile."""

    values: Mapping[str, Any]
    """Settings that the user's are merged over."""
    chart: str = ""
    """Name under which Istio's charts keep the values; empty: they have none for this profile."""
    gatewayDefaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Values of every gateway listed under ``ingressGateways`` and ``egressGateways``."""


_SMALL = {"requests": {"cpu": "10m", "memory": "40Mi"}}
_INGRESS = [{"name": "istio-ingressgateway"}]
_EGRESS = [{"name": "istio-egressgateway"}]

PROFILES: Mapping[str, Profile] = {
    "default": Profile(values={"ingressGateways": _INGRESS}),
    "demo": Profile(
        chart="demo",
        values={
            "ingressGateways": _INGRESS,
            "egressGateways": _EGRESS,
            "meshConfig": {
                "accessLogFile": "/dev/stdout",
                "extensionProviders": [
                    {
                        "name": "otel",
                        "envoyOtelAls": {
                            "service": "opentelemetry-collector.observability.svc.cluster.local",
                            "port": 4317,
                        },
                    },
                    {
                        "name": "skywalking",
                        "skywalking": {"service": "tracing.istio-system.svc.cluster.local", "port": 11800},
                    },
                    {
                        "name": "otel-tracing",
                        "opentelemetry": {
                            "port": 4317,
                            "service": "opentelemetry-collector.observability.svc.cluster.local",
                        },
                    },
                    {
                        "name": "jaeger",
                        "opentelemetry": {"port": 4317, "service": "jaeger-collector.istio-system.svc.cluster.local"},
                    },
                ],
            },
            "global": {"proxy": {"resources": _SMALL}, "waypoint": {"resources": _SMALL}},
            "pilot": {
                "autoscaleEnabled": False,
                "traceSampling": 100,
                "resources": {"requests": {"cpu": "10m", "memory": "100Mi"}},
            },
        },
        gatewayDefaults={
            "ingressGateways": {
                "autoscaleEnabled": False,
                "ports": [
                    {"port": 15021, "targetPort": 15021, "name": "status-port"},
                    {"port": 80, "targetPort": 8080, "name": "http2"},
                    {"port": 443, "targetPort": 8443, "name": "https"},
                    {"port": 31400, "targetPort": 31400, "name": "tcp"},
                    {"port": 15443, "targetPort": 15443, "name": "tls"},
                ],
                "resources": _SMALL,
            },
            "egressGateways": {"autoscaleEnabled": False, "resources": _SMALL},
        },
    ),
    "minimal": Profile(values={}),
}
"""The supported profiles by name."""

PLATFORMS: Mapping[str, Mapping[str, Any]] = {
    "gke": {},
    "k3d": {},
    "k3s": {},
    "microk8s": {},
    "minikube": {},
    "openshift": {
        "pilot": {
            "cni": {"provider": "multus"},
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "trustedZtunnelNamespace": "kube-system",
        }
    },
}
"""What each platform, named by ``global.platform``, puts over the profile.

Facts from ``manifests/helm-profiles/platform-*.yaml``. Most only place files of the CNI plugin's node agent."""

DEFAULT_PROFILE = "default"
"""The profile of a mesh that names none."""


def _supported(value: Any) -> Any:
    if not isinstance(value, str) or value not in PROFILES:
        raise PydanticCustomError("choice", "{allowed}", {"choices": list(PROFILES), "allowed": "a supported profile"})
    return value


def _supported_platform(value: Any) -> Any:
    if value not in ("", *PLATFORMS):
        raise PydanticCustomError("choice", "{allowed}", {"choices": list(PLATFORMS), "allowed": "a known platform"})
    return value


PlatformName = Annotated[str, BeforeValidator(_supported_platform)]
"""The name of a platform that Istio knows; empty: none in particular."""

ProfileName = Annotated[str, BeforeValidator(_supported)]
"""The name of a supported profile."""
