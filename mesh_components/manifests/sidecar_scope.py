"""What proxies know of the mesh, as Sidecar objects for whole namespaces.

A proxy that knows less needs less memory, and is sent less. istiod validates these objects, so they can be applied only
when the CRDs are there and its webhook answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.settings import MeshSettings

from . import patches
from .labels import revision

NAME = "default"
"""Istio's convention for the Sidecar that covers a whole namespace."""


def scope(settings: MeshSettings, namespace: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Sidecar with this ``spec`` for all workloads of ``namespace``."""
    labels = {"labels": revision(settings)} if settings.revision else {}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Sidecar",
        "metadata": {"name": NAME, "namespace": namespace, **labels},
        "spec": dict(spec),
    }


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return the Sidecar of the whole mesh, which stands in Istio's root namespace, if the settings have one."""
    if settings.sidecar is None:
        return []
    root = settings.meshConfig.get("rootNamespace") or settings.istio_namespace
    return patches.apply(settings, [scope(settings, root, settings.sidecar)])
