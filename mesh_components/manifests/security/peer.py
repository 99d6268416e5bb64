"""Mutual TLS that workloads ask for."""

from __future__ import annotations

from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.istio_object import SECURITY, istio_object, root_namespace
from mesh_components.settings import MeshSettings
from mesh_components.settings.security.peer import PeerAuthenticationSettings


def steps(mesh: MeshSettings, one: PeerAuthenticationSettings) -> list[list[dict[str, Any]]]:
    """Return the PeerAuthentication."""
    spec = {
        "selector": {"matchLabels": dict(one.selector)} if one.selector else None,
        "mtls": None if one.mode is None else {"mode": one.mode},
        "portLevelMtls": {port: {"mode": mode} for port, mode in one.portLevelMtls.items()},
    }
    namespace = one.namespace or root_namespace(mesh)
    return [patches.apply(mesh, [istio_object(mesh, one, SECURITY, "PeerAuthentication", one.name, namespace, spec)])]
