"""Namespaces whose Pod Security level refuses the pods in them, or what injection makes of those."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..injection import has_proxy, in_mesh, injector_values, injects
from ..messages import mesh
from ..pod_security import ENFORCE, refusals
from ..resource import Resource
from ..world import Workload, World

SHOWN = 3
"""How many reasons a message names; the rest are counted."""


@each("kubernetes.PodSecurity", kinds.POD, *kinds.TEMPLATED)
def refused_pods(resource: Resource, world: World) -> Iterator[Finding]:
    """Pods that their namespace's level refuses."""
    workload = Workload.of(resource)
    namespace = world.namespace(workload.namespace)
    level = namespace.labels.get(ENFORCE, "") if namespace else ""
    if level and (reasons := refusals(workload.spec, level)):
        path = (*workload.path, "spec")
        yield mesh.PODS_REFUSED(resource, path, level=level, namespace=workload.namespace, reasons=_shown(reasons))


@each("kubernetes.PodSecurity", kinds.NAMESPACE)
def refused_sidecars(namespace: Resource, world: World) -> Iterator[Finding]:
    """Namespaces with injection whose level refuses what is injected."""
    level = namespace.labels.get(ENFORCE, "")
    if not level:
        return
    here = world.workloads_in(namespace.name)
    inside = any(in_mesh(workload, world) and not has_proxy(workload) for workload in here)
    if (
        (inside or injects(namespace))
        and (values := injector_values(world))
        and (reasons := refusals(injected(values), level))
    ):
        yield mesh.SIDECARS_REFUSED(
            namespace, ("metadata", "labels", ENFORCE), level=level, namespace=namespace.name, reasons=_shown(reasons)
        )


def injected(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the injected part of a pod's spec, as far as Pod Security looks at it.

    Facts: security contexts in ``injection-template.yaml`` of Istio's charts at 1.31.
    """
    proxy = _section(_section(values, "global"), "proxy")
    profile = {"seccompProfile": proxy["seccompProfile"]} if proxy.get("seccompProfile") else {}
    shared = {
        "allowPrivilegeEscalation": bool(proxy.get("privileged")),
        "privileged": bool(proxy.get("privileged")),
        **profile,
    }
    unprivileged = {**shared, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}}
    if _section(_section(values, "pilot"), "cni").get("enabled"):
        first = {"name": "istio-validation", "securityContext": unprivileged}
    else:
        powers = {"add": ["NET_ADMIN", "NET_RAW"], "drop": ["ALL"]}
        context = {**shared, "runAsNonRoot": False, "runAsUser": 0, "capabilities": powers}
        first = {"name": "istio-init", "securityContext": context}
    return {"initContainers": [first], "containers": [{"name": "istio-proxy", "securityContext": unprivileged}]}


def _section(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = values.get(key)
    return found if isinstance(found, Mapping) else {}


def _shown(reasons: list[str]) -> str:
    more = len(reasons) - SHOWN
    return "; ".join(reasons[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
