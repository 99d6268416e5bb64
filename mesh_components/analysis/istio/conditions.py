"""Conditions that controllers have set on objects: only a cluster, or a dump of one, has any.

Upstream: `pkg/config/analysis/analyzers/conditions` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import ist
from ..resource import Path, Resource
from ..world import World

WAYPOINT_BOUND = frozenset({"istio.io/WaypointBound"})
ROUTE = frozenset({"Accepted", "Programmed", "ResolvedRefs"})

GOOD_WHEN_TRUE = {
    kinds.SERVICE: WAYPOINT_BOUND,
    kinds.SERVICE_ENTRY: WAYPOINT_BOUND,
    kinds.WORKLOAD_ENTRY: WAYPOINT_BOUND,
    kinds.AUTHORIZATION_POLICY: frozenset({"ZtunnelAccepted", "WaypointAccepted"}),
    kinds.K8S_GATEWAY: ROUTE,
    kinds.HTTP_ROUTE: ROUTE,
    kinds.GRPC_ROUTE: ROUTE,
}
"""The conditions that are looked at; others are somebody else's business."""

PARTLY = ("WaypointAccepted", "PartiallyInvalid")
"""Type and reason of a condition that is bad news though its status is true."""


def conditions(resource: Resource) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Return an object's conditions, those of a route's parents included."""
    status = resource.body.get("status", {})
    for index, condition in enumerate(status.get("conditions", [])):
        yield ("status", "conditions", index), condition
    for number, parent in enumerate(status.get("parents", [])):
        for index, condition in enumerate(parent.get("conditions", [])):
            yield ("status", "parents", number, "conditions", index), condition


@each("conditions.ConditionAnalyzer", *GOOD_WHEN_TRUE)
def negative(resource: Resource, world: World) -> Iterator[Finding]:
    """No controller reports that it cannot do what an object asks for."""
    for path, condition in conditions(resource):
        kind, reason = condition.get("type", ""), condition.get("reason", "")
        refused = kind in GOOD_WHEN_TRUE[resource.kind] and condition.get("status", "") == "False"
        if refused or (resource.kind == kinds.AUTHORIZATION_POLICY and (kind, reason) == PARTLY):
            message = condition.get("message", "")
            yield ist.NEGATIVE_CONDITION(resource, path, type=kind, reason=reason, message=message)
