"""Containers that can send their traffic around the sidecar."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..injection import in_mesh
from ..messages import mesh
from ..resource import Resource
from ..world import Workload, World
from .environment import risk

ISTIOS_OWN = ("istio-init", "istio-proxy", "istio-validation")
POWERS = ("ALL", "NET_ADMIN", "SYS_ADMIN")
"""Capabilities that let a container change the pod's network rules."""


@each("security.Workloads", kinds.POD, *kinds.TEMPLATED)
def powerful(resource: Resource, world: World) -> Iterator[Finding]:
    """Privileged containers, and those that may change the network's rules, in pods with a sidecar."""
    workload = Workload.of(resource)
    found = [
        (path, container.get("name", ""), how)
        for path, container in _containers(workload)
        if (how := _power(container))
    ]
    if found and in_mesh(workload, world):
        for path, name, how in found:
            place = (*workload.path, "spec", *path, "securityContext")
            yield risk(mesh.POWERFUL_CONTAINER(resource, place, container=name, how=how), world)


def _containers(workload: Workload) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for field in ("containers", "initContainers"):
        for index, container in enumerate(workload.spec.get(field, [])):
            if container.get("name", "") not in ISTIOS_OWN:
                yield (field, index), container


def _power(container: Any) -> str:
    context = container.get("securityContext", {})
    if context.get("privileged", False):
        return "is privileged"
    added = context.get("capabilities", {}).get("add", [])
    powers = [power for power in added if power.upper().removeprefix("CAP_") in POWERS]
    return f"has {', '.join(powers)}" if powers else ""
