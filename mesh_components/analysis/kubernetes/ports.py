"""Ports that lead nowhere, and ports of a pod that two containers want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

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


def unexposed(service: Resource, world: World) -> Iterator[tuple[int, int, int | str, list[Workload]]]:
    """Return ports of a Service that no container of the pods behind it has.

    A number counts only when the containers say at all which ports they have, for they need not; and not in front of a
    proxy, whose ports are made by Gateways.

    :return: the port's index and number, its target, and the workloads behind the Service
    """
    selector = service.spec.get("selector", {})
    if not selector or service.spec.get("type", "") == "ExternalName":
        return
    workloads = world.derived(pods).selected(selector, service.namespace)
    containers = [container for workload in workloads for _, container in running(workload)]
    declared = [
        (port.get("containerPort", 0), port.get("name", ""), port.get("protocol", "TCP"))
        for container in containers
        for port in container.get("ports", [])
    ]
    behind_proxy = any(container.get("name", "") == PROXY for container in containers)
    for index, port in enumerate(service.spec.get("ports", [])):
        target = port.get("targetPort", port.get("port", 0))
        protocol = port.get("protocol", "TCP")
        named = not isinstance(target, int)
        if not workloads or (not named and (not declared or behind_proxy)):
            continue
        if not any(protocol == spoken and target == (name if named else number) for number, name, spoken in declared):
            yield index, port.get("port", 0), target, workloads


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
