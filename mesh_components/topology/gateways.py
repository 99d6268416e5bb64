"""VirtualServices in the picture: where clients come in by Gateway objects, and where requests go from there.

Upstream, istio/istio 1.31: `buildGatewayHTTPRouteConfig` in `pilot/pkg/networking/core/gateway.go` (which hosts of a
VirtualService a server takes), `VirtualServicesForGateway` in `pilot/pkg/model/push_context.go` (which it sees).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from ..analysis import kinds
from ..analysis.hosts import EVERYWHERE, HERE, MESH_GATEWAY
from ..analysis.resource import Resource
from ..analysis.world import World
from ..validation.unknown import IsUnknown
from .delegates import is_visible
from .draft import Draft
from .entrances import enter
from .known import known, text
from .places import Places, each_once
from .routing import Routing, Rule, Source
from .rules import Client, age
from .servers import FROM_THE_MESH, Server, Servers
from .virtual_services import PROTOCOLS, gateways_of, rules_of
from .words import hosts_text, joined

EGRESS = "egress"
"""In the label `istio` of a gateway by which the mesh's own workloads go out."""


class Gateways:
    """Draws Gateway objects and VirtualServices."""

    def __init__(self, world: World, places: Places, draft: Draft, servers: Servers, routing: Routing) -> None:
        self._world = world
        self._places = places
        self._draft = draft
        self._servers = servers
        self._routing = routing

    def draw(self) -> None:
        """Draw who comes in by Gateway objects, and where VirtualServices send them."""
        bound = self._bound()
        for name, gateway in self._servers.gateways.items():
            for node, client in self._servers.configured(name).items():
                for server in self._servers.of(name):
                    self._enter(gateway, node, server)
                for virtual_service in bound.get(name, ()):
                    with suppress(IsUnknown):
                        self._route(virtual_service, name, node, client)
        for virtual_service in bound.get(MESH_GATEWAY, ()):
            with suppress(IsUnknown):
                self._within(virtual_service)

    def _bound(self) -> dict[str, list[Resource]]:
        """Return the VirtualServices by the gateways that they are for."""
        found: dict[str, list[Resource]] = {}
        for virtual_service in sorted(each_once(self._world, kinds.VIRTUAL_SERVICE), key=age):
            for name in known(gateways_of, (), virtual_service):
                found.setdefault(name, []).append(virtual_service)
        return found

    def _enter(self, gateway: Resource, node: str, server: Server) -> None:
        hosts = (hosts_text(server.names),) if server.names else ()
        match = (*hosts, f"address {server.bind}") if server.bind else hosts
        if server.mode == FROM_THE_MESH or self._is_egress(node):
            port = "" if server.port is None else f"port {server.port}"
            self._draft.add_note(node, gateway, joined(*match, port, server.protocol, server.mode))
            return
        told = (server.protocol, "redirects to HTTPS" if server.redirects else "")
        path = ("spec", "servers", server.index)
        enter(self._draft, gateway, path, node, match, server.port, server.mode, told)

    def _is_egress(self, node: str) -> bool:
        return any(EGRESS in text(one.labels, "istio") for one in self._places.gateways.get(node, ()))

    def _route(self, virtual_service: Resource, gateway: str, node: str, client: Client) -> None:
        if not is_visible(virtual_service, client.namespace):
            return
        source = Source(node, client, tuple(virtual_service.spec.get("exportTo", [])))
        for protocol in PROTOCOLS:
            if hosts := self._servers.hosts(gateway, protocol).common(virtual_service):
                rules = rules_of(virtual_service, self._world, protocol, gateway, client)
                self._routing.draw(source, (for_hosts(rule, hosts) for rule in rules))

    def _within(self, virtual_service: Resource) -> None:
        """Draw a VirtualService's rules for sidecars: from each of its hosts."""
        export_to = tuple(virtual_service.spec.get("exportTo", []))
        scopes = sorted({virtual_service.namespace if to == HERE else to for to in export_to})
        seen = () if not scopes or EVERYWHERE in scopes else (f"from namespace {' or '.join(scopes)}",)
        by_protocol = [
            [
                replace(rule, match=(*seen, *rule.match)) if seen else rule
                for rule in rules_of(virtual_service, self._world, protocol, MESH_GATEWAY)
            ]
            for protocol in PROTOCOLS
        ]
        for host in virtual_service.spec.get("hosts", []):
            with suppress(IsUnknown):
                place = self._places.host(host, virtual_service.namespace, export_to)
                self._draft.show(place.node, [virtual_service])
                for rules in by_protocol:
                    self._routing.draw(Source(place.node, None, export_to, is_for_all=not seen), rules)


def for_hosts(rule: Rule, hosts: Sequence[str]) -> Rule:
    """Return a rule with the hosts that it is for among its conditions, unless that is any."""
    return rule if "*" in hosts else replace(rule, match=(hosts_text(hosts), *rule.match))
