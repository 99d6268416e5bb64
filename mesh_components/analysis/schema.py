"""Validation of every Istio object, as one of the analyzers."""

from __future__ import annotations

from collections.abc import Iterator

from ..schemas import crds, versions
from ..validation import validate
from .analyzers import each
from .finding import Finding
from .kinds import Kind
from .messages import ist
from .resource import Resource
from .world import World

ISTIO_KINDS = tuple(Kind(crd["spec"]["group"], crd["spec"]["names"]["kind"]) for crd in crds(versions()[-1]))


@each("schema.ValidationAnalyzer", *ISTIO_KINDS)
def valid(resource: Resource, world: World) -> Iterator[Finding]:
    """Istio's objects are what its CRDs and istiod's webhook accept."""
    version = {"version": world.scope.version} if world.scope.version else {}
    for problem in validate(resource.declared, **version):
        message = ist.SCHEMA_WARNING if problem.is_warning else ist.SCHEMA_VALIDATION_ERROR
        yield message(resource, problem.path, problem=problem.message)
