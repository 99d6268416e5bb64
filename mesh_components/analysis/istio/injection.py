"""Whether namespaces say if their pods get a sidecar, and whether the pods have it.

Upstream: `pkg/config/analysis/analyzers/injection/injection.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..injection import INJECT, INJECTION_LABEL, has_proxy
from ..messages import ist
from ..resource import Resource
from ..world import REVISION_LABEL, Workload, World
from .control_plane import DEFAULT, SYSTEM_NAMESPACES, injector, injectors, lives, tags

NAME = "injection.Analyzer"
MODE_LABEL = "istio.io/dataplane-mode"
AMBIENT = "ambient"


@each(NAME, kinds.NAMESPACE)
def namespaces(namespace: Resource, world: World) -> Iterator[Finding]:
    """Namespaces say, once, whether their pods get a sidecar, and the pods of those that say so have one."""
    if namespace.name == world.scope.istio_namespace or namespace.name in SYSTEM_NAMESPACES:
        return
    labels = namespace.labels
    deciding = deciding_labels(labels)
    if len(deciding) > 1:
        shown = [f"{key}={labels[key]}" for key in deciding]
        yield ist.MULTIPLE_INJECTION_LABELS(namespace, ("metadata", "labels"), labels=shown)
    if labels.get(MODE_LABEL, "") == AMBIENT or labels.get(INJECTION_LABEL, "") or REVISION_LABEL in labels:
        return
    if by_default(world):
        yield ist.INJECTION_BY_DEFAULT(namespace, ("metadata", "name"))
    else:
        yield ist.NAMESPACE_NOT_INJECTED(namespace, ("metadata", "name"), namespace=namespace.name)


def deciding_labels(labels: Mapping[str, str]) -> list[str]:
    """Return the labels that say which data plane a namespace's pods are part of."""
    if INJECTION_LABEL in labels and labels[INJECTION_LABEL] != "enabled":
        return [INJECTION_LABEL]
    return [key for key in (INJECTION_LABEL, REVISION_LABEL, MODE_LABEL) if key in labels]


def by_default(world: World) -> bool:
    """Return whether pods get a sidecar in namespaces that say nothing."""
    name = injector(world.scope.revision)
    values = world.derived(injectors).get(name)
    if values is None:
        # Refuses when a ConfigMap whose name is not known may be the one.
        world.find(kinds.CONFIG_MAP, world.scope.istio_namespace, name)
        return False
    return bool(values.get("sidecarInjectorWebhook", {}).get("enableNamespacesByDefault", False))


@each(NAME, kinds.POD)
def pods(pod: Resource, world: World) -> Iterator[Finding]:
    """The same of pods, which templates tell nothing about.

    A pod that is not in a cluster yet gets its sidecar when it is created, so of such a one this is for information.
    """
    if not wants_proxy(pod, world) or has_proxy(Workload.of(pod)):
        return
    yield ist.POD_MISSING_PROXY(pod, ("spec", "containers"), pod=pod.full_name).unless_known(lives(pod))


def wants_proxy(pod: Resource, world: World) -> bool:
    """Return whether a pod ought to have a sidecar."""
    namespace = world.namespace(pod.namespace)
    if namespace is None or namespace.labels.get(INJECTION_LABEL, "") != "enabled":
        return False
    if namespace.labels.get(MODE_LABEL, "") == AMBIENT or pod.spec.get("hostNetwork", False):
        return False
    said = pod.labels.get(INJECT, pod.annotations.get(INJECT, ""))
    return said.lower() != "false"


def revision_of(namespace: Resource, world: World) -> str | None:
    """Return the revision whose control plane injects into a namespace, None where none does.

    A tag stands for the revision that its webhook names.
    """
    labels = namespace.labels
    if REVISION_LABEL in labels:
        return world.derived(tags).get(labels[REVISION_LABEL], labels[REVISION_LABEL])
    return world.derived(tags).get(DEFAULT, DEFAULT) if labels.get(INJECTION_LABEL, "") == "enabled" else None
