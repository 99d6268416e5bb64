"""Gateway objects: the workloads that each configures, where clients come in, and what VirtualServices do there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import EVERYWHERE, HERE, MESH_GATEWAY
from ..analysis.resource import Resource
from ..analysis.world import World
from ..validation.unknown import IsUnknown
from .draft import Draft
from .graph import Edge, EdgeKind, Node, NodeKind
from .known import each_known, entries, inside, items, known, number, text
from .places import Places
from .routing import Routing, Rule, Source
from .rules import Client, age
from .virtual_services import PROTOCOLS, gateways_of, is_visible, rules_of
from .words import selector_text, some
from .workloads import is_named

CLIENTS = "Clients"
FROM_THE_MESH = "ISTIO_MUTUAL"
"""TLS mode of a server for clients with the mesh's certificates."""
EGRESS = "egress"
"""In the label `istio` of a gateway by which the mesh's own workloads go out."""
PASSING = ("PASSTHROUGH", "AUTO_PASSTHROUGH")
HTTP = frozenset({"HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB", "GRPC_WEB"})


@dataclass(frozen=True)
class Server:
    """One server of a Gateway object.

    Attributes:
        hosts: Hosts, each with the namespaces whose VirtualServices may have it (`EVERYWHERE` for all).
        port: Its port; None when it is not said.
        mode: TLS mode; ``none`` without TLS, ``""`` when it is not known.
        protocol: What it speaks.
        redirects: Whether plain requests are sent to HTTPS.
        bind: The address that it listens on; ``""`` for all.
    """

    hosts: tuple[tuple[str, str], ...]
    port: int | None
    mode: str
    protocol: str
    redirects: bool = False
    bind: str = ""

    @classmethod
    def of(cls, given: Mapping[str, Any], namespace: str) -> Server:
        """Return a server as it is written in a Gateway of a namespace."""
        hosts = []
        for host in given.get("hosts", []):
            before, slash, name = host.partition("/")
            scope = {HERE: namespace}.get(before, before) if slash else EVERYWHERE
            hosts.append((scope, name if slash else before))
        redirects = inside(given, "tls", "httpsRedirect") is True
        return cls(
            tuple(hosts),
            number(given, "port", "number"),
            known(lambda: server_mode(given), ""),
            text(given, "port", "protocol").upper(),
            redirects,
            text(given, "bind"),
        )

    @property
    def takes(self) -> str:
        """Which rules of VirtualServices count here: ``http``, ``tls`` or ``tcp`` (`pkg/config/gateway` upstream)."""
        if self.protocol in HTTP or (self.protocol == "HTTPS" and self.mode not in PASSING):
            return "http"
        return "tls" if self.mode in PASSING else "tcp"

    def common(self, virtual_service: Resource) -> list[str]:
        """Return the hosts that this server and a VirtualService have in common; of two the narrower one.

        :raises IsUnknown: when the VirtualService's hosts are not known
        """
        own = [name for scope, name in self.hosts if scope in (EVERYWHERE, virtual_service.namespace)]
        pairs = [(mine, theirs) for theirs in virtual_service.spec.get("hosts", []) for mine in own]
        return list(dict.fromkeys(found for mine, theirs in pairs if (found := narrower(mine, theirs)) is not None))


def server_mode(given: Mapping[str, Any]) -> str:
    """Return a server's TLS mode; PASSTHROUGH is the first value of the enumeration, and counts when it is left out.

    TLS settings that do nothing but redirect are none.
    """
    tls = given.get("tls")
    if tls is None:
        return "none"
    if "mode" not in tls and (
        tls.get("httpsRedirect", False) is True or given.get("port", {}).get("protocol", "") in HTTP
    ):
        return "none"
    return f"{tls.get('mode', 'PASSTHROUGH'):s}"


def narrower(one: str, other: str) -> str | None:
    """Return the narrower of two hosts, wildcards among them; None when they have nothing in common."""
    for wide, narrow in ((one, other), (other, one)):
        if wide == narrow or (wide.startswith("*") and narrow.removeprefix("*").endswith(wide[1:])):
            return narrow
    return None


