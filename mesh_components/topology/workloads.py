"""Who lives in the mesh: pods and what makes them, machines, gateways that istiod deploys; and what proxy each has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum

from ..analysis import kinds
from ..analysis.injection import asks, has_proxy, in_mesh
from ..analysis.istio.ambient import is_ambient
from ..analysis.istio.k8s_gateways import NAME_LABEL, deployed_labels, is_deployed
from ..analysis.resource import Resource
from ..analysis.world import Workload, World, part
from ..validation.unknown import IsUnknown, Unknown
from .graph import NodeKind
from .known import entries, inside, items, known, number, text, texts

GATEWAY_TEMPLATES = frozenset({"gateway", "kube-gateway", "waypoint"})
"""Injection templates that make a pod a gateway (`manifests/charts/istio-control/istio-discovery/files` upstream)."""
TEMPLATES = "inject.istio.io/templates"
ROUTER = "router"
"""The argument with which a proxy is a gateway."""
CONTROL_PLANE = frozenset(
    {("app", "istiod"), ("istio", "pilot"), ("istio", "istiod"), ("k8s-app", "istio-cni-node"), ("app", "ztunnel")}
)
"""Labels of istiod, of the CNI plugin's agents and of ztunnel."""
WAYPOINT_CLASS = "istio-waypoint"
"""The class whose pods are named as their Gateway, without the class (`getDefaultName` in istiod's deployments)."""
TLS_MODE = "security.istio.io/tlsMode"
"""On a WorkloadEntry: ``istio`` where the machine has a sidecar."""


class Proxy(StrEnum):
    """What carries a workload's requests."""

    SIDECAR = "sidecar"
    AMBIENT = "ambient"
    GATEWAY = "gateway"
    NONE = "no proxy"
    UNKNOWN = ""

    @property
    def there(self) -> bool | None:
        """Whether there is one; None when that is not known."""
        return None if self is Proxy.UNKNOWN else self is not Proxy.NONE


def inhabitants(world: World) -> Iterator[Workload]:
    """Return all workloads whose names are known, each once; the last of several of one name counts."""
    found = [*world.given_workloads, *_machines(world)]
    deployed = {(one.namespace, name) for one in found if (name := gateway_name(one))}
    found += [pods for pods in _deployed(world) if (pods.namespace, pods.resource.name) not in deployed]
    yield from {str(one.resource): one for one in found if is_named(one.resource)}.values()


def is_named(resource: Resource) -> bool:
    """Return whether an object's name and namespace are known."""
    return not isinstance(resource.name, Unknown) and not isinstance(resource.namespace, Unknown)


def _machines(world: World) -> Iterator[Workload]:
    for entry in world.given(kinds.WORKLOAD_ENTRY):
        account = {"serviceAccountName": part(entry.spec, "serviceAccount", "")}
        yield Workload(entry, ("spec",), part(entry.spec, "labels"), {}, account)
    for group in world.given(kinds.WORKLOAD_GROUP):
        account = {"serviceAccountName": part(part(group.spec, "template"), "serviceAccount", "")}
        yield Workload(group, ("spec",), part(part(group.spec, "metadata"), "labels"), {}, account)


def _deployed(world: World) -> Iterator[Workload]:
    """Return the pods that istiod is going to make for Gateways of the Gateway API."""
    for gateway in world.given(kinds.K8S_GATEWAY):
        with suppress(IsUnknown):
            if is_named(gateway) and is_deployed(gateway):
                class_name = text(gateway.spec, "gatewayClassName")
                account = gateway.name if class_name == WAYPOINT_CLASS else f"{gateway.name}-{class_name}"
                yield Workload(gateway, (), deployed_labels(gateway), {}, {"serviceAccountName": account})


def gateway_name(workload: Workload) -> str:
    """Return the name of the Gateway of the Gateway API that pods are made for; ``""`` when for none."""
    return text(workload.labels, NAME_LABEL)


