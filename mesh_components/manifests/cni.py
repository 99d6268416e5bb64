"""Istio's CNI plugin: the agent on each node that puts the plugin there, redirects the traffic of ambient pods, and
repairs pods that started before it. Account and rights, configuration, DaemonSet.

Facts: names, environment, mounts and conditions of Istio 1.31's istio-cni chart (``manifests/charts/istio-cni``).
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from . import node_agents, patches, rbac, workloads
from .labels import metadata, revision
from .scope import in_scope
from .workloads import filled, mount
from .yaml_text import to_yaml

PART = "istio-cni"
NAME = "istio-cni"
"""Name of its account and of its network attachment."""
WORKLOAD = "istio-cni-node"
"""Name of the DaemonSet, which the agent looks itself up by."""
CONFIG = "istio-cni-config"
CONTAINER = "install-cni"

BINARIES = "/opt/cni/bin"
"""Folder of a node with CNI plugins where the settings name none."""
METRICS, READY = 15014, 8000
"""The agent's ports."""
LEVEL = "info"
"""How verbose the agent is where nobody says so."""

SELECTOR = {"k8s-app": WORKLOAD}
"""Labels by which the DaemonSet knows its pods. They cannot be changed later."""

CAPABILITIES = ("NET_ADMIN", "NET_RAW", "SYS_PTRACE", "SYS_ADMIN", "DAC_OVERRIDE")
"""What the agent may do: change rules and routes, enter pods' network namespaces, write into folders of others."""


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return the objects of the CNI plugin."""
    cni = settings.cni
    found = [_account(settings), *_rights(settings), _config(settings)]
    if cni.provider == "multus":
        found.append(_attachment(settings))
    if cni.resourceQuotas.enabled:
        described = metadata(settings, f"{NAME}-resource-quota", part=PART, namespace=settings.cni_namespace)
        found.append(node_agents.quota(described, cni.resourceQuotas))
    if settings.global_.networkPolicy.enabled and settings.istio.nodes.network_policies:
        found.append(_network_policy(settings))
    found.append(_daemon_set(settings))
    return patches.apply(settings, in_scope(settings, found))


def _metadata(settings: MeshSettings, name: str, labels: dict[str, str]) -> dict[str, Any]:
    labels = {**labels, **revision(settings)}
    return metadata(settings, name, part=PART, labels=labels, namespace=settings.cni_namespace)


def _account(settings: MeshSettings) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(settings, NAME, {"app": NAME}),
        **workloads.pull_secrets(settings),
    }


def _rights(settings: MeshSettings) -> list[dict[str, Any]]:
    cni = settings.cni
    found: list[dict[str, Any]] = []

    def grant(role: str, binding: str, rules: list[rbac.Rule], labels: dict[str, str]) -> None:
        subject = rbac.account(NAME, settings.cni_namespace)
        given = rbac.cluster_role(settings, role, PART, NAME, rules)
        bound = rbac.cluster_role_binding(settings, binding, PART, NAME, subject, role=role)
        given["metadata"]["labels"] |= revision(settings)
        bound["metadata"] = metadata(
            settings, binding, part=PART, labels={**labels, **revision(settings)}, namespace=None
        )
        found.extend((given, bound))

    rules = [rbac.rule(rbac.CORE, ("pods", "nodes", "namespaces"), rbac.READ), *node_agents.openshift_rules(settings)]
    grant(NAME, NAME, rules, {"app": NAME})
    repair = {"k8s-app": f"{NAME}-repair"}
    if cni.repair.enabled:
        grant(f"{NAME}-repair-role", f"{NAME}-repair-rolebinding", _repair_rules(settings), repair)
    if cni.ambient.enabled:
        own = {**rbac.rule("apps", "daemonsets", ("get",)), "resourceNames": [WORKLOAD]}
        rules = [rbac.rule(rbac.CORE, "pods/status", ("patch", "update")), own]
        grant(f"{NAME}-ambient", f"{NAME}-ambient", rules, repair)
    return found


def _repair_rules(settings: MeshSettings) -> list[rbac.Rule]:
    repair = settings.cni.repair
    rules = [
        rbac.rule(rbac.CORE, "events", ("create", "patch")),
        rbac.rule(rbac.CORE, "pods", ("watch", "get", "list")),
    ]
    if repair.repairPods:
        return rules
    if repair.deletePods:
        rules.append(rbac.rule(rbac.CORE, "pods", ("delete",)))
    elif repair.labelPods:
        rules.append(rbac.rule(rbac.CORE, "pods/status", ("patch", "update")))
    return rules


def _config(settings: MeshSettings) -> dict[str, Any]:
    cni = settings.cni
    ambient, repair, facts = cni.ambient, cni.repair, settings.istio.nodes
    reconciles = ambient.reconcileIptablesOnStartup
    values: dict[str, Any] = {
        "CURRENT_AGENT_VERSION": cni.tag or settings.tag,
        "AMBIENT_ENABLED": ambient.enabled,
        "AMBIENT_ENABLEMENT_SELECTOR": to_yaml(ambient.enablementSelectors).rstrip("\n"),
        "AMBIENT_DNS_CAPTURE": ambient.dnsCapture,
        "AMBIENT_IPV6": ambient.ipv6,
        "AMBIENT_RECONCILE_POD_RULES_ON_STARTUP": facts.reconciles_rules if reconciles is None else reconciles,
        **(
            {"ENABLE_AMBIENT_DETECTION_RETRY": ambient.enableAmbientDetectionRetry}
            if facts.detection_retry_variable
            else {}
        ),
        **filled(CNI_CONF_NAME=cni.cniConfFileName),
        "ISTIO_OWNED_CNI_CONFIG": cni.istioOwnedCNIConfig,
        **({"ISTIO_OWNED_CNI_CONF_FILENAME": cni.istioOwnedCNIConfigFileName} if cni.istioOwnedCNIConfig else {}),
        "CHAINED_CNI_PLUGIN": cni.chained,
        "EXCLUDE_NAMESPACES": ",".join(cni.excludeNamespaces),
        "REPAIR_ENABLED": repair.enabled,
        "REPAIR_LABEL_PODS": repair.labelPods,
        "REPAIR_DELETE_PODS": repair.deletePods,
        "REPAIR_REPAIR_PODS": repair.repairPods,
        "REPAIR_INIT_CONTAINER_NAME": repair.initContainerName,
        "REPAIR_BROKEN_POD_LABEL_KEY": repair.brokenPodLabelKey,
        "REPAIR_BROKEN_POD_LABEL_VALUE": repair.brokenPodLabelValue,
        "NATIVE_NFTABLES": settings.global_.nativeNftables,
        **cni.env,
    }
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(settings, CONFIG, {"app": NAME}),
        "data": {key: workloads.scalar_text(value) for key, value in values.items()},
    }


def _attachment(settings: MeshSettings) -> dict[str, Any]:
    """Return what Multus knows the plugin by: pods name it in an annotation, from whichever namespace."""
    return {
        "apiVersion": "k8s.cni.cncf.io/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": metadata(settings, NAME, part=PART, namespace="default"),
    }


def _network_policy(settings: MeshSettings) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata(settings, settings.suffixed(NAME), SELECTOR),
        "spec": {
            "podSelector": {"matchLabels": SELECTOR},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [workloads.ports_open(settings, port) for port in (METRICS, READY)],
            # Where the API server is differs by cluster.
            "egress": [{}],
        },
    }


def _daemon_set(settings: MeshSettings) -> dict[str, Any]:
    cni = settings.cni
    grace = cni.terminationGracePeriodSeconds
    pod = {
        **({"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"} if _in_host_network(settings) else {}),
        "nodeSelector": node_agents.NODES,
        **filled(affinity=dict(cni.affinity), tolerations=list(cni.tolerations)),
        "priorityClassName": node_agents.PRIORITY,
        "serviceAccountName": NAME,
        "terminationGracePeriodSeconds": settings.istio.nodes.cni_grace_seconds if grace is None else grace,
        "containers": [_container(settings)],
        "volumes": _volumes(settings),
    }
    described = _metadata(settings, WORKLOAD, SELECTOR)
    described["labels"] |= cni.daemonSetLabels
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": described,
        "spec": {
            "selector": {"matchLabels": SELECTOR},
            "updateStrategy": cni.updateStrategy.data(),
            "template": {"metadata": _pod_metadata(settings), "spec": pod},
        },
    }


def _pod_metadata(settings: MeshSettings) -> dict[str, Any]:
    cni = settings.cni
    labels = {**SELECTOR, "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none", **cni.podLabels}
    unconfined = {f"container.apparmor.security.beta.kubernetes.io/{CONTAINER}": "unconfined"}
    return {
        "labels": metadata(settings, "", part=PART, labels=labels)["labels"],
        "annotations": {
            "sidecar.istio.io/inject": "false",
            "prometheus.io/scrape": "true",
            "prometheus.io/port": str(METRICS),
            "prometheus.io/path": "/metrics",
            **(unconfined if cni.useAppArmorAnnotation else {}),
            **cni.podAnnotations,
        },
    }


def _in_host_network(settings: MeshSettings) -> bool:
    ambient = settings.cni.ambient
    return ambient.enabled and ambient.shareHostNetworkNamespace


def _container(settings: MeshSettings) -> dict[str, Any]:
    cni, shared = settings.cni, settings.global_
    return {
        "name": CONTAINER,
        "image": workloads.image(
            cni.hub or settings.hub, cni.image, cni.tag or settings.tag, cni.variant or shared.variant
        ),
        **filled(imagePullPolicy=cni.pullPolicy or shared.imagePullPolicy),
        "ports": [{"containerPort": METRICS, "name": "metrics", "protocol": "TCP"}],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": READY}},
        "securityContext": _security_context(settings),
        "command": ["install-cni"],
        "args": [f"--log_output_level={_level(settings)}", *(["--log_as_json"] if shared.logAsJson else [])],
        "envFrom": [{"configMapRef": {"name": CONFIG}}],
        "env": _environment(settings),
        "volumeMounts": _mounts(settings),
        "resources": workloads.resources(settings, cni.resources),
    }


def _level(settings: MeshSettings) -> str:
    """Return how verbose the agent is. Its chart has another default than istiod's for the same thing."""
    shared = settings.global_.logging
    return settings.cni.logging.level or (LEVEL if shared == type(shared)() else shared.level)


