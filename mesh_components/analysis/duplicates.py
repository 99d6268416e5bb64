"""Objects that are declared more than once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..validation.unknown import Unknown
from .analyzers import whole
from .finding import Finding
from .kinds import Kind
from .messages import plan
from .resource import Resource
from .world import World


@whole("plan.DuplicateAnalyzer")
def declared_twice(world: World) -> Iterator[Finding]:
    """An object belongs to one declaration."""
    found: dict[tuple[Kind, str, str], list[Resource]] = defaultdict(list)
    for resource in world.resources:
        if not isinstance(resource.name, Unknown) and not isinstance(resource.namespace, Unknown):
            found[resource.kind, resource.namespace, resource.name].append(resource)
    for same in found.values():
        if len(same) > 1:
            yield plan.DECLARED_TWICE(same[-1], ("metadata", "name"), resource=same[-1], count=len(same))
