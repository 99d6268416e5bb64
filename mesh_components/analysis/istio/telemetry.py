"""Telemetry: the providers that it names, and the workloads that it selects.

Upstream: `pkg/config/analysis/analyzers/telemetry` of istio/istio 1.31; workloads are pods and what makes pods.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..labelled import pods
from ..messages import ist
from ..resource import Resource
from ..texts import listed, written
from ..world import Workload, World
from .control_plane import knows_mesh_config, mesh_config


@each("telemetry.ProviderAnalyzer", kinds.TELEMETRY)
def providers(telemetry: Resource, world: World) -> Iterator[Finding]:
    """Access logs go somewhere: to a provider that the Telemetry names, or to the mesh's default."""
    if world.derived(mesh_config).get("defaultProviders", {}).get("accessLogging", []):
        return
    for index, log in enumerate(telemetry.spec.get("accessLogging", [])):
        if not log.get("disabled", False) and not log.get("providers", []):
            path = ("spec", "accessLogging", index)
            name, namespace = telemetry.name, telemetry.namespace
            finding = ist.INVALID_TELEMETRY_PROVIDER(telemetry, path, name=name, namespace=namespace)
            yield finding.unless_known(knows_mesh_config(world))


@each("telemetry.LightstepAnalyzer", kinds.TELEMETRY)
def lightstep(telemetry: Resource, world: World) -> Iterator[Finding]:
    """No traces go to a provider of type lightstep."""
    for index, tracing in enumerate(telemetry.spec.get("tracing", [])):
        for number, provider in enumerate(tracing.get("providers", [])):
            name = provider.get("name", "")
            if name in world.derived(lightstep_providers):
                detail = f"provider {name} is of type lightstep; OpenTelemetry takes its place"
                yield ist.DEPRECATED(telemetry, ("spec", "tracing", index, "providers", number), detail=detail)


def lightstep_providers(world: World) -> frozenset[str]:
    """Return the names of the mesh's providers of type lightstep."""
    found = world.derived(mesh_config).get("extensionProviders", [])
    return frozenset(provider.get("name", "") for provider in found if "lightstep" in provider)


@whole("telemetry.DefaultSelectorAnalyzer")
def defaults(world: World) -> Iterator[Finding]:
    """A namespace has one Telemetry without a selector."""
    by_namespace: dict[str, list[Resource]] = defaultdict(list)
    for telemetry in world.all(kinds.TELEMETRY):
        with suppress(IsUnknown):
            if "selector" not in telemetry.spec:
                by_namespace[telemetry.namespace].append(telemetry)
    for namespace, several in by_namespace.items():
        if len(several) > 1:
            names = listed(one.name for one in several)
            for telemetry in several:
                path = ("metadata", "name")
                message = ist.MULTIPLE_TELEMETRIES_WITHOUT_SELECTORS
                yield message(telemetry, path, telemetries=names, namespace=namespace)


SELECTOR = "telemetry.SelectorAnalyzer"


@each(SELECTOR, kinds.TELEMETRY)
def selects_something(telemetry: Resource, world: World) -> Iterator[Finding]:
    """A Telemetry's selector selects a workload, and no two select the same."""
    labels = telemetry.spec.get("selector", {}).get("matchLabels", {})
    if labels and not world.derived(pods).any_selected(labels, telemetry.namespace):
        path = ("spec", "selector", "matchLabels")
        finding = ist.REFERENCED_RESOURCE_NOT_FOUND(telemetry, path, reftype="selector", refval=written(labels))
        yield finding.unless_known(world.knows(telemetry.namespace))


@whole(SELECTOR)
def overlapping(world: World) -> Iterator[Finding]:
    """No two Telemetries select the same workload; each set of such is told once, with the first such workload."""
    told: set[frozenset[Resource]] = set()
    for workload, several in selecting(world).items():
        if len(several) < 2 or frozenset(several) in told:
            continue
        told.add(frozenset(several))
        names, namespace = listed(one.name for one in several), workload.namespace
        for telemetry in several:
            yield ist.CONFLICTING_TELEMETRY_SELECTORS(
                telemetry,
                ("spec", "selector"),
                telemetries=names,
                namespace=namespace,
                workload=workload.resource.name,
            )


def selecting(world: World) -> dict[Workload, list[Resource]]:
    """Return the Telemetries that select each workload."""
    found: dict[Workload, list[Resource]] = defaultdict(list)
    for telemetry in world.all(kinds.TELEMETRY):
        with suppress(IsUnknown):
            labels = telemetry.spec.get("selector", {}).get("matchLabels", {})
            for workload in world.derived(pods).selected(labels, telemetry.namespace) if labels else ():
                found[workload].append(telemetry)
    return found
