# ruff: noqa: RUF012 (pydantic copies defaults)
"""Everything that describes a mesh."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..versions import DEFAULT_VERSION, VERSIONS, Version
from . import consistency
from .analysis import AnalysisMode, SuppressionSettings
from .base import BaseSettings
from .certificate_authority import CertificateAuthoritySettings
from .cni import CniSettings
from .components import ComponentsSettings
from .experimental import ExperimentalSettings
from .gateway import EgressGatewaySettings, GatewaySettings, IngressGatewaySettings
from .gateway_api import GatewayAPISettings
from .global_settings import GlobalSettings
from .injection import SidecarInjectorSettings
from .kubernetes import Object, ObjectName
from .mesh_config import MeshConfig
from .model import Settings
from .namespace import MtlsMode, NamespaceSettings
from .observability.addons import AddonsSettings
from .opaque import OpaqueStr
from .patch import PatchSettings
from .pilot import PilotSettings
from .pod_security import PodSecuritySettings
from .profiles import DEFAULT_PROFILE, ProfileName
from .pull_secret import PullSecretSettings
from .remote import IstiodRemoteSettings
from .revision import DEFAULT_TAG, RevisionName, RevisionTag, RevisionTagSettings
from .sidecar import SidecarSpec
from .telemetry import TelemetrySettings
from .version_name import VersionName
from .ztunnel import ZtunnelSettings


class GatewayDefaults(Settings):
    """Istio's ``gateways`` values for the Gateway API proxies that istiod creates."""

    securityContext: Object = {}
    """Their pod security context."""
    seccompProfile: Object = {}
    """Their seccomp profile."""


