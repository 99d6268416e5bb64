"""Hosts and services as Istio's analyzers see them: short names made whole, and who may see what.

Upstream: `pkg/config/analysis/analyzers/util/{hosts,service_lookup,exportto}.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..validation.unknown import IsUnknown
from . import kinds
from .kinds import Kind
from .resource import Resource
from .world import World

CLUSTER_DOMAIN = "svc.cluster.local"
EVERYWHERE = "*"
"""In `exportTo`: visible in all namespaces."""
HERE = "."
"""In `exportTo`: visible in the object's own namespace."""
MESH_GATEWAY = "mesh"
"""The gateway that stands for all sidecars."""


def fqdn(host: str, namespace: str) -> str:
    """Return a host as a full name; one with a dot or a wildcard is one already."""
    return host if host.startswith("*") or "." in host else f"{host}.{namespace}.{CLUSTER_DOMAIN}"


def service_name(host: str, namespace: str) -> tuple[str, str]:
    """Return the namespace and name of the Service that a host would be; a short name is one in ``namespace``."""
    inside, _, end = host.rpartition(f".{CLUSTER_DOMAIN}")
    name, dot, found = inside.rpartition(".")
    return (found, name) if dot and not end and name else (namespace, host)


def exports_everywhere(export_to: Sequence[str]) -> bool:
    """Return whether `exportTo` is for all namespaces; without any it is."""
    return not export_to or EVERYWHERE in export_to


@dataclass(frozen=True)
class Destination:
    """What a host stands for: a Service or one host of a ServiceEntry.

    Attributes:
        resource: The Service or ServiceEntry.
        host: The full host.
        ports: Port numbers and names.
    """

    resource: Resource
    host: str
    ports: tuple[tuple[int, str], ...]


class Hosts:
    """Every host of the mesh's registry, by the namespaces that may see it. Get it by ``world.derived(Hosts)``."""

    def __init__(self, world: World) -> None:
        self._exact: dict[tuple[str, str], Destination] = {}
        self._wildcards: dict[tuple[str, str], tuple[int, Destination]] = {}
        """By namespace and what stands behind the star; the one that is declared first counts."""
        self._some_unknown = not world.scope.unread.isdisjoint(DESTINATIONS)
        for resource in world.given(kinds.SERVICE_ENTRY, kinds.SERVICE):
            try:
                self._add(resource)
            except IsUnknown:
                self._some_unknown = True

    def _add(self, resource: Resource) -> None:
        for scope, destination in DESTINATIONS[resource.kind](resource):
            self._exact[scope, destination.host] = destination
            if destination.host.startswith("*"):
                behind = destination.host.removeprefix("*")
                self._wildcards.setdefault((scope, behind), (len(self._wildcards), destination))

    def find(self, host: str, namespace: str, export_to: Sequence[str] = ()) -> Destination | None:
        """Return what a host stands for where it is written.

        :param namespace: of the object that names the host
        :param export_to: that object's `exportTo`: the namespaces from which the host is looked at
        :raises IsUnknown: when none is known by that name, and there are hosts whose names are not known
        """
        full = fqdn(host, namespace)
        looking = [namespace if scope == HERE else scope for scope in export_to] or [namespace]
        for scope in (EVERYWHERE, *looking):
            if (scope, full) in self._exact:
                return self._exact[scope, full]
        if wildcards := self._over(host.removeprefix("*"), namespace):
            return min(wildcards)[1]
        if self._some_unknown:
            raise IsUnknown
        return None

    def _over(self, host: str, namespace: str) -> list[tuple[int, Destination]]:
        """Return the wildcards over a host, each with its place in the order of declaration."""
        if not self._wildcards:
            return []
        ends = (host[start:] for start in range(len(host) + 1))
        keys = [(scope, end) for end in ends for scope in dict.fromkeys((EVERYWHERE, namespace))]
        return [self._wildcards[key] for key in keys if key in self._wildcards]


def of_service_entry(entry: Resource) -> Iterator[tuple[str, Destination]]:
    """Return every host of a ServiceEntry with each namespace that may see it, `EVERYWHERE` for all."""
    ports = tuple((port.get("number", 0), port.get("name", "")) for port in entry.spec.get("ports", []))
    for host in entry.spec.get("hosts", []):
        made = Destination(entry, fqdn(host, entry.namespace), ports)
        for scope in scopes(entry.spec.get("exportTo", []), entry.namespace):
            yield scope, made


def of_service(service: Resource) -> Iterator[tuple[str, Destination]]:
    """Return a Service's host with each namespace that may see it, `EVERYWHERE` for all."""
    ports = tuple((port.get("port", 0), port.get("name", "")) for port in service.spec.get("ports", []))
    made = Destination(service, f"{service.name}.{service.namespace}.{CLUSTER_DOMAIN}", ports)
    export_to = [part.strip() for part in service.annotations.get("networking.istio.io/exportTo", "").split(",")]
    for scope in scopes([part for part in export_to if part], service.namespace):
        yield scope, made


DESTINATIONS: Mapping[Kind, Callable[[Resource], Iterator[tuple[str, Destination]]]] = {
    kinds.SERVICE_ENTRY: of_service_entry,
    kinds.SERVICE: of_service,
}
"""What fills the registry."""


def scopes(export_to: Sequence[str], namespace: str) -> list[str]:
    """Return the namespaces that `exportTo` means, `EVERYWHERE` for all."""
    if exports_everywhere(export_to):
        return [EVERYWHERE]
    return [namespace if scope == HERE else scope for scope in export_to]
