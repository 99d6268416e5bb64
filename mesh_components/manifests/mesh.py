"""The whole mesh."""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from . import (
    base,
    cni,
    control_plane,
    gateway,
    namespace,
    patches,
    peer_authentication,
    revision_tag,
    sidecar_injection,
    sidecar_scope,
    ztunnel,
)
from .observability import addons


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return every object of the mesh in the order in which they can be applied, the Secrets with keys aside.

    Raises ``SettingsError`` when a patch means an object that is not planned.
    """
    parts = settings.components
    found = [
        *(base.objects(settings) if parts.base.enabled else ()),
        *(sidecar_injection.objects(settings) if parts.pilot.enabled else ()),
        *(control_plane.objects(settings) if parts.pilot.enabled else ()),
        *(cni.objects(settings) if parts.cni.enabled else ()),
        *(ztunnel.objects(settings) if parts.ztunnel.enabled else ()),
        *(item for tag in settings.revisionTags for item in revision_tag.objects(settings, tag)),
        *(item for one in settings.all_gateways for item in gateway.objects(settings, one)),
        *(item for one in settings.namespaces for item in namespace.objects(settings, one)),
        *peer_authentication.objects(settings),
        *sidecar_scope.objects(settings),
        *addons.telemetry(settings),
        *addons.objects(settings),
    ]
    patches.check(settings, found)
    # A gateway may stand in one of the mesh's own namespaces.
    return sorted(found, key=lambda item: bool(item["kind"] != "Namespace"))
