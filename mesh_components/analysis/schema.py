"""Validation of every Istio object, as one of the analyzers."""

from __future__ import annotations

from collections.abc import Iterator

from ..schemas import shared_crds, versions
from ..validation import validate
from .analyzers import each
from .finding import Finding
from .kinds import Kind
from .messages import ist
from .resource import Resource
from .world import World

ISTIO_KINDS = tuple(Kind(crd["spec"]["group"], crd["spec"]["names"]["kind"]) for crd in shared_crds(versions()[-1]))

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


@each("schema.ValidationAnalyzer", *ISTIO_KINDS)
def valid(resource: Resource, world: World) -> Iterator[Finding]:
    """Istio's objects are what its CRDs and istiod's webhook accept."""
    version = {"version": world.scope.version} if world.scope.version else {}
    for problem in validate(resource.declared, **version):
        yield MESSAGES[problem.code](resource, problem.path, problem=problem.message)