class Gateways:
    """Gateway objects in the picture."""

    def __init__(self, world: World, places: Places, draft: Draft, routing: Routing) -> None:
        self._world = world
        self._places = places
        self._draft = draft
        self._routing = routing

    def draw(self) -> None:
        """Draw who comes in by Gateway objects, and where VirtualServices send them."""
        gateways = {one.full_name: one for one in self._world.given(kinds.GATEWAY) if is_named(one)}
        bound: dict[str, list[Resource]] = {}
        for virtual_service in sorted(self._world.given(kinds.VIRTUAL_SERVICE), key=age):
            for name in known(lambda one=virtual_service: gateways_of(one), []) if is_named(virtual_service) else ():
                bound.setdefault(name, []).append(virtual_service)
        for name in sorted(gateways):
            gateway = gateways[name]
            servers = list(
                each_known(items(gateway.spec, "servers"), lambda one, of=gateway: Server.of(one, of.namespace))
            )
            for node, client in self._configured(gateway).items():
                self._enter(gateway, node, servers)
                for virtual_service in bound.get(name, ()):
                    with suppress(IsUnknown):
                        self._route(virtual_service, name, servers, node, client)
        for virtual_service in bound.get(MESH_GATEWAY, ()):
            with suppress(IsUnknown):
                self._within(virtual_service)

    def _configured(self, gateway: Resource) -> dict[str, Client]:
        """Return the nodes of the workloads that a Gateway configures, or one that stands for those that are not here."""
        selector = inside(gateway.spec, "selector")
        if selector is None and "selector" not in gateway.spec:
            chosen = [one for workloads in self._places.gateways.values() for one in workloads]
        else:
            chosen = list(self._places.selected(entries(selector))) if entries(selector) else []
        found = {self._places.node(one): Client(one.namespace, one.labels) for one in chosen}
        if found:
            for node in found:
                self._draft.show(node, [gateway])
            return found
        about = f"pods with {selector_text(selector)}, not here" if entries(selector) else ""
        node = Node(str(gateway), NodeKind.GATEWAY, gateway.name, gateway.namespace, about)
        self._draft.add_node(node, gateway)
        return {node.id: Client(gateway.namespace, entries(selector))}

    def _enter(self, gateway: Resource, node: str, servers: list[Server]) -> None:
        for server in servers:
            names = [name if scope == EVERYWHERE else f"{scope}/{name}" for scope, name in server.hosts]
            bind = (f"address {server.bind}",) if server.bind else ()
            match = ((f"hosts {some(names)}" if len(names) > 1 else f"host {names[0]}",) if names else ()) + bind
            protocol = (server.protocol,) if server.protocol else ()
            if server.mode == FROM_THE_MESH or EGRESS in self._label(node):
                port = f"port {server.port}" if server.port is not None else "a port that is not known yet"
                said = ", ".join((*match, port, *protocol, *((server.mode,) if server.mode else ())))
                self._draft.add_note(node, gateway, said)
                continue
            told = (*protocol, *(("redirects to HTTPS",) if server.redirects else ()))
            enter(self._draft, gateway, node, match, server.port, server.mode, told)

    def _label(self, node: str) -> str:
        return next((text(one.labels, "istio") for one in self._places.gateways.get(node, ())), "")

    def _route(self, virtual_service: Resource, gateway: str, servers: list[Server], node: str, client: Client) -> None:
        if not is_visible(virtual_service, client.namespace):
            return
        for protocol in PROTOCOLS:
            taking = [server for server in servers if server.takes == protocol]
            hosts = dict.fromkeys(host for server in taking for host in server.common(virtual_service))
            if not hosts:
                continue
            rules = rules_of(virtual_service, self._world, protocol, gateway, client)
            source = Source(node, client, tuple(virtual_service.spec.get("exportTo", [])))
            self._routing.draw(source, (_for_hosts(rule, list(hosts)) for rule in rules))

    def _within(self, virtual_service: Resource) -> None:
        """Draw a VirtualService's rules for sidecars: from each of its hosts."""
        export_to = virtual_service.spec.get("exportTo", [])
        scopes = [virtual_service.namespace if to == HERE else to for to in export_to]
        seen = () if not scopes or EVERYWHERE in scopes else (f"from namespace {' or '.join(sorted(set(scopes)))}",)
        for host in virtual_service.spec.get("hosts", []):
            with suppress(IsUnknown):
                place = self._places.host(host, virtual_service.namespace, export_to)
                self._draft.show(place.node, [virtual_service])
                for protocol in PROTOCOLS:
                    rules = rules_of(virtual_service, self._world, protocol, MESH_GATEWAY)
                    source = Source(place.node, None, tuple(export_to))
                    self._routing.draw(source, (replace(rule, match=(*seen, *rule.match)) for rule in rules))


def _for_hosts(rule: Rule, hosts: list[str]) -> Rule:
    """Return a rule with the hosts that it is for among its conditions, unless that is any."""
    if hosts == ["*"]:
        return rule
    return replace(rule, match=(f"host{'s' if len(hosts) > 1 else ''} {some(hosts)}", *rule.match))


def enter(
    draft: Draft,
    gateway: Resource,
    node: str,
    match: tuple[str, ...],
    port: int | None,
    mode: str,
    told: tuple[str, ...],
) -> None:
    """Draw that clients come in by one server of a gateway."""
    draft.add_node(Node(CLIENTS, NodeKind.CLIENTS, CLIENTS))
    draft.add_edge(Edge(CLIENTS, node, EdgeKind.ENTERS, str(gateway), match, None, port, mode, told), gateway)


def bound_gateways(world: World) -> Iterator[str]:
    """Return the names of all Gateway objects."""
    yield from (one.full_name for one in world.given(kinds.GATEWAY) if is_named(one))
