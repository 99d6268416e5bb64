"""MeshNetworks: the registries that networks take their endpoints from.

Upstream: `pkg/config/analysis/analyzers/multicluster/meshnetworks.go` of istio/istio 1.31, which knows of the control
plane's own cluster only by the name ``Kubernetes``; here also by the name that istiod is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import whole
from ..finding import Finding
from ..kinds import Kind
from ..messages import ist
from ..resource import Nowhere, Path, Resource
from ..shapes import STRING, fields, many
from ..world import Workload, World
from .control_plane import typed

BUILT_IN = frozenset({"Mock", "Kubernetes", "External"})
"""Registries that istiod has without being told."""
REMOTE_SECRET = "istio/multiCluster"
CLUSTER_NAME = "CLUSTER_ID"
"""The environment variable by which istiod is told its cluster's name."""
NETWORK = fields(endpoints=many(fields(fromRegistry=STRING)))


@whole("meshnetworks.MeshNetworksAnalyzer")
def registries(world: World) -> Iterator[Finding]:
    """Networks take endpoints from clusters that the control plane has access to."""
    known = clusters(world)
    resource, path = subject(world)
    for name, given in world.mesh_networks.items():
        for endpoint in typed(given, NETWORK).get("endpoints", []):
            with suppress(IsUnknown):
                registry = endpoint.get("fromRegistry", "")
                if registry and registry not in known:
                    finding = ist.UNKNOWN_SERVICE_REGISTRY(resource, path, network=name, registry=registry)
                    yield finding.unless_known(world.knows(world.scope.istio_namespace))


def clusters(world: World) -> frozenset[str]:
    """Return the names of the clusters that istiod knows.

    :raises IsUnknown: when there are some of which the name is not known
    """
    names = set(BUILT_IN)
    for secret in world.all(kinds.SECRET):
        if secret.labels.get(REMOTE_SECRET, "") == "true":
            names.update(secret.body.get("data", {}), secret.body.get("stringData", {}))
    for deployment in world.within(world.scope.istio_namespace, kinds.DEPLOYMENT):
        names.update(own_names(deployment))
    return frozenset(names)


def own_names(deployment: Resource) -> Iterator[str]:
    """Return the name that a Deployment of istiod gives its own cluster."""
    for container in Workload.of(deployment).containers:
        for variable in container.get("env", []):
            if variable.get("name", "") == CLUSTER_NAME:
                yield str(variable.get("value", ""))


def subject(world: World) -> tuple[Resource, Path]:
    """Return the object that findings are about, and the field: the ConfigMap's, or one that stands for settings."""
    namespace = world.scope.istio_namespace
    if world.scope.mesh_networks is None:
        name = f"istio-{world.scope.revision}" if world.scope.revision else "istio"
        config = world.find(kinds.CONFIG_MAP, namespace, name)
        if config is not None:
            return config, ("data", "meshNetworks")
    return Resource(Kind("", "MeshNetworks"), namespace, "meshnetworks", {}, {}, Nowhere()), ()
