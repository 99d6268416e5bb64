"""Stub."""
from __future__ import annotations
from typing import Any
from mesh_components.settings import MeshSettings, NamespaceSettings
def objects(settings: MeshSettings, namespace: NamespaceSettings) -> list[dict[str, Any]]:
    """Stub."""
    return []
