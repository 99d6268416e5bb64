"""The Kubernetes Gateway API: policies that select its gateways' pods, and the age of its CRDs.

Upstream: `pkg/config/analysis/analyzers/k8sgateway` and `pkg/config/schema/gatewayapi` of istio/istio 1.31. Upstream
looks at the gateways' pods; a plan has none, because istiod makes them, so here the Gateways that ask for them count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..labelled import Labelled
from ..messages import ist
from ..resource import Resource
from ..world import Workload, World

NAME_LABEL = "gateway.networking.k8s.io/gateway-name"
CLASS_LABEL = "gateway.networking.k8s.io/gateway-class-name"
ISTIOS_CLASSES = frozenset(
    {"istio", "istio-waypoint", "istio-east-west", "istio-agentgateway", "istio-agentgateway-waypoint"}
)
"""Classes whose Gateways istiod makes pods for."""
POLICIES = (kinds.AUTHORIZATION_POLICY, kinds.REQUEST_AUTHENTICATION, kinds.TELEMETRY, kinds.WASM_PLUGIN)

VERSION_ANNOTATION = "gateway.networking.k8s.io/bundle-version"
MINIMUM = {
    "grpcroutes.gateway.networking.k8s.io": (1, 1, 0),
    "backendtlspolicies.gateway.networking.k8s.io": (1, 4, 0),
    "tlsroutes.gateway.networking.k8s.io": (1, 5, 0),
    "tcproutes.gateway.networking.k8s.io": (1, 6, 0),
}
"""The oldest version of each CRD that istiod 1.31 reads."""
_VERSION = re.compile(r"v?([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.([0-9]{1,9}))?(?:[-+][0-9A-Za-z.+-]+)?")


@each("k8sgateway.SelectorAnalyzer", *POLICIES)
def selectors(policy: Resource, world: World) -> Iterator[Finding]:
    """Policies do not select pods of Kubernetes Gateways by labels; there they need targetRefs."""
    spec = policy.spec
    if "selector" not in spec or "targetRef" in spec or "targetRefs" in spec:
        return
    chosen = world.derived(gateway_pods).selected(spec["selector"].get("matchLabels", {}), policy.namespace)
    for gateway in sorted({pod.labels[NAME_LABEL] for pod in chosen}):
        yield ist.INEFFECTIVE_SELECTOR(policy, ("spec", "selector"), gateway=gateway)


def gateway_pods(world: World) -> Labelled[Workload]:
    """Return the pods of Kubernetes Gateways, there or to come, by their labels."""
    return Labelled((workload, workload.labels, workload.namespace) for workload in _gateway_pods(world))


def _gateway_pods(world: World) -> Iterator[Workload]:
    for workload in world.workloads:
        with suppress(IsUnknown):
            if NAME_LABEL in workload.labels:
                yield workload
    for gateway in world.all(kinds.K8S_GATEWAY):
        with suppress(IsUnknown):
            if is_deployed(gateway):
                yield Workload(gateway, (), deployed_labels(gateway), {}, {})


def is_deployed(gateway: Resource) -> bool:
    """Return whether istiod makes pods for a Gateway, as it does unless somebody says where they are."""
    addresses = gateway.spec.get("addresses", [])
    elsewhere = len(addresses) > 1 or any(address.get("type", "IPAddress") != "IPAddress" for address in addresses)
    return gateway.spec.get("gatewayClassName", "") in ISTIOS_CLASSES and not elsewhere


def deployed_labels(gateway: Resource) -> Mapping[str, str]:
    """Return the labels of the pods that istiod makes for a Gateway."""
    given = gateway.spec.get("infrastructure", {}).get("labels", gateway.labels)
    return {**given, NAME_LABEL: gateway.name, CLASS_LABEL: gateway.spec.get("gatewayClassName", "")}


@each("k8sgateway.CRDVersionAnalyzer", kinds.CUSTOM_RESOURCE_DEFINITION)
def versions(definition: Resource, world: World) -> Iterator[Finding]:
    """The Gateway API's CRDs are new enough for istiod to read their objects."""
    minimum = MINIMUM.get(definition.name)
    installed = definition.annotations.get(VERSION_ANNOTATION, "")
    found = _VERSION.fullmatch(str(installed))
    if minimum and found and tuple(int(part or 0) for part in found.groups()) < minimum:
        path = ("metadata", "annotations", VERSION_ANNOTATION)
        oldest = ".".join(map(str, minimum))
        yield ist.GATEWAY_API_CRD_TOO_OLD(definition, path, crd=definition.name, version=installed, minimum=oldest)
