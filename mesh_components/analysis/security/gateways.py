"""Gateways that let in more than they need to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import mesh
from ..resource import Resource
from ..world import World
from .environment import risk

OLD = ("TLSV1_0", "TLSV1_1")
PLAIN = ("HTTP", "HTTP2", "GRPC")
ENCRYPTED = ("HTTPS", "TLS")


@each("security.Gateways", kinds.GATEWAY)
def every_host(gateway: Resource, world: World) -> Iterator[Finding]:
    """A server for every host, which VirtualServices of every namespace may use."""
    for index, server in enumerate(gateway.spec.get("servers", [])):
        if server.get("tls", {}).get("httpsRedirect", False):
            continue  # nothing is served there
        for number, host in enumerate(server.get("hosts", [])):
            if host in ("*", "*/*"):
                yield risk(mesh.GATEWAY_FOR_EVERY_HOST(gateway, ("spec", "servers", index, "hosts", number)), world)


@each("security.Gateways", kinds.GATEWAY)
def plain_beside_tls(gateway: Resource, world: World) -> Iterator[Finding]:
    """Hosts that a Gateway serves over TLS and, without a redirect, over plain text too."""
    servers = gateway.spec.get("servers", [])
    encrypted = {host for server in servers if _protocol(server) in ENCRYPTED for host in server.get("hosts", [])}
    for index, server in enumerate(servers):
        if _protocol(server) not in PLAIN or server.get("tls", {}).get("httpsRedirect", False):
            continue
        both = [host for host in server.get("hosts", []) if host in encrypted]
        if both:
            yield risk(mesh.PLAIN_BESIDE_TLS(gateway, ("spec", "servers", index), hosts=both), world)


def _protocol(server: Any) -> str:
    found: str = server.get("port", {}).get("protocol", "")
    return found.upper()


@each("security.Gateways", kinds.GATEWAY)
def old_tls(gateway: Resource, world: World) -> Iterator[Finding]:
    """Servers that speak a version of TLS which is broken."""
    for index, server in enumerate(gateway.spec.get("servers", [])):
        for field in ("minProtocolVersion", "maxProtocolVersion"):
            version = server.get("tls", {}).get(field, "")
            if version in OLD:
                yield mesh.OLD_TLS(gateway, ("spec", "servers", index, "tls", field), version=version)
