"""Where clients without a certificate are let in."""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..messages import mesh
from ..mtls import DISABLE, PERMISSIVE, STRICT, PeerModes, mode, wanted_labels
from ..resource import Resource
from ..world import World
from .environment import risk

OPEN = (DISABLE, PERMISSIVE)


@whole("security.MutualTLS")
def open_mesh(world: World) -> Iterator[Finding]:
    """A mesh whose own mode is not STRICT."""
    root = world.root_namespace
    effective = world.derived(PeerModes).mesh
    if effective.mode == STRICT:
        return
    end = f"-{world.scope.revision}" if world.scope.revision else ""
    place = effective.policy or world.find(kinds.CONFIG_MAP, world.scope.istio_namespace, f"istio{end}")
    if place is not None:
        path = ("spec", "mtls", "mode") if effective.policy else ()
        found = mesh.MESH_ACCEPTS_PLAIN_TEXT(place, path, mode=effective.mode, root=root)
        yield risk(found, world).unless_known(effective.policy is not None or world.knows(root))


@each("security.MutualTLS", kinds.PEER_AUTHENTICATION)
def open_policy(policy: Resource, world: World) -> Iterator[Finding]:
    """A policy that opens a namespace, a workload or a port; that of the mesh is `open_mesh`'s."""
    selects = wanted_labels(policy)
    if policy.namespace == world.root_namespace:
        return
    if mode(policy) in OPEN:
        whom = "the workloads that it selects" if selects else f"namespace {policy.namespace}"
        found = mesh.POLICY_ACCEPTS_PLAIN_TEXT(policy, ("spec", "mtls", "mode"), mode=mode(policy), whom=whom)
        yield risk(found, world)
    for port, level in policy.spec.get("portLevelMtls", {}).items():
        if selects and level.get("mode", "") in OPEN and mode(policy) not in OPEN:
            path = ("spec", "portLevelMtls", port, "mode")
            found = mesh.POLICY_ACCEPTS_PLAIN_TEXT(policy, path, mode=level["mode"], whom=f"port {port}")
            yield risk(found, world)
