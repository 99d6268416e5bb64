"""Istio's installation profiles, as data: what each puts over Istio's defaults.

Facts from Istio 1.31: ``manifests/profiles/*.yaml`` (which components are on) and ``manifests/helm-profiles/*.yaml``
(their values, and those of platforms). Older versions' are the same, but for settings that they do not know and for
``mesh_components.versions.profiles``. istioctl applies a profile's gateway values to every gateway of that kind; so
does ``load`` with ``gatewayDefaults``.

What istioctl puts over what (``operator/pkg/render/manifest.go``, ``zzz_profile.yaml`` in each chart): over Istio's
defaults the profile, then the compatibility version, the platform, and what the user sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from ..versions.profiles import Overlay


@dataclass(frozen=True)
class Profile:
    """One profile."""

    summary: str
    """What it is for, and what sets it apart."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the user's are merged over."""
    chart: str = ""
    """Name under which Istio's charts keep the values; empty: they have none for this profile."""
    gatewayDefaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Values of every gateway listed under ``ingressGateways`` and ``egressGateways``."""


_SMALL = {"requests": {"cpu": "10m", "memory": "40Mi"}}
_INGRESS = [{"name": "istio-ingressgateway"}]
_EGRESS = [{"name": "istio-egressgateway"}]
_ON = {"enabled": True}
_OFF = {"enabled": False}
_IN_KUBE_SYSTEM = {"enabled": True, "namespace": "kube-system"}
_AMBIENT = {
    "meshConfig": {
        "defaultConfig": {"proxyMetadata": {"ISTIO_META_ENABLE_HBONE": "true"}},
        "serviceScopeConfigs": [
            {
                "servicesSelector": {
                    "matchExpressions": [{"key": "istio.io/global", "operator": "In", "values": ["true"]}]
                },
                "scope": "GLOBAL",
            }
        ],
    },
    "global": {"variant": "distroless"},
    "pilot": {"env": {"PILOT_ENABLE_AMBIENT": "true"}},
    "cni": {"ambient": {"enabled": True}},
}

PROFILES: Mapping[str, Profile] = {
    "default": Profile("to build on: istiod and an ingress gateway", {"ingressGateways": _INGRESS}),
    "demo": Profile(
        "to try things: an egress gateway too, small requests, every trace sampled, access logs, no autoscalers",
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
            "cni": {"resources": _SMALL},
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
    "minimal": Profile("the control plane alone"),
    "empty": Profile("nothing, to build on in one's own way", {"components": {"base": _OFF, "pilot": _OFF}}),
    "preview": Profile(
        "what Istio has not settled yet: proxies answer DNS queries",
        {
            "ingressGateways": _INGRESS,
            "meshConfig": {"defaultConfig": {"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}},
        },
        chart="preview",
    ),
    "stable": Profile(
        "stable features alone: the API server refuses the others to objects of this revision",
        {"ingressGateways": _INGRESS, "experimental": {"stableValidationPolicy": True}},
        chart="stable",
    ),
    "remote": Profile(
        "a cluster whose istiod is in another one: injection, and rights to read",
        {
            "istiodRemote": _ON,
            "pilot": {"configMap": False},
            "telemetry": _OFF,
            "global": {"omitSidecarInjectorConfigMap": True},
        },
        chart="remote",
    ),
    "ambient": Profile(
        "no sidecars: the CNI plugin and ztunnel on each node, distroless images, no gateway",
        {**_AMBIENT, "components": {"cni": _ON, "ztunnel": _ON}},
        chart="ambient",
    ),
    "openshift": Profile(
        "default on OpenShift: the CNI plugin, in kube-system, by Multus",
        {
            "ingressGateways": _INGRESS,
            "components": {"cni": _IN_KUBE_SYSTEM},
            "global": {"platform": "openshift"},
        },
    ),
    "openshift-ambient": Profile(
        "ambient on OpenShift: the CNI plugin and ztunnel in kube-system",
        {
            **_AMBIENT,
            "components": {"cni": _IN_KUBE_SYSTEM, "ztunnel": _IN_KUBE_SYSTEM},
            "global": {"platform": "openshift", "variant": "distroless"},
        },
        chart="ambient",
    ),
}
"""The supported profiles by name."""

PLATFORMS: Mapping[str, Overlay] = {
    "gke": Overlay(
        {"cni": {"cniBinDir": "", "resourceQuotas": _ON}},
        agents={"resourceQuotas": _ON},
    ),
    "k3d": Overlay({"cni": {"cniConfDir": "/var/lib/rancher/k3s/agent/etc/cni/net.d", "cniBinDir": "/bin"}}),
    "k3s": Overlay(
        {
            "cni": {
                "cniConfDir": "/var/lib/rancher/k3s/agent/etc/cni/net.d",
                "cniBinDir": "/var/lib/rancher/k3s/data/cni",
            }
        }
    ),
    "microk8s": Overlay(
        {
            "cni": {
                "cniConfDir": "/var/snap/microk8s/current/args/cni-network",
                "cniBinDir": "/var/snap/microk8s/current/opt/cni/bin",
            }
        }
    ),
    "minikube": Overlay({"cni": {"cniNetnsDir": "/var/run/docker/netns"}}),
    "openshift": Overlay(
        {
            "cni": {
                "cniBinDir": "/var/lib/cni/bin",
                "cniConfDir": "/etc/cni/multus/net.d",
                "chained": False,
                "cniConfFileName": "istio-cni.conf",
                "provider": "multus",
            },
            "pilot": {
                "cni": {"provider": "multus"},
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "trustedZtunnelNamespace": "kube-system",
            },
        },
        agents={"seLinuxOptions": {"type": "spc_t"}},
    ),
}
"""What each platform, named by ``global.platform``, puts over the profile and the compatibility version.

Facts from ``manifests/helm-profiles/platform-*.yaml``. OpenShift's also says that pods use the CNI plugin; istioctl
overrules it by whether that component is on."""

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
