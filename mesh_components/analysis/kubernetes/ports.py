"""Ports that lead nowhere, and ports of a pod that two containers want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding, Severity
from ..graded import at
from ..injection import PROXY, in_mesh
from ..labelled import pods
from ..messages import mesh
from ..resource import Resource
from ..world import Workload, World

SIDECAR_PORTS = (15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090)
"""Where the sidecar listens (istio.io, "Ports used by Istio")."""


def running(workload: Workload) -> list[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """Return the containers that run all at once, with their path below the pod's `spec`."""
    found: list[tuple[tuple[str | int, ...], Mapping[str, Any]]] = [
        (("containers", index), container) for index, container in enumerate(workload.spec.get("containers", []))
    ]
    found += [
        (("initContainers", index), container)
        for index, container in enumerate(workload.spec.get("initContainers", []))
        if container.get("restartPolicy", "") == "Always"
    ]
    return found


class Backend:
    """The pods behind a Service.

    Attributes:
        workloads: What makes the pods.
        injected: Whether some of them have a sidecar.
        behind_proxy: Whether some are a proxy themselves, whose ports are made by Gateways.
    """

    def __init__(self, workloads: list[Workload], world: World) -> None:
        self.workloads = workloads
        self.behind_proxy = False
        self._targets: set[tuple[int | str, str]] = set()
        self._unsure = False
        for workload in workloads:
            self._unsure = not self._add(workload) or self._unsure
        self.injected = self._is_injected(world)

    def _add(self, workload: Workload) -> bool:
        """Take in a workload's ports; return whether all of them are known."""
        try:
            for _, container in running(workload):
                self.behind_proxy = self.behind_proxy or container.get("name", "") == PROXY
                for port in container.get("ports", []):
                    protocol = port.get("protocol", "TCP")
                    self._targets |= {(port.get("containerPort", 0), protocol), (port.get("name", ""), protocol)}
        except IsUnknown:
            return False
        return True

    def _is_injected(self, world: World) -> bool:
        for workload in self.workloads:
            with suppress(IsUnknown):
                if in_mesh(workload, world):
                    return True
        return False

    def has(self, target: int | str, protocol: str) -> bool:
        """Return whether a container has a port by this number or name.

        :raises IsUnknown: when none has, and not all ports are known
        """
        if (target, protocol) in self._targets:
            return True
        if self._unsure:
            raise IsUnknown
        return False

    @property
    def lists_ports(self) -> bool:
        """Whether the containers say at all which ports they have; they need not."""
        return bool(self._targets)


class Backends:
    """Pods behind Services, once for Services with one selector. Get it by ``world.derived(Backends)``."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[tuple[str, frozenset[tuple[str, str]]], Backend] = {}

    def of(self, service: Resource) -> Backend | None:
        """Return what a Service selects; None for one that selects nothing by itself."""
        selector = service.spec.get("selector", {})
        if not selector or service.spec.get("type", "") == "ExternalName":
            return None
        key = service.namespace, frozenset(selector.items())
        if key not in self._made:
            found = self._world.derived(pods).all_selected(selector, service.namespace)
            self._made[key] = Backend(found, self._world)
        return self._made[key]


def unexposed(service: Resource, world: World) -> Iterator[tuple[int, int, int | str, list[Workload]]]:
    """Return ports of a Service that no container of the pods behind it has.

    A number counts only when the containers say at all which ports they have, for they need not; and not in front of a
    proxy.

    :return: the port's index and number, its target, and the workloads behind the Service
    """
    backend = world.derived(Backends).of(service)
    if backend is None or not backend.workloads:
        return
    for index, port in enumerate(service.spec.get("ports", [])):
        target = port.get("targetPort", port.get("port", 0))
        if isinstance(target, int) and (not backend.lists_ports or backend.behind_proxy):
            continue
        if not backend.has(target, port.get("protocol", "TCP")):
            yield index, port.get("port", 0), target, backend.workloads


@each("kubernetes.ServicePorts", kinds.SERVICE)
def service_ports(service: Resource, world: World) -> Iterator[Finding]:
    """Ports of a Service that no container of its pods has."""
    for index, port, target, workloads in unexposed(service, world):
        found = mesh.PORT_LEADS_NOWHERE(
            service,
            ("spec", "ports", index),
            port=port,
            target=target,
            workloads=[str(workload.resource) for workload in workloads[:5]],
        )
        # By a name that no container has, Kubernetes finds no endpoint; a number it does not look up.
        yield at(found, Severity.ERROR) if isinstance(target, str) else found


@each("kubernetes.ContainerPorts", kinds.POD, *kinds.TEMPLATED)
def container_ports(resource: Resource, world: World) -> Iterator[Finding]:
    """Ports that two containers of a pod want, or one container and the sidecar."""
    workload = Workload.of(resource)
    holders: dict[tuple[int, str], list[str]] = defaultdict(list)
    injected = not workload.spec.get("hostNetwork", False) and in_mesh(workload, world)
    for below, container in running(workload):
        name = container.get("name", "")
        for index, port in enumerate(container.get("ports", [])):
            number, protocol = port.get("containerPort", 0), port.get("protocol", "TCP")
            path = (*workload.path, "spec", *below, "ports", index)
            if name not in holders[number, protocol]:
                holders[number, protocol].append(name)
            if len(holders[number, protocol]) > 1:
                yield mesh.PORT_TWICE(resource, path, containers=list(holders[number, protocol]), port=number)
            if injected and name != PROXY and number in SIDECAR_PORTS and protocol == "TCP":
                yield mesh.PORT_OF_SIDECAR(resource, path, port=number)
