"""Gateways that serve the same host, and gateways that no workload is.

Upstream: `business/checkers/gateways/{multi_match,selector}_checker.go`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..labelled import pods_and_machines
from ..messages import kia
from ..resource import Path, Resource
from ..texts import LOOKED_AT
from ..world import World
from .names import Together, labels_text, others_text
from .selectors import GATEWAY_LABELS

EVERY = "*"


class Served(NamedTuple):
    """A host that a Gateway serves."""

    gateway: Resource
    path: Path
    host: str
    namespace: str
    """Of the VirtualServices that the host is for; ``*`` for all."""


@whole("kiali.GatewayMultiMatchChecker")
def several_gateways(world: World) -> Iterator[Finding]:
    """Several Gateways, or servers of one, for the same host at the same port of the same workloads."""
    together: dict[tuple[int, tuple[tuple[str, str], ...]], list[Served]] = defaultdict(list)
    for gateway in world.all(kinds.GATEWAY):
        with suppress(IsUnknown):
            selector = tuple(sorted(gateway.spec.get("selector", {}).items()))
            for port, served in list(_served(gateway)):
                together[port, selector].append(served)
    for (port, _), hosts in together.items():
        yield from _rivals(port, hosts)


def _served(gateway: Resource) -> Iterator[tuple[int, Served]]:
    for number, server in enumerate(gateway.spec.get("servers", [])):
        port = server.get("port", {}).get("number", 0)
        for index, written in enumerate(server.get("hosts", [])):
            namespace, slash, host = written.rpartition("/")
            scope = (gateway.namespace if namespace == "." else namespace) if slash else EVERY
            hash((port, scope))  # a part that is not known ends here
            yield port, Served(gateway, ("spec", "servers", number, "hosts", index), host.lower(), scope)


def _rivals(port: int, hosts: list[Served]) -> Iterator[Finding]:
    """Return a finding for each host that another one meets: the same, or a wildcard over it."""
    same: dict[str, Together[Served]] = defaultdict(Together)
    below: dict[str, Together[Served]] = defaultdict(Together)
    for served in hosts:
        same[served.host].add(served, [served.namespace])
        for wildcard in _wildcards(served.host):
            below[wildcard].add(served, [served.namespace])
    for served in hosts:
        places = [same.get(host) for host in (served.host, *_wildcards(served.host))]
        met = (
            other.gateway
            for place in (*places, below.get(served.host))
            for other in (place.seen_with([served.namespace]) if place else ())
            if other is not served
        )
        with suppress(IsUnknown):
            rivals = list(islice(met, LOOKED_AT))
            if rivals:
                names = others_text(rival for rival in rivals if rival is not served.gateway)
                others = names or ["other hosts of this Gateway"]
                yield kia.SEVERAL_GATEWAYS(served.gateway, served.path, others=others, host=served.host, port=port)


def _wildcards(host: str) -> Iterator[str]:
    """Return the wildcards over a host; as in Kiali, one wildcard is under no other, except the one for everything."""
    if host == EVERY:
        return
    yield EVERY
    if not host.startswith("*."):
        labels = host.split(".")
        for index in range(1, len(labels)):
            yield ".".join(["*", *labels[index:]])


@each("kiali.GatewaySelectorChecker", kinds.GATEWAY)
def no_workload(gateway: Resource, world: World) -> Iterator[Finding]:
    """A Gateway whose selector selects no workload."""
    selector: Mapping[str, str] = gateway.spec.get("selector", {})
    if any(label in selector for label in GATEWAY_LABELS):
        return
    if not world.derived(pods_and_machines).any_selected(selector):
        found = kia.GATEWAY_SELECTOR(gateway, ("spec", "selector"), labels=labels_text(selector))
        yield found.unless_known(world.scope.complete)
