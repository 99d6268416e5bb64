"""Routing by the claims of a JWT, which needs a RequestAuthentication at the gateway.

Upstream: `pkg/config/analysis/analyzers/virtualservice/jwtclaimroute.go` and `pkg/jwt/routing.go` of istio/istio 1.31.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..hosts import MESH_GATEWAY
from ..labelled import Selectors, pods
from ..messages import ist
from ..resource import Path, Resource
from ..texts import full_name
from ..world import Workload, World, part
from .gateways import selector_of

CLAIM = re.compile(r"(?i:@request\.auth\.claims)(\..|\[.+\]$)", re.DOTALL)
"""The name of a header that stands for a claim."""


@each("virtualservice.JWTClaimRouteAnalyzer", kinds.VIRTUAL_SERVICE)
def claims(virtual_service: Resource, world: World) -> Iterator[Finding]:
    """Routing by JWT claims at gateways whose pods no RequestAuthentication selects."""
    path = claim_path(virtual_service)
    if not path:
        return
    for name in virtual_service.spec.get("gateways", []):
        gateway = (
            world.find(kinds.GATEWAY, *full_name(name, virtual_service.namespace)) if name != MESH_GATEWAY else None
        )
        for workload in world.derived(Unauthenticated).of(gateway) if gateway else ():
            finding = ist.JWT_WITHOUT_REQUEST_AUTHENTICATION(
                virtual_service, path, key=path[-1], gateway=name, pod=workload.resource.name
            )
            yield finding.unless_known(world.knows(workload.namespace) and world.knows(world.root_namespace))


def claim_path(virtual_service: Resource) -> Path:
    """Return where a VirtualService first matches on a claim; empty when it does not."""
    for index, rule in enumerate(virtual_service.spec.get("http", [])):
        for number, match in enumerate(rule.get("match", [])):
            for field in ("headers", "withoutHeaders"):
                for header in match.get(field, {}):
                    if CLAIM.match(header):
                        return "spec", "http", index, "match", number, field, header
    return ()


class Unauthenticated:
    """The workloads of Gateways that no RequestAuthentication selects."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._found: dict[int, list[Workload]] = {}
        self._authentications = Selectors(
            (one, part(part(one.spec, "selector"), "matchLabels"), one.namespace)
            for one in world.all(kinds.REQUEST_AUTHENTICATION)
        )

    def of(self, gateway: Resource) -> list[Workload]:
        """Return the workloads of a Gateway that no RequestAuthentication selects."""
        if id(gateway) not in self._found:
            workloads = self._world.derived(pods).selected(selector_of(gateway))
            self._found[id(gateway)] = [workload for workload in workloads if not self._covers(workload)]
        return self._found[id(gateway)]

    def _covers(self, workload: Workload) -> bool:
        """Return whether a RequestAuthentication selects a workload, or may."""
        try:
            places = (self._world.root_namespace, workload.namespace)
            return any(self._authentications.any_selecting(workload.labels, place) for place in places)
        except IsUnknown:
            return True
