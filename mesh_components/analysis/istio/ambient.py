"""Which workloads are in ambient mode.

Upstream: `PodInAmbientMode` and `NamespaceInAmbientMode` in `pkg/config/analysis/analyzers/util/in_mesh.go` of
istio/istio 1.31; what takes a pod out of an ambient namespace: `istio.io/dataplane-mode: none` on the pod.
"""

from __future__ import annotations

from .. import kinds
from ..injection import INJECTION_LABEL
from ..resource import Resource
from ..world import REVISION_LABEL, Workload, World

REDIRECTION = "ambient.istio.io/redirection"
"""The annotation that the CNI agent puts on a pod once it is in the mesh."""
MODE_LABEL = "istio.io/dataplane-mode"


def namespace_is_ambient(namespace: Resource | None) -> bool:
    """Return whether a namespace's pods are in ambient mode by default; injection goes first."""
    if namespace is None:
        return False
    labels = namespace.labels
    if labels.get(INJECTION_LABEL, "") == "enabled" or labels.get(REVISION_LABEL, "") != "":
        return False
    return labels.get(MODE_LABEL, "") == "ambient"


def is_ambient(workload: Workload, world: World) -> bool:
    """Return whether a pod is in ambient mode, or whether a template's pods will be."""
    if workload.annotations.get(REDIRECTION, "") == "enabled":
        return True
    if workload.resource.kind == kinds.POD:
        return False
    mode = workload.labels.get(MODE_LABEL, "")
    return mode == "ambient" or (mode == "" and namespace_is_ambient(world.namespace(workload.namespace)))
