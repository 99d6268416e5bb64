"""Settings and pods in many variations, for which upstream's templates and ours must give the same.

Each variation is one installation and one set of annotations and labels, tried on a pod for each template
(`WORKLOADS`). What can be varied: `values.yaml` of Istio's chart `istio-discovery`, and `istio.io/api/annotation`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .upstream_cases import NATIVE

WORKLOADS: Mapping[str, Mapping[str, str]] = {
    "sidecar": {},
    "init-sidecar": {"sidecar.istio.io/nativeSidecar": "true"},
    "container-sidecar": {"sidecar.istio.io/nativeSidecar": "false"},
    "gateway": {"inject.istio.io/templates": "gateway"},
    "grpc-agent": {"inject.istio.io/templates": "grpc-agent"},
    "grpc-simple": {"inject.istio.io/templates": "grpc-simple"},
}
"""The pods that each variation is tried on: a name, and the annotations that choose the template."""


@dataclass(frozen=True)
class Variation:
    """One variation.

    Attributes:
        values: changes to the injector's values.
        mesh: changes to the mesh config.
        annotations: of each pod.
        labels: of each pod.
        pod: members of each pod's spec.
        environment: feature flags.
        without: workloads that are left out.
        why: the reason for leaving them out.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    mesh: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    pod: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: NATIVE)
    without: tuple[str, ...] = ()
    why: str = ""

    @property
    def installation(self) -> str:
        """What has to be equal for variations to be injected together."""
        return json.dumps([self.values, self.mesh, self.environment])

    def objects(self) -> list[dict[str, Any]]:
        """A Deployment for each workload, and a Pod without an owner."""
        deployments = [
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": "shop"},
                "spec": {"template": self._pod(annotations)},
            }
            for name, annotations in WORKLOADS.items()
            if name not in self.without
        ]
        lone = {"apiVersion": "v1", "kind": "Pod", **self._pod({})}
        lone["metadata"]["name"] = "lone"
        return [*deployments, lone]

    def _pod(self, annotations: Mapping[str, str]) -> dict[str, Any]:
        probe = {"httpGet": {"path": "/ready", "port": "web"}}
        containers = [
            {
                "name": "shop",
                "image": "shop:1.2@sha256:abc",
                "ports": [{"name": "web", "containerPort": 8080}, {"containerPort": 53, "protocol": "UDP"}],
                "readinessProbe": probe,
            },
            {"name": "helper", "image": "helper", "ports": [{"containerPort": 9090, "protocol": "TCP"}]},
        ]
        return {
            "metadata": {"annotations": {**self.annotations, **annotations}, "labels": {**self.labels}},
            "spec": {"containers": containers, "initContainers": [{"name": "migrate", "image": "migrate"}], **self.pod},
        }


def _global(**settings: object) -> dict[str, Any]:
    return {"global": settings}


def _proxy(**settings: object) -> dict[str, Any]:
    return _global(proxy=settings)


def _cni(provider: str = "default") -> dict[str, Any]:
    return {"pilot": {"cni": {"enabled": True, "provider": provider}}}


def _traffic(**settings: str) -> dict[str, str]:
    return {f"traffic.sidecar.istio.io/{name}": value for name, value in settings.items()}


def _metadata(**settings: str) -> dict[str, Any]:
    return {"defaultConfig": {"proxyMetadata": settings}}


def _resources(*names: str) -> dict[str, str]:
    return {f"sidecar.istio.io/{name}": quantity for name, quantity in zip(names, ("100m", "64Mi"), strict=False)}


def _mode(mode: str) -> dict[str, str]:
    return {"sidecar.istio.io/interceptionMode": mode}


