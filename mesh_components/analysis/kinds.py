"""Kinds of objects that analysis reads, by API group: versions of one kind are one kind."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of Kubernetes object; versions of it count as one."""

    group: str
    """API group, ``""`` for Kubernetes' core."""
    name: str
    """For example ``VirtualService``."""

    @classmethod
    def of(cls, api_version: str, name: str) -> Kind:
        """Return the kind of an object with that ``apiVersion`` and ``kind``."""
        return cls(api_version.rpartition("/")[0], name)


NETWORKING = "networking.istio.io"
SECURITY = "security.istio.io"
GATEWAY_API = "gateway.networking.k8s.io"

AUTHORIZATION_POLICY = Kind(SECURITY, "AuthorizationPolicy")
DESTINATION_RULE = Kind(NETWORKING, "DestinationRule")
ENVOY_FILTER = Kind(NETWORKING, "EnvoyFilter")
GATEWAY = Kind(NETWORKING, "Gateway")
PEER_AUTHENTICATION = Kind(SECURITY, "PeerAuthentication")
PROXY_CONFIG = Kind(NETWORKING, "ProxyConfig")
REQUEST_AUTHENTICATION = Kind(SECURITY, "RequestAuthentication")
SERVICE_ENTRY = Kind(NETWORKING, "ServiceEntry")
SIDECAR = Kind(NETWORKING, "Sidecar")
TELEMETRY = Kind("telemetry.istio.io", "Telemetry")
TRAFFIC_EXTENSION = Kind("extensions.istio.io", "TrafficExtension")
VIRTUAL_SERVICE = Kind(NETWORKING, "VirtualService")
WASM_PLUGIN = Kind("extensions.istio.io", "WasmPlugin")
WORKLOAD_ENTRY = Kind(NETWORKING, "WorkloadEntry")
WORKLOAD_GROUP = Kind(NETWORKING, "WorkloadGroup")

K8S_GATEWAY = Kind(GATEWAY_API, "Gateway")
GATEWAY_CLASS = Kind(GATEWAY_API, "GatewayClass")
GRPC_ROUTE = Kind(GATEWAY_API, "GRPCRoute")
HTTP_ROUTE = Kind(GATEWAY_API, "HTTPRoute")

CONFIG_MAP = Kind("", "ConfigMap")
NAMESPACE = Kind("", "Namespace")
NODE = Kind("", "Node")
POD = Kind("", "Pod")
SECRET = Kind("", "Secret")
SERVICE = Kind("", "Service")
SERVICE_ACCOUNT = Kind("", "ServiceAccount")
DAEMON_SET = Kind("apps", "DaemonSet")
DEPLOYMENT = Kind("apps", "Deployment")
REPLICA_SET = Kind("apps", "ReplicaSet")
STATEFUL_SET = Kind("apps", "StatefulSet")
CRON_JOB = Kind("batch", "CronJob")
JOB = Kind("batch", "Job")
HORIZONTAL_POD_AUTOSCALER = Kind("autoscaling", "HorizontalPodAutoscaler")
POD_DISRUPTION_BUDGET = Kind("policy", "PodDisruptionBudget")
ROLE = Kind("rbac.authorization.k8s.io", "Role")
ROLE_BINDING = Kind("rbac.authorization.k8s.io", "RoleBinding")
CLUSTER_ROLE = Kind("rbac.authorization.k8s.io", "ClusterRole")
CLUSTER_ROLE_BINDING = Kind("rbac.authorization.k8s.io", "ClusterRoleBinding")
INGRESS = Kind("networking.k8s.io", "Ingress")
CUSTOM_RESOURCE_DEFINITION = Kind("apiextensions.k8s.io", "CustomResourceDefinition")
MUTATING_WEBHOOK = Kind("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
VALIDATING_WEBHOOK = Kind("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")

CLUSTER_SCOPED = frozenset(
    {
        CLUSTER_ROLE,
        CLUSTER_ROLE_BINDING,
        CUSTOM_RESOURCE_DEFINITION,
        GATEWAY_CLASS,
        MUTATING_WEBHOOK,
        NAMESPACE,
        NODE,
        VALIDATING_WEBHOOK,
        Kind("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        Kind("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        Kind("", "PersistentVolume"),
        Kind("storage.k8s.io", "StorageClass"),
        Kind("scheduling.k8s.io", "PriorityClass"),
        Kind("networking.k8s.io", "IngressClass"),
        Kind("apiregistration.k8s.io", "APIService"),
    }
)
"""Kinds whose objects have no namespace; an object without one is else in the world's default namespace."""

TEMPLATED = {
    kind: path
    for kinds, path in (
        ((DEPLOYMENT, DAEMON_SET, REPLICA_SET, STATEFUL_SET, JOB), ("spec", "template")),
        ((CRON_JOB,), ("spec", "jobTemplate", "spec", "template")),
    )
    for kind in kinds
}
"""Where kinds that make pods have the pods' template."""
