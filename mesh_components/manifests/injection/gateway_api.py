"""What istiod deploys for a Gateway of the Kubernetes Gateway API: the objects around the proxy's container.

istiod's gateway controller renders these templates itself
(`pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go`), merges a user's overlays into the five objects and
applies them, HorizontalPodAutoscaler and PodDisruptionBudget only where there is an overlay for them.

Same inputs and outputs as `kube-gateway.yaml`, `waypoint.yaml`, `agentgateway.yaml` and `agentgateway-waypoint.yaml` of
Istio's charts (`manifests/charts/istio-control/istio-discovery/files`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mesh_components.manifests.injection import container, volumes
from mesh_components.manifests.injection.inputs import both, default, equal, value
from mesh_components.manifests.injection.template_text import Go, Node, Template, as_json, each, text, when
from mesh_components.versions.injection import Injection

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_CONTROLLERS_OWN = tuple(
    f"gateway.istio.io/{name}" for name in ("name-override", "service-account", "controller-version")
)
_GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
_CLASS_LABEL = "gateway.networking.k8s.io/gateway-class-name"

_NAME = text("%v", "$.Name")
_DEPLOYMENT_NAME = text("%v", "$.DeploymentName")

NETWORK_LABEL = 'index $.InfrastructureLabels "topology.istio.io/network"'
"""The network that the Gateway's labels name."""


@dataclass(frozen=True)
class Flavour:
    """What distinguishes one kind of deployed gateway from the others.

    Attributes:
        container: the proxy's container.
        volumes: the pod's volumes.
        managed_by: expression for the label that says which controller manages the Deployment.
        pod: members of the pod's spec besides its containers.
        pod_labels: labels of the pod that a Gateway's labels may override.
        service_annotations: annotations of the Service that a Gateway's annotations may override.
        service_protocol: each port's protocol.
        owns_account_since: the Kubernetes version (as `128` for 1.28) from which on the ServiceAccount is owned by the
            Gateway; 0 for always.
    """

    container: Node
    volumes: list[Node]
    managed_by: str
    pod: Mapping[str, Node] = field(default_factory=dict)
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    service_annotations: Mapping[str, str] = field(default_factory=dict)
    service_protocol: str | Go = "TCP"
    owns_account_since: int = 0


def objects(facts: Injection, flavour: Flavour) -> Template:
    """The five objects of a flavour."""
    return Template(
        documents=[
            _service_account(facts, flavour),
            _deployment(facts, flavour),
            _service(facts, flavour),
            _autoscaler(facts),
            _disruption_budget(facts),
        ]
    )


def _service_account(facts: Injection, flavour: Flavour) -> dict[str, Node]:
    metadata = _metadata(facts, text("%v", "$.ServiceAccount"))
    if flavour.owns_account_since:
        owners = when(f"ge $.KubeVersion {flavour.owns_account_since}", metadata["ownerReferences"])
        metadata = {**metadata, "ownerReferences": owners}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def _deployment(facts: Injection, flavour: Flavour) -> dict[str, Node]:
    managed = {"gateway.istio.io/managed": flavour.managed_by}
    pod_labels = {
        "sidecar.istio.io/inject": '"false"',
        "service.istio.io/canonical-name": "$.DeploymentName",
        "service.istio.io/canonical-revision": '"latest"',
        **{name: json.dumps(content) for name, content in flavour.pod_labels.items()},
    }
    scraping = {
        "istio.io/rev": default("$.Revision", '"default"'),
        "prometheus.io/path": '"/stats/prometheus"',
        "prometheus.io/port": json.dumps(str(container.AGENT_PORT)),
        "prometheus.io/scrape": '"true"',
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(facts, _DEPLOYMENT_NAME, labels=managed),
        "spec": {
            "selector": {"matchLabels": _selector()},
            "template": {
                "metadata": {
                    "annotations": _merged(_infrastructure_annotations(), _strings(scraping)),
                    "labels": _merged(
                        _strings(pod_labels), "$.InfrastructureLabels", _strings(_identity(facts, managed))
                    ),
                },
                "spec": {
                    **flavour.pod,
                    "serviceAccountName": text("%v", "$.ServiceAccount"),
                    "containers": [flavour.container],
                    "volumes": flavour.volumes,
                    "imagePullSecrets": volumes.pull_secrets(),
                },
            },
        },
    }


