"""Autoscalers: what they scale, and who else sets the number of replicas."""

from __future__ import annotations

from collections.abc import Iterator

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..kinds import Kind
from ..messages import mesh
from ..resource import Resource
from ..world import World

SCALED = (kinds.DEPLOYMENT, kinds.REPLICA_SET, kinds.STATEFUL_SET)
"""Kinds of which analysis knows whether an object is there."""


def target(autoscaler: Resource) -> tuple[Kind, str]:
    """Return the kind and name of what an autoscaler scales."""
    reference = autoscaler.spec.get("scaleTargetRef", {})
    return Kind.of(reference.get("apiVersion", ""), reference.get("kind", "")), reference.get("name", "")


class Autoscalers:
    """Autoscalers by what they scale. Get it by ``world.derived(Autoscalers)``."""

    def __init__(self, world: World) -> None:
        self._by_target: dict[tuple[Kind, str, str], Resource] = {}
        self._unsure = False
        for autoscaler in world.all(kinds.HORIZONTAL_POD_AUTOSCALER):
            try:
                kind, name = target(autoscaler)
                self._by_target[kind, autoscaler.namespace, name] = autoscaler
            except IsUnknown:
                self._unsure = True

    def of(self, resource: Resource) -> Resource | None:
        """Return the autoscaler of a workload.

        :raises IsUnknown: when none is known, and there are autoscalers whose target is not known
        """
        found = self._by_target.get((resource.kind, resource.namespace, resource.name))
        if found is None and self._unsure:
            raise IsUnknown
        return found


@each("kubernetes.Autoscalers", kinds.HORIZONTAL_POD_AUTOSCALER)
def scales_nothing(autoscaler: Resource, world: World) -> Iterator[Finding]:
    """An autoscaler whose target does not exist."""
    kind, name = target(autoscaler)
    if kind in SCALED and name and world.find(kind, autoscaler.namespace, name) is None:
        found = mesh.SCALES_NOTHING(autoscaler, ("spec", "scaleTargetRef"), target=f"{kind.name} {name}")
        yield found.unless_known(world.knows(autoscaler.namespace))


@each("kubernetes.Autoscalers", *SCALED)
def two_owners(resource: Resource, world: World) -> Iterator[Finding]:
    """A fixed number of replicas of what an autoscaler scales."""
    replicas = resource.spec.get("replicas")
    if replicas is None or "uid" in resource.body.get("metadata", {}):
        return  # a cluster's own object always has a number
    autoscaler = world.derived(Autoscalers).of(resource)
    if autoscaler is not None:
        yield mesh.REPLICAS_OF_TWO_OWNERS(resource, ("spec", "replicas"), replicas=replicas, autoscaler=autoscaler)
