"""Probes that a sidecar refuses.

Istio has the kubelet ask the sidecar instead, which asks the application (``sidecar.istio.io/rewriteAppHTTPProbers``,
`pkg/kube/inject/app_probe.go`). Where that is turned off, the kubelet's plain text meets STRICT mutual TLS. A probe by
``tcpSocket`` is content with the sidecar's own ear, and one by ``exec`` runs inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..injection import PROXY, in_mesh, injector_values
from ..messages import mesh
from ..mtls import STRICT, PeerModes
from ..resource import Resource
from ..world import Workload, World
from .ports import running

REWRITE = "sidecar.istio.io/rewriteAppHTTPProbers"
INCLUDED = "traffic.sidecar.istio.io/includeInboundPorts"
EXCLUDED = "traffic.sidecar.istio.io/excludeInboundPorts"
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@each("kubernetes.Probes", kinds.POD, *kinds.TEMPLATED)
def refused(resource: Resource, world: World) -> Iterator[Finding]:
    """Probes in plain text of ports that accept mutual TLS only."""
    workload = Workload.of(resource)
    found = list(_plain_probes(workload))
    if not found or _rewrites(workload, world) or workload.spec.get("hostNetwork", False):
        return
    if not in_mesh(workload, world):
        return
    effective = world.derived(PeerModes).of(workload)
    for path, probe, port in found:
        if _captured(port, workload) and effective.at(port) == STRICT:
            finding = mesh.PROBE_NEEDS_PLAIN_TEXT(
                resource, (*workload.path, "spec", *path), probe=probe, port=port, policy=effective.policy
            )
            yield finding.unless_known(world.knows(workload.namespace))


def _plain_probes(workload: Workload) -> Iterator[tuple[tuple[str | int, ...], str, int]]:
    """Return the probes that send something to a port: path, name and port."""
    for below, container in running(workload):
        if container.get("name", "") == PROXY:
            continue
        for name in PROBES:
            for how in ("httpGet", "grpc"):
                action = container.get(name, {}).get(how)
                if action is None or action.get("host", ""):
                    continue
                port = _number(action.get("port", 0), container)
                if port:
                    yield (*below, name, how, "port"), name, port


def _number(port: int | str, container: Mapping[str, Any]) -> int:
    """Return a probe's port as a number, 0 when the container has none by that name."""
    if isinstance(port, int):
        return port
    if port.isdecimal():
        return int(port)
    numbers = (item.get("containerPort", 0) for item in container.get("ports", []) if item.get("name", "") == port)
    return next(numbers, 0)


def _captured(port: int, workload: Workload) -> bool:
    """Return whether traffic to a port goes through the sidecar."""
    included = workload.annotations.get(INCLUDED, "*")
    excluded = workload.annotations.get(EXCLUDED, "")
    if str(port) in [item.strip() for item in excluded.split(",")]:
        return False
    return included == "*" or str(port) in [item.strip() for item in included.split(",")]


def _rewrites(workload: Workload, world: World) -> bool:
    said = workload.annotations.get(REWRITE)
    return said != "false" if said is not None else world.derived(rewrites_by_default)


def rewrites_by_default(world: World) -> bool:
    """Return what injection does with probes of pods that say nothing.

    It is ``sidecarInjectorWebhook.rewriteAppHTTPProbe`` of the values in the injector's ConfigMap; on by default.
    """
    try:
        values = injector_values(world)
    except IsUnknown:
        return True
    webhook = values.get("sidecarInjectorWebhook")
    return not (isinstance(webhook, Mapping) and webhook.get("rewriteAppHTTPProbe") is False)
