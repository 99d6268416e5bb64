"""Pods that Kubernetes refuses or that get no sidecar."""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..injection import in_mesh
from ..messages import mesh
from ..resource import Resource
from ..selectors import selects
from ..world import Workload, World

SELECTING = (kinds.DAEMON_SET, kinds.DEPLOYMENT, kinds.REPLICA_SET, kinds.STATEFUL_SET)
"""Kinds that know their pods by a selector of their own."""


@each("kubernetes.HostNetwork", kinds.POD, *kinds.TEMPLATED)
def host_network(resource: Resource, world: World) -> Iterator[Finding]:
    """Pods in the host's network, which injection leaves out (`pkg/kube/inject/inject.go`, injectRequired)."""
    workload = Workload.of(resource)
    if workload.spec.get("hostNetwork", False) and in_mesh(workload, world):
        yield mesh.HOST_NETWORK(resource, (*workload.path, "spec", "hostNetwork"))


@each("kubernetes.Selectors", *SELECTING)
def selector_misses(resource: Resource, world: World) -> Iterator[Finding]:
    """A selector that does not select the pods of its own template."""
    selector = resource.spec.get("selector", {})
    if selector and not selects(selector, Workload.of(resource).labels):
        yield mesh.SELECTOR_MISSES_TEMPLATE(resource, ("spec", "selector"))


@each("kubernetes.GoverningServices", kinds.STATEFUL_SET)
def governing_service(resource: Resource, world: World) -> Iterator[Finding]:
    """A StatefulSet whose Service does not exist."""
    name = resource.spec.get("serviceName", "")
    if name and world.find(kinds.SERVICE, resource.namespace, name) is None:
        found = mesh.GOVERNING_SERVICE_NOT_FOUND(resource, ("spec", "serviceName"), service=name)
        yield found.unless_known(world.knows(resource.namespace))
