"""ztunnel, the proxy on each node that ambient pods' traffic goes through: account, rights, DaemonSet.

Facts: names, environment, mounts and conditions of Istio 1.31's ztunnel chart (``manifests/charts/ztunnel``), as
istioctl hands it values: those of ``ztunnel``, and the ``global`` ones of the same names below them.
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from . import istiod, node_agents, patches, rbac, workloads
from .labels import metadata, revision
from .scope import in_scope
from .workloads import filled, mount

PART = "ztunnel"
CONTAINER = "istio-proxy"

STATS, READY = 15020, 15021
"""Ports of its metrics and of its readiness."""
OPEN_PORTS = (READY, STATS, 15000, 15008, 15001, 15006)
"""Ports that a network policy leaves open: readiness, metrics, administration, HBONE, outbound, plain inbound."""
DNS = 15053

SELECTOR = {"app": PART}
"""Labels by which the DaemonSet knows its pods. They cannot be changed later."""

CAPABILITIES = ("NET_ADMIN", "SYS_ADMIN", "NET_RAW")
"""What it may do: open sockets in pods' network namespaces, and keep clients' addresses."""

REVOCATION_LIST = "/var/run/secrets/istio/crl"


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return ztunnel's objects."""
    ztunnel = settings.ztunnel
    found = [_account(settings)]
    if rules := node_agents.openshift_rules(settings):
        found += _rights(settings, rules)
    if ztunnel.resourceQuotas.enabled:
        described = metadata(
            settings, ztunnel.resourceName, part=PART, labels=ztunnel.labels, namespace=_place(settings)
        )
        found.append(node_agents.quota(described, ztunnel.resourceQuotas))
    if settings.global_.networkPolicy.enabled and settings.istio.nodes.network_policies:
        found.append(_network_policy(settings))
    found.append(_daemon_set(settings))
    return patches.apply(settings, in_scope(settings, found))


def _place(settings: MeshSettings) -> str:
    return settings.ztunnel_namespace


def _revision(settings: MeshSettings) -> dict[str, str]:
    return revision(settings) if settings.revision else {}


def _metadata(settings: MeshSettings, labels: dict[str, str], namespace: str | None) -> dict[str, Any]:
    annotations = {**settings.ztunnel.annotations, **_revision(settings)}
    return metadata(
        settings,
        settings.ztunnel.resourceName,
        part=PART,
        labels=labels,
        annotations=annotations,
        namespace=namespace,
    )


def _account(settings: MeshSettings) -> dict[str, Any]:
    own = settings.ztunnel.imagePullSecrets
    names = settings.global_.imagePullSecrets if own is None else own
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(settings, settings.ztunnel.labels, _place(settings)),
        **filled(imagePullSecrets=[{"name": name} for name in names]),
    }


def _rights(settings: MeshSettings, rules: list[rbac.Rule]) -> list[dict[str, Any]]:
    name = settings.ztunnel.resourceName
    subject = rbac.account(name, _place(settings))
    found = [
        rbac.cluster_role(settings, name, PART, PART, rules),
        rbac.cluster_role_binding(settings, name, PART, PART, subject),
    ]
    for item in found:
        item["metadata"] = _metadata(settings, {"app": PART}, None)
    return found


def _network_policy(settings: MeshSettings) -> dict[str, Any]:
    name = settings.suffixed(settings.ztunnel.resourceName)
    labels = {**SELECTOR, **revision(settings)}
    dns = [workloads.ports_open(settings, DNS, protocol=protocol) for protocol in ("TCP", "UDP")]
    both = {**dns[0], "ports": [port for rule in dns for port in rule["ports"]]}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(settings, name, part=PART, labels=labels, namespace=_place(settings)),
        "spec": {
            "podSelector": {"matchLabels": SELECTOR},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [*(workloads.ports_open(settings, port) for port in OPEN_PORTS), both],
            "egress": [{}],
        },
    }


