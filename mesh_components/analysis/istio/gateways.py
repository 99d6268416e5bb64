"""Gateways: the ports of their pods, and hosts and certificates that several of them serve.

Upstream: `pkg/config/analysis/analyzers/gateway/{gateway,conflictinggateway,certificate}.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..labelled import Labelled, Labels, pods
from ..messages import ist
from ..resource import Resource
from ..texts import listed, some, written
from ..world import Workload, World
from .deployments import services_of

Server = Mapping[str, Any]
Place = tuple[str, int, str]
"""Host, port and address that a server serves."""
Selector = frozenset[tuple[str, str]]
SELECTOR = ("spec", "selector")


def selector_of(gateway: Resource) -> Labels:
    """Return the labels of the pods that a Gateway configures; none stands for all."""
    found: Labels = gateway.spec.get("selector", {})
    return found


def no_workload(gateway: Resource, world: World) -> Finding:
    """Return the finding that a Gateway selects no pods: they could be in any namespace."""
    selector = written(selector_of(gateway))
    missing = ist.REFERENCED_RESOURCE_NOT_FOUND(gateway, SELECTOR, reftype="selector", refval=selector)
    return missing.unless_known(world.scope.complete)


@each("gateway.IngressGatewayPortAnalyzer", kinds.GATEWAY)
def ports(gateway: Resource, world: World) -> Iterator[Finding]:
    """Ports of a Gateway that no Service sends traffic to."""
    selector = selector_of(gateway)
    offered = world.derived(OfferedPorts).to(selector)
    if offered is None:
        yield no_workload(gateway, world)
        return
    for index, server in enumerate(gateway.spec.get("servers", [])):
        if "port" not in server:
            continue
        number = server["port"].get("number", 0)
        if number not in offered:
            path = ("spec", "servers", index, "port", "number")
            finding = ist.GATEWAY_PORT_NOT_ON_SERVICE(gateway, path, port=number, selector=written(selector))
            yield finding.unless_known(all(map(world.knows, world.derived(PodNamespaces).of(selector))))


class PodNamespaces:
    """The namespaces of the pods that Gateways select."""

    def __init__(self, world: World) -> None:
        self._workloads = world.derived(pods)
        self._found: dict[Selector, list[str]] = {}

    def of(self, selector: Labels) -> list[str]:
        """Return the namespaces of the workloads that are selected.

        :raises IsUnknown: when there may be more
        """
        key = frozenset(selector.items())
        if key not in self._found:
            workloads = self._workloads.all_selected(selector)
            self._found[key] = sorted({workload.namespace for workload in workloads})
        return self._found[key]


class OfferedPorts:
    """Ports at which Services offer workloads: the Services' own, and those of the pods that they send to."""

    def __init__(self, world: World) -> None:
        self._workloads = world.derived(pods)
        self._services = world.derived(services_of)
        self._found: dict[Selector, set[int] | None] = {}

    def to(self, selector: Labels) -> set[int] | None:
        """Return the ports of the workloads that are selected; None when there is no workload.

        :raises IsUnknown: when there may be more
        """
        key = frozenset(selector.items())
        if key not in self._found:
            workloads = self._workloads.all_selected(selector)
            self._found[key] = {port for workload in workloads for port in self._of(workload)} if workloads else None
        return self._found[key]

    def _of(self, workload: Workload) -> Iterator[int]:
        for service in self._services.all_selecting(workload.labels, workload.namespace):
            for port in service.spec.get("ports", []):
                if port.get("protocol", "TCP") == "TCP":
                    yield port.get("port", 0)
                    target = port.get("targetPort", 0)
                    yield from [target] if isinstance(target, int) else named_ports(workload, target)


def named_ports(workload: Workload, name: str) -> Iterator[int]:
    """Return the numbers of a workload's ports that have a name; a name may be a number, too."""
    if name.isdecimal() and len(name) <= 5:
        yield int(name)
    for container in workload.containers:
        for port in container.get("ports", []):
            if port.get("name", "") == name:
                yield port.get("containerPort", 0)


@each("gateway.ConflictingGatewayAnalyzer", kinds.GATEWAY)
def conflicts(gateway: Resource, world: World) -> Iterator[Finding]:
    """Hosts that several Gateways serve at one port of the same pods.

    Other than upstream, which compares selectors as text before it looks for pods: gateways conflict when their
    selectors are the same or some workload has the labels of both. Nor is a Gateway without servers reported here.
    """
    servers = world.derived(ServersByHost)
    for index, server in enumerate(gateway.spec.get("servers", [])):
        others = some(servers.others(gateway, server))
        if others:
            yield ist.CONFLICTING_GATEWAYS(
                gateway,
                ("spec", "servers", index, "hosts"),
                gateways=listed(other.full_name for other in others),
                selector=written(selector_of(gateway)),
                port=port_of(server),
                hosts=server.get("hosts", []),
            )