_ALL_TRAFFIC = _traffic(
    includeOutboundIPRanges="10.0.0.0/8",
    excludeOutboundIPRanges="10.1.0.0/16",
    includeInboundPorts="80,81",
    excludeInboundPorts="82, 15020",
    includeOutboundPorts="90",
    excludeOutboundPorts="91,92",
    excludeInterfaces="eth1",
    kubevirtInterfaces="net1",
)
_NO_TRAFFIC = _traffic(includeInboundPorts="", includeOutboundPorts="", excludeOutboundPorts="")
_LIGHTSTEP = {
    "defaultConfig": {
        "tracing": {
            "lightstep": {"address": "a:1", "accessToken": "t"},
            "tlsSettings": {"caCertificates": "/etc/ls/ca.pem"},
        }
    }
}
_OTEL = {
    "extensionProviders": [
        {
            "name": "otel",
            "opentelemetry": {
                "service": "otel.observability.svc.cluster.local",
                "port": 4317,
                "serviceAttributeEnrichment": "OTEL_SEMANTIC_CONVENTIONS",
            },
        }
    ]
}
_USER_VOLUME = {
    "sidecar.istio.io/userVolume": json.dumps({"extra": {"emptyDir": {}}, "more": {"configMap": {"name": "a<b"}}}),
    "sidecar.istio.io/userVolumeMount": json.dumps({"extra": {"mountPath": "/extra", "readOnly": True}}),
}
_SLEEP = {"preStop": {"exec": {"command": ["sleep"]}}}
_TRUST_BUNDLE = {"pilot": {"env": {"ENABLE_CLUSTER_TRUST_BUNDLE_API": True}}}
_AGENT_NEEDS_PORT = "grpc-agent loses its volume mounts in upstream's template, and keeps them in ours"