def _daemon_set(settings: MeshSettings) -> dict[str, Any]:
    ztunnel = settings.ztunnel
    labels = {
        **SELECTOR,
        "sidecar.istio.io/inject": "false",
        "istio.io/dataplane-mode": "none",
        **ztunnel.podLabels,
    }
    pod = {
        "labels": metadata(settings, "", part=PART, labels=labels)["labels"],
        "annotations": {"sidecar.istio.io/inject": "false", **_revision(settings), **ztunnel.podAnnotations},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": _metadata(settings, ztunnel.labels, _place(settings)),
        "spec": {
            "selector": {"matchLabels": SELECTOR},
            "updateStrategy": ztunnel.updateStrategy.data(),
            "template": {"metadata": pod, "spec": _pod(settings)},
        },
    }


def _pod(settings: MeshSettings) -> dict[str, Any]:
    ztunnel = settings.ztunnel
    return {
        "nodeSelector": {**node_agents.NODES, **ztunnel.nodeSelector},
        "serviceAccountName": ztunnel.resourceName,
        **filled(
            affinity=dict(ztunnel.affinity),
            tolerations=list(ztunnel.tolerations),
            dnsPolicy=ztunnel.dnsPolicy,
            dnsConfig=dict(ztunnel.dnsConfig),
        ),
        "containers": [_container(settings)],
        "priorityClassName": node_agents.PRIORITY,
        "terminationGracePeriodSeconds": ztunnel.terminationGracePeriodSeconds,
        "volumes": _volumes(settings),
    }


def _container(settings: MeshSettings) -> dict[str, Any]:
    ztunnel, shared = settings.ztunnel, settings.global_
    variant = shared.variant if ztunnel.variant is None else ztunnel.variant
    return {
        "name": CONTAINER,
        "image": workloads.image(ztunnel.hub or settings.hub, ztunnel.image, ztunnel.tag or settings.tag, variant),
        **filled(imagePullPolicy=ztunnel.imagePullPolicy or shared.imagePullPolicy),
        "ports": [{"containerPort": STATS, "name": "ztunnel-stats", "protocol": "TCP"}],
        "resources": workloads.amounts(settings, ztunnel.resources),
        "securityContext": {
            # Kubernetes takes SYS_ADMIN for it anyway.
            "allowPrivilegeEscalation": True,
            "privileged": False,
            "capabilities": {"drop": ["ALL"], "add": list(CAPABILITIES)},
            "readOnlyRootFilesystem": True,
            "runAsGroup": 1337,
            "runAsNonRoot": False,
            "runAsUser": 0,
            **filled(seLinuxOptions=dict(ztunnel.seLinuxOptions)),
        },
        "readinessProbe": {"httpGet": {"port": READY, "path": "/healthz/ready"}},
        "args": ["proxy", "ztunnel"],
        "env": _environment(settings),
        "volumeMounts": _mounts(settings),
    }


