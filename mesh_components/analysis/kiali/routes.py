"""Routes to hosts, subsets and gateways that there are not, and several VirtualServices for one host.

Upstream: `business/checkers/virtualservices`, `business/checkers/k8shttproutes/no_k8sgateway_checker.go`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..hosts import MESH_GATEWAY, Hosts
from ..messages import kia
from ..resource import Path, Resource
from ..selectors import selects
from ..world import World
from .names import Host, Together, host_of, mild, others_text, routes, scopes_of, wildcards_over


@each("kiali.VirtualServiceNoHostChecker", kinds.VIRTUAL_SERVICE)
def host_not_found(routing: Resource, world: World) -> Iterator[Finding]:
    """A route to a host that is in no registry."""
    for path, destinations in routes(routing):
        for index, destination in enumerate(destinations):
            name = destination.get("destination", {}).get("host", "")
            if not name:
                continue
            host = host_of(name, routing.namespace, world)
            if world.derived(Hosts).find(host.full, routing.namespace, routing.spec.get("exportTo", [])) is None:
                found = kia.ROUTE_HOST(routing, (*path, index, "destination", "host"), host=host.full)
                yield mild(found, world).unless_known(host.known(world))


@each("kiali.VirtualServiceNoGatewayChecker", kinds.VIRTUAL_SERVICE)
def gateway_not_found(routing: Resource, world: World) -> Iterator[Finding]:
    """A VirtualService, or a match of it, bound to a Gateway that does not exist."""
    for path, name in _gateways(routing):
        if name == MESH_GATEWAY:
            continue
        namespace, gateway = gateway_name(name, routing.namespace)
        if world.find(kinds.GATEWAY, namespace, gateway) is None:
            found = kia.GATEWAY(routing, path, gateway=f"{namespace}/{gateway}")
            yield found.unless_known(world.knows(namespace))


def _gateways(routing: Resource) -> Iterator[tuple[Path, str]]:
    for index, name in enumerate(routing.spec.get("gateways", [])):
        yield ("spec", "gateways", index), name
    for protocol in ("http", "tcp", "tls"):
        for number, route in enumerate(routing.spec.get(protocol, [])):
            for position, match in enumerate(route.get("match", [])):
                for index, name in enumerate(match.get("gateways", [])):
                    yield ("spec", protocol, number, "match", position, "gateways", index), name


def gateway_name(name: str, namespace: str) -> tuple[str, str]:
    """Return the namespace and name of a Gateway; the old spelling ``name.namespace…`` is understood."""
    if "/" in name:
        first, _, second = name.partition("/")
        return (namespace if first == "." else first), second
    first, *rest = name.split(".")
    return (rest[0], first) if rest else (namespace, name)


@each("kiali.RouteChecker", kinds.VIRTUAL_SERVICE)
def weights(routing: Resource, world: World) -> Iterator[Finding]:
    """A weight on the only destination of a route, and destinations that a route names twice."""
    for path, destinations in routes(routing):
        if len(destinations) == 1 and 0 < (weight := destinations[0].get("weight", 0)) < 100:
            yield kia.SINGLE_WEIGHT(routing, (*path, 0, "weight"), weight=weight)
        places: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for index, destination in enumerate(destinations):
            to = destination.get("destination", {})
            host = host_of(to.get("host", ""), routing.namespace, world).full
            places[host, to.get("subset", ""), to.get("port", {}).get("number", 0)].append(index)
        for (host, subset, _), indexes in places.items():
            for index in indexes if len(indexes) > 1 else ():
                name = f", subset {subset}," if subset else ""
                yield kia.REPEATED_DESTINATION(routing, (*path, index, "host"), host=host, subset=name)


@whole("kiali.SingleHostChecker")
def several_virtual_services(world: World) -> Iterator[Finding]:
    """Several VirtualServices that route one host at one gateway, or a host and its namespace's wildcard."""
    bound: list[tuple[Resource, frozenset[str], list[tuple[str, Host]]]] = []
    of_host: dict[tuple[str, str, str], Together[Resource]] = defaultdict(Together)
    of_namespace: dict[tuple[str, str], Together[Resource]] = defaultdict(Together)
    for routing in world.all(kinds.VIRTUAL_SERVICE):
        with suppress(IsUnknown):
            scopes, bindings = scopes_of(routing), list(_bindings(routing, world))
            bound.append((routing, scopes, bindings))
            for gateway, host in bindings:
                of_host[gateway, host.namespace, host.service].add(routing, scopes)
                of_namespace[gateway, host.namespace].add(routing, scopes)
    for routing, scopes, bindings in bound:
        with suppress(IsUnknown):
            for gateway, host in bindings:
                places = [of_host[gateway, host.namespace, host.service]]
                if host.namespace and host.service == "*":
                    places.append(of_namespace[gateway, host.namespace])
                elif host.namespace:
                    places.append(of_host[gateway, host.namespace, "*"])
                rivals = (other for place in places for other in place.seen_with(scopes) if other is not routing)
                if others := others_text(rivals):
                    shown = "sidecars" if gateway == MESH_GATEWAY else f"Gateway {gateway}"
                    path = ("spec", "hosts")
                    yield kia.SEVERAL_VIRTUAL_SERVICES(routing, path, others=others, host=host.full, gateway=shown)
                    break


