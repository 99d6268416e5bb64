"""What sidecars know of the mesh."""

from __future__ import annotations

from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.istio_object import NETWORKING, istio_object, root_namespace
from mesh_components.settings import MeshSettings
from mesh_components.settings.traffic.sidecar_scope import SidecarScopeSettings


def steps(mesh: MeshSettings, one: SidecarScopeSettings) -> list[list[dict[str, Any]]]:
    """Return the Sidecar."""
    known = list(one.hosts) or ["./*", f"{mesh.istio_namespace}/*"]
    spec = {
        "workloadSelector": {"labels": dict(one.selector)} if one.selector else None,
        "egress": [{"hosts": known}] if one.egress is None else list(one.egress),
        "ingress": one.ingress,
        "outboundTrafficPolicy": one.outboundTrafficPolicy,
        "inboundConnectionPool": one.inboundConnectionPool,
    }
    namespace = one.namespace or root_namespace(mesh)
    return [patches.apply(mesh, [istio_object(mesh, one, NETWORKING, "Sidecar", one.name, namespace, spec)])]
