"""Namespaces that take part in the mesh."""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings, NamespaceSettings
from mesh_components.settings.namespace import INJECTION_LABEL, REVISION_LABEL

from . import patches, peer_authentication


def objects(settings: MeshSettings, namespace: NamespaceSettings) -> list[dict[str, Any]]:
    """Return the Namespace, unless it exists already, and its mutual TLS policy, if it has one of its own."""
    found = []
    if namespace.create:
        found.append(_namespace(namespace))
    if namespace.mtls is not None:
        found.append(peer_authentication.policy(settings, namespace.name, namespace.mtls))
    return patches.apply(settings, found)


def _namespace(namespace: NamespaceSettings) -> dict[str, Any]:
    chosen = {INJECTION_LABEL: namespace.injection, REVISION_LABEL: namespace.revision}
    labels = {**namespace.labels, **{key: value for key, value in chosen.items() if value is not None}}
    metadata: dict[str, Any] = {"name": namespace.name}
    if labels:
        metadata["labels"] = labels
    if namespace.annotations:
        metadata["annotations"] = dict(namespace.annotations)
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
