"""Deployments, or whatever makes pods: the Services that send to them, and the user that they run as.

Upstream: `pkg/config/analysis/analyzers/deployment` of istio/istio 1.31, which looks at Deployments (and for the user
at pods); here at all that makes pods.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ...validation.unknown import Unknown
from .. import kinds
from ..analyzers import each_workload
from ..finding import Finding
from ..injection import PROXY, in_mesh
from ..labelled import Selectors
from ..messages import ist
from ..resource import Path, Resource
from ..world import Workload, World, part
from .control_plane import is_control_plane

MANAGED = "gateway.istio.io/managed"
WAYPOINT = "istio.io-mesh-controller"
"""The value of `MANAGED` on what istiod deploys for a waypoint."""

PROXY_USER = 1337
"""The sidecar's user, whose traffic is not redirected to the sidecar."""
NOT_APPLICATIONS = frozenset({PROXY, "istio-operator"})
"""Containers that may run as that user."""


@each_workload("deployment.MultiServiceAnalyzer")
def many_services(workload: Workload, world: World) -> Iterator[Finding]:
    """The Services of a workload agree on protocols and ports: the sidecar has one listener for a port."""
    resource = workload.resource
    is_pod, is_waypoint = not workload.path, resource.labels.get(MANAGED, "") == WAYPOINT
    if is_pod or is_waypoint or not in_mesh(workload, world):
        return
    services = list(world.derived(services_of).selecting(workload.labels, workload.namespace))
    path: Path = ("metadata", "name")
    for port, protocols in protocols_by_port(services).items():
        if len(protocols) > 1:
            names = sorted(name for users in protocols.values() for name in users)
            yield ist.DEPLOYMENT_IN_MULTIPLE_SERVICES(
                resource, path, deployment=resource.name, port=port, services=names
            )
    for target, ports in ports_by_target(services).items():
        if len(ports) > 1:
            yield ist.DEPLOYMENT_CONFLICTING_PORTS(
                resource,
                path,
                deployment=resource.name,
                services=sorted(set(ports.values())),
                target_port=target,
                ports=sorted(ports),
            )


def services_of(world: World) -> Selectors[Resource]:
    """Return the Services that select something, by what they select."""
    services = [(service, part(service.spec, "selector"), service.namespace) for service in world.all(kinds.SERVICE)]
    return Selectors(service for service in services if isinstance(service[1], Unknown) or service[1])


def protocols_by_port(services: Sequence[Resource]) -> Mapping[int, Mapping[str, list[str]]]:
    """Return the Services by port and protocol."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for service in services:
        for port in service.spec.get("ports", []):
            found[port.get("port", 0)][port.get("protocol", "") or "TCP"].append(service.full_name)
    return found


def ports_by_target(services: Sequence[Resource]) -> Mapping[str, Mapping[int, str]]:
    """Return a Service for each of its ports, by the pods' port that it sends to."""
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for service in services:
        for port in service.spec.get("ports", []):
            number = port.get("port", 0)
            found[f"{port.get('targetPort', 0) or number}"][number] = service.full_name
    return found


@each_workload("applicationUID.Analyzer")
def application_user(workload: Workload, world: World) -> Iterator[Finding]:
    """No application runs as the sidecar's user."""
    if not is_control_plane(workload.resource):
        for path in islice(users(workload), 1):
            yield ist.INVALID_APPLICATION_UID(workload.resource, path)


def users(workload: Workload) -> Iterator[Path]:
    """Return where an application's user is said to be the sidecar's."""
    spec = (*workload.path, "spec")
    if workload.spec.get("securityContext", {}).get("runAsUser", -1) == PROXY_USER:
        yield (*spec, "securityContext", "runAsUser")
    for index, container in enumerate(workload.spec.get("containers", [])):
        user = container.get("securityContext", {}).get("runAsUser", -1)
        if user == PROXY_USER and container.get("name", "") not in NOT_APPLICATIONS:
            yield (*spec, "containers", index, "securityContext", "runAsUser")
