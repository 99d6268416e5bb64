"""Namespaces that take part in the mesh."""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings, NamespaceSettings
from mesh_components.settings.namespace import INJECTION_LABEL, REVISION_LABEL

from . import patches, peer_authentication, registry, sidecar_scope


def objects(settings: MeshSettings, namespace: NamespaceSettings) -> list[dict[str, Any]]:
    """Return the Namespace, unless it exists already, and what it has of its own: credentials, and Istio's policies."""
    found = []
    if namespace.create:
        found.append(_namespace(namespace))
    found += registry.secrets(settings, namespace.name, _pull_secrets(settings, namespace))
    if namespace.mtls is not None:
        found.append(peer_authentication.policy(settings, namespace.name, namespace.mtls))
    if namespace.sidecar is not None:
        found.append(sidecar_scope.scope(settings, namespace.name, namespace.sidecar))
    return patches.apply(settings, found)


def _pull_secrets(settings: MeshSettings, namespace: NamespaceSettings) -> list[str]:
    """Return the Secrets to declare; the control plane's namespace has those of ``global`` already."""
    taken = settings.global_.imagePullSecrets if namespace.name == settings.istio_namespace else []
    return [name for name in namespace.imagePullSecrets if name not in taken]


def _namespace(namespace: NamespaceSettings) -> dict[str, Any]:
    chosen = {INJECTION_LABEL: namespace.injection, REVISION_LABEL: namespace.revision}
    levels = namespace.podSecurity.labels()
    labels = {**namespace.labels, **levels, **{key: value for key, value in chosen.items() if value is not None}}
    metadata: dict[str, Any] = {"name": namespace.name}
    if labels:
        metadata["labels"] = labels
    if namespace.annotations:
        metadata["annotations"] = dict(namespace.annotations)
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