def kind_of(workload: Workload) -> NodeKind:
    """Return what a workload is by what it says of itself: part of the control plane, a gateway, or a workload."""
    labels = workload.labels
    if any(text(labels, key) == value for key, value in CONTROL_PLANE):
        return NodeKind.CONTROL_PLANE
    templates = {template.strip() for template in text(workload.annotations, TEMPLATES).split(",")}
    says_so = text(labels, "istio") or text(labels, NAME_LABEL) or templates & GATEWAY_TEMPLATES
    return NodeKind.GATEWAY if says_so or _is_router(workload) else NodeKind.WORKLOAD


def _is_router(workload: Workload) -> bool:
    return any(ROUTER in texts(container, "args")[:2] for container in items(workload.spec, "containers"))


def proxy(workload: Workload, kind: NodeKind, world: World) -> Proxy:
    """Return what carries a workload's requests.

    Where nothing on the pods says so and the namespace is not among the objects, nobody knows.
    """
    if kind is NodeKind.GATEWAY:
        return Proxy.GATEWAY
    if kind is NodeKind.CONTROL_PLANE:
        return Proxy.NONE
    return known(lambda: _proxy(workload, world), Proxy.UNKNOWN)


def _proxy(workload: Workload, world: World) -> Proxy:
    if workload.resource.kind == kinds.WORKLOAD_GROUP or text(workload.labels, TLS_MODE) == "istio":
        return Proxy.SIDECAR
    if workload.resource.kind == kinds.WORKLOAD_ENTRY:
        return Proxy.UNKNOWN
    if has_proxy(workload):
        return Proxy.SIDECAR
    if workload.spec.get("hostNetwork", False) is True:  # injection leaves it alone (`injectRequired` in istiod)
        return Proxy.NONE
    if in_mesh(workload, world):
        return Proxy.SIDECAR
    if is_ambient(workload, world):
        return Proxy.AMBIENT
    said = asks(workload.labels) is not None or asks(workload.annotations) is not None
    is_here = said or world.scope.complete or world.namespace(workload.namespace) is not None
    return Proxy.NONE if is_here else Proxy.UNKNOWN


def account(workload: Workload) -> str | None:
    """Return the name of a workload's service account; None when that is not known."""
    found = part(workload.spec, "serviceAccountName", "")
    return None if isinstance(found, Unknown) else found or "default"


def version(workload: Workload) -> str:
    """Return the version that a workload's labels, or else its first image, say."""
    for label in ("version", "app.kubernetes.io/version"):
        if found := text(workload.labels, label):
            return found
    return ""


def image_tag(workload: Workload) -> str:
    """Return the tag of the first container's image, ``""`` for one without."""
    _, _, image = text(items(workload.spec, "containers"), 0, "image").rpartition("/")
    return image.partition("@")[0].partition(":")[2]


class Scales:
    """How many pods workloads have, by what scales them."""

    def __init__(self, world: World) -> None:
        self._found: dict[tuple[str, str, str], str] = {}
        for scaler in world.given(kinds.HORIZONTAL_POD_AUTOSCALER):
            target = entries(scaler.spec, "scaleTargetRef")
            most = number(scaler.spec, "maxReplicas")
            if not isinstance(scaler.namespace, Unknown) and most is not None:
                named = scaler.namespace, text(target, "kind"), text(target, "name")
                least = number(scaler.spec, "minReplicas") if "minReplicas" in scaler.spec else 1
                self._found[named] = f"{least} to {most} replicas" if least is not None else f"up to {most} replicas"

    def of(self, resource: Resource) -> str:
        """Return how many pods a workload has, ``""`` when nothing says so."""
        scaled = self._found.get((resource.namespace, resource.kind.name, resource.name), "")
        replicas = number(inside(resource.body, "spec"), "replicas")
        return scaled or ("" if replicas is None else f"{replicas} replica{'' if replicas == 1 else 's'}")
