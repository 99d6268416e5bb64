"""ServiceEntries: TCP ports without addresses, and hosts to which several give different protocols.

Upstream: `pkg/config/analysis/analyzers/serviceentry/{protocoladdresses,conflictingserviceentries}.go` of istio/istio
1.31.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown, Unknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..hosts import EVERYWHERE, scopes
from ..messages import ist
from ..resource import Resource
from ..texts import listed, some
from ..world import World


@each("serviceentry.Analyzer", kinds.SERVICE_ENTRY)
def addresses(entry: Resource, world: World) -> Iterator[Finding]:
    """TCP ports of a ServiceEntry that has no addresses and gets none by itself."""
    if entry.spec.get("addresses", []) or entry.body.get("status", {}).get("addresses") or allocates(world.mesh_config):
        return
    for index, port in enumerate(entry.spec.get("ports", [])):
        if port.get("protocol", "").upper() in ("", "TCP"):
            yield ist.ADDRESSES_REQUIRED(entry, ("spec", "ports", index), protocol="TCP")


def allocates(mesh_config: Mapping[str, Any]) -> bool:
    """Return whether sidecars answer DNS requests and give addresses to hosts that have none."""
    variables = inside(inside(mesh_config, "defaultConfig"), "proxyMetadata")
    return variables.get("ISTIO_META_DNS_CAPTURE", "") == "true" and any(
        variables.get(name, "") == "true" for name in ("ISTIO_META_DNS_AUTO_ALLOCATE", "PILOT_ENABLE_IP_AUTOALLOCATE")
    )


def inside(outer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a map inside a map, an empty one when it is something else.

    :raises IsUnknown: when it is not known
    """
    found = outer.get(key)
    if isinstance(found, Unknown):
        raise IsUnknown
    return found if isinstance(found, Mapping) else {}


@each("serviceentry.ConflictingServiceEntryProtocolAnalyzer", kinds.SERVICE_ENTRY)
def conflicts(entry: Resource, world: World) -> Iterator[Finding]:
    """Hosts and ports to which ServiceEntries that one namespace sees give different protocols."""
    protocols = world.derived(Protocols)
    for host in entry.spec.get("hosts", []):
        for index, port in enumerate(entry.spec.get("ports", [])):
            number = port.get("number", 0)
            for scope in scopes(entry.spec.get("exportTo", []), entry.namespace):
                found = protocols.of(scope, host, number)
                if len(found) > 1:
                    yield ist.CONFLICTING_SERVICE_ENTRY_PROTOCOL(
                        entry,
                        ("spec", "ports", index),
                        service_entries=listed(some(name for names in found.values() for name in some(names))),
                        host=host,
                        port=number,
                        protocols=sorted(found),
                    )
                    return


Found = dict[str, list[str]]
"""Names of ServiceEntries by protocol."""


class Protocols:
    """The protocols that ServiceEntries give to hosts and ports, by the namespaces that see them."""

    def __init__(self, world: World) -> None:
        self._within: dict[tuple[str, str, int], Found] = defaultdict(lambda: defaultdict(list))
        self._anywhere: dict[tuple[str, int], Found] = defaultdict(lambda: defaultdict(list))
        self._merged: dict[tuple[str, str, int], Found] = {}
        for entry in world.all(kinds.SERVICE_ENTRY):
            with suppress(IsUnknown):
                self._add(entry)

    def _add(self, entry: Resource) -> None:
        for host in entry.spec.get("hosts", []):
            for port in entry.spec.get("ports", []):
                protocol, number = port.get("protocol", "").upper(), port.get("number", 0)
                for scope in scopes(entry.spec.get("exportTo", []), entry.namespace):
                    for found in (self._within[scope, host, number], self._anywhere[host, number]):
                        found[protocol].append(f"{entry.full_name}")

    def of(self, scope: str, host: str, port: int) -> Found:
        """Return what gives protocols to a host's port, as a namespace sees it; all of them see what is for all."""
        if scope == EVERYWHERE:
            return self._anywhere[host, port]
        if (scope, host, port) not in self._merged:
            merged: Found = defaultdict(list)
            self._merged[scope, host, port] = merged
            for seen in (scope, EVERYWHERE):
                for protocol, names in self._within.get((seen, host, port), {}).items():
                    merged[protocol] += names
        return self._merged[scope, host, port]
