"""Which namespaces and Services have their requests go through a waypoint, said at the waypoint."""

from __future__ import annotations

from collections.abc import Iterator

from ..analysis import kinds
from ..analysis.resource import Resource
from ..analysis.world import World
from ..validation.unknown import Unknown
from .draft import Draft
from .known import entries, text
from .places import Places, api_gateways, each_once

USE, NAMESPACE = "istio.io/use-waypoint", "istio.io/use-waypoint-namespace"
"""Labels: the waypoint's name, and its namespace where that is another one."""
NONE = "none"
"""The name by which a Service opts out of its namespace's waypoint."""


def draw_waypoints(world: World, places: Places, draft: Draft) -> None:
    """Note at each waypoint what goes through it; for one that is not here, at what would."""
    for resource, namespace in _users(world):
        labels = entries(resource.body, "metadata", "labels")
        name, within = text(labels, USE), text(labels, NAMESPACE) or namespace
        if not name or name == NONE:
            continue
        waypoint = world.derived(api_gateways).get((within, name))
        if waypoint is not None:
            draft.add_note(places.api_gateway(waypoint), resource, "its requests come through here", shows=False)
        else:
            at = f"Namespace {namespace}" if resource.kind == kinds.NAMESPACE else draft.shown.get(resource, "")
            draft.add_note(at, resource, f"waypoint {within}/{name}, which is not here", shows=False)


def _users(world: World) -> Iterator[tuple[Resource, str]]:
    """Return what may have a waypoint, and the namespace that it is in, or is."""
    for namespace in world.given(kinds.NAMESPACE):
        if not isinstance(namespace.name, Unknown):
            yield namespace, namespace.name
    for kind in (kinds.SERVICE, kinds.SERVICE_ENTRY):
        for resource in each_once(world, kind):
            yield resource, resource.namespace
