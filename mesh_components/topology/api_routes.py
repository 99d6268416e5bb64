"""Routes of the Gateway API: which listeners and Services each is attached to, and where it sends requests.

Upstream, istio/istio 1.31: `pilot/pkg/config/kube/gateway/conversion.go`; the defaults are the API's
(gateway.networking.k8s.io/v1). Which rule goes first is not their order, so none is said to be never used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import CLUSTER_DOMAIN
from ..analysis.kinds import GATEWAY_API, NETWORKING, Kind
from ..analysis.resource import Path, Resource
from ..analysis.world import World
from ..validation.unknown import IsUnknown
from .api_listeners import (
    HBONE,
    LISTENER_SET,
    OF_HTTP,
    TCP_ROUTE,
    TLS_ROUTE,
    Listener,
    class_of,
    listeners,
    set_of,
    spec_of,
)
from .api_route_words import answer, conditions, features, mirrors
from .conditions import alternatives
from .draft import Draft
from .entrances import enter
from .gateways import for_hosts
from .known import items, known, number, texts
from .places import Places, api_gateways, each_once
from .routing import Routing, Rule, Source, Target
from .rules import Client
from .servers import FROM_THE_MESH
from .virtual_services import ANSWERS, NO_WEIGHT
from .words import hosts_text, joined, shares

Named = tuple[Kind, str, str]
"""Kind, namespace and name of an object."""
REFERENCE_GRANT = Kind(GATEWAY_API, "ReferenceGrant")
ROUTES = (*OF_HTTP, TLS_ROUTE, TCP_ROUTE)
SERVICE_IMPORT = Kind("multicluster.x-k8s.io", "ServiceImport")
"""A Service of the same name and namespace in this cluster or another one."""
HOSTNAME = Kind(NETWORKING, "Hostname")
"""A kind of backend that Istio adds: a host of its registry."""
WAYPOINT = "istio-waypoint"


class ApiRoutes:
    """Draws Gateways of the Gateway API and their routes."""

    def __init__(self, world: World, places: Places, draft: Draft, routing: Routing) -> None:
        self._world = world
        self._places = places
        self._draft = draft
        self._routing = routing
        self._listeners: dict[Named, list[Listener]] = {}
        for gateway in world.derived(api_gateways).values():
            self._listeners[named(gateway)] = list(listeners(gateway, gateway))
        for one in each_once(world, LISTENER_SET):
            if (parent := known(set_of, None, one, world)) is not None and named(parent) in self._listeners:
                self._listeners[named(one)] = list(listeners(one, parent))

    def draw(self) -> None:
        """Draw who comes in by listeners, and where routes send them."""
        for found in self._listeners.values():
            for listener in found:
                self._enter(listener)
        for kind in ROUTES:
            for route in each_once(self._world, kind):
                spec = known(spec_of, {}, route)
                for parent in items(spec, "parentRefs"):
                    with suppress(IsUnknown):
                        self._attach(route, spec, parent)

    def _enter(self, listener: Listener) -> None:
        node = self._places.api_gateway(listener.gateway)
        match = () if listener.host == "*" else (hosts_text([listener.host]),)
        if listener.mode == FROM_THE_MESH or listener.protocol == HBONE or class_of(listener.gateway) == WAYPOINT:
            port = "" if listener.port is None else f"port {listener.port}"
            self._draft.add_note(node, listener.resource, joined(*match, port, listener.protocol, listener.mode))
            return
        match = (*match, f"listener {listener.name}") if listener.name else match
        path = ("spec", "listeners", listener.index)
        self._draft.show(node, [listener.resource])
        enter(self._draft, listener.resource, path, node, match, listener.port, listener.mode, [listener.protocol])

    def _attach(self, route: Resource, spec: Mapping[str, Any], parent: Mapping[str, Any]) -> None:
        kind = Kind(parent.get("group", GATEWAY_API), parent.get("kind", "Gateway"))
        namespace, name = parent.get("namespace", route.namespace), parent.get("name", "")
        if kind in (kinds.K8S_GATEWAY, LISTENER_SET):
            self._to_gateway(route, spec, parent, self._listeners.get((kind, namespace, name), []))
        elif kind == kinds.SERVICE:
            # A route is attached to nothing that is not there.
            if self._world.find(kind, namespace, name) or not self._world.knows(namespace):
                self._to_host(route, spec, parent, f"{name}.{namespace}.{CLUSTER_DOMAIN}", namespace)
        elif kind == kinds.SERVICE_ENTRY:
            entry = self._world.find(kinds.SERVICE_ENTRY, namespace, name)
            for host in texts(entry.spec, "hosts") if entry else ():
                self._to_host(route, spec, parent, host, namespace)

    def _to_gateway(
        self, route: Resource, spec: Mapping[str, Any], parent: Mapping[str, Any], there: Sequence[Listener]
    ) -> None:
        given = [f"{host:s}" for host in spec.get("hostnames", [])]
        fitting = [one for one in there if known(self._is_open, False, one, route, parent)]
        hosts = list(dict.fromkeys(host for listener in fitting for host in listener.common(given)))
        if not hosts:
            return
        gateway = fitting[0].gateway
        node = self._places.api_gateway(gateway)
        labels = next((one.labels for one in self._places.gateways.get(node, ())), {})
        source = Source(node, Client(gateway.namespace, labels))
        self._routing.draw(source, (for_hosts(rule, hosts) for rule in self._rules(route, spec)))

    def _is_open(self, listener: Listener, route: Resource, parent: Mapping[str, Any]) -> bool:
        return listener.fits(parent) and listener.takes(route, self._world)

    def _to_host(
        self, route: Resource, spec: Mapping[str, Any], parent: Mapping[str, Any], host: str, namespace: str
    ) -> None:
        place = self._places.host(host, namespace)
        # A route in another namespace than the host's is for clients in its own.
        where = (f"from namespace {route.namespace}",) if namespace != route.namespace else ()
        which = (*where, f"port {parent['port']:d}") if "port" in parent else where
        self._draft.show(place.node, [route])
        rules = self._rules(route, spec)
        self._routing.draw(
            Source(place.node, is_for_all=not where), (replace(rule, match=(*which, *rule.match)) for rule in rules)
        )

    def _rules(self, route: Resource, spec: Mapping[str, Any]) -> Iterator[Rule]:
        for index, given in enumerate(spec.get("rules", [])):
            with suppress(IsUnknown):
                path: Path = ("spec", "rules", index)
                targets = tuple(self._targets(route, given.get("backendRefs", []), (*path, "backendRefs")))
                if route.kind not in OF_HTTP:
                    yield Rule(route, (), targets)
                    continue
                match = alternatives([conditions(one) for one in given.get("matches", [])])
                told = known(answer, ANSWERS, given)
                copies = tuple(self._copies(route, given, path))
                yield Rule(route, match, (*targets, *copies), tuple(features(given)), told)

    def _copies(self, route: Resource, given: Mapping[str, Any], path: Path) -> Iterator[Target]:
        for index, reference, told in mirrors(given):
            for target in self._targets(route, [reference], (*path, "filters")):
                told = (*told, *target.features)
                yield replace(target, path=(*path, "filters", index), weight=None, features=told, is_mirror=True)

    def _targets(self, route: Resource, given: Sequence[Mapping[str, Any]], path: Path) -> Iterator[Target]:
        """Return where a rule's requests go; a backend's weight is 1 unless it says so, and 0 for nothing."""
        parts = shares(given, 1)
        for index, reference in enumerate(given):
            with suppress(IsUnknown):
                host = host_of(reference, route.namespace)
                is_choice = len(given) > 1 or (parts is not None and not parts[index])
                told = (NO_WEIGHT,) if parts is None else ()
                if not known(self._is_granted, True, route, reference):
                    told = (*told, "no ReferenceGrant permits it")
                weight = parts[index] if parts and is_choice else None
                yield Target(host, (*path, index), "", number(reference, "port"), weight, told)

    def _is_granted(self, route: Resource, reference: Mapping[str, Any]) -> bool:
        """Return whether a route may send to another namespace; True where grants may be elsewhere.

        :raises IsUnknown: when that is not known
        """
        namespace = reference.get("namespace", route.namespace)
        if namespace == route.namespace or not self._world.knows(namespace):
            return True
        to = {"group": reference.get("group", ""), "kind": reference.get("kind", "Service"), "name": reference["name"]}
        comes = {"group": route.kind.group, "kind": route.kind.name, "namespace": route.namespace}
        return any(
            any(_fits(one, comes) for one in spec_of(grant).get("from", []))
            and any(_fits(one, to) for one in spec_of(grant).get("to", []))
            for grant in self._world.within(namespace, REFERENCE_GRANT)
        )


def named(resource: Resource) -> Named:
    """Return what tells an object from others."""
    return resource.kind, resource.namespace, resource.name


def _fits(given: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(given[name] == value for name, value in wanted.items() if name in given)


def host_of(reference: Mapping[str, Any], namespace: str) -> str:
    """Return the host of a backend; ``""`` for one of a kind that is no host.

    :raises IsUnknown: when it is not known
    """
    kind = Kind(reference.get("group", ""), reference.get("kind", "Service"))
    name = f"{reference.get('name', ''):s}"
    if kind in (kinds.SERVICE, SERVICE_IMPORT):
        return f"{name}.{reference.get('namespace', namespace):s}.{CLUSTER_DOMAIN}"
    return name if kind == HOSTNAME else ""
