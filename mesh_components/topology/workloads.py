"""Who lives in the mesh: pods and what makes them, machines, gateways that istiod deploys; and what proxy each has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum

from ..analysis import kinds
from ..analysis.injection import asks, has_proxy, in_mesh
from ..analysis.istio.ambient import is_ambient
from ..analysis.istio.k8s_gateways import CLASS_LABEL, NAME_LABEL, deployed_labels, is_deployed
from ..analysis.resource import Resource
from ..analysis.world import REVISION_LABEL, Workload, World, part
from ..validation.unknown import IsUnknown, Unknown
from .graph import NodeKind
from .known import items, known, number, text, texts
from .words import joined, many

GATEWAY_TEMPLATES = frozenset({"gateway", "kube-gateway", "waypoint"})
"""Injection templates that make a pod a gateway (`manifests/charts/istio-control/istio-discovery/files` upstream)."""
TEMPLATES = "inject.istio.io/templates"
ROUTER = "router"
"""The second argument of a proxy that is a gateway."""
CONTROL_PLANE = frozenset(
    {("app", "istiod"), ("istio", "pilot"), ("istio", "istiod"), ("k8s-app", "istio-cni-node"), ("app", "ztunnel")}
)
"""Labels of istiod, of the CNI plugin's agents and of ztunnel."""
OF_GATEWAYS = ("istio", NAME_LABEL)
"""Labels that gateways alone have, besides istiod."""
TELLING = (*OF_GATEWAYS, "app", "k8s-app")
ISTIO_CLASS = "istio"
"""The class that is part of its pods' name; others are not (`DisableNameSuffix` in istiod's gateway controller)."""
NAME_OVERRIDE = "gateway.istio.io/name-override"
TLS_MODE = "security.istio.io/tlsMode"
"""On a WorkloadEntry: ``istio`` where the machine has a sidecar."""
DEFAULT = "default"
"""The revision, and the service account, of who names none."""


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
    there = {(one.namespace, name) for one in found if (name := gateway_name(one)) and is_named(one.resource)}
    found += [pods for pods in _deployed(world) if (pods.namespace, pods.resource.name) not in there]
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
                suffix = f"-{class_name}" if class_name == ISTIO_CLASS else ""
                account = text(gateway.annotations, NAME_OVERRIDE) or f"{gateway.name}{suffix}"
                yield Workload(gateway, (), deployed_labels(gateway), {}, {"serviceAccountName": account})


def gateway_name(workload: Workload) -> str:
    """Return the name of the Gateway of the Gateway API that pods are made for; ``""`` when for none."""
    return text(workload.labels, NAME_LABEL)


def kind_of(workload: Workload) -> NodeKind:
    """Return what a workload is by what it says of itself: part of the control plane, a gateway, or a workload."""
    labels = workload.labels
    said = [(name, found) for name in TELLING if (found := text(labels, name))]
    if any(one in CONTROL_PLANE for one in said):
        return NodeKind.CONTROL_PLANE
    says_so = any(name in OF_GATEWAYS for name, _ in said) or _has_gateway_template(workload)
    return NodeKind.GATEWAY if says_so or _is_router(workload) else NodeKind.WORKLOAD


def _has_gateway_template(workload: Workload) -> bool:
    templates = text(workload.annotations, TEMPLATES)
    return any(template.strip() in GATEWAY_TEMPLATES for template in templates.split(",")) if templates else False


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
    return known(_proxy, Proxy.UNKNOWN, workload, world)


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


def account(workload: Workload) -> str:
    """Return the name of a workload's service account, ``""`` when it is not known."""
    found = part(workload.spec, "serviceAccountName", "")
    return "" if isinstance(found, Unknown) else found or DEFAULT


def about(workload: Workload, kind: NodeKind, carried: Proxy, replicas: str) -> str:
    """Return a workload's second line: its kind where that is not plain, version, revision, replicas, proxy."""
    resource = workload.resource
    is_workload = kind is NodeKind.WORKLOAD
    named = is_workload and resource.kind not in (kinds.DEPLOYMENT, kinds.K8S_GATEWAY)
    class_name = text(workload.labels, CLASS_LABEL)
    version = text(workload.labels, "version") or text(workload.labels, "app.kubernetes.io/version")
    version = version or ("" if is_workload else _image_tag(workload))
    revision = "" if is_workload else text(workload.labels, REVISION_LABEL)
    return joined(
        resource.kind.name if named else "",
        f"class {class_name}" if class_name else "",
        f"version {version}" if version else "",
        f"revision {revision}" if revision not in ("", DEFAULT) else "",
        replicas,
        str(carried) if is_workload else "",
    )


def _image_tag(workload: Workload) -> str:
    """Return the tag of the first container's image, ``""`` for one without."""
    containers = items(workload.spec, "containers")
    _, _, image = text(containers[0], "image").rpartition("/") if containers else ("", "", "")
    return image.partition("@")[0].partition(":")[2]


class Scales:
    """How many pods workloads have, and what scales them."""

    def __init__(self, world: World) -> None:
        self._scalers: dict[tuple[str, str, str], Resource] = {}
        for scaler in world.given(kinds.HORIZONTAL_POD_AUTOSCALER):
            target = part(scaler.spec, "scaleTargetRef")
            if not isinstance(scaler.namespace, Unknown):
                self._scalers[scaler.namespace, text(target, "kind"), text(target, "name")] = scaler

    def scaler(self, resource: Resource) -> Resource | None:
        """Return what scales a workload."""
        return self._scalers.get((resource.namespace, resource.kind.name, resource.name))

    def of(self, resource: Resource) -> str:
        """Return how many pods a workload has, ``""`` when nothing says so."""
        scaler = self.scaler(resource)
        if scaler is not None and (most := number(scaler.spec, "maxReplicas")) is not None:
            least = number(scaler.spec, "minReplicas") if "minReplicas" in scaler.spec else 1
            return f"up to {most} replicas" if least is None else f"{least} to {most} replicas"
        replicas = number(resource.spec, "replicas")
        return "" if replicas is None else many(replicas, "replica")
