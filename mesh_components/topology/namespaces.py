"""Namespaces: the mutual TLS mode that counts there, and how pods get their proxy.

Both are what the given objects make of it; what somebody declares elsewhere is not looked at.
"""

from __future__ import annotations

from ..analysis import kinds
from ..analysis.injection import INJECTION_LABEL
from ..analysis.istio.ambient import namespace_is_ambient
from ..analysis.mtls import PeerModes
from ..analysis.resource import Resource
from ..analysis.world import REVISION_LABEL, World
from ..validation.unknown import Unknown
from .draft import Draft
from .graph import Namespace
from .known import known


def namespaces(world: World, draft: Draft) -> tuple[Namespace, ...]:
    """Return the namespaces that are declared, or that have something in the picture."""
    declared = {one.name: one for one in world.given(kinds.NAMESPACE) if not isinstance(one.name, Unknown)}
    inhabited = {node.namespace for node in draft.nodes.values()} - {""}
    noted = {at.removeprefix("Namespace ") for at in draft.notes if at.startswith("Namespace ")}
    found = []
    for name in sorted({*declared, *inhabited, *noted}):
        resource = declared.get(name)
        mode = known(lambda name=name: world.derived(PeerModes).namespace(name).mode, "")
        how = known(lambda one=resource: injection(one), "") if resource is not None else ""
        namespace = Namespace(name, mode, how)
        if resource is not None:
            draft.show(namespace.id, [resource])
        found.append(Namespace(name, mode, how, draft.noted(namespace.id)))
    return tuple(found)


def injection(namespace: Resource) -> str:
    """Return how pods get their proxy in a namespace, by its labels.

    :raises IsUnknown: when one of them is not known
    """
    labels = namespace.labels
    if INJECTION_LABEL in labels:
        return "sidecar" if labels[INJECTION_LABEL] == "enabled" else _without(namespace)
    if revision := labels.get(REVISION_LABEL, ""):
        return f"sidecar of revision {revision:s}"
    return _without(namespace)


def _without(namespace: Resource) -> str:
    return "ambient" if namespace_is_ambient(namespace) else "none"
