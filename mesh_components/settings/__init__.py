"""Typed, validated settings: Istio's own names, its profiles as data, and what differs between its versions as data.

``load`` turns what a user wrote into ``MeshSettings``, or raises one ``SettingsError`` that names every problem.
"""

from ..versions import DEFAULT_VERSION, VERSIONS, Version
from .base import BaseSettings
from .certificate_authority import CertificateAuthoritySettings
from .gateway import EgressGatewaySettings, GatewayPort, GatewaySettings, IngressGatewaySettings
from .global_settings import GlobalSettings
from .injection import SidecarInjectorSettings
from .load import load, load_part
from .mesh import MeshSettings
from .model import Settings
from .namespace import NamespaceSettings
from .opaque import Opaque, OpaqueStr, has_opaque, is_opaque
from .patch import PatchSettings, PatchTarget
from .pilot import PilotSettings
from .problems import Problem, SettingsError
from .profiles import DEFAULT_PROFILE, PROFILES
from .telemetry import TelemetrySettings

__all__ = [
    "DEFAULT_PROFILE",
    "DEFAULT_VERSION",
    "PROFILES",
    "VERSIONS",
    "BaseSettings",
    "CertificateAuthoritySettings",
    "EgressGatewaySettings",
    "GatewayPort",
    "GatewaySettings",
    "GlobalSettings",
    "IngressGatewaySettings",
    "MeshSettings",
    "NamespaceSettings",
    "Opaque",
    "OpaqueStr",
    "PatchSettings",
    "PatchTarget",
    "PilotSettings",
    "Problem",
    "Settings",
    "SettingsError",
    "SidecarInjectorSettings",
    "TelemetrySettings",
    "Version",
    "has_opaque",
    "is_opaque",
    "load",
    "load_part",
]
