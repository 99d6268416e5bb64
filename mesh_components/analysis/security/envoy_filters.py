"""EnvoyFilters, and ServiceEntries that open the mesh."""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each
from ..finding import Finding, Severity
from ..graded import at
from ..messages import mesh
from ..resource import Resource
from ..world import World
from .environment import like_production


@each("security.EnvoyFilters", kinds.ENVOY_FILTER)
def in_use(patch: Resource, world: World) -> Iterator[Finding]:
    """EnvoyFilters: none is promised to outlive an upgrade, and one for the whole mesh can break all of it."""
    applied = [patched.get("applyTo", "") for patched in patch.spec.get("configPatches", [])]
    places = sorted({place for place in applied if place}) or ["nothing"]
    selects = patch.spec.get("workloadSelector", {}).get("labels", {}) or patch.spec.get("targetRefs", [])
    everywhere = patch.namespace == world.root_namespace and not selects
    whom = "all of the mesh" if everywhere else "workloads that it selects" if selects else "all of its namespace"
    found = mesh.ENVOY_FILTER(patch, ("spec",), places=places, whom=whom)
    yield at(found, Severity.WARNING) if everywhere else found


@each("security.ServiceEntries", kinds.SERVICE_ENTRY)
def wildcards(entry: Resource, world: World) -> Iterator[Finding]:
    """Wildcard hosts that workloads may send anywhere."""
    if not like_production(world) or entry.spec.get("resolution", "NONE") != "NONE":
        return
    for index, host in enumerate(entry.spec.get("hosts", [])):
        if host.startswith("*"):
            yield mesh.WILDCARD_ENTRY(entry, ("spec", "hosts", index), host=host)
