"""An Istio service mesh as Pulumi components.

Names are loaded when they are used: the parts that need no Pulumi do not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .args import (
        CertificateAuthorityArgs,
        ControlPlaneArgs,
        GatewayArgs,
        MeshArgs,
        MeshNamespaceArgs,
        RevisionTagArgs,
    )
    from .base import Base
    from .certificate_authority import CertificateAuthority
    from .cni import Cni
    from .control_plane import ControlPlane
    from .declared import Declared, observe
    from .gateway import Gateway
    from .injection import SidecarInjection
    from .mesh import Mesh
    from .namespace import MeshNamespace
    from .outputs import MeshOutputs
    from .program import cluster_provider, configured_mesh
    from .revision_tag import RevisionTag
    from .ztunnel import Ztunnel

_MODULES = {
    "Base": "base",
    "CertificateAuthority": "certificate_authority",
    "CertificateAuthorityArgs": "args",
    "Cni": "cni",
    "ControlPlane": "control_plane",
    "ControlPlaneArgs": "args",
    "Declared": "declared",
    "Gateway": "gateway",
    "GatewayArgs": "args",
    "Mesh": "mesh",
    "MeshArgs": "args",
    "MeshNamespace": "namespace",
    "MeshNamespaceArgs": "args",
    "MeshOutputs": "outputs",
    "RevisionTag": "revision_tag",
    "RevisionTagArgs": "args",
    "SidecarInjection": "injection",
    "Ztunnel": "ztunnel",
    "cluster_provider": "program",
    "configured_mesh": "program",
    "observe": "declared",
}
"""The public names, and the modules that have them."""

__all__ = [
    "Base",
    "CertificateAuthority",
    "CertificateAuthorityArgs",
    "Cni",
    "ControlPlane",
    "ControlPlaneArgs",
    "Declared",
    "Gateway",
    "GatewayArgs",
    "Mesh",
    "MeshArgs",
    "MeshNamespace",
    "MeshNamespaceArgs",
    "MeshOutputs",
    "RevisionTag",
    "RevisionTagArgs",
    "SidecarInjection",
    "Ztunnel",
    "cluster_provider",
    "configured_mesh",
    "observe",
]


def __getattr__(name: str) -> Any:
    """Return a public name, loading its module (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
