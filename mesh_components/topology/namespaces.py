"""Namespaces: the mutual TLS mode that counts there, and how pods get their proxy.

Both are what the given objects make of it; what somebody declares elsewhere is not looked at.
"""

from __future__ import annotations

from ..analysis import kinds
from ..analysis.injection import INJECTION_LABEL, injector_values
from ..analysis.istio.ambient import MODE_LABEL, namespace_is_ambient
from ..analysis.mtls import PeerModes
from ..analysis.resource import Resource
from ..analysis.world import REVISION_LABEL, World
from ..validation.unknown import Unknown
from .draft import Draft
from .graph import Namespace
from .known import inside, known

SIDECAR, AMBIENT, NONE = "sidecar", "ambient", "none"


def namespaces(world: World, draft: Draft) -> tuple[Namespace, ...]:
    """Return the namespaces that are declared, or that have something in the picture."""
    declared = {one.name: one for one in world.given(kinds.NAMESPACE) if not isinstance(one.name, Unknown)}
    inhabited = {node.namespace for node in draft.nodes.values()} - {""}
    noted = {at.removeprefix("Namespace ") for at in draft.notes if at.startswith("Namespace ")}
    for resource in declared.values():
        draft.show(f"Namespace {resource.name}", [resource])
    return tuple(_namespace(name, declared.get(name), world, draft) for name in sorted({*declared, *inhabited, *noted}))


def _namespace(name: str, resource: Resource | None, world: World, draft: Draft) -> Namespace:
    mode = known(lambda: world.derived(PeerModes).namespace(name).mode, "")
    how = "" if resource is None else known(injection, "", resource, world)
    return Namespace(name, mode, how, draft.noted(f"Namespace {name}"))


def injection(namespace: Resource, world: World) -> str:
    """Return how pods get their proxy in a namespace, by its labels.

    :raises IsUnknown: when one of them is not known
    """
    labels = namespace.labels
    if labels.get(INJECTION_LABEL, "") == "enabled":
        return SIDECAR
    if INJECTION_LABEL not in labels and (revision := labels.get(REVISION_LABEL, "")):
        return f"{SIDECAR} of revision {revision:s}"
    if namespace_is_ambient(namespace):
        return AMBIENT
    said = INJECTION_LABEL in labels or labels.get(MODE_LABEL, "") != ""
    return NONE if said or not injects_by_default(world) else SIDECAR


def injects_by_default(world: World) -> bool:
    """Return whether istiod injects where nobody says anything (`enableNamespacesByDefault`)."""
    return inside(injector_values(world), "sidecarInjectorWebhook", "enableNamespacesByDefault") is True
