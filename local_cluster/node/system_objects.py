"""What the node needs to have in the API: CoreDNS, and the load balancer's permissions. Applied server-side by `up`.

CoreDNS answers for the cluster's own names from the API and, having no upstream, says at once that there is no other.
Facts: coredns.io/plugins (kubernetes, template, ready, health, reload), Kubernetes' DNS specification.
"""

from typing import Any

from local_cluster.node.config import NodeConfig

NAMESPACE = "kube-system"

_RBAC = "rbac.authorization.k8s.io/v1"
_COREFILE = """\
cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
    loadbalance
    reload
}
.:53 {
    errors
    template ANY ANY . {
        rcode NXDOMAIN
    }
}
"""


def objects(config: NodeConfig, dns_image: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (path of the collection, object) in the order to apply them."""
    core = f"/api/v1/namespaces/{NAMESPACE}"
    rbac = f"/apis/{_RBAC}"
    read = ["list", "watch"]
    return [
        (f"{core}/serviceaccounts", _object("v1", "ServiceAccount", "coredns", NAMESPACE)),
        *_role(
            rbac,
            "mesh-components:coredns",
            [
                {"apiGroups": [""], "resources": ["services", "pods", "namespaces"], "verbs": read},
                {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": read},
            ],
            {"kind": "ServiceAccount", "name": "coredns", "namespace": NAMESPACE},
        ),
        *_role(
            rbac,
            "mesh-components:load-balancer",
            [
                {"apiGroups": [""], "resources": ["services"], "verbs": ["get", *read]},
                {"apiGroups": [""], "resources": ["services/status"], "verbs": ["patch"]},
            ],
            {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "mesh-components:load-balancer"},
        ),
        (f"{core}/configmaps", _object("v1", "ConfigMap", "coredns", NAMESPACE, data={"Corefile": _COREFILE})),
        (f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments", _dns_deployment(dns_image)),
        (
            f"{core}/services",
            _object(
                "v1",
                "Service",
                "kube-dns",
                NAMESPACE,
                spec={
                    "clusterIP": config.dns,
                    "selector": {"k8s-app": "kube-dns"},
                    "ports": [
                        {"name": "dns", "port": 53, "protocol": "UDP"},
                        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
                    ],
                },
            ),
        ),
    ]


def _object(version: str, kind: str, name: str, namespace: str | None = None, **rest: Any) -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **rest}


def _role(
    group: str, name: str, rules: list[dict[str, Any]], subject: dict[str, str]
) -> list[tuple[str, dict[str, Any]]]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    return [
        (f"{group}/clusterroles", _object(_RBAC, "ClusterRole", name, rules=rules)),
        (
            f"{group}/clusterrolebindings",
            _object(_RBAC, "ClusterRoleBinding", name, roleRef=reference, subjects=[subject]),
        ),
    ]


def _dns_deployment(image: str) -> dict[str, Any]:
    labels = {"k8s-app": "kube-dns"}
    container = {
        "name": "coredns",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": 53, "protocol": "TCP"},
        ],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "livenessProbe": {
            "httpGet": {"path": "/health", "port": 8080},
            "initialDelaySeconds": 30,
            "failureThreshold": 5,
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }
    pod = {
        "serviceAccountName": "coredns",
        "priorityClassName": "system-cluster-critical",
        "dnsPolicy": "Default",
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "coredns"}}],
    }
    return _object(
        "apps/v1",
        "Deployment",
        "coredns",
        NAMESPACE,
        spec={
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    )
