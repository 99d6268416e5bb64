"""Validation of every Istio object, as one of the analyzers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from ..schemas import shared_crds, versions
from ..validation import validate
from .analyzers import each
from .finding import Finding
from .kinds import Kind
from .messages import ist
from .resource import Resource
from .world import World


@cache
def kinds_of(version: str) -> frozenset[Kind]:
    """Return the kinds that Istio has in a minor version."""
    return frozenset(Kind(crd["spec"]["group"], crd["spec"]["names"]["kind"]) for crd in shared_crds(version))


MESSAGES = {
    message.code: message
    for message in (
        ist.SCHEMA_VALIDATION_ERROR,
        ist.SCHEMA_WARNING,
        ist.UNREACHABLE_RULE,
        ist.INEFFECTIVE_MATCH,
    )
}
"""What validation answers, by its codes."""


@each("schema.ValidationAnalyzer", *sorted(kinds_of(versions()[-1])))
def valid(resource: Resource, world: World) -> Iterator[Finding]:
    """Istio's objects are what its CRDs and istiod's webhook accept."""
    version = world.scope.schemas
    if resource.kind not in kinds_of(version):
        missing = f"Istio {version} has no {resource.kind.name}: its CRD is of a newer version"
        yield ist.SCHEMA_VALIDATION_ERROR(resource, ("kind",), problem=missing)
    for problem in validate(resource.declared, version=version):
        yield MESSAGES[problem.code](resource, problem.path, problem=problem.message)