def _security_context(settings: MeshSettings) -> dict[str, Any]:
    cni = settings.cni
    return {
        **({} if cni.useAppArmorAnnotation else {"appArmorProfile": {"type": "Unconfined"}}),
        "privileged": False,
        "runAsGroup": 0,
        "runAsUser": 0,
        "runAsNonRoot": False,
        "capabilities": {"drop": ["ALL"], "add": list(CAPABILITIES)},
        **({"seLinuxOptions": {"type": "spc_t", **cni.seLinuxOptions}} if cni.seLinuxOptions else {}),
        **filled(seccompProfile=dict(cni.seccompProfile)),
    }


def _environment(settings: MeshSettings) -> list[dict[str, Any]]:
    variable, from_field = workloads.variable, workloads.field_variable
    return workloads.unique(
        [
            from_field("REPAIR_NODE_NAME", "spec.nodeName", versioned=False),
            variable("REPAIR_RUN_AS_DAEMON", True),
            variable("REPAIR_SIDECAR_ANNOTATION", "sidecar.istio.io/status"),
            *([] if _in_host_network(settings) else [variable("ALLOW_SWITCH_TO_HOST_NS", True)]),
            from_field("NODE_NAME", "spec.nodeName"),
            workloads.limit_variable("GOMEMLIMIT", "memory"),
            workloads.limit_variable("GOMAXPROCS", "cpu"),
            from_field("POD_NAME", "metadata.name", versioned=False),
            from_field("POD_NAMESPACE", "metadata.namespace", versioned=False),
            *workloads.variables(settings.cni.env),
        ]
    )


