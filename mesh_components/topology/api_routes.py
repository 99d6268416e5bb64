"""Routes of the Gateway API: which listeners and Services each is attached to, and where it sends requests.

Upstream, istio/istio 1.31: `pilot/pkg/config/kube/gateway/{conversion,route_collections}.go`; the API's defaults:
gateway.networking.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import CLUSTER_DOMAIN
from ..analysis.kinds import GATEWAY_API, NETWORKING, Kind
from ..analysis.resource import Resource
from ..analysis.selectors import selects
from ..analysis.shapes import Schema, keep, types
from ..analysis.world import World
from ..schemas import gateway_api_crds, gateway_api_versions
from ..validation.unknown import IsUnknown, Unknown
from .api_route_words import answer, conditions, features, mirrors
from .conditions import alternatives
from .draft import Draft
from .gateways import enter, narrower
from .known import each_known, known, number
from .places import Places, api_gateways
from .routing import Routing, Rule, Source, Target
from .rules import Client
from .words import share, some
from .workloads import WAYPOINT_CLASS, is_named

TLS_ROUTE, TCP_ROUTE = Kind(GATEWAY_API, "TLSRoute"), Kind(GATEWAY_API, "TCPRoute")
REFERENCE_GRANT = Kind(GATEWAY_API, "ReferenceGrant")
ROUTES = (kinds.HTTP_ROUTE, kinds.GRPC_ROUTE, TLS_ROUTE, TCP_ROUTE)
TAKEN_BY = {
    "HTTP": (kinds.HTTP_ROUTE, kinds.GRPC_ROUTE),
    "HTTPS": (kinds.HTTP_ROUTE, kinds.GRPC_ROUTE),
    "TLS": (TLS_ROUTE, TCP_ROUTE),
    "TCP": (TCP_ROUTE,),
}
"""Kinds of routes by a listener's protocol."""
INNER = frozenset({"HBONE"})
"""Protocols of listeners that the mesh's own workloads come in by."""
SAME, ALL, SELECTOR = "Same", "All", "Selector"


@cache
def _shapes() -> Mapping[Kind, Schema]:
    """Return the types of the fields of the Gateway API's kinds, from the newest definitions that we have."""
    found = gateway_api_crds(gateway_api_versions()[-1], "experimental")
    return {
        Kind(crd["spec"]["group"], crd["spec"]["names"]["kind"]): types(
            version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        )
        for crd in found
        for version in crd["spec"]["versions"]
        if version["storage"]
    }


def spec_of(resource: Resource) -> Mapping[str, Any]:
    """Return an object's `spec` with what has another type than the API says left out."""
    shape = _shapes().get(resource.kind)
    declared = resource.declared.get("spec", {})
    if isinstance(declared, Unknown):
        raise IsUnknown
    kept = keep(declared, shape) if shape else {}
    return kept if isinstance(kept, Mapping) else {}


@dataclass(frozen=True)
class Listener:
    """One listener of a Gateway.

    Attributes:
        gateway: The Gateway.
        name: Its name.
        host: The hosts that it takes, ``*`` for all.
        port: Its port.
        protocol: What it speaks.
        mode: TLS mode in Istio's words; ``none`` without TLS.
        allowed: `allowedRoutes`.
    """

    gateway: Resource
    name: str
    host: str
    port: int
    protocol: str
    mode: str
    allowed: Mapping[str, Any]

    @classmethod
    def of(cls, gateway: Resource, given: Mapping[str, Any]) -> Listener:
        """Return a listener as it is written."""
        protocol = f"{given.get('protocol', ''):s}"
        name, host = f"{given.get('name', ''):s}", f"{given.get('hostname', ''):s}" or "*"
        port = int(given.get("port", 0))
        return cls(gateway, name, host, port, protocol, known(lambda: _mode(given), ""), given.get("allowedRoutes", {}))

    def takes(self, route: Resource, world: World) -> bool:
        """Return whether routes of that kind and namespace may be attached here.

        :raises IsUnknown: when that is not known
        """
        wanted = self.allowed.get("kinds", [])
        named = {(one.get("group", GATEWAY_API), one.get("kind", "")) for one in wanted}
        if route.kind not in TAKEN_BY.get(self.protocol, ()) or (named and route.kind not in named):
            return False
        where = self.allowed.get("namespaces", {})
        come_from = where.get("from", SAME)
        if come_from == SELECTOR:
            namespace = world.namespace(route.namespace)
            return namespace is not None and selects(where.get("selector", {}), namespace.labels)
        return bool(come_from == ALL or (come_from == SAME and route.namespace == self.gateway.namespace))