VARIATIONS: Mapping[str, Variation] = {
    "defaults": Variation(),
    "no native sidecars": Variation(environment={"ENABLE_NATIVE_SIDECARS": "false"}),
    "privileged": Variation(_proxy(privileged=True)),
    "cluster domain": Variation(_proxy(clusterDomain="corp.example")),
    "log levels": Variation(
        _global(proxy={"logLevel": "debug", "componentLogLevel": "http:info"}, logging={"level": "all:debug"})
    ),
    "log levels by annotation": Variation(
        annotations={
            "sidecar.istio.io/logLevel": "trace",
            "sidecar.istio.io/componentLogLevel": "upstream:debug",
            "sidecar.istio.io/agentLogLevel": "default:warn",
        }
    ),
    "JSON logs": Variation(_global(logAsJson=True)),
    "outlier log": Variation(_proxy(outlierLogPath="/dev/stdout")),
    "token service": Variation(_global(sts={"servicePort": 15010})),
    "lifecycle": Variation(_proxy(lifecycle=_SLEEP)),
    "lifecycle before holding": Variation(_proxy(lifecycle=_SLEEP, holdApplicationUntilProxyStarts=True)),
    "holds the app": Variation(_proxy(holdApplicationUntilProxyStarts=True)),
    "holds the app by mesh config": Variation(mesh={"defaultConfig": {"holdApplicationUntilProxyStarts": True}}),
    "holds the app by annotation": Variation(
        annotations={"proxy.istio.io/config": "holdApplicationUntilProxyStarts: true"}
    ),
    "no startup probe": Variation(_proxy(startupProbe={"enabled": False})),
    "startup probe": Variation(_proxy(startupProbe={"failureThreshold": 7})),
    "readiness probe": Variation(
        _proxy(readinessInitialDelaySeconds=3, readinessPeriodSeconds=4, readinessFailureThreshold=5)
    ),
    "readiness probe by annotation": Variation(
        annotations={
            "readiness.status.sidecar.istio.io/initialDelaySeconds": "6",
            "readiness.status.sidecar.istio.io/periodSeconds": "7",
            "readiness.status.sidecar.istio.io/failureThreshold": "8",
        }
    ),
    "health port": Variation(_proxy(statusPort=15099)),
    "health port by annotation": Variation(annotations={"status.sidecar.istio.io/port": "15098"}),
    "no health port": Variation(_proxy(statusPort=0), without=("grpc-agent",), why=_AGENT_NEEDS_PORT),
    "no health port by annotation": Variation(
        annotations={"status.sidecar.istio.io/port": "0"}, without=("grpc-agent",), why=_AGENT_NEEDS_PORT
    ),
    "resources": Variation(_proxy(resources={"limits": {"memory": "1Gi"}, "requests": {"example.com/gpu": "1"}})),
    "null resources": Variation(_proxy(resources={"limits": None, "requests": {"cpu": None}})),
    "no resources": Variation(_proxy(resources=None)),
    "requests by annotation": Variation(annotations=_resources("proxyCPU", "proxyMemory")),
    "CPU request by annotation": Variation(annotations=_resources("proxyCPU")),
    "limits by annotation": Variation(annotations=_resources("proxyCPULimit", "proxyMemoryLimit")),
    "CPU limit and request by annotation": Variation(annotations=_resources("proxyCPULimit", "proxyCPU")),
    "seccomp": Variation(
        {
            **_proxy(seccompProfile={"type": "RuntimeDefault"}),
            "gateways": {"seccompProfile": {"type": "RuntimeDefault"}},
        }
    ),
    "gateway security context": Variation({"gateways": {"securityContext": {"runAsUser": 1234}}}),
    "image name": Variation(_proxy(image="envoy")),
    "image reference": Variation(
        _global(proxy={"image": "example.com/envoy:1"}, proxy_init={"image": "example.com/init:2"})
    ),
    "image by annotation": Variation(annotations={"sidecar.istio.io/proxyImage": "example.com/mine:3"}),
    "image type by annotation": Variation(annotations={"sidecar.istio.io/proxyImageType": "debug"}),
    "distroless": Variation(_global(variant="distroless")),
    "image type by mesh config": Variation(mesh={"defaultConfig": {"image": {"imageType": "distroless"}}}),
    "pull secrets": Variation(_global(imagePullSecrets=["one", "two"])),
    "pull policy": Variation(_global(imagePullPolicy="IfNotPresent")),
    "multi-cluster": Variation(_global(meshID="mesh1", multiCluster={"clusterName": "east"}, network="network-1")),
    "network by label": Variation(_global(network="network-1"), labels={"topology.istio.io/network": "network-2"}),
    "trust domain": Variation(mesh={"trustDomain": "corp.example"}),
    "external CA": Variation(_global(caAddress="ca.example:443", pilotCertProvider="custom")),
    "GKE certificates": Variation(_global(caName="GkeWorkloadCertificate")),
    "trust bundle": Variation(_global(trustBundleName="corp-roots")),
    "cluster trust bundle": Variation(_TRUST_BUNDLE),
    "named cluster trust bundle": Variation({**_TRUST_BUNDLE, **_global(trustBundleName="corp-roots")}),
    "revocation list": Variation({"pilot": {"crlConfigMapName": "corp-crl"}}),
    "token audience": Variation(_global(sds={"token": {"aud": "corp-ca"}})),
    "revision": Variation({"revision": "canary"}),
    "another system namespace": Variation({"global": {"istioNamespace": "mesh"}}),
    "mTLS files": Variation(_global(mountMtlsCerts=True)),
    "mTLS files of an account": Variation(_global(mountMtlsCerts=True), pod={"serviceAccountName": "shop"}),
    "CNI": Variation(_cni()),
    "CNI with traffic annotations": Variation(_cni(), annotations=_ALL_TRAFFIC),
    "CNI with empty annotations": Variation(_cni(), annotations=_NO_TRAFFIC),
    "CNI with TPROXY": Variation(_cni(), annotations=_mode("TPROXY")),
    "CNI without capture": Variation(_cni(), annotations=_mode("NONE")),
    "CNI with settings": Variation(
        _cni()
        | _proxy(
            includeOutboundPorts="90",
            excludeOutboundPorts="91",
            excludeInboundPorts="83",
            includeIPRanges="10.0.0.0/8",
            excludeIPRanges="10.2.0.0/16",
        ),
    ),
    "CNI without IP ranges": Variation(_cni() | _proxy(includeIPRanges="")),
    "Multus without CNI": Variation(
        {"pilot": {"cni": {"enabled": False, "provider": "multus"}}, "global": {"network": "network-1"}}
    ),
    "CNI by Multus": Variation(
        _cni("multus"),
        annotations={
            "k8s.v1.cni.cncf.io/networks": '[{"name": "first"}]',
            "istio.io/reroute-virtual-interfaces": "net2",
        },
    ),
    "traffic annotations": Variation(annotations=_ALL_TRAFFIC),
    "empty traffic annotations": Variation(annotations=_NO_TRAFFIC),
    "rerouted interfaces": Variation(
        annotations={**_ALL_TRAFFIC, "istio.io/reroute-virtual-interfaces": "net2,net3"},
    ),
    "traffic settings": Variation(
        _proxy(
            includeOutboundPorts="90",
            excludeOutboundPorts="91",
            includeInboundPorts="80",
            excludeInboundPorts="83",
            includeIPRanges="10.0.0.0/8",
            excludeIPRanges="10.2.0.0/16",
        )
    ),
    "TPROXY": Variation(annotations=_mode("TPROXY")),
    "TPROXY by mesh config": Variation(mesh={"defaultConfig": {"interceptionMode": "TPROXY"}}),
    "no capture": Variation(annotations=_mode("NONE")),
    "low ports": Variation(annotations={"sidecar.istio.io/capNetBindService": "true"}),
    "low ports and TPROXY": Variation(
        annotations={"sidecar.istio.io/capNetBindService": "true", **_mode("TPROXY")},
    ),
    "forced iptables": Variation({"global": {"proxy_init": {"forceApplyIptables": True}}}),
    "nftables": Variation(_global(nativeNftables=True)),
    "listening ports": Variation(mesh={"proxyListenPort": 25001, "proxyInboundListenPort": 25006}),
    "probes to localhost": Variation(mesh={"inboundTrafficPolicy": {"mode": "LOCALHOST"}}),
    "DNS capture": Variation(mesh=_metadata(ISTIO_META_DNS_CAPTURE="true", ISTIO_META_DNS_AUTO_ALLOCATE="true")),
    "HBONE": Variation(mesh=_metadata(ISTIO_META_ENABLE_HBONE="true")),
    "HBONE by label": Variation(
        mesh=_metadata(ISTIO_META_ENABLE_HBONE="true"), labels={"networking.istio.io/tunnel": "none"}
    ),
    "traced iptables": Variation(mesh=_metadata(IPTABLES_TRACE_LOGGING="true")),
    "traced iptables with TPROXY": Variation(
        mesh=_metadata(IPTABLES_TRACE_LOGGING="true"),
        annotations={**_mode("TPROXY"), "sidecar.istio.io/capNetBindService": "true"},
    ),
    "overriding metadata": Variation(mesh=_metadata(ISTIO_META_MESH_ID="mine", TRUST_DOMAIN="mine.example", A="1")),
    "proxy config": Variation(
        mesh={"defaultConfig": {"concurrency": 4, "drainDuration": "20s", "discoveryAddress": "istiod.other:15012"}}
    ),
    "compliance": Variation(environment={**NATIVE, "COMPLIANCE_POLICY": "fips-140-2"}),
    "Datadog": Variation(
        _proxy(tracer="datadog"),
        annotations={"apm.datadoghq.com/env": '{"DD_ENV": "prod", "DD_AGENT_HOST": "$(HOST_IP)"}'},
    ),
    "Lightstep": Variation(_proxy(tracer="lightstep"), mesh=_LIGHTSTEP),
    "OpenTelemetry": Variation(mesh=_OTEL, labels={"app.kubernetes.io/version": "v3"}),
    "custom bootstrap": Variation(annotations={"sidecar.istio.io/bootstrapOverride": "my-bootstrap"}),
    "user volumes": Variation(annotations=_USER_VOLUME),
    "user volumes without native sidecars": Variation(
        annotations=_USER_VOLUME, environment={"ENABLE_NATIVE_SIDECARS": "false"}
    ),
    "app label": Variation(labels={"app": "shop", "version": "v1"}),
    "recommended labels": Variation(
        labels={"app": "x", "app.kubernetes.io/name": "shop", "app.kubernetes.io/version": "2"}
    ),
    "canonical labels": Variation(
        labels={
            "service.istio.io/canonical-name": "shop",
            "service.istio.io/canonical-revision": "v4",
            "service.istio.io/workload-name": "shop-blue",
            "security.istio.io/tlsMode": "disabled",
        }
    ),
    "long name": Variation(labels={"app.kubernetes.io/name": "a" * 62 + "." + "b" * 10}),
    "kubectl's container": Variation(
        annotations={
            "kubectl.kubernetes.io/default-container": "helper",
            "kubectl.kubernetes.io/default-logs-container": "helper",
        }
    ),
    "no probe rewriting": Variation(annotations={"sidecar.istio.io/rewriteAppHTTPProbers": "false"}),
    "proxy of the pod's own": Variation(
        pod={
            "containers": [
                {"name": "shop", "image": "shop"},
                {
                    "name": "istio-proxy",
                    "image": "auto",
                    "ports": [{"containerPort": 15443}],
                    "resources": {"requests": {"cpu": "1"}},
                    "securityContext": {"runAsUser": 0},
                },
            ]
        }
    ),
    "only a proxy": Variation(pod={"containers": [{"name": "istio-proxy", "image": "auto"}]}),
    "volumes of the pod's own": Variation(
        pod={"volumes": [{"name": "istio-data", "emptyDir": {"medium": "Memory"}}, {"name": "workload-socket"}]}
    ),
}
"""The variations by name."""
