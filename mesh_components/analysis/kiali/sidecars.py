"""Sidecars that let workloads reach hosts which there are not.

Upstream: `business/checkers/sidecars/egress_listener_checker.go`.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..hosts import Hosts
from ..messages import kia
from ..resource import Resource
from ..world import World
from .names import host_of


@each("kiali.EgressHostChecker", kinds.SIDECAR)
def egress_hosts(sidecar: Resource, world: World) -> Iterator[Finding]:
    """A host in a Sidecar's egress that is in no registry."""
    for number, listener in enumerate(sidecar.spec.get("egress", [])):
        for index, written in enumerate(listener.get("hosts", [])):
            namespace, slash, name = written.partition("/")
            if not slash or not name or name.startswith("*") or namespace == "~":
                continue
            where = sidecar.namespace if namespace in ("*", ".") else namespace
            host = host_of(name, where, world)
            if world.derived(Hosts).find(host.full, sidecar.namespace) is None:
                found = kia.SIDECAR_HOST(sidecar, ("spec", "egress", number, "hosts", index), host=written)
                yield found.unless_known(host.known(world))
