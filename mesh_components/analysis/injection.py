"""Which pods get a sidecar, by the labels and annotations of pods and namespaces.

Upstream: `pkg/config/analysis/analyzers/util/in_mesh.go` of istio/istio 1.31, and for revisions the webhooks' selectors
(`manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import kinds
from .resource import Resource
from .world import REVISION_LABEL, Workload, World
from .yaml_text import parsed_map

INJECTION_LABEL = "istio-injection"
INJECT = "sidecar.istio.io/inject"
"""On a pod, as label or (as of old) as annotation."""
PROXY = "istio-proxy"
"""The sidecar's container."""


def injector_values(world: World) -> Mapping[str, Any]:
    """Return the values that injection goes by, from the injector's ConfigMap; none where that is not here."""
    end = f"-{world.scope.revision}" if world.scope.revision else ""
    found = world.find(kinds.CONFIG_MAP, world.scope.istio_namespace, f"istio-sidecar-injector{end}")
    return parsed_map(found.body.get("data", {}).get("values", "")) if found else {}


def has_proxy(workload: Workload) -> bool:
    """Return whether a pod has the sidecar in it already."""
    return any(container.get("name", "") == PROXY and container.get("image", "") for container in workload.containers)


def asks(metadata: Mapping[str, str]) -> bool | None:
    """Return what a pod's labels or annotations say of injection; None when they say nothing."""
    return metadata[INJECT] == "true" if INJECT in metadata else None


def injects(namespace: Resource | None) -> bool | None:
    """Return what a namespace says of injection; None when it says nothing, or is not known."""
    if namespace is None:
        return None
    labels = namespace.labels
    if INJECTION_LABEL in labels:
        return labels[INJECTION_LABEL] == "enabled"
    return True if labels.get(REVISION_LABEL, "") != "" else None


def in_mesh(workload: Workload, world: World) -> bool:
    """Return whether a workload's pods have a sidecar, or will get one."""
    if has_proxy(workload):
        return True
    for said in (asks(workload.labels), asks(workload.annotations), injects(world.namespace(workload.namespace))):
        if said is not None:
            return said
    return False
