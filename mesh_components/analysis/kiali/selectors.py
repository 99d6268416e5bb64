"""Objects that select workloads: several of one kind where one counts, and selectors that select nothing.

Upstream: `business/checkers/common/multi_match_selector_checker.go` and `workload_selector_checker.go`. Unlike Kiali, a
workload is matched by objects of its own namespace only, and one in the root namespace may select anywhere, as in
Istio.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..kinds import Kind
from ..labelled import pods_and_machines
from ..messages import kia
from ..resource import Resource
from ..world import Workload, World
from .names import labels_text, others_text

SELECTORS: Mapping[Kind, tuple[str, str, str]] = {
    kinds.AUTHORIZATION_POLICY: ("spec", "selector", "matchLabels"),
    kinds.PEER_AUTHENTICATION: ("spec", "selector", "matchLabels"),
    kinds.REQUEST_AUTHENTICATION: ("spec", "selector", "matchLabels"),
    kinds.SIDECAR: ("spec", "workloadSelector", "labels"),
}
"""Where kinds have the labels that they select by."""
ONE_COUNTS = (kinds.PEER_AUTHENTICATION, kinds.SIDECAR)
"""Kinds of which one object counts for a workload; of the others, all do."""
GATEWAY_LABELS = ("gateway.networking.k8s.io/gateway-name", "istio.io/gateway-name")
"""Labels of pods that istiod makes itself, for a Kubernetes Gateway."""


def wanted(resource: Resource) -> Mapping[str, str]:
    """Return the labels that an object selects by."""
    _, field, labels = SELECTORS[resource.kind]
    found: Mapping[str, str] = resource.spec.get(field, {}).get(labels, {})
    return found


@whole("kiali.SelectorlessChecker")
def several_without_selector(world: World) -> Iterator[Finding]:
    """Several PeerAuthentications or Sidecars without a selector in one namespace."""
    found: dict[tuple[Kind, str], list[Resource]] = defaultdict(list)
    for resource in world.all(*ONE_COUNTS):
        with suppress(IsUnknown):
            if not wanted(resource):
                found[resource.kind, resource.namespace].append(resource)
    for together in found.values():
        for resource in together if len(together) > 1 else ():
            with suppress(IsUnknown):
                others = others_text(other for other in together if other is not resource)
                yield kia.SEVERAL_WITHOUT_SELECTOR(resource, SELECTORS[resource.kind][:2], others=others)


@whole("kiali.SelectorMultiMatchChecker")
def several_on_workload(world: World) -> Iterator[Finding]:
    """Several PeerAuthentications or Sidecars that select one workload."""
    found: dict[tuple[Kind, int], tuple[Workload, list[Resource]]] = {}
    for resource in world.all(*ONE_COUNTS):
        with suppress(IsUnknown):
            labels = wanted(resource)
            for workload in world.derived(pods_and_machines).selected(labels, resource.namespace) if labels else ():
                found.setdefault((resource.kind, id(workload)), (workload, []))[1].append(resource)
    said = set()
    for workload, together in found.values():
        for resource in together if len(together) > 1 else ():
            if id(resource) in said:
                continue
            said.add(id(resource))
            with suppress(IsUnknown):
                others = others_text(other for other in together if other is not resource)
                path = SELECTORS[resource.kind][:2]
                yield kia.SEVERAL_ON_WORKLOAD(resource, path, others=others, workload=workload.resource)


@each("kiali.SelectorNoWorkloadFoundChecker", *SELECTORS)
def selects_nothing(resource: Resource, world: World) -> Iterator[Finding]:
    """A selector that selects no workload."""
    labels = wanted(resource)
    if not labels or any(label in labels for label in GATEWAY_LABELS):
        return
    root = resource.namespace == world.root_namespace
    if not world.derived(pods_and_machines).any_selected(labels, None if root else resource.namespace):
        place = "the mesh" if root else resource.namespace
        known = world.scope.complete if root else world.knows(resource.namespace)
        found = kia.SELECTOR_MATCHES_NOTHING(
            resource, SELECTORS[resource.kind], place=place, labels=labels_text(labels)
        )
        yield found.unless_known(known)
