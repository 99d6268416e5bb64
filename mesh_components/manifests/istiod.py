"""istiod itself: account, Deployment, Service, autoscaler, disruption budget, network policy.

Facts: ports, probes, environment, volumes and conditions of Istio 1.31's istiod chart
(``manifests/charts/istio-control/istio-discovery/templates/{deployment,service,autoscale,…}.yaml``).
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings
from mesh_components.settings.merge import deep_merge

from . import workloads
from .labels import metadata, revision
from .rbac import trust_bundles
from .workloads import filled, mount

PART = "istiod"
CONTAINER = "discovery"

PORTS = {"http-debug": 8080, "grpc-xds": 15010, "tls-xds": 15012, "https-webhooks": 15017, "http-monitoring": 15014}
"""istiod's ports by name."""
MONITORING = PORTS["http-monitoring"]

EXTRA_ROOTS = "pilot-jwks-extra-cacerts"
"""ConfigMap with the roots that istiod trusts in addition when it fetches JWKS."""

READINESS = {
    "httpGet": {"path": "/ready", "port": PORTS["http-debug"]},
    "initialDelaySeconds": 1,
    "periodSeconds": 3,
    "timeoutSeconds": 5,
}
"""How Kubernetes asks istiod whether it is ready."""

NODE_TAINT = "cni.istio.io/not-ready"
"""Taint on nodes whose CNI plugin is not ready; istiod runs there nevertheless: it may be what removes the taint."""


def name(settings: MeshSettings) -> str:
    """Return the name of istiod's account, Deployment and Service."""
    return settings.suffixed("istiod")


def selector(settings: MeshSettings) -> dict[str, str]:
    """Return the labels by which the Deployment knows its pods. They cannot be changed later."""
    return {"app": "istiod", **revision(settings)} if settings.revision else {"istio": "pilot"}


def service_selector(settings: MeshSettings) -> dict[str, str]:
    """Return the labels by which Service and disruption budget know the pods."""
    return {"app": "istiod", **selector(settings)}


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return istiod's objects."""
    found = [_account(settings)] if settings.configured_here else []
    if settings.global_.networkPolicy.enabled:
        found.append(_network_policy(settings))
    return [*found, *_workload(settings)] if settings.istiod_runs_here else found


