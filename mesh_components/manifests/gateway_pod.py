"""A gateway's pod: Envoy as a router, without injection.

Facts: Istio 1.31's gateway charts (``manifests/charts/gateways/istio-ingress/templates/deployment.yaml``,
``_affinity.tpl``).
The pod waits for the ConfigMap with the root certificate, which istiod publishes when it is ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mesh_components.settings import GatewaySettings, MeshSettings
from mesh_components.settings.gateway import AntiAffinityTerm
from mesh_components.settings.merge import deep_merge

from . import istiod, workloads
from .labels import revision
from .mesh_config import TRUST_DOMAIN, XDS_PORT
from .workloads import filled, mount

CONTAINER = "istio-proxy"
USER = 1337
"""User and group of the proxy, which traffic redirection exempts."""
NOT_AMBIENT = {"istio.io/dataplane-mode": "none"}
"""A gateway is not itself redirected to the ambient data plane."""
HEALTH_PORT = 15021
READINESS = {
    "failureThreshold": 30,
    "httpGet": {"path": "/healthz/ready", "port": HEALTH_PORT, "scheme": "HTTP"},
    "initialDelaySeconds": 1,
    "periodSeconds": 2,
    "successThreshold": 1,
    "timeoutSeconds": 1,
}
"""How Kubernetes asks a gateway whether it is ready."""
AGENT_METRICS_PORT = 15020
ENVOY_METRICS_PORT = 15090


def pod_labels(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, str]:
    """Return the labels of the pods in addition to those that all of the gateway's objects have."""
    return {**NOT_AMBIENT, **canonical(settings, gateway), "sidecar.istio.io/inject": "false"}


def canonical(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, str]:
    """Return the labels by which telemetry names the gateway."""
    own = gateway.labels
    version = own.get("app.kubernetes.io/version") or own.get("version") or settings.revision or "latest"
    return {"service.istio.io/canonical-name": gateway.name, "service.istio.io/canonical-revision": version}


def scraped(settings: MeshSettings) -> dict[str, str]:
    """Return the annotations that tell Prometheus where the pods' metrics are."""
    if not settings.meshConfig.get("enablePrometheusMerge"):
        return {}
    return {
        "prometheus.io/port": str(AGENT_METRICS_PORT),
        "prometheus.io/scrape": "true",
        "prometheus.io/path": "/stats/prometheus",
    }


