"""What istiod and the gateways have in common as Kubernetes workloads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mesh_components.settings import GatewaySettings, MeshSettings, PilotSettings
from mesh_components.settings.kubernetes import Resources
from mesh_components.settings.opaque import OpaqueScalar, OpaqueStr, is_opaque

from .text import Assembled, assemble


def image(hub: OpaqueStr, name: OpaqueStr, tag: OpaqueStr, variant: str) -> str | Assembled:
    """Return an image reference; a ``name`` that holds a slash is one already."""

    def reference(parts: list[str]) -> str:
        hub, name, tag, variant = parts
        return name if "/" in name else f"{hub}/{name}:{tag}{f'-{variant}' if variant else ''}"

    return assemble(reference, [hub, name, tag, variant])


def scalar_text(value: OpaqueScalar) -> str | Assembled:
    """Return a scalar the way Istio's charts write it into a string: ``true``, ``1``, ``0.5``."""
    if is_opaque(value):
        return assemble(lambda arrived: str(scalar_text(arrived)), value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def variable(name: str, value: OpaqueScalar) -> dict[str, Any]:
    """Return an environment entry with a value."""
    return {"name": name, "value": scalar_text(value)}


def field_variable(name: str, path: str, *, versioned: bool = True) -> dict[str, Any]:
    """Return an environment entry that holds a field of the pod."""
    version = {"apiVersion": "v1"} if versioned else {}
    return {"name": name, "valueFrom": {"fieldRef": {**version, "fieldPath": path}}}


def limit_variable(name: str, resource: str, *, divided: bool = True) -> dict[str, Any]:
    """Return an environment entry that holds the container's limit of ``resource`` in whole cores or bytes.

    ``divided``: whether the divisor is said; Kubernetes' default is the same.
    """
    divisor = {"divisor": "1"} if divided else {}
    return {"name": name, "valueFrom": {"resourceFieldRef": {"resource": f"limits.{resource}", **divisor}}}


def variables(values: Mapping[str, OpaqueScalar]) -> list[dict[str, Any]]:
    """Return environment entries for ``values``, by name."""
    return [variable(name, value) for name, value in sorted(values.items())]


def unique(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return environment entries without the ones that a later entry of the same name overrides.

    Kubernetes lets the last one win too, but server-side apply refuses lists that name a variable twice.
    """
    last = {entry["name"]: dict(entry) for entry in entries}
    order = dict.fromkeys(entry["name"] for entry in entries)
    return [last[name] for name in order]


def resources(settings: MeshSettings, chosen: Resources | None) -> dict[str, Any]:
    """Return a container's resources without unset amounts: ``chosen``, or the mesh's default where that is unset."""
    return amounts(settings, settings.global_.defaultResources if chosen is None else chosen)


def amounts(settings: MeshSettings, wanted: Resources) -> dict[str, Any]:
    """Return a container's resources without unset amounts."""
    zero = settings.istio.workloads.zero_amounts
    found = {}
    for key, amounts in (("limits", wanted.limits), ("requests", wanted.requests)):
        if kept := {name: amount for name, amount in (amounts or {}).items() if amount or (zero and amount == 0)}:
            found[key] = kept
    return found


def autoscaled(part: PilotSettings | GatewaySettings) -> bool:
    """Say whether an autoscaler is declared for ``part``."""
    return bool(part.autoscaleEnabled and part.autoscaleMin and part.autoscaleMax)


def replicas(part: PilotSettings | GatewaySettings) -> dict[str, int]:
    """Return the Deployment's ``replicas`` field, left out where an autoscaler owns it or nobody chose a number."""
    return {} if part.autoscaleEnabled or not part.replicaCount else {"replicas": part.replicaCount}


def rollout(part: PilotSettings | GatewaySettings) -> dict[str, Any]:
    """Return the Deployment's strategy."""
    return {"rollingUpdate": {"maxSurge": part.rollingMaxSurge, "maxUnavailable": part.rollingMaxUnavailable}}


def autoscaler(
    part: PilotSettings | GatewaySettings, described: Mapping[str, Any], targets: Mapping[str, int | None]
) -> dict[str, Any]:
    """Return the autoscaler of the Deployment that is called as in ``described``, the autoscaler's metadata.

    ``targets``: percent of utilization to aim at, by resource; None is not looked at.
    """
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": dict(described),
        "spec": {
            "maxReplicas": part.autoscaleMax,
            "minReplicas": part.autoscaleMin,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": described["name"]},
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": name,
                        "target": {"type": "Utilization", "averageUtilization": percent},
                    },
                }
                for name, percent in targets.items()
                if percent
            ],
        },
    }


def disruptible(settings: MeshSettings, part: PilotSettings | GatewaySettings) -> bool:
    """Say whether ``part`` gets a disruption budget: with a single replica one would only block drains."""
    fewest = part.autoscaleMin if part.autoscaleEnabled else part.replicaCount or 0
    wanted = fewest > 1 or settings.istio.workloads.budget_of_one
    return settings.global_.defaultPodDisruptionBudget.enabled and wanted


def disruption_budget(
    part: PilotSettings | GatewaySettings, described: Mapping[str, Any], selector: Mapping[str, str]
) -> dict[str, Any]:
    """Return the disruption budget of the pods that ``selector`` selects."""
    spec: dict[str, Any] = {"selector": {"matchLabels": dict(selector)}}
    if part.pdb.maxUnavailable is not None:
        spec["maxUnavailable"] = part.pdb.maxUnavailable
    elif part.pdb.minAvailable:
        spec["minAvailable"] = part.pdb.minAvailable
    if part.pdb.unhealthyPodEvictionPolicy:
        spec["unhealthyPodEvictionPolicy"] = part.pdb.unhealthyPodEvictionPolicy
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": dict(described),
        "spec": spec,
    }


def pull_secrets(settings: MeshSettings) -> dict[str, Any]:
    """Return a ServiceAccount's ``imagePullSecrets`` field, if there is anything to put in."""
    names = settings.global_.imagePullSecrets
    return {"imagePullSecrets": [{"name": name} for name in names]} if names else {}


def filled(**fields: Any) -> dict[str, Any]:
    """Return ``fields`` without the empty ones, for fields whose emptiness means that Kubernetes decides."""
    return {name: value for name, value in fields.items() if value not in ("", None, [], {})}


def secret_volume(name: str, secret: str) -> dict[str, Any]:
    """Return a volume with a Secret that need not exist."""
    return {"name": name, "secret": {"secretName": secret, "optional": True}}


def token_volume(settings: MeshSettings) -> dict[str, Any]:
    """Return the volume with the token by which a pod proves to the CA who it is (12 hours, renewed by kubelet)."""
    token = {"audience": settings.global_.sds.token.aud, "expirationSeconds": 43200, "path": "istio-token"}
    return {"name": "istio-token", "projected": {"sources": [{"serviceAccountToken": token}]}}


def mount(name: str, path: str, *, read_only: bool = False) -> dict[str, Any]:
    """Return a mount of volume ``name``."""
    return {"name": name, "mountPath": path, **({"readOnly": True} if read_only else {})}


def ports_open(settings: MeshSettings, *numbers: int, protocol: str = "TCP") -> dict[str, Any]:
    """Return a NetworkPolicy rule that lets anybody reach these ports."""
    sources: dict[str, Any] = {"from": []} if settings.istio.workloads.empty_sources else {}
    return {**sources, "ports": [{"protocol": protocol, "port": number} for number in numbers]}
