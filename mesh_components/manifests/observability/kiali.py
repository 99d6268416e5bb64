"""Kiali: its server, or its operator with a Kiali resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.scope import in_scope
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.kiali import KialiSettings
from mesh_components.settings.opaque import OpaqueStr

from .kiali_backends import Backends
from .kiali_credentials import signing_key, signing_key_object

SKIPPED: Mapping[str, tuple[str, ...]] = {
    "clusterrole": ("ClusterRole", "Role"),
    "clusterrolebinding": ("ClusterRoleBinding", "RoleBinding"),
    "sa": ("ServiceAccount",),
}
"""Kinds by what ``skipResources`` calls them."""


def objects(mesh: MeshSettings, one: KialiSettings, backends: Backends | None = None) -> list[dict[str, Any]]:
    """Return Kiali's objects, none if it is not enabled. See ``secret`` for the one that holds the key of sessions.

    :param backends: where Kiali finds what it asks, as far as its own settings do not say; unset: Kiali's defaults
    """
    if not one.enabled:
        return []
    # Loaded where there is a Kiali: they take longer to load than the rest of most meshes to plan.
    from . import kiali_operator, kiali_server

    by_operator = one.installationMode == "operator"
    plan = kiali_operator.objects if by_operator else kiali_server.objects
    skipped = one.operator.skipResources if by_operator else one.skipResources
    kinds = {kind for each in skipped for kind in SKIPPED[each]}
    found = [item for item in plan(mesh, one, backends or Backends()) if item["kind"] not in kinds]
    return patches.apply(mesh, in_scope(mesh, found))


def secret(mesh: MeshSettings, one: KialiSettings, drawn: OpaqueStr) -> list[dict[str, Any]]:
    """Return the Secret with the key of sessions; none where Kiali has no such key, or has it from elsewhere.

    :param drawn: a key of 32 bytes, for when the settings have none; a secret
    """
    key = signing_key(mesh, one) if one.enabled else None
    if key is None:
        return []
    found = signing_key_object(mesh, one, drawn if key == "" else key)
    return patches.apply(mesh, in_scope(mesh, [found]))


def draws(mesh: MeshSettings, one: KialiSettings) -> bool:
    """Return whether a key of sessions is to be drawn."""
    return one.enabled and signing_key(mesh, one) == ""