def pod_annotations(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    """Return the annotations of the pods: where Prometheus scrapes, and the user's."""
    return {
        **revision(settings),
        **scraped(settings),
        "sidecar.istio.io/inject": "false",
        **gateway.podAnnotations,
    }


def spec(settings: MeshSettings, gateway: GatewaySettings, account: str) -> dict[str, Any]:
    """Return the pod's spec."""
    return around(settings, gateway, account, _container(settings, gateway), _volumes(settings, gateway))


def around(
    settings: MeshSettings,
    gateway: GatewaySettings,
    account: str,
    container: dict[str, Any],
    volumes: list[dict[str, Any]],
) -> dict[str, Any]:
    """Return the pod's spec around the proxy's ``container``, which mounts ``volumes``."""
    shared = settings.global_
    return {
        **filled(
            initContainers=list(gateway.initContainers),
            securityContext=_security(settings, gateway),
            priorityClassName=gateway.priorityClassName or shared.priorityClassName,
            dnsPolicy=gateway.dnsPolicy,
            dnsConfig=dict(gateway.dnsConfig),
            terminationGracePeriodSeconds=gateway.terminationGracePeriodSeconds,
        ),
        "serviceAccountName": account,
        "containers": [container, *gateway.additionalContainers],
        "volumes": [*volumes, *gateway.volumes],
        **filled(
            affinity=_affinity(settings, gateway),
            tolerations=list(gateway.tolerations or shared.defaultTolerations or []),
            topologySpreadConstraints=list(gateway.topologySpreadConstraints),
        ),
    }


def _security(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    # OpenShift gives every namespace users of its own.
    user = {} if settings.global_.platform == "openshift" else {"runAsUser": USER, "runAsGroup": USER}
    found: dict[str, Any] = {} if gateway.runAsRoot else {**user, "runAsNonRoot": True}
    return {**found, **gateway.securityContext}


def container(settings: MeshSettings, gateway: GatewaySettings, image: Any) -> dict[str, Any]:
    """Return what the proxy's container has whether istiod completes it or not."""
    shared = settings.global_
    locked = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    return {
        "name": CONTAINER,
        "image": image,
        "ports": [
            *({"containerPort": number, "protocol": protocol} for number, protocol in _open_ports(gateway)),
            {"containerPort": ENVOY_METRICS_PORT, "protocol": "TCP", "name": "http-envoy-prom"},
        ],
        **filled(
            imagePullPolicy=gateway.imagePullPolicy or shared.imagePullPolicy,
            securityContext={**({} if gateway.runAsRoot else locked), **gateway.containerSecurityContext},
            lifecycle=dict(gateway.lifecycle),
        ),
        "resources": workloads.resources(settings, gateway.resources),
    }


def _container(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    shared = settings.global_
    image = workloads.image(
        settings.hub, shared.proxy.image, gateway.tag or settings.tag, shared.proxy.variant or shared.variant
    )
    return {
        **container(settings, gateway, image),
        "args": _arguments(settings),
        "readinessProbe": deep_merge(READINESS, gateway.readinessProbe),
        "env": _environment(settings, gateway),
        "volumeMounts": _mounts(settings, gateway),
    }


def _open_ports(gateway: GatewaySettings) -> list[tuple[int, str]]:
    """Return the ports that the proxy listens on, each once: server-side apply refuses a port that is listed twice."""
    return list(dict.fromkeys((port.targetPort or port.port, port.protocol or "TCP") for port in gateway.ports))


def _arguments(settings: MeshSettings) -> list[str]:
    shared = settings.global_
    proxy = shared.proxy
    return [
        "proxy",
        "router",
        "--domain",
        f"$(POD_NAMESPACE).svc.{proxy.clusterDomain}",
        *([f"--proxyLogLevel={proxy.logLevel}"] if proxy.logLevel else []),
        *([f"--proxyComponentLogLevel={proxy.componentLogLevel}"] if proxy.componentLogLevel else []),
        *([f"--log_output_level={shared.logging.level}"] if shared.logging.level else []),
        *(["--log_as_json"] if shared.logAsJson else []),
        *([f"--stsPort={shared.sts.servicePort}"] if shared.sts.servicePort else []),
    ]


def _environment(settings: MeshSettings, gateway: GatewaySettings) -> list[dict[str, Any]]:
    shared, namespace = settings.global_, settings.gateway_namespace(gateway)
    authority = shared.caAddress or f"{istiod.name(settings)}.{settings.istio_namespace}.svc:{XDS_PORT}"
    domain = settings.meshConfig.get("trustDomain", TRUST_DOMAIN)
    proxy_metadata = (settings.meshConfig.get("defaultConfig") or {}).get("proxyMetadata") or {}
    variable, field = workloads.variable, workloads.field_variable
    entries = [
        variable("PILOT_CERT_PROVIDER", shared.pilotCertProvider),
        variable("CA_ADDR", authority),
        field("NODE_NAME", "spec.nodeName"),
        field("POD_NAME", "metadata.name"),
        field("POD_NAMESPACE", "metadata.namespace"),
        field("INSTANCE_IP", "status.podIP"),
        field("HOST_IP", "status.hostIP"),
        workloads.limit_variable("ISTIO_CPU_LIMIT", "cpu", divided=settings.istio.workloads.gateway_cpu_divisor),
        field("SERVICE_ACCOUNT", "spec.serviceAccountName", versioned=False),
        variable("ISTIO_META_WORKLOAD_NAME", gateway.name),
        variable("ISTIO_META_OWNER", f"kubernetes://apis/apps/v1/namespaces/{namespace}/deployments/{gateway.name}"),
    ]
    if mesh := shared.meshID or domain:
        entries.append(variable("ISTIO_META_MESH_ID", mesh))
    if domain:
        entries.append(variable("TRUST_DOMAIN", domain))
    if not gateway.runAsRoot:
        entries.append(variable("ISTIO_META_UNPRIVILEGED_POD", True))
    entries += workloads.variables(gateway.env)
    entries += workloads.variables(proxy_metadata)
    if shared.network and not gateway.env.get("ISTIO_META_NETWORK"):
        entries.append(variable("ISTIO_META_NETWORK", shared.network))
    entries += [
        variable("ISTIO_META_CLUSTER_ID", shared.multiCluster.clusterName or "Kubernetes"),
        field("ISTIO_META_NODE_NAME", "spec.nodeName", versioned=False),
        *gateway.envVarFrom,
    ]
    return workloads.unique(entries)


def _mounts(settings: MeshSettings, gateway: GatewaySettings) -> list[dict[str, Any]]:
    certificates = [mount("istio-certs", "/etc/certs", read_only=True)] if settings.global_.mountMtlsCerts else []
    return [
        mount("workload-socket", "/var/run/secrets/workload-spiffe-uds"),
        mount("credential-socket", "/var/run/secrets/credential-uds"),
        mount("workload-certs", "/var/run/secrets/workload-spiffe-credentials"),
        mount("istio-envoy", "/etc/istio/proxy"),
        mount("config-volume", "/etc/istio/config"),
        *([mount("istiod-ca-cert", "/var/run/secrets/istio")] if _istiod_certifies(settings) else []),
        mount("istio-token", "/var/run/secrets/tokens", read_only=True),
        *certificates,
        mount("istio-data", "/var/lib/istio/data"),
        mount("podinfo", "/etc/istio/pod"),
        *chosen_mounts(gateway),
    ]


def chosen_mounts(gateway: GatewaySettings) -> list[dict[str, Any]]:
    """Return the mounts that the settings ask for."""
    return [
        *(mount(volume.name, volume.mountPath, read_only=True) for volume in gateway.secretVolumes),
        *(mount(volume.name, volume.mountPath, read_only=True) for volume in gateway.configVolumes if volume.mountPath),
        *gateway.volumeMounts,
    ]


def _istiod_certifies(settings: MeshSettings) -> bool:
    return settings.global_.pilotCertProvider == "istiod"


def _volumes(settings: MeshSettings, gateway: GatewaySettings) -> list[dict[str, Any]]:
    described = [{"path": kind, "fieldRef": {"fieldPath": f"metadata.{kind}"}} for kind in ("labels", "annotations")]
    files = f"istio.istio-{gateway.direction}gateway-service-account"
    return [
        {"name": "workload-socket", "emptyDir": {}},
        {"name": "credential-socket", "emptyDir": {}},
        {"name": "workload-certs", "emptyDir": {}},
        *([{"name": "istiod-ca-cert", **istiod.root_volume(settings)}] if _istiod_certifies(settings) else []),
        {"name": "podinfo", "downwardAPI": {"items": described}},
        {"name": "istio-envoy", "emptyDir": {}},
        {"name": "istio-data", "emptyDir": {}},
        workloads.token_volume(settings),
        *([workloads.secret_volume("istio-certs", files)] if settings.global_.mountMtlsCerts else []),
        {"name": "config-volume", "configMap": {"name": settings.suffixed("istio"), "optional": True}},
        *chosen_volumes(gateway),
    ]


def chosen_volumes(gateway: GatewaySettings) -> list[dict[str, Any]]:
    """Return the volumes with the Secrets and ConfigMaps that the settings name; neither has to exist."""
    return [
        *(workloads.secret_volume(volume.name, volume.secretName) for volume in gateway.secretVolumes),
        *(
            {"name": volume.name, "configMap": {"name": volume.configMapName, "optional": True}}
            for volume in gateway.configVolumes
        ),
    ]


def _affinity(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if nodes := gateway.nodeSelector or settings.global_.defaultNodeSelector:
        wanted = [{"key": key, "operator": "In", "values": [value]} for key, value in sorted(nodes.items())]
        found["nodeAffinity"] = {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": wanted}]}
        }
    if apart := _anti_affinity(gateway.podAntiAffinityLabelSelector, gateway.podAntiAffinityTermLabelSelector):
        found["podAntiAffinity"] = apart
    merged: dict[str, Any] = deep_merge(found, gateway.affinity or {})
    return merged


def _anti_affinity(required: Sequence[AntiAffinityTerm], preferred: Sequence[AntiAffinityTerm]) -> dict[str, Any]:
    return filled(
        requiredDuringSchedulingIgnoredDuringExecution=[
            {**_term(term), **filled(namespaces=(term.namespaces or "").split(",") if term.namespaces else [])}
            for term in required
        ],
        preferredDuringSchedulingIgnoredDuringExecution=[
            {"podAffinityTerm": _term(term), "weight": 100} for term in preferred
        ],
    )


def _term(term: AntiAffinityTerm) -> dict[str, Any]:
    values = {"values": term.values.split(",")} if term.values else {}
    expression = {"key": term.key, "operator": term.operator, **values}
    return {"labelSelector": {"matchExpressions": [expression]}, "topologyKey": term.topologyKey}