def port_of(server: Server) -> int:
    """Return the number of a server's port; 0 when it has none."""
    found: int = server.get("port", {}).get("number", 0)
    return found


class ServersByHost:
    """Gateways by what they serve, and by the workloads that serve it."""

    def __init__(self, world: World) -> None:
        self._workloads = world.derived(pods)
        self._by_place: dict[Place, dict[Selector, list[Resource]]] = {}
        self._together: dict[Place, dict[Selector, set[Selector]]] = {}
        for gateway in world.all(kinds.GATEWAY):
            with suppress(IsUnknown):
                hash(gateway.full_name)
                selector = frozenset(selector_of(gateway).items())
                for server in gateway.spec.get("servers", []):
                    for place in self._places(server):
                        served = self._by_place.setdefault(place, {}).setdefault(selector, [])
                        if not (served and served[-1] is gateway):
                            served.append(gateway)

    @staticmethod
    def _places(server: Server) -> Iterator[Place]:
        for host in server.get("hosts", []):
            place = host, port_of(server), server.get("bind", "")
            hash(place)
            yield place

    def others(self, gateway: Resource, server: Server) -> Iterator[Resource]:
        """Return the other Gateways that serve a host of a server at the same place; one may come several times."""
        own = frozenset(selector_of(gateway).items())
        for place in self._places(server):
            by_selector = self._by_place.get(place, {})
            for selector in self._with_same_pods(place).get(own, {own}):
                yield from (other for other in by_selector.get(selector, ()) if other is not gateway)

    def _with_same_pods(self, place: Place) -> Mapping[Selector, set[Selector]]:
        """Return, for each selector at a place, those that select some workload that it selects, itself included."""
        if place not in self._together:
            self._together[place] = together = {selector: {selector} for selector in self._by_place.get(place, ())}
            selecting: dict[int, set[Selector]] = defaultdict(set)
            for selector in together if len(together) > 1 else ():
                for workload in self._workloads.selected(dict(selector)):
                    selecting[id(workload)].add(selector)
            for group in {frozenset(group) for group in selecting.values()}:
                for selector in group:
                    together[selector] |= group
        return self._together[place]


@each("gateway.CertificateAnalyzer", kinds.GATEWAY)
def certificates(gateway: Resource, world: World) -> Iterator[Finding]:
    """Certificates that several Gateways of the same pods use.

    One finding names all the others; upstream has one for each.
    """
    sharing = world.derived(SharedCertificates)
    selector = selector_of(gateway)
    for index, server in enumerate(gateway.spec.get("servers", [])):
        others = some(other for other in sharing.others(server, selector) if other is not gateway)
        if others:
            path = ("spec", "servers", index, "tls")
            names = listed(one.full_name for one in (gateway, *others))
            yield ist.GATEWAY_DUPLICATE_CERTIFICATE(gateway, path, gateways=names)
            return


class SharedCertificates:
    """Gateways by the certificates that they use, and by their selectors."""

    def __init__(self, world: World) -> None:
        self._by_certificate: dict[tuple[str, ...], Labelled[Resource]] = defaultdict(Labelled)
        for gateway in world.all(kinds.GATEWAY):
            with suppress(IsUnknown):
                hash(gateway.full_name)
                for certificate in {certificate_of(server) for server in gateway.spec.get("servers", [])} - {()}:
                    self._by_certificate[certificate].add(gateway, selector_of(gateway), gateway.namespace)

    def others(self, server: Server, selector: Labels) -> Iterator[Resource]:
        """Return the Gateways with a server's certificate, whose pods are among those that are selected."""
        certificate = certificate_of(server)
        if certificate in self._by_certificate:
            yield from self._by_certificate[certificate].selected(selector)


def certificate_of(server: Server) -> tuple[str, ...]:
    """Return what tells a server's certificate from others, nothing when it has none."""
    tls = server.get("tls", {})
    credential = tls.get("credentialName", "")
    if credential:
        return (credential,)
    files = tls.get("serverCertificate", ""), tls.get("privateKey", "")
    return files if all(files) else ()