def _service(facts: Injection, flavour: Flavour) -> dict[str, Node]:
    port: Node = {
        "name": text("%v", "$port.Name"),
        "port": Go("$port.Port"),
        "protocol": flavour.service_protocol,
        "appProtocol": as_json("$port.AppProtocol"),
    }
    annotations = {name: json.dumps(content) for name, content in flavour.service_annotations.items()}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(facts, _DEPLOYMENT_NAME, annotations=annotations),
        "spec": {
            "ipFamilyPolicy": "PreferDualStack",
            "ports": [each("$_, $port", "$.Ports", port)],
            "selector": _selector(),
            "loadBalancerIP": when(
                both("$.Spec.Addresses", equal("print $.ServiceType", "LoadBalancer")),
                text("%v", "(index $.Spec.Addresses 0).Value"),
            ),
            "type": text("%v", "$.ServiceType"),
        },
    }


def _autoscaler(facts: Injection) -> dict[str, Node]:
    target: Node = {"apiVersion": "apps/v1", "kind": "Deployment", "name": _DEPLOYMENT_NAME}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": _metadata(facts, _DEPLOYMENT_NAME),
        "spec": {"scaleTargetRef": target, "maxReplicas": 1},
    }


def _disruption_budget(facts: Injection) -> dict[str, Node]:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": _metadata(facts, _DEPLOYMENT_NAME),
        "spec": {"selector": {"matchLabels": {_GATEWAY_LABEL: _NAME}}},
    }


def _metadata(
    facts: Injection, name: Go, *, labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None
) -> dict[str, Node]:
    """Metadata of an object that belongs to the Gateway, with the Gateway's labels and annotations.

    `labels`, as expressions, override the Gateway's; `annotations` do not.
    """
    owner: Node = {
        "apiVersion": facts.gateway_api_version,
        "kind": "Gateway",
        "name": _NAME,
        "uid": text("%v", "$.UID"),
    }
    return {
        "name": name,
        "namespace": text("%v", "$.Namespace"),
        "annotations": _merged(*([_strings(annotations)] if annotations else []), _infrastructure_annotations()),
        "labels": _merged("$.InfrastructureLabels", _strings(_identity(facts, labels or {}))),
        "ownerReferences": [owner],
    }


def _selector() -> dict[str, Node]:
    return {_GATEWAY_LABEL: _NAME}


def _identity(facts: Injection, more: Mapping[str, str]) -> dict[str, str]:
    gateway_class = {_CLASS_LABEL: "$.GatewayClass"} if facts.gateway_class_label else {}
    return {_GATEWAY_LABEL: "$.Name", **gateway_class, **more}


def _infrastructure_annotations() -> str:
    """The Gateway's annotations without those that are for its controllers alone."""
    return f"omit $.InfrastructureAnnotations {' '.join(map(json.dumps, (_LAST_APPLIED, *_CONTROLLERS_OWN)))}"


def _strings(content: Mapping[str, str]) -> str:
    """A map of strings, from names to expressions."""
    return "strdict " + " ".join(f"{json.dumps(name)} ({expression})" for name, expression in content.items())


def _merged(*maps: str) -> Go:
    """Maps of strings in one, where the later override the former."""
    return as_json("mergeMaps " + " ".join(m if m.startswith("$") else f"({m})" for m in maps))


def network() -> str:
    """The network of the Gateway, else that of the installation."""
    return f"valueOrDefault ({NETWORK_LABEL}) {value('global.network')}"
