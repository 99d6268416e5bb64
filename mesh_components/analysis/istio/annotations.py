"""Istio's annotations: whether they exist, stand where they mean something, and have a value that Istio can read.

Upstream: `pkg/config/analysis/analyzers/annotations` and `…/maturity` of istio/istio 1.31. Upstream looks at the
objects' own annotations; here also at those of the templates that pods are made of, because a plan has those instead of
pods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ...schemas import known_annotations
from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each, each_workload
from ..finding import Finding
from ..messages import ist
from ..resource import Path, Resource
from ..world import Workload, World
from .annotation_values import VALUES

INGRESS_CLASS = "kubernetes.io/ingress.class"
"""The only annotation outside Istio's domain that Istio documents."""
INJECT = "sidecar.istio.io/inject"

SET_BY_ISTIO = frozenset({"sidecar.istio.io/status", "gateway.istio.io/controller-version", "istio.io/rev"})
"""Annotations that injection and controllers set, not people."""
SET_BY_CNI = frozenset(
    {
        "sidecar.istio.io/interceptionMode",
        "traffic.sidecar.istio.io/includeInboundPorts",
        "traffic.sidecar.istio.io/excludeInboundPorts",
        "traffic.sidecar.istio.io/includeOutboundIPRanges",
    }
)
"""Annotations that injection sets on pods whose traffic Istio's CNI plugin redirects."""
REDIRECTING = "istio-init"
"""The init container that redirects traffic where the CNI plugin does not."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place where annotations stand.

    Attributes:
        resource: The object.
        kind: What they are annotations of; ``Pod`` for a template's.
        path: The metadata, in the object.
        annotations: The annotations.
        labels: The labels beside them.
        redirected_by_cni: Whether it is a pod whose traffic no container of its own redirects.
    """

    resource: Resource
    kind: str
    path: Path
    annotations: Mapping[str, str]
    labels: Mapping[str, str]
    redirected_by_cni: bool = False

    @classmethod
    def own(cls, resource: Resource) -> Place:
        """Return the place of an object's own annotations."""
        return cls(resource, resource.kind.name, ("metadata",), resource.annotations, resource.labels)

    def istios(self) -> Iterator[str]:
        """Return the names of the annotations here that Istio may have a say in."""
        for name in self.annotations:
            if name == INGRESS_CLASS or name.partition("/")[0].endswith("istio.io"):
                yield name

    def of(self, annotation: str) -> Path:
        """Return the field of an annotation."""
        return (*self.path, "annotations", annotation)


def places(workload: Workload) -> Iterator[Place]:
    """Return where a workload has annotations: a pod on itself, what makes pods on itself and on its template."""
    if workload.path:
        yield Place.own(workload.resource)
    containers = workload.spec.get("initContainers", [])
    by_cni = not workload.path and not any(container.get("name", "") == REDIRECTING for container in containers)
    path = (*workload.path, "metadata")
    yield Place(workload.resource, kinds.POD.name, path, workload.annotations, workload.labels, by_cni)


@each("annotations.K8sAnalyzer", kinds.NAMESPACE, kinds.SERVICE)
def misannotated(resource: Resource, world: World) -> Iterator[Finding]:
    """Istio's annotations exist, stand on kinds where they mean something, and have values that Istio can read."""
    yield from misplaced_or_wrong(Place.own(resource), world.scope.schemas)


@each_workload("annotations.K8sAnalyzer")
def misannotated_pods(workload: Workload, world: World) -> Iterator[Finding]:
    """The same of pods and of what makes them."""
    for place in places(workload):
        yield from misplaced_or_wrong(place, world.scope.schemas)


def misplaced_or_wrong(place: Place, version: str) -> Iterator[Finding]:
    """Return what is wrong with the annotations in one place, in Istio's minor ``version``."""
    for name in place.istios():
        if name not in SET_BY_ISTIO:
            with suppress(IsUnknown):
                yield from problems(place, name, version)


def problems(place: Place, name: str, version: str) -> Iterator[Finding]:
    """Return what is wrong with one annotation."""
    resource, path, known = place.resource, place.of(name), known_annotations(version).get(name)
    if known is None:
        yield ist.UNKNOWN_ANNOTATION(resource, path, annotation=name)
        return
    # Who has the label too keeps the annotation for old control planes' sake.
    if known.get("deprecated") and not (name == INJECT and INJECT in place.labels):
        extra = "; the label of that name takes its place" if name == INJECT else ""
        yield ist.DEPRECATED_ANNOTATION(resource, path, annotation=name, extra=extra)
    allowed = known["resources"]
    if "Any" in allowed:
        return
    if place.kind not in allowed:
        yield ist.MISPLACED_ANNOTATION(resource, path, annotation=name, kind=place.kind, allowed=allowed)
    elif name in VALUES and (problem := VALUES[name](str(place.annotations[name]))):
        yield ist.INVALID_ANNOTATION(resource, path, annotation=name, problem=problem)


@each("annotations.AlphaAnalyzer", kinds.NAMESPACE, kinds.SERVICE, on_request=True)
def alpha(resource: Resource, world: World) -> Iterator[Finding]:
    """No annotation of an alpha feature; most are, so upstream too has this only for who asks for it."""
    yield from of_alpha_features(Place.own(resource), world.scope.schemas)


@each_workload("annotations.AlphaAnalyzer", on_request=True)
def alpha_on_pods(workload: Workload, world: World) -> Iterator[Finding]:
    """The same of pods and of what makes them."""
    for place in places(workload):
        yield from of_alpha_features(place, world.scope.schemas)


def of_alpha_features(place: Place, version: str) -> Iterator[Finding]:
    """Return the annotations in one place that are of an alpha feature, and that somebody has set on purpose."""
    ignored = SET_BY_ISTIO | SET_BY_CNI if place.redirected_by_cni else SET_BY_ISTIO
    for name in place.istios():
        if name not in ignored and known_annotations(version).get(name, {}).get("status") == "Alpha":
            yield ist.ALPHA_ANNOTATION(place.resource, place.of(name), annotation=name)
