"""Arguments of the components, as a program writes them: plain dictionaries in Istio's own spelling.

These types are for editors, type checkers and Pulumi's schema inference. What they may hold is checked by
`mesh_components.settings`, where every key is documented with its default; a test keeps the two equal.
"""

from typing import Any, NotRequired, TypedDict

_Global = TypedDict("_Global", {"global": NotRequired[dict[str, Any]]})


class ControlPlaneArgs(_Global, total=False):
    """What the parts of a control plane are planned from. See `mesh_components.settings.MeshSettings`."""

    version: str
    """Version of Istio."""
    profile: str
    """Istio's installation profile, under all other keys."""
    compatibilityVersion: str
    """Older minor version of Istio whose behaviour is kept."""
    revision: str
    """Revision of the control plane; empty: none."""
    revisionTags: list[Any]
    """Tags of revisions: names, or `name` and `revision`."""
    defaultRevision: str
    """Empty: what names no revision is not this control plane's."""
    components: dict[str, Any]
    """Which parts are declared: `base`, `pilot`, `cni` and `ztunnel`, each `enabled` or not, the last two with their
    `namespace`."""
    createNamespace: bool
    """Whether the control plane's Namespace is declared."""
    mtls: str
    """Mutual TLS of the whole mesh: STRICT, PERMISSIVE or DISABLE."""
    podSecurity: dict[str, Any]
    """Pod Security levels of the control plane's namespace: `enforce`, `warn`, `audit`, `version`."""
    pullSecrets: list[dict[str, Any]]
    """Registry credentials: `name`, `dockerConfigJson`."""
    sidecar: dict[str, Any]
    """`spec` of Istio's Sidecar for the whole mesh."""
    gatewayAPI: dict[str, Any]
    """The Gateway API's definitions: `enabled`, `channel`, `existing`, `leave`."""
    base: dict[str, Any]
    """Istio's `base` values."""
    pilot: dict[str, Any]
    """Istio's `pilot` values."""
    cni: dict[str, Any]
    """Istio's `cni` values: the CNI plugin and its agent on each node."""
    ztunnel: dict[str, Any]
    """Istio's `ztunnel` values: the proxy of ambient pods on each node."""
    istiodRemote: dict[str, Any]
    """Istio's `istiodRemote` values: an istiod in another cluster."""
    experimental: dict[str, Any]
    """Istio's `experimental` values."""
    gatewayClasses: dict[str, Any]
    """What istiod puts over the objects that it makes for Gateways, by class and kind."""
    meshConfig: dict[str, Any]
    """Istio's MeshConfig."""
    sidecarInjectorWebhook: dict[str, Any]
    """Istio's `sidecarInjectorWebhook` values."""
    telemetry: dict[str, Any]
    """Istio's `telemetry` values."""
    gateways: dict[str, Any]
    """Istio's `gateways` values: defaults for proxies made by the Gateway API."""
    patches: list[dict[str, Any]]
    """Changes to planned objects that no setting reaches."""


class MeshArgs(ControlPlaneArgs, total=False):
    """A whole mesh."""

    protect: bool
    """Whether Pulumi refuses to delete what the mesh declares."""
    analysis: str
    """What errors that analysis finds do to a preview: enforce, warn or off."""
    suppressions: list[dict[str, Any]]
    """Findings not to report: `code`, `resource`, `reason`."""
    ingressGateways: list[dict[str, Any]]
    """Gateways through which traffic enters."""
    egressGateways: list[dict[str, Any]]
    """Gateways through which traffic leaves."""
    certificateAuthority: dict[str, Any]
    """Who signs the mesh's certificates."""
    namespaces: list[dict[str, Any]]
    """Namespaces that take part."""
    addons: dict[str, Any]
    """What shows people the mesh: `prometheus`, `grafana`, `jaeger`, `kiali`, each `enabled` or not."""


class CertificateAuthorityArgs(TypedDict, total=False):
    """A CA for istiod. See `mesh_components.settings.CertificateAuthoritySettings`."""

    mesh: ControlPlaneArgs
    """The mesh it is for: its namespace counts."""
    authority: dict[str, Any]
    """`mode` (declared or provided), names, key algorithm, validity, or PEMs of one's own."""


class GatewayArgs(TypedDict):
    """One gateway. See `mesh_components.settings.GatewaySettings`."""

    direction: str
    """`ingress` or `egress`."""
    gateway: dict[str, Any]
    """Its settings; `name` is required."""
    mesh: NotRequired[ControlPlaneArgs]
    """The mesh it belongs to: version, revision and the global proxy settings count."""


class RevisionTagArgs(TypedDict):
    """One tag of a revision. See `mesh_components.settings.revision.RevisionTagSettings`."""

    tag: str
    """Its name; `default`: whoever names no revision."""
    mesh: NotRequired[ControlPlaneArgs]
    """The control plane that it stands for: `revision`, version, namespace and injection settings count."""


class MeshNamespaceArgs(TypedDict):
    """One namespace that takes part in a mesh. See `mesh_components.settings.NamespaceSettings`."""

    namespace: dict[str, Any]
    """`name`, `injection` or `revision`, `mtls`, labels, annotations."""
    mesh: NotRequired[ControlPlaneArgs]
    """The mesh it takes part in."""
