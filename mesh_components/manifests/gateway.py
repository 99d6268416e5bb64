"""Stub."""
from __future__ import annotations
from typing import Any
from mesh_components.settings import GatewaySettings, MeshSettings
def objects(settings: MeshSettings, gateway: GatewaySettings) -> list[dict[str, Any]]:
    """Stub."""
    return []
