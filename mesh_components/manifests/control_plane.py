"""Stub."""
from __future__ import annotations
from typing import Any
from mesh_components.settings import MeshSettings
def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Stub."""
    return []
