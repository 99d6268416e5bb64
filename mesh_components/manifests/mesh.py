"""The whole mesh."""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from . import base, control_plane, gateway, namespace, patches, peer_authentication, sidecar_injection


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return every object of the mesh in the order in which they can be applied, the CA's Secret aside.

    Raises ``SettingsError`` when a patch means an object that is not planned.
    """
    found = [
        *base.objects(settings),
        *sidecar_injection.objects(settings),
        *control_plane.objects(settings),
        *(item for one in settings.all_gateways for item in gateway.objects(settings, one)),
        *(item for one in settings.namespaces for item in namespace.objects(settings, one)),
        *peer_authentication.objects(settings),
    ]
    patches.check(settings, found)
    # A gateway may stand in one of the mesh's own namespaces.
    return sorted(found, key=lambda item: bool(item["kind"] != "Namespace"))