def _mode(given: Mapping[str, Any]) -> str:
    tls = given.get("tls")
    if tls is None:
        return "none"
    if tls.get("mode", "Terminate") == "Passthrough":
        return "PASSTHROUGH"
    validates = (
        "frontendValidation" in tls or tls.get("options", {}).get("gateway.istio.io/tls-terminate-mode") == "MUTUAL"
    )
    return "MUTUAL" if validates else "SIMPLE"


class ApiRoutes:
    """The Gateway API in the picture."""

    def __init__(self, world: World, places: Places, draft: Draft, routing: Routing) -> None:
        self._world = world
        self._places = places
        self._draft = draft
        self._routing = routing
        self._listeners: dict[str, list[Listener]] = {}

    def draw(self) -> None:
        """Draw who comes in by listeners, and where routes send them."""
        for gateway in self._world.derived(api_gateways).values():
            with suppress(IsUnknown):
                given = spec_of(gateway).get("listeners", [])
                found = list(each_known(given, lambda one, of=gateway: Listener.of(of, one)))
                self._listeners[str(gateway)] = found
                for listener in found:
                    if listener.protocol not in INNER and gateway.spec.get("gatewayClassName", "") != WAYPOINT_CLASS:
                        host = () if listener.host == "*" else (f"host {listener.host}",)
                        match = (*host, f"listener {listener.name}") if listener.name else host
                        told = (listener.protocol,) if listener.protocol else ()
                        enter(self._draft, gateway, str(gateway), match, listener.port, listener.mode, told)
        for route in self._world.given(*ROUTES):
            if is_named(route):
                with suppress(IsUnknown):
                    self._draw(route, spec_of(route))

    def _draw(self, route: Resource, spec: Mapping[str, Any]) -> None:
        for parent in spec.get("parentRefs", []):
            with suppress(IsUnknown):
                self._attach(route, spec, parent)

    def _attach(self, route: Resource, spec: Mapping[str, Any], parent: Mapping[str, Any]) -> None:
        group, kind = parent.get("group", GATEWAY_API), parent.get("kind", "Gateway")
        namespace, name = parent.get("namespace", route.namespace), parent.get("name", "")
        hosts = [f"{host:s}" for host in spec.get("hostnames", [])]
        if (group, kind) == kinds.K8S_GATEWAY:
            gateway = self._world.derived(api_gateways).get((namespace, name))
            common = self._common(route, parent, str(gateway), hosts) if gateway is not None else []
            if gateway is None or not common:
                return
            workloads = self._places.gateways.get(str(gateway), [])
            client = Client(gateway.namespace, workloads[0].labels if workloads else {})
            which = () if "*" in common else (f"host{'s' if len(common) > 1 else ''} {some(common)}",)
            self._routing.draw(Source(str(gateway), client), self._rules(route, spec, which))
        elif (group, kind) == kinds.SERVICE:
            place = self._places.host(f"{name}.{namespace}.{CLUSTER_DOMAIN}", route.namespace)
            port = (f"port {parent['port']:d}",) if "port" in parent else ()
            # One in another namespace than the Service is for clients in its own.
            where = (f"from namespace {route.namespace}",) if namespace != route.namespace else ()
            self._draft.show(place.node, [route])
            self._routing.draw(Source(place.node), self._rules(route, spec, (*where, *port)))

    def _common(self, route: Resource, parent: Mapping[str, Any], gateway: str, hosts: Sequence[str]) -> list[str]:
        """Return the hosts that a route and the listeners that it names have in common."""
        found: dict[str, None] = {}
        for listener in self._listeners.get(gateway, ()):
            if (
                parent.get("sectionName", listener.name) != listener.name
                or parent.get("port", listener.port) != listener.port
            ):
                continue
            if known(lambda one=listener: one.takes(route, self._world), False):
                for host in hosts or ["*"]:
                    both = narrower(listener.host, host)
                    if both is not None:
                        found[both] = None
        return list(found)

    def _rules(self, route: Resource, spec: Mapping[str, Any], which: tuple[str, ...]) -> Iterator[Rule]:
        is_http = route.kind in (kinds.HTTP_ROUTE, kinds.GRPC_ROUTE)
        for given in spec.get("rules", []):
            with suppress(IsUnknown):
                matches = [conditions(one) for one in given.get("matches", [])] if is_http else []
                targets = (*self._targets(route, given.get("backendRefs", [])), *self._mirrored(route, given))
                said = known(lambda one=given: answer(one), "answers by itself") if is_http else ""
                yield Rule(route, (*which, *alternatives(matches)), targets, tuple(features(given)), said)

    def _mirrored(self, route: Resource, given: Mapping[str, Any]) -> Iterator[Target]:
        for reference, told in mirrors(given):
            for target in self._targets(route, [reference]):
                yield replace(target, weight=None, features=told, is_mirror=True)

    def _targets(self, route: Resource, given: Sequence[Mapping[str, Any]]) -> Iterator[Target]:
        """Return where a rule's requests go; a backend's weight is 1 unless it says so, 0 for none."""
        weights = known(lambda: [max(one.get("weight", 1), 0) for one in given], None)
        known_weights = weights is not None and not any(isinstance(weight, Unknown) for weight in weights)
        for index, reference in enumerate(given):
            with suppress(IsUnknown):
                host = _host(reference, route.namespace)
                if not host:
                    continue
                part: float | None = None
                told: tuple[str, ...] = ()
                if known_weights and weights and (len(given) > 1 or not weights[index]):
                    part = share(100 * weights[index] / (sum(weights) or 1))
                elif not known_weights:
                    told = ("its weight is not known yet",)
                if not known(lambda one=reference: self._permitted(route, one), True):
                    told = (*told, "no ReferenceGrant permits it")
                yield Target(host, route.namespace, "", number(reference, "port"), part, told)

    def _permitted(self, route: Resource, reference: Mapping[str, Any]) -> bool:
        """Return whether a route may send to another namespace; True where grants may be elsewhere."""
        namespace = reference.get("namespace", route.namespace)
        if namespace == route.namespace or not self._world.knows(namespace):
            return True
        group, kind, name = reference.get("group", ""), reference.get("kind", "Service"), reference.get("name", "")
        for grant in self._world.within(namespace, REFERENCE_GRANT):
            spec = spec_of(grant)
            comes = any(
                (one.get("group", ""), one.get("kind", "")) == route.kind
                and one.get("namespace", "") == route.namespace
                for one in spec.get("from", [])
            )
            goes = any(
                (one.get("group", ""), one.get("kind", "")) == (group, kind) and one.get("name", name) == name
                for one in spec.get("to", [])
            )
            if comes and goes:
                return True
        return False


def _host(reference: Mapping[str, Any], namespace: str) -> str:
    """Return the host of a backend; ``""`` for one of a kind that is no host."""
    kind = reference.get("group", ""), reference.get("kind", "Service")
    name = f"{reference.get('name', ''):s}"
    if kind == kinds.SERVICE:
        return f"{name}.{reference.get('namespace', namespace):s}.{CLUSTER_DOMAIN}"
    return name if kind == (NETWORKING, "Hostname") else ""
