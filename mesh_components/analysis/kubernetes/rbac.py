"""Bindings to roles and service accounts that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import mesh
from ..resource import Resource
from ..world import World

BINDINGS = (kinds.CLUSTER_ROLE_BINDING, kinds.ROLE_BINDING)
BUILT_IN = ("admin", "cluster-admin", "edit", "view")
"""ClusterRoles that every cluster has, besides those that begin with ``system:``."""


@each("kubernetes.Bindings", *BINDINGS)
def subjects(binding: Resource, world: World) -> Iterator[Finding]:
    """A binding to a service account that does not exist."""
    for index, subject in enumerate(binding.body.get("subjects", [])):
        name, namespace = subject.get("name", ""), subject.get("namespace", binding.namespace)
        if subject.get("kind", "") != "ServiceAccount" or name in ("", "default") or not namespace:
            continue
        if world.find(kinds.SERVICE_ACCOUNT, namespace, name) is None:
            found = mesh.SUBJECT_NOT_FOUND(binding, ("subjects", index), subject=f"{namespace}/{name}")
            yield found.unless_known(world.knows(namespace))


@each("kubernetes.Bindings", *BINDINGS)
def roles(binding: Resource, world: World) -> Iterator[Finding]:
    """A binding of a role that does not exist."""
    reference = binding.body.get("roleRef", {})
    kind, name = reference.get("kind", ""), reference.get("name", "")
    if kind == "Role":
        missing, known = world.find(kinds.ROLE, binding.namespace, name) is None, world.knows(binding.namespace)
    elif kind == "ClusterRole" and name not in BUILT_IN and not name.startswith("system:"):
        missing, known = world.find(kinds.CLUSTER_ROLE, "", name) is None, world.scope.complete
    else:
        return
    if missing and name:
        yield mesh.ROLE_NOT_FOUND(binding, ("roleRef",), kind=kind, name=name).unless_known(known)