def _bindings(routing: Resource, world: World) -> Iterator[tuple[str, Host]]:
    """Return every gateway and host of a VirtualService."""
    names = [
        name if name == MESH_GATEWAY else "{}/{}".format(*gateway_name(name, routing.namespace))
        for name in routing.spec.get("gateways", []) or [MESH_GATEWAY]
    ]
    hosts = dict.fromkeys(host_of(host, routing.namespace, world) for host in routing.spec.get("hosts", []))
    return ((name, host) for name in names for host in hosts)


class Subsets:
    """Subsets that DestinationRules define, by host. Get it by ``world.derived(Subsets)``."""

    def __init__(self, world: World) -> None:
        self._defined: dict[str, set[str]] = defaultdict(set)
        self._unsure = False
        for rule in world.all(kinds.DESTINATION_RULE):
            try:
                host = host_of(rule.spec.get("host", ""), rule.namespace, world).full
                self._defined[host] |= {subset.get("name", "") for subset in rule.spec.get("subsets", [])}
            except IsUnknown:
                self._unsure = True

    def has(self, host: str, subset: str) -> bool:
        """Return whether a rule for the host, or for a wildcard over it, has the subset.

        :raises IsUnknown: when none has, and there are rules of which not all is known
        """
        found = any(subset in self._defined.get(name, ()) for name in (host, *wildcards_over(host)))
        if not found and self._unsure:
            raise IsUnknown
        return found


@each("kiali.SubsetPresenceChecker", kinds.VIRTUAL_SERVICE)
def subset_not_found(routing: Resource, world: World) -> Iterator[Finding]:
    """A route to a subset that no DestinationRule defines."""
    for path, destinations in routes(routing):
        for index, destination in enumerate(destinations):
            to = destination.get("destination", {})
            name, subset = to.get("host", ""), to.get("subset", "")
            if not name or not subset:
                continue
            host = host_of(name, routing.namespace, world)
            if not world.derived(Subsets).has(host.full, subset):
                found = kia.SUBSET_NOT_FOUND(routing, (*path, index, "destination"), subset=subset, host=host.full)
                known = host.known(world) and world.knows(routing.namespace)
                yield found.unless_known(known)


@each("kiali.NoK8sGatewayChecker", kinds.HTTP_ROUTE, kinds.GRPC_ROUTE)
def parent_not_found(route: Resource, world: World) -> Iterator[Finding]:
    """A route whose Kubernetes Gateway does not exist, or takes no routes from the route's namespace."""
    for index, parent in enumerate(route.spec.get("parentRefs", [])):
        if (
            parent.get("kind", "Gateway") != kinds.K8S_GATEWAY.name
            or parent.get("group", kinds.GATEWAY_API) != kinds.GATEWAY_API
            or not parent.get("name", "")
        ):
            continue
        namespace = parent.get("namespace", route.namespace)
        gateway = world.find(kinds.K8S_GATEWAY, namespace, parent["name"])
        if gateway is None or not _takes(gateway, route.namespace, world):
            found = kia.PARENT_GATEWAY(
                route, ("spec", "parentRefs", index, "name"), gateway=f"{namespace}/{parent['name']}"
            )
            yield found.unless_known(gateway is not None or world.knows(namespace))


def _takes(gateway: Resource, namespace: str, world: World) -> bool:
    """Return whether a listener takes routes from a namespace; by default it takes those of its own."""
    if gateway.namespace == namespace:
        return True
    there = world.namespace(namespace)
    for listener in gateway.spec.get("listeners", []):
        allowed: Mapping[str, Any] = listener.get("allowedRoutes", {}).get("namespaces", {})
        if allowed.get("from", "Same") == "All":
            return True
        if allowed.get("from", "Same") == "Selector":
            selector = allowed.get("selector")
            if there is None or (isinstance(selector, Mapping) and selects(selector, there.labels)):
                return True
    return False