def _workload(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return what istiod runs as, in front of its pods and beside them."""
    pilot = settings.pilot
    labels = {"app": "istiod", **revision(settings)}
    found = []
    if pilot.jwksResolverExtraRootCA:
        found.append(_extra_roots(settings))
    if workloads.disruptible(settings, pilot):
        described = metadata(settings, name(settings), part=PART, labels={**labels, "istio": "pilot"})
        found.append(workloads.disruption_budget(pilot, described, service_selector(settings)))
    found += [_own_service(settings), _deployment(settings)]
    if workloads.autoscaled(pilot):
        found.append(_autoscaler(settings, labels))
    return found


def _account(settings: MeshSettings) -> dict[str, Any]:
    annotations = settings.pilot.serviceAccountAnnotations
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(settings, name(settings), part=PART, labels={"app": "istiod"}, annotations=annotations),
        **workloads.pull_secrets(settings),
    }


def _extra_roots(settings: MeshSettings) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(settings, settings.suffixed(EXTRA_ROOTS), part=PART, labels=revision(settings)),
        "data": {"extra.pem": settings.pilot.jwksResolverExtraRootCA},
    }


def _network_policy(settings: MeshSettings) -> dict[str, Any]:
    labels = {"app": "istiod", "istio": "pilot", **revision(settings)}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(settings, name(settings), part=PART, labels=labels),
        "spec": {
            "podSelector": {"matchLabels": {"app": "istiod", **revision(settings)}},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                workloads.ports_open(settings, PORTS["https-webhooks"]),
                workloads.ports_open(settings, 15010, 15011, 15012, PORTS["http-debug"], MONITORING),
            ],
            # istiod fetches JWKS from wherever its users say.
            "egress": [{}],
        },
    }


def _own_service(settings: MeshSettings) -> dict[str, Any]:
    found = service(settings, name(settings))
    found["spec"] |= filled(trafficDistribution=settings.pilot.trafficDistribution)
    return found


def service(settings: MeshSettings, called: str) -> dict[str, Any]:
    """Return a Service in front of istiod, which a tag has one of, too."""
    pilot = settings.pilot
    ports = [
        {"port": PORTS["grpc-xds"], "name": "grpc-xds", "protocol": "TCP"},
        {"port": PORTS["tls-xds"], "name": "https-dns", "protocol": "TCP"},
        {"port": 443, "name": "https-webhook", "targetPort": PORTS["https-webhooks"], "protocol": "TCP"},
        {"port": MONITORING, "name": "http-monitoring", "protocol": "TCP"},
    ]
    labels = {"app": "istiod", "istio": "pilot", **revision(settings)}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(settings, called, part=PART, labels=labels, annotations=pilot.serviceAnnotations),
        "spec": {
            "ports": ports,
            "selector": service_selector(settings),
            **filled(ipFamilyPolicy=pilot.ipFamilyPolicy, ipFamilies=list(pilot.ipFamilies)),
        },
    }


def _autoscaler(settings: MeshSettings, labels: dict[str, str]) -> dict[str, Any]:
    pilot = settings.pilot
    targets = {"cpu": pilot.cpu.targetAverageUtilization, "memory": pilot.memory.targetAverageUtilization}
    described = metadata(settings, name(settings), part=PART, labels=labels)
    found = workloads.autoscaler(pilot, described, targets)
    found["spec"] |= filled(behavior=dict(pilot.autoscaleBehavior))
    return found


def _deployment(settings: MeshSettings) -> dict[str, Any]:
    pilot = settings.pilot
    labels = {"app": "istiod", "istio": "pilot", **revision(settings), **pilot.deploymentLabels}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(
            settings, name(settings), part=PART, labels=labels, annotations=pilot.deploymentAnnotations
        ),
        "spec": {
            **workloads.replicas(pilot),
            "strategy": workloads.rollout(pilot),
            "selector": {"matchLabels": selector(settings)},
            "template": {"metadata": _pod_metadata(settings), "spec": _pod(settings)},
        },
    }


def _pod_metadata(settings: MeshSettings) -> dict[str, Any]:
    labels = {
        "app": "istiod",
        **revision(settings),
        "sidecar.istio.io/inject": "false",
        "istio": "istiod" if settings.revision else "pilot",
        **settings.pilot.podLabels,
        "istio.io/dataplane-mode": "none",
    }
    annotations = {
        "prometheus.io/port": str(MONITORING),
        "prometheus.io/scrape": "true",
        "sidecar.istio.io/inject": "false",
        **settings.pilot.podAnnotations,
    }
    described = metadata(settings, "", part=PART, labels=labels)
    return {"labels": described["labels"], "annotations": annotations}


def _pod(settings: MeshSettings) -> dict[str, Any]:
    pilot = settings.pilot
    return {
        "serviceAccountName": name(settings),
        "tolerations": [{"key": NODE_TAINT, "operator": "Exists"}, *pilot.tolerations],
        **filled(
            nodeSelector=dict(pilot.nodeSelector),
            affinity=dict(pilot.affinity),
            topologySpreadConstraints=list(pilot.topologySpreadConstraints),
            priorityClassName=pilot.priorityClassName or settings.global_.priorityClassName,
            securityContext=dict(pilot.securityContext),
            initContainers=list(pilot.initContainers),
        ),
        "containers": [_container(settings)],
        "volumes": _volumes(settings),
    }


def _container(settings: MeshSettings) -> dict[str, Any]:
    pilot, shared = settings.pilot, settings.global_
    return {
        "name": CONTAINER,
        "image": workloads.image(
            pilot.hub or settings.hub, pilot.image, pilot.tag or settings.tag, pilot.variant or shared.variant
        ),
        **filled(
            imagePullPolicy=pilot.imagePullPolicy or shared.imagePullPolicy,
            terminationMessagePolicy=pilot.terminationMessagePolicy,
        ),
        "args": _arguments(settings),
        "ports": [{"containerPort": port, "protocol": "TCP", "name": port_name} for port_name, port in PORTS.items()],
        "readinessProbe": deep_merge(READINESS, pilot.readinessProbe),
        "env": _environment(settings),
        "resources": workloads.resources(settings, pilot.resources),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            **filled(seccompProfile=dict(pilot.seccompProfile)),
        },
        "volumeMounts": _mounts(settings),
    }


def _arguments(settings: MeshSettings) -> list[str]:
    pilot, shared = settings.pilot, settings.global_
    return [
        "discovery",
        f"--monitoringAddr=:{MONITORING}",
        *([f"--log_output_level={shared.logging.level}"] if shared.logging.level else []),
        *(["--log_as_json"] if shared.logAsJson else []),
        "--domain",
        shared.proxy.clusterDomain,
        *([f"--cniNamespace={pilot.taint.namespace}"] if pilot.taint.namespace else []),
        "--keepaliveMaxServerConnectionAge",
        pilot.keepaliveMaxServerConnectionAge,
        *pilot.extraContainerArgs,
    ]


def _environment(settings: MeshSettings) -> list[dict[str, Any]]:
    pilot, shared, facts = settings.pilot, settings.global_, settings.istio.control_plane
    ztunnel = f"{pilot.trustedZtunnelNamespace or settings.istio_namespace}/{pilot.trustedZtunnelName or 'ztunnel'}"
    entries = [
        workloads.variable("REVISION", settings.revision or "default"),
        workloads.variable("PILOT_CERT_PROVIDER", shared.pilotCertProvider),
        workloads.field_variable("POD_NAME", "metadata.name"),
        workloads.field_variable("POD_NAMESPACE", "metadata.namespace"),
        workloads.field_variable("SERVICE_ACCOUNT", "spec.serviceAccountName"),
        workloads.variable("KUBECONFIG", "/var/run/secrets/remote/config"),
    ]
    if not pilot.env.get("CA_TRUSTED_NODE_ACCOUNTS"):
        entries.append(workloads.variable("CA_TRUSTED_NODE_ACCOUNTS", ztunnel))
    entries += workloads.variables(pilot.env)
    if facts.fips_variable and pilot.env.get("COMPLIANCE_POLICY") == "fips-140-3":
        entries.append(workloads.variable("GODEBUG", "fips140=only"))
    entries += pilot.envVarFrom
    if pilot.traceSampling:
        entries.append(workloads.variable("PILOT_TRACE_SAMPLING", pilot.traceSampling))
    if facts.untaint_variables and pilot.taint.enabled:
        entries.append(workloads.variable("PILOT_ENABLE_NODE_UNTAINT_CONTROLLERS", True))
        entries.append(workloads.variable("PILOT_NODE_UNTAINT_CONTROLLERS_TAINT_NAME", pilot.taint.name))
    if shared.externalIstiod and not pilot.env.get("EXTERNAL_ISTIOD"):
        entries.append(workloads.variable("EXTERNAL_ISTIOD", True))
    if shared.trustBundleName:
        entries.append(workloads.variable("PILOT_CA_CERT_CONFIGMAP", shared.trustBundleName))
    if pilot.crlConfigMapName:
        entries.append(workloads.variable("PILOT_CRL_CONFIGMAP", pilot.crlConfigMapName))
    entries += [
        workloads.variable("PILOT_ENABLE_ANALYSIS", shared.istiod.enableAnalysis),
        workloads.variable("CLUSTER_ID", shared.multiCluster.clusterName or "Kubernetes"),
        *([workloads.limit_variable("GOMEMLIMIT", "memory")] if facts.memory_limit_variable else []),
        workloads.limit_variable("GOMAXPROCS", "cpu"),
        workloads.variable("PLATFORM", shared.platform or ""),
    ]
    return workloads.unique(entries)


def _mounts(settings: MeshSettings) -> list[dict[str, Any]]:
    return [
        mount("istio-token", "/var/run/secrets/tokens", read_only=True),
        mount("local-certs", "/var/run/secrets/istio-dns"),
        mount("cacerts", "/etc/cacerts", read_only=True),
        mount("istio-kubeconfig", "/var/run/secrets/remote", read_only=True),
        *([mount("extracacerts", "/cacerts")] if settings.pilot.jwksResolverExtraRootCA else []),
        mount("istio-csr-dns-cert", "/var/run/secrets/istiod/tls", read_only=True),
        mount("istio-csr-ca-configmap", "/var/run/secrets/istiod/ca", read_only=True),
        *settings.pilot.volumeMounts,
    ]


def _volumes(settings: MeshSettings) -> list[dict[str, Any]]:
    roots = {"name": settings.suffixed(EXTRA_ROOTS)}
    return [
        {"name": "local-certs", "emptyDir": {"medium": "Memory"}},
        workloads.token_volume(settings),
        workloads.secret_volume("cacerts", "cacerts"),
        workloads.secret_volume("istio-kubeconfig", "istio-kubeconfig"),
        workloads.secret_volume("istio-csr-dns-cert", "istiod-tls"),
        {"name": "istio-csr-ca-configmap", **root_volume(settings, optional=True)},
        *([{"name": "extracacerts", "configMap": roots}] if settings.pilot.jwksResolverExtraRootCA else []),
        *settings.pilot.volumes,
    ]


def root_volume(settings: MeshSettings, *, optional: bool = False) -> dict[str, Any]:
    """Return the source of the volume with the mesh's root certificate, which istiod publishes."""
    bundle = settings.global_.trustBundleName
    if trust_bundles(settings):
        source = {"name": f"istio.io:istiod-ca:{bundle or 'root-cert'}", "path": "root-cert.pem"}
        absent = {"optional": True} if optional else {}
        return {"projected": {"sources": [{"clusterTrustBundle": {**source, **absent}}]}}
    mode = {"defaultMode": 420, "optional": True} if optional else {}
    return {"configMap": {"name": bundle or "istio-ca-root-cert", **mode}}
