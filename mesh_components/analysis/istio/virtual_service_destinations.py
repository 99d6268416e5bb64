"""Where VirtualServices send requests: hosts, ports and subsets that have to be there.

Upstream: `pkg/config/analysis/analyzers/virtualservice/{destinationhosts,destinationrules}.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..hosts import Destination as Place
from ..hosts import Hosts, fqdn
from ..messages import ist
from ..resource import Path, Resource
from ..texts import listed, some
from ..world import World
from .host_names import HostNames
from .known_hosts import knows_client_of, knows_host


@dataclass(frozen=True)
class Target:
    """One `destination` of a VirtualService.

    Attributes:
        path: Where it stands.
        is_mirror: Whether requests are only copied to it.
        host: Its host.
        subset: Its subset, empty for all of the host.
        port: Its port's number; None when it names none.
    """

    path: Path
    is_mirror: bool
    host: str
    subset: str
    port: int | None

    @classmethod
    def of(cls, outer: Mapping[str, Any], path: Path, is_mirror: bool = False) -> Target:
        """Return the `destination` in what stands at a path; one that is not there has an empty host."""
        destination = outer.get("destination", {})
        port = destination["port"].get("number", 0) if "port" in destination else None
        path = (*path, "destination")
        return cls(path, is_mirror, destination.get("host", ""), destination.get("subset", ""), port)


def routes(virtual_service: Resource, *protocols: str) -> Iterator[Target]:
    """Return where a VirtualService's routes of these protocols lead."""
    for protocol in protocols:
        for index, rule in enumerate(virtual_service.spec.get(protocol, [])):
            for number, route in enumerate(rule.get("route", [])):
                yield Target.of(route, ("spec", protocol, index, "route", number))


def targets(virtual_service: Resource) -> Iterator[Target]:
    """Return where a VirtualService's routes and mirrors lead."""
    yield from routes(virtual_service, "tcp", "tls", "http")
    for index, rule in enumerate(virtual_service.spec.get("http", [])):
        if "mirror" in rule:
            mirror = Target.of({"destination": rule["mirror"]}, (), True)
            yield replace(mirror, path=("spec", "http", index, "mirror"))
        for number, mirrored in enumerate(rule.get("mirrors", [])):
            yield Target.of(mirrored, ("spec", "http", index, "mirrors", number), True)


@each("virtualservice.DestinationHostAnalyzer", kinds.VIRTUAL_SERVICE)
def hosts(virtual_service: Resource, world: World) -> Iterator[Finding]:
    """Hosts and ports of a VirtualService's destinations that no Service and no ServiceEntry has."""
    registry, namespace = world.derived(Hosts), virtual_service.namespace
    for target in targets(virtual_service):
        found = registry.find(target.host, namespace, virtual_service.spec.get("exportTo", []))
        if found:
            yield from port_problems(virtual_service, target, found)
        else:
            reftype = "mirror host" if target.is_mirror else "host"
            path = (*target.path, "host")
            missing = ist.REFERENCED_RESOURCE_NOT_FOUND(virtual_service, path, reftype=reftype, refval=target.host)
            yield missing.unless_known(knows_host(world, target.host, namespace))


def port_problems(virtual_service: Resource, target: Target, found: Place) -> Iterator[Finding]:
    """Return whether a destination's port is missing, or not one of the host's."""
    numbers = [number for number, _ in found.ports]
    if target.port is None:
        if len(numbers) > 1:
            yield ist.DESTINATION_PORT_REQUIRED(virtual_service, target.path, host=target.host, ports=numbers)
    elif target.port not in numbers:
        refval = f"{target.host}:{target.port}"
        path = (*target.path, "port")
        yield ist.REFERENCED_RESOURCE_NOT_FOUND(virtual_service, path, reftype="host:port", refval=refval)


@each("virtualservice.DestinationHostAnalyzer", kinds.VIRTUAL_SERVICE)
def rules_not_for_gateways(virtual_service: Resource, world: World) -> Iterator[Finding]:
    """Routes from gateways to a host whose subsets only another VirtualService, inside the mesh, routes to.

    Other than upstream, hosts are compared as full names, and a VirtualService's own subsets are not held against it.
    One finding names the first few; upstream has one for each.
    """
    if not virtual_service.spec.get("gateways", []):
        return
    told: set[int] = set()
    for target in routes(virtual_service, "http"):
        if target.subset != "":
            continue
        users = world.derived(subset_users).get(fqdn(target.host, virtual_service.namespace), ())
        others = [other for other in some(users) if other is not virtual_service and id(other) not in told]
        if others:
            told.update(map(id, others))
            names = listed(other.full_name for other in others)
            yield ist.INGRESS_RULES_NOT_AFFECTED(virtual_service, target.path, host=target.host, virtual_service=names)


def subset_users(world: World) -> Mapping[str, list[Resource]]:
    """Return, by host, the VirtualServices for that host which route to subsets of it."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for virtual_service in world.all(kinds.VIRTUAL_SERVICE):
        with suppress(IsUnknown):
            hash(virtual_service.full_name)
            own = {fqdn(host, virtual_service.namespace) for host in virtual_service.spec.get("hosts", [])}
            to = {
                fqdn(target.host, virtual_service.namespace)
                for target in routes(virtual_service, "http")
                if target.subset != ""
            }
            for host in own & to:
                found[host].append(virtual_service)
    return found


@each("virtualservice.DestinationRuleAnalyzer", kinds.VIRTUAL_SERVICE)
def subsets(virtual_service: Resource, world: World) -> Iterator[Finding]:
    """Subsets of a VirtualService's destinations that no DestinationRule has.

    Other than upstream, a rule for a host outside of the cluster may be in any namespace, and one for ``*.b.c``
    has subsets of ``a.b.c``.
    """
    defined, namespace = world.derived(Subsets), virtual_service.namespace
    for target in targets(virtual_service):
        if target.subset != "" and not defined.has(target.subset, fqdn(target.host, namespace)):
            reftype = f"{'mirror' if target.is_mirror else 'host'}+subset in destinationrule"
            refval = f"{target.host}+{target.subset}"
            path = (*target.path, "subset")
            missing = ist.REFERENCED_RESOURCE_NOT_FOUND(virtual_service, path, reftype=reftype, refval=refval)
            yield missing.unless_known(knows_client_of(world, target.host, namespace))


class Subsets:
    """Subsets that DestinationRules define, by host."""

    def __init__(self, world: World) -> None:
        self._by_name: dict[str, HostNames[None]] = defaultdict(HostNames)
        self._some_unknown = False
        for rule in world.all(kinds.DESTINATION_RULE):
            try:
                for subset in rule.spec.get("subsets", []):
                    self._by_name[subset.get("name", "")].add(fqdn(rule.spec.get("host", ""), rule.namespace), None)
            except IsUnknown:
                self._some_unknown = True

    def has(self, subset: str, host: str) -> bool:
        """Return whether a host has a subset.

        :raises IsUnknown: when none is known, and there are DestinationRules of which not everything is
        """
        for _ in self._by_name[subset].matching(host) if subset in self._by_name else ():
            return True
        if self._some_unknown:
            raise IsUnknown
        return False
