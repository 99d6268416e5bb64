"""Which namespaces Kiali may see."""

from __future__ import annotations

from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.kiali import KialiSettings
from mesh_components.settings.observability.kiali_scope import selected

from .kiali_names import namespace

ALL = "**"
"""All namespaces, for a Kiali that reads a list of them."""


def accessible(mesh: MeshSettings, one: KialiSettings) -> list[str]:
    """Return the namespaces that Kiali gets a Role in: its own, the control plane's, and those that are selected."""
    chosen = one.deployment.discovery_selectors.default
    names = {name for selector in chosen for name in selected(selector, mesh.namespaces)}
    return sorted({namespace(mesh, one), mesh.istio_namespace, *names})


def listed(mesh: MeshSettings, one: KialiSettings) -> list[str]:
    """Return the namespaces for a Kiali that reads a list of them."""
    return [ALL] if one.deployment.cluster_wide_access else accessible(mesh, one)
