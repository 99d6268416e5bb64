"""Namespaces in `exportTo` that there are not.

Upstream: `business/checkers/common/export_to_namespace_checker.go`.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import kia
from ..resource import Resource
from ..world import World
from .names import Namespaces

NO_NAMESPACES = ("*", ".", "~")
"""All namespaces, the object's own, none."""


@each("kiali.ExportToNamespaceChecker", kinds.DESTINATION_RULE, kinds.SERVICE_ENTRY, kinds.VIRTUAL_SERVICE)
def exported_to_nowhere(resource: Resource, world: World) -> Iterator[Finding]:
    """An `exportTo` that names a namespace which does not exist."""
    for index, namespace in enumerate(resource.spec.get("exportTo", [])):
        if namespace not in NO_NAMESPACES and namespace not in world.derived(Namespaces):
            found = kia.EXPORTED_TO_NOWHERE(resource, ("spec", "exportTo", index), namespace=namespace)
            yield found.unless_known(world.scope.complete)
