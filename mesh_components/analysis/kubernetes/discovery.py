"""Namespaces of the mesh that istiod does not look into.

Facts: `pkg/kube/namespace/filter.go` of istio/istio 1.31: with `discoverySelectors`, istiod reads nothing in a
namespace that none of them selects, the control plane's own among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..injection import PROXY, injects
from ..messages import mesh
from ..resource import Resource
from ..selectors import selects
from ..world import World

DATA_PLANE = "istio.io/dataplane-mode"
NAME = "kubernetes.io/metadata.name"
"""The label that Kubernetes gives every namespace."""


@each("kubernetes.DiscoverySelectors", kinds.NAMESPACE)
def undiscovered(namespace: Resource, world: World) -> Iterator[Finding]:
    """Namespaces that take part in the mesh, and that `discoverySelectors` leave out."""
    selectors = world.mesh_config.get("discoverySelectors") or []
    labels = {**namespace.labels, NAME: namespace.name}
    if not selectors or any(selects(selector, labels) for selector in selectors):
        return
    if reason := _part(namespace, world):
        yield mesh.NAMESPACE_NOT_DISCOVERED(namespace, ("metadata", "labels"), namespace=namespace.name, reason=reason)


def _part(namespace: Resource, world: World) -> str:
    """Return the namespace's part in the mesh in words; nothing when it has none."""
    if namespace.name in (world.root_namespace, world.scope.istio_namespace):
        return "Istio's own objects for the whole mesh are there"
    if injects(namespace):
        return "its pods get sidecars"
    if namespace.labels.get(DATA_PLANE, "") == "ambient":
        return "its pods are in the ambient mesh"
    if any(one.get("name", "") == PROXY for work in world.workloads_in(namespace.name) for one in work.containers):
        return "a gateway is there"
    return ""
