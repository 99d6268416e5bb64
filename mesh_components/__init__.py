"""An Istio service mesh as Pulumi components."""

from .args import CertificateAuthorityArgs, ControlPlaneArgs, GatewayArgs, MeshArgs, MeshNamespaceArgs
from .base import Base
from .certificate_authority import CertificateAuthority
from .control_plane import ControlPlane
from .declared import Declared, observe
from .gateway import Gateway
from .injection import SidecarInjection
from .mesh import Mesh
from .namespace import MeshNamespace
from .program import cluster_provider, configured_mesh

__all__ = [
    "Base",
    "CertificateAuthority",
    "CertificateAuthorityArgs",
    "ControlPlane",
    "ControlPlaneArgs",
    "Declared",
    "Gateway",
    "GatewayArgs",
    "Mesh",
    "MeshArgs",
    "MeshNamespace",
    "MeshNamespaceArgs",
    "SidecarInjection",
    "cluster_provider",
    "configured_mesh",
    "observe",
]