def _sees_processes(settings: MeshSettings) -> bool:
    return settings.cni.repair.repairPods or settings.cni.ambient.enabled


def _mounts(settings: MeshSettings) -> list[dict[str, Any]]:
    namespaces = mount("cni-netns-dir", "/host/var/run/netns")
    return [
        mount("cni-bin-dir", "/host/opt/cni/bin"),
        *([mount("cni-host-procfs", "/host/proc", read_only=True)] if _sees_processes(settings) else []),
        mount("cni-net-dir", "/host/etc/cni/net.d"),
        mount("cni-socket-dir", "/var/run/istio-cni"),
        *([{**namespaces, "mountPropagation": "HostToContainer"}] if settings.cni.ambient.enabled else []),
        *([mount(node_agents.SOCKET_VOLUME, node_agents.SOCKET_FOLDER)] if settings.cni.ambient.enabled else []),
    ]


def _volumes(settings: MeshSettings) -> list[dict[str, Any]]:
    cni = settings.cni
    return [
        {"name": "cni-bin-dir", "hostPath": {"path": cni.cniBinDir or BINARIES}},
        *(
            [{"name": "cni-host-procfs", "hostPath": {"path": "/proc", "type": "Directory"}}]
            if _sees_processes(settings)
            else []
        ),
        *([node_agents.socket_volume()] if cni.ambient.enabled else []),
        {"name": "cni-net-dir", "hostPath": {"path": cni.cniConfDir}},
        {"name": "cni-socket-dir", "hostPath": {"path": "/var/run/istio-cni"}},
        # Some clusters have that folder only once a pod runs.
        {"name": "cni-netns-dir", "hostPath": {"path": cni.cniNetnsDir, "type": "DirectoryOrCreate"}},
    ]
