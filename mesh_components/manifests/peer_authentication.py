"""Which workloads accept what: mutual TLS as PeerAuthentication objects.

istiod validates them, so they can be applied only when the CRDs are there and its webhook answers.
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings
from mesh_components.settings.namespace import MtlsMode

from . import patches
from .labels import revision

NAME = "default"
"""Istio's convention for the policy that covers a whole namespace."""


def policy(settings: MeshSettings, namespace: str, mode: MtlsMode) -> dict[str, Any]:
    """Return the PeerAuthentication that sets the mutual TLS ``mode`` of ``namespace``."""
    labels = {"labels": revision(settings)} if settings.revision else {}
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": NAME, "namespace": namespace, **labels},
        "spec": {"mtls": {"mode": mode}},
    }


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return the policy of the whole mesh, which stands in Istio's root namespace, if the settings choose a mode."""
    if settings.mtls is None:
        return []
    root = settings.meshConfig.get("rootNamespace") or settings.istio_namespace
    return patches.apply(settings, [policy(settings, root, settings.mtls)])
