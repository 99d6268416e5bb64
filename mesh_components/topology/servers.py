"""Servers of Gateway objects: which hosts they take, what they speak, and which workloads they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import EVERYWHERE, HERE
from ..analysis.istio.host_names import HostNames
from ..analysis.resource import Resource
from ..analysis.world import World
from .draft import Draft
from .graph import Node, NodeKind
from .known import entries, items, known, number, text
from .places import Places, each_once
from .rules import Client
from .words import joined, labels_text

NONE = "none"
FROM_THE_MESH = "ISTIO_MUTUAL"
"""TLS mode of a server for clients with the mesh's certificates."""
PASSING = ("PASSTHROUGH", "AUTO_PASSTHROUGH")
"""TLS modes in which a gateway passes on what it does not decrypt."""
HTTP = frozenset({"HTTP", "HTTP2", "HTTP_PROXY", "GRPC", "GRPC-WEB"})
"""Protocols in plain text that have routes for HTTP (`pkg/config/protocol` upstream)."""


@dataclass(frozen=True)
class Server:
    """One server of a Gateway object.

    Attributes:
        index: Its place in the Gateway.
        hosts: Hosts, each behind the namespace whose VirtualServices may have it (`EVERYWHERE` for all).
        port: Its port; None when it is not said.
        mode: TLS mode; ``none`` without TLS, ``""`` when it is not known.
        protocol: What it speaks.
        redirects: Whether plain requests are sent to HTTPS.
        bind: The address that it listens on; ``""`` for all.
    """

    index: int
    hosts: tuple[tuple[str, str], ...]
    port: int | None
    mode: str
    protocol: str
    redirects: bool = False
    bind: str = ""

    @classmethod
    def of(cls, index: int, given: Mapping[str, Any], namespace: str) -> Server:
        """Return a server as it is written in a Gateway of a namespace.

        :raises IsUnknown: when its hosts are not known
        """
        hosts = tuple(_host(f"{host:s}", namespace) for host in given.get("hosts", []))
        protocol = text(given, "port", "protocol").upper()
        redirects = entries(given, "tls").get("httpsRedirect") is True
        mode = known(server_mode, "", given)
        return cls(index, hosts, number(given, "port", "number"), mode, protocol, redirects, text(given, "bind"))

    @property
    def takes(self) -> str:
        """Which rules of VirtualServices count here: ``http``, ``tls`` or ``tcp`` (`pkg/config/gateway` upstream)."""
        if self.protocol in HTTP or (self.protocol == "HTTPS" and self.mode not in PASSING):
            return "http"
        return "tls" if self.mode in PASSING else "tcp"

    @property
    def names(self) -> list[str]:
        """The hosts as they may be written."""
        return [name if scope == EVERYWHERE else f"{scope}/{name}" for scope, name in self.hosts]


class ServedHosts:
    """The hosts of servers, found by those of VirtualServices."""

    def __init__(self, servers: Iterable[Server]) -> None:
        self._names: HostNames[tuple[str, str]] = HostNames()
        for scope, name in dict.fromkeys(host for server in servers for host in server.hosts):
            self._names.add(name, (scope, name))

    def common(self, virtual_service: Resource) -> list[str]:
        """Return the hosts that the servers and a VirtualService have in common; of two the narrower one.

        :raises IsUnknown: when the VirtualService's hosts are not known
        """
        found: dict[str, None] = {}
        for theirs in virtual_service.spec.get("hosts", []):
            for scope, ours in self._names.matching(theirs):
                both = narrower(ours, theirs) if scope in (EVERYWHERE, virtual_service.namespace) else None
                if both is not None:
                    found[both] = None
        return list(found)


def _host(host: str, namespace: str) -> tuple[str, str]:
    before, slash, name = host.partition("/")
    return ({HERE: namespace}.get(before, before), name) if slash else (EVERYWHERE, host)


def server_mode(given: Mapping[str, Any]) -> str:
    """Return a server's TLS mode: PASSTHROUGH, the first value of the enumeration, where it is left out.

    Settings of a server in plain text are for the redirect alone.

    :raises IsUnknown: when it is not known
    """
    tls = given.get("tls")
    if tls is None or given.get("port", {}).get("protocol", "").upper() in HTTP:
        return NONE
    return f"{tls.get('mode', 'PASSTHROUGH'):s}"


def narrower(one: str, other: str) -> str | None:
    """Return the narrower of two hosts, wildcards among them; None when they have nothing in common."""
    for wide, narrow in ((one, other), (other, one)):
        if wide == narrow or (wide.startswith("*") and narrow.removeprefix("*").endswith(wide[1:])):
            return narrow
    return None


class Servers:
    """Gateway objects with their servers, and with the nodes of the workloads that they configure.

    Attributes:
        gateways: By ``namespace/name``, in order.
    """

    def __init__(self, world: World, places: Places, draft: Draft) -> None:
        self._places = places
        self._draft = draft
        self.gateways = {gateway.full_name: gateway for gateway in each_once(world, kinds.GATEWAY)}
        self._servers = {name: _servers(gateway) for name, gateway in self.gateways.items()}
        self._hosts: dict[tuple[str, str], ServedHosts] = {}
        self._configured = {name: self._nodes(gateway) for name, gateway in self.gateways.items()}
        self._at: dict[str, list[Server]] = {}
        for name, nodes in self._configured.items():
            for node in nodes:
                self._at.setdefault(node, []).extend(self._servers[name])

    def of(self, gateway: str) -> Sequence[Server]:
        """Return the servers of a Gateway of which enough is known."""
        return self._servers[gateway]

    def hosts(self, gateway: str, protocol: str) -> ServedHosts:
        """Return the hosts of a Gateway's servers at which rules of a protocol count."""
        asked = gateway, protocol
        if asked not in self._hosts:
            self._hosts[asked] = ServedHosts(one for one in self._servers[gateway] if one.takes == protocol)
        return self._hosts[asked]

    def configured(self, gateway: str) -> Mapping[str, Client]:
        """Return the nodes of the workloads that a Gateway configures: as clients of what is behind them."""
        return self._configured[gateway]

    def modes(self, node: str, ports: Sequence[int]) -> set[str]:
        """Return the TLS modes of a gateway's servers at some of its ports."""
        return {server.mode for server in self._at.get(node, ()) if server.port in ports}

    def _nodes(self, gateway: Resource) -> dict[str, Client]:
        """Return the nodes that a Gateway configures; where there are none, one that stands for them."""
        if "selector" not in entries(gateway.body, "spec"):
            chosen = [one for workloads in self._places.gateways.values() for one in workloads]
        else:
            selector = entries(gateway.spec, "selector")
            chosen = list(self._places.selected(selector)) if selector else []
        found = {self._places.node(one): Client(one.namespace, one.labels) for one in chosen}
        for node in found:
            self._draft.show(node, [gateway])
        return found or self._stand_in(gateway)

    def _stand_in(self, gateway: Resource) -> dict[str, Client]:
        selector = entries(gateway.spec, "selector")
        chosen = known(labels_text, "", selector)
        detail = joined("pods with", chosen, "that are not here", by=" ") if chosen else ""
        node = Node(self._draft.name(gateway), NodeKind.GATEWAY, gateway.name, gateway.namespace, detail)
        self._draft.add_node(node, gateway)
        return {node.id: Client(gateway.namespace, selector)}


def _servers(gateway: Resource) -> list[Server]:
    listed = list(enumerate(items(gateway.spec, "servers")))
    found = (known(Server.of, None, index, given, gateway.namespace) for index, given in listed)
    return [server for server in found if server is not None]