def _environment(settings: MeshSettings) -> list[dict[str, Any]]:
    ztunnel, shared, facts = settings.ztunnel, settings.global_, settings.istio.nodes
    variable, from_field = workloads.variable, workloads.field_variable
    namespace = ztunnel.istioNamespace or settings.istio_namespace
    own = f"{istiod.name(settings)}.{namespace}.svc:{istiod.PORTS['tls-xds']}"
    network = shared.network if ztunnel.network is None else ztunnel.network
    as_json = shared.logAsJson if ztunnel.logAsJson is None else ztunnel.logAsJson
    cluster = ztunnel.multiCluster.clusterName or shared.multiCluster.clusterName
    entries = [
        variable("CA_ADDRESS", ztunnel.caAddress or shared.caAddress or own),
        variable("XDS_ADDRESS", ztunnel.xdsAddress or own),
        *([variable("LOG_FORMAT", "json")] if as_json else []),
        *([variable("NETWORK", network)] if network else []),
        variable("RUST_LOG", ztunnel.logLevel),
        variable("RUST_BACKTRACE", "1"),
        variable("ISTIO_META_CLUSTER_ID", cluster or "Kubernetes"),
        variable("INPOD_ENABLED", True),
        variable("TERMINATION_GRACE_PERIOD_SECONDS", ztunnel.terminationGracePeriodSeconds),
        from_field("POD_NAME", "metadata.name", versioned=False),
        from_field("POD_NAMESPACE", "metadata.namespace", versioned=False),
        from_field("NODE_NAME", "spec.nodeName", versioned=False),
        from_field("INSTANCE_IP", "status.podIP", versioned=False),
        from_field("SERVICE_ACCOUNT", "spec.serviceAccountName", versioned=False),
        *workloads.variables(ztunnel.meshConfig.defaultConfig.proxyMetadata),
        workloads.limit_variable("ZTUNNEL_CPU_LIMIT", "cpu", divided=facts.ztunnel_cpu_divisor),
    ]
    if facts.ztunnel_resource_variables:
        entries += _chosen_cpu(settings)
    entries += workloads.variables(ztunnel.env)
    if ztunnel.peerCaCrl.enabled:
        entries.append(variable("CRL_PATH", f"{REVOCATION_LIST}/ca-crl.pem"))
    return workloads.unique(entries)


def _chosen_cpu(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return what tells ztunnel that its CPU is limited or reserved, by which it chooses how many threads it runs."""
    chosen = workloads.amounts(settings, settings.ztunnel.resources)
    return [
        {
            "name": f"ZTUNNEL_RESOURCE_CPU_{name}",
            "valueFrom": {"resourceFieldRef": {"resource": f"{kind}.cpu", "divisor": "1"}},
        }
        for kind, name in (("limits", "LIMIT"), ("requests", "REQUEST"))
        if chosen.get(kind, {}).get("cpu")
    ]


def _mounts(settings: MeshSettings) -> list[dict[str, Any]]:
    crl = [mount("crl-volume", REVOCATION_LIST, read_only=True)] if settings.ztunnel.peerCaCrl.enabled else []
    return [
        mount("istiod-ca-cert", "/var/run/secrets/istio"),
        mount("istio-token", "/var/run/secrets/tokens"),
        mount(node_agents.SOCKET_VOLUME, node_agents.SOCKET_FOLDER),
        # The root file system cannot be written to, and profiles are.
        mount("tmp", "/tmp"),
        *crl,
        *settings.ztunnel.volumeMounts,
    ]


def _volumes(settings: MeshSettings) -> list[dict[str, Any]]:
    ztunnel = settings.ztunnel
    token = {"audience": "istio-ca", "expirationSeconds": 43200, "path": "istio-token"}
    bundle = ztunnel.trustBundleName or settings.global_.trustBundleName
    crl = {"name": "crl-volume", "configMap": {"name": "istio-ca-crl", "optional": True}}
    return [
        {"name": "istio-token", "projected": {"sources": [{"serviceAccountToken": token}]}},
        {"name": "istiod-ca-cert", **_roots(settings, bundle)},
        node_agents.socket_volume(),
        {"name": "tmp", "emptyDir": {}},
        *([crl] if ztunnel.peerCaCrl.enabled else []),
        *ztunnel.volumes,
    ]


def _roots(settings: MeshSettings, bundle: str | None) -> dict[str, Any]:
    """Return the source of the volume with the mesh's root certificate. ztunnel has a flag of its own for bundles."""
    if settings.ztunnel.env.get("ENABLE_CLUSTER_TRUST_BUNDLE_API") is True:
        source = {"name": f"istio.io:istiod-ca:{bundle or 'root-cert'}", "path": "root-cert.pem"}
        return {"projected": {"sources": [{"clusterTrustBundle": source}]}}
    return {"configMap": {"name": bundle or "istio-ca-root-cert"}}