class MeshSettings(Settings):
    """A mesh: which Istio, how it is set up, its gateways and namespaces.

    Made by ``load``, which puts the user's values over the profile's. Keys that Istio has are spelled as in Istio's
    values.yaml; ``global`` is the attribute ``global_``, because Python keeps that word.
    """

    version: VersionName = DEFAULT_VERSION
    """Version of Istio."""
    profile: ProfileName = DEFAULT_PROFILE
    """Istio's installation profile: the values that the user's are put over."""
    compatibilityVersion: str = ""
    """Older minor version, such as "1.29", whose behaviour is kept where it was changed since; empty: none."""
    revision: RevisionName = ""
    """Revision of the control plane, part of the names of its objects; empty: none."""
    revisionTags: list[RevisionTag] = []
    """Tags of revisions: names, or ``name`` and ``revision``."""
    defaultRevision: Literal["", "default"] | None = None
    """Whether a control plane without a revision takes what names none. Empty: no, the tag ``default``, declared
    elsewhere, gives it to another one."""
    components: ComponentsSettings = ComponentsSettings.model_construct()
    """Which parts are declared."""
    createNamespace: bool = True
    """Whether the control plane's Namespace is declared."""
    mtls: MtlsMode | None = None
    """Mutual TLS of the whole mesh; unset: Istio's PERMISSIVE, without a PeerAuthentication."""
    podSecurity: PodSecuritySettings = PodSecuritySettings.model_construct()
    """Pod Security levels of the control plane's namespace."""
    pullSecrets: list[PullSecretSettings] = []
    """Registry credentials to declare where ``imagePullSecrets`` name them."""
    sidecar: SidecarSpec | None = None
    """``spec`` of Istio's Sidecar for the whole mesh: what proxies know of it; unset: everything."""
    protect: bool = False
    """Whether Pulumi refuses to delete what cannot be made again."""
    analysis: AnalysisMode = "enforce"
    """What errors that analysis finds in the plan do to a preview."""
    suppressions: list[SuppressionSettings] = []
    """Findings not to report."""
    gatewayAPI: GatewayAPISettings = GatewayAPISettings.model_construct()
    """The Gateway API's definitions."""
    base: BaseSettings = BaseSettings.model_construct()
    """What all revisions share."""
    global_: GlobalSettings = Field(default=GlobalSettings.model_construct(), alias="global")
    """What every part shares."""
    pilot: PilotSettings = PilotSettings.model_construct()
    """istiod."""
    meshConfig: MeshConfig = {"enablePrometheusMerge": True}
    """Istio's MeshConfig, passed through whole."""
    sidecarInjectorWebhook: SidecarInjectorSettings = SidecarInjectorSettings.model_construct()
    """Sidecar injection."""
    telemetry: TelemetrySettings = TelemetrySettings.model_construct()
    """Default providers of metrics and logs."""
    cni: CniSettings = CniSettings.model_construct()
    """The CNI plugin and its agent on each node, where ``components.cni`` is on."""
    ztunnel: ZtunnelSettings = ZtunnelSettings.model_construct()
    """The proxy of ambient pods, where ``components.ztunnel`` is on."""
    istiodRemote: IstiodRemoteSettings = IstiodRemoteSettings.model_construct()
    """An istiod in another cluster."""
    experimental: ExperimentalSettings = ExperimentalSettings.model_construct()
    """Istio's ``experimental`` values."""
    gatewayClasses: dict[ObjectName, dict[str, Object]] = {}
    """What istiod puts over the objects that it makes for Gateways, by class and kind, such as ``deployment``."""
    gateways: GatewayDefaults = GatewayDefaults.model_construct()
    """Defaults of Gateway API proxies."""
    ingressGateways: list[IngressGatewaySettings] = []
    """Gateways through which traffic enters."""
    egressGateways: list[EgressGatewaySettings] = []
    """Gateways through which traffic leaves."""
    certificateAuthority: CertificateAuthoritySettings = CertificateAuthoritySettings.model_construct()
    """Who signs the mesh's certificates."""
    namespaces: list[NamespaceSettings] = []
    """Namespaces that take part."""
    addons: AddonsSettings = AddonsSettings.model_construct()
    """What shows people the mesh: Prometheus, Grafana, Jaeger, Kiali."""
    patches: list[PatchSettings] = []
    """Changes to planned objects."""

    @property
    def istio(self) -> Version:
        """What is special about this version of Istio."""
        return VERSIONS[self.version]

    @property
    def hub(self) -> OpaqueStr:
        """Registry of the images: ``global.hub``, or where the version is published."""
        return self.global_.hub or self.istio.hub

    @property
    def tag(self) -> OpaqueStr:
        """Tag of the images: ``global.tag``, or the version."""
        return self.global_.tag or self.version

    @property
    def istio_namespace(self) -> str:
        """Namespace of the control plane."""
        return self.global_.istioNamespace

    @property
    def all_gateways(self) -> list[GatewaySettings]:
        """Ingress gateways, then egress gateways."""
        return [*self.ingressGateways, *self.egressGateways]

    def gateway_namespace(self, gateway: GatewaySettings) -> str:
        """Return the namespace of ``gateway``."""
        return gateway.namespace or self.istio_namespace

    @property
    def cni_namespace(self) -> str:
        """Namespace of the CNI plugin's agent."""
        return self.components.cni.namespace or self.istio_namespace

    @property
    def ztunnel_namespace(self) -> str:
        """Namespace of ztunnel."""
        return self.components.ztunnel.namespace or self.istio_namespace

    @property
    def istiod_runs_here(self) -> bool:
        """Whether istiod itself is in this cluster."""
        return not self.istiodRemote.enabled or self.istiodRemote.enabledLocalInjectorIstiod

    @property
    def configured_here(self) -> bool:
        """Whether an istiod, here or elsewhere, takes Istio's objects from this cluster."""
        return self.istiod_runs_here or self.global_.configCluster

    def suffixed(self, name: str) -> str:
        """Return ``name`` as it is called in this revision: with ``-<revision>``, if there is one."""
        return f"{name}-{self.revision}" if self.revision else name

    def tagged(self, tag: RevisionTagSettings) -> MeshSettings:
        """Return the settings of the revision that a tag stands for, as far as its own objects go."""
        revision = self.revision if tag.revision is None else tag.revision
        return self.model_copy(update={"revision": "" if revision == DEFAULT_TAG else revision})

    @property
    def other_revisions(self) -> frozenset[str]:
        """The revisions that tags stand for and other stacks have, as the label ``istio.io/rev`` names them."""
        named = {self.tagged(tag).revision or DEFAULT_TAG for tag in self.revisionTags}
        own = {self.revision or DEFAULT_TAG} if self.components.pilot.enabled else set()
        return frozenset(named - own)

    @property
    def default_is_elsewhere(self) -> bool:
        """Whether a tag says who takes what names no revision, instead of the control plane without one."""
        tagged = any(tag.name == DEFAULT_TAG for tag in self.revisionTags)
        return bool(self.revision) or tagged or self.defaultRevision == ""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if problems := list(consistency.problems(self.data())):
            raise PydanticCustomError(
                "problems", "{text}", {"text": "\n".join(map(str, problems)), "problems": problems}
            )
        return self
