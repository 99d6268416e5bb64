"""Hosts that several VirtualServices route inside the mesh.

Upstream: `pkg/config/analysis/analyzers/virtualservice/conflictingmeshgatewayhosts.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..hosts import EVERYWHERE, MESH_GATEWAY, fqdn, scopes
from ..messages import ist
from ..resource import Resource
from ..texts import listed, some
from ..world import World
from .host_names import HostNames


def in_mesh(virtual_service: Resource) -> bool:
    """Return whether a VirtualService is for sidecars, as it is when it names no gateway."""
    gateways = virtual_service.spec.get("gateways", [])
    return not gateways or MESH_GATEWAY in gateways


@each("virtualservice.ConflictingMeshGatewayHostsAnalyzer", kinds.VIRTUAL_SERVICE)
def conflicts(virtual_service: Resource, world: World) -> Iterator[Finding]:
    """Hosts of a VirtualService that another one has too, both inside the mesh and seen from one namespace."""
    if not in_mesh(virtual_service):
        return
    routed = world.derived(RoutedHosts)
    for index, host in enumerate(virtual_service.spec.get("hosts", [])):
        for scope in scopes(virtual_service.spec.get("exportTo", []), virtual_service.namespace):
            found = some(routed.by(scope, fqdn(host, virtual_service.namespace)))
            if len(found) > 1:
                names = listed(one.full_name for one in found)
                path = ("spec", "hosts", index)
                yield ist.CONFLICTING_MESH_GATEWAY_HOSTS(virtual_service, path, virtual_services=names, host=host)
                return


class RoutedHosts:
    """VirtualServices inside the mesh by their hosts and the namespaces that see them."""

    def __init__(self, world: World) -> None:
        self._same: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        self._for_all: HostNames[Resource] = HostNames()
        self._for_some: HostNames[Resource] = HostNames()
        for virtual_service in world.all(kinds.VIRTUAL_SERVICE):
            with suppress(IsUnknown):
                self._add(virtual_service)

    def _add(self, virtual_service: Resource) -> None:
        hash(virtual_service.full_name)
        if not in_mesh(virtual_service):
            return
        for host in virtual_service.spec.get("hosts", []):
            full = fqdn(host, virtual_service.namespace)
            for scope in scopes(virtual_service.spec.get("exportTo", []), virtual_service.namespace):
                self._same[scope, full].append(virtual_service)
                (self._for_all if scope == EVERYWHERE else self._for_some).add(full, virtual_service)

    def by(self, scope: str, host: str) -> Iterator[Resource]:
        """Return the VirtualServices with a host as a namespace sees them; one may come several times.

        Wildcards count between what is for all namespaces and what is for some, as upstream has it.
        """
        others = (self._for_some if scope == EVERYWHERE else self._for_all).matching(host)
        return chain(self._same.get((scope, host), ()), others)
