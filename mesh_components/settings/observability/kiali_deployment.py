# ruff: noqa: RUF012 (pydantic copies defaults)
"""Kiali in Kubernetes: ``deployment`` of Kiali's own settings."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Annotations, Labels, LabelValue, Object, ObjectName, PriorityClass, Resources, ServiceName
from ..model import Settings
from ..opaque import OpaqueScalar, OpaqueStr
from .kiali_outdated import OF_DEPLOYMENT, Outdated

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Label of every namespace with its own name."""


class KialiAffinitySettings(Settings):
    """Which nodes Kiali's pods want, in Kubernetes' notation."""

    node: Object = {}
    """Node affinity."""
    pod: Object = {}
    """Affinity to other pods."""
    pod_anti: Object = {}
    """Aversion to other pods."""


class KialiEnvSettings(Settings):
    """An environment variable."""

    name: str
    """Its name."""
    value: OpaqueScalar
    """Its value."""


class KialiSecretMountSettings(Settings):
    """A Secret in Kiali's pods."""

    name: ObjectName
    """Name of the Secret, and of the volume."""
    mount: str
    """Folder in the pod."""
    optional: bool = False
    """Whether Kiali starts without it."""
    csi: Object | None = None
    """A CSI volume instead of the Secret, in Kubernetes' notation."""


class KialiRequirementSettings(Settings):
    """What one label has to be."""

    key: str
    """The label."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """How it is compared."""
    values: list[str] = []
    """With what, for ``In`` and ``NotIn``."""

    def matches(self, labels: Labels) -> bool:
        """Return whether labels are as required."""
        if self.operator in ("Exists", "DoesNotExist"):
            return (self.key in labels) == (self.operator == "Exists")
        if self.operator == "NotIn":
            return labels.get(self.key) not in self.values
        return self.key in labels and labels[self.key] in self.values


class KialiSelectorSettings(Settings):
    """Labels of namespaces, all of which they must have."""

    matchLabels: dict[str, str] = {}
    """Labels with their values."""
    matchExpressions: list[KialiRequirementSettings] = []
    """What else must hold of labels."""

    def matches(self, labels: Labels) -> bool:
        """Return whether a namespace with these labels is meant."""
        return all(labels.get(key) == value for key, value in self.matchLabels.items()) and all(
            one.matches(labels) for one in self.matchExpressions
        )

    @property
    def names(self) -> list[str] | None:
        """The namespaces that it names; None where it is about other labels, too."""
        required = [
            *([value] for key, value in self.matchLabels.items() if key == NAMESPACE_NAME),
            *(one.values for one in self.matchExpressions if one.key == NAMESPACE_NAME and one.operator == "In"),
        ]
        return required[0] if len(required) == len(self.matchLabels) + len(self.matchExpressions) == 1 else None

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not self.matchLabels and not self.matchExpressions:
            raise PydanticCustomError("incomplete", "says nothing; give matchLabels or matchExpressions")
        return self


class KialiDiscoverySettings(Settings):
    """Which namespaces Kiali shows."""

    default: list[KialiSelectorSettings] = []
    """Those that any of these selects; empty: all."""
    overrides: dict[str, list[KialiSelectorSettings]] = {}
    """The same by name of another cluster, instead of ``default``."""


class KialiDnsSettings(Settings):
    """DNS of Kiali's pods."""

    policy: str = ""
    """Kubernetes' `dnsPolicy`; empty: Kubernetes' default."""
    config: Object = {}
    """Kubernetes' `dnsConfig`."""


class KialiAutoscalerSettings(Settings):
    """An autoscaler."""

    api_version: str = "autoscaling/v2"
    """Version of its API."""
    spec: Object = {}
    """Its `spec` without `scaleTargetRef`; empty: there is none."""


class KialiBudgetSettings(Settings):
    """A disruption budget."""

    api_version: str = "policy/v1"
    """Version of its API."""
    spec: Object = {}
    """Its `spec` without `selector`; empty: there is none."""


class KialiIngressMetadataSettings(Settings):
    """Metadata of the Ingress."""

    annotations: Annotations = {}
    """Its annotations, instead of those that ingress-nginx reads."""


class KialiIngressOverrideSettings(Settings):
    """What the Ingress is like instead."""

    metadata: KialiIngressMetadataSettings = KialiIngressMetadataSettings.model_construct()
    """Its metadata."""
    spec: Object | None = None
    """Its whole `spec`."""


class KialiIngressSettings(Settings):
    """A way to Kiali from outside: an Ingress, or a Route on OpenShift."""

    enabled: bool | None = None
    """Whether there is one; unset: on OpenShift alone."""
    additional_labels: Labels = {}
    """Labels in addition."""
    class_name: str = "nginx"
    """Class of the Ingress; empty: the cluster's default."""
    override_yaml: KialiIngressOverrideSettings = KialiIngressOverrideSettings.model_construct()
    """What it is like instead."""


class KialiLoggerSettings(Settings):
    """Kiali's own log."""

    log_format: Literal["text", "json"] = "text"
    """How it is written."""
    log_level: Literal["trace", "debug", "info", "warn", "error", "fatal"] = "info"
    """What is written."""
    sampler_rate: str = "1"
    """One of how many equal messages within a second is written."""
    time_field_format: str = "2006-01-02T15:04:05Z07:00"
    """How times are written, as a layout of Go's."""


class KialiNetworkPolicySettings(Settings):
    """A network policy that lets requests in to Kiali's ports alone."""

    enabled: bool = True
    """Whether there is one."""


class KialiProbeSettings(Settings):
    """When Kubernetes asks how Kiali is."""

    initial_delay_seconds: Annotated[int, Field(ge=0)] = 5
    """First after this time."""
    period_seconds: Annotated[int, Field(ge=1)] = 30
    """And then this often."""


class KialiStartupProbeSettings(Settings):
    """When Kubernetes asks whether Kiali has started."""

    failure_threshold: Annotated[int, Field(ge=1)] = 6
    """How often in vain before it is started anew."""
    initial_delay_seconds: Annotated[int, Field(ge=0)] = 30
    """First after this time."""
    period_seconds: Annotated[int, Field(ge=1)] = 10
    """And then this often."""


class KialiProbesSettings(Settings):
    """When Kubernetes asks how Kiali is."""

    liveness: KialiProbeSettings = KialiProbeSettings.model_construct()
    """Whether it lives."""
    readiness: KialiProbeSettings = KialiProbeSettings.model_construct()
    """Whether it is ready."""
    startup: KialiStartupProbeSettings = KialiStartupProbeSettings.model_construct()
    """Whether it has started."""


class KialiTlsSettings(Settings):
    """TLS versions and ciphers."""

    source: Literal["auto", "config"] | None = None
    """Where they come from, OpenShift's profile or here; unset: the former there."""
    min_version: str = ""
    """Oldest version; empty: Kiali's default."""
    max_version: str = ""
    """Newest version; empty: Kiali's default."""
    cipher_suites: list[str] = []
    """Ciphers; empty: Kiali's default."""


class KialiDeploymentSettings(Outdated):
    """Kiali in Kubernetes."""

    instead = OF_DEPLOYMENT

    cluster_wide_access: bool = True
    """Whether Kiali may see all namespaces, with a ClusterRole; otherwise it gets a Role in each that
    ``discovery_selectors.default`` selects, in its own and in the control plane's."""
    discovery_selectors: KialiDiscoverySettings = KialiDiscoverySettings.model_construct()
    """Which namespaces Kiali shows. Without ``cluster_wide_access`` they are those that the mesh declares, and those
    that are named by the label ``kubernetes.io/metadata.name``."""
    view_only_mode: bool = False
    """Whether nobody changes anything through Kiali."""
    instance_name: ServiceName = "kiali"
    """Name of its objects."""
    image_name: OpaqueStr | None = None
    """Image without tag; unset: the published one."""
    image_version: OpaqueStr | None = None
    """Tag of the image; unset: the version."""
    image_digest: str = ""
    """``sha256``, where ``image_version`` is such a digest."""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When the image is pulled."""
    image_pull_secrets: list[ObjectName] | None = None
    """Secrets with credentials for the registry; unset: those of ``global.imagePullSecrets``."""
    version_label: LabelValue | None = None
    """Label with the version; unset: the version."""
    replicas: Annotated[int, Field(ge=0)] | None = None
    """Number of pods; unset: 1, or what the autoscaler says."""
    hpa: KialiAutoscalerSettings = KialiAutoscalerSettings.model_construct()
    """An autoscaler."""
    pod_disruption_budget: KialiBudgetSettings = KialiBudgetSettings.model_construct()
    """A disruption budget."""
    resources: Resources = Resources.model_construct(
        requests={"cpu": "10m", "memory": "64Mi"}, limits={"memory": "1Gi"}
    )
    """What Kiali asks for, and may use."""
    strategy: Object = {}
    """How pods are replaced; empty: one at a time."""
    ingress: KialiIngressSettings = KialiIngressSettings.model_construct()
    """A way to Kiali from outside."""
    network_policy: KialiNetworkPolicySettings = KialiNetworkPolicySettings.model_construct()
    """A network policy."""
    service_type: Literal["", "ClusterIP", "NodePort", "LoadBalancer"] = ""
    """Type of the Service; empty: ClusterIP."""
    service_annotations: Annotations = {}
    """Annotations of the Service."""
    additional_service_yaml: Object = {}
    """More of the Service's `spec`."""
    configmap_annotations: Annotations = {}
    """Annotations of the ConfigMap."""
    extra_labels: Labels = {}
    """Labels of every object in addition."""
    pod_labels: Labels = {"sidecar.istio.io/inject": "false"}
    """Labels of the pods in addition; by default they have no sidecar, as Istio's own addon."""
    pod_annotations: Annotations = {"proxy.istio.io/config": '{ "holdApplicationUntilProxyStarts": true }'}
    """Annotations of the pods in addition."""
    node_selector: dict[str, str] = {}
    """Labels of the nodes."""
    tolerations: list[Object] = []
    """Taints of nodes that are no obstacle."""
    affinity: KialiAffinitySettings = KialiAffinitySettings.model_construct()
    """Which nodes the pods want."""
    topology_spread_constraints: list[Object] = []
    """How pods spread."""
    priority_class_name: PriorityClass = ""
    """Priority class of the pods."""
    host_aliases: list[Object] = []
    """Lines of ``/etc/hosts``: `ip`, `hostnames`."""
    dns: KialiDnsSettings = KialiDnsSettings.model_construct()
    """DNS."""
    custom_envs: list[KialiEnvSettings] = []
    """Environment variables in addition."""
    custom_secrets: list[KialiSecretMountSettings] = []
    """Secrets to mount in addition."""
    secret_name: ObjectName = "kiali"
    """Secret with the OpenID client's secret, key ``oidc-secret``."""
    security_context: Object = {}
    """Security context of the container; empty: one that fits Pod Security's ``restricted``."""
    logger: KialiLoggerSettings = KialiLoggerSettings.model_construct()
    """Its own log."""
    probes: KialiProbesSettings = KialiProbesSettings.model_construct()
    """When Kubernetes asks how it is."""
    tls_config: KialiTlsSettings = KialiTlsSettings.model_construct()
    """TLS versions and ciphers."""
    additional_pod_containers_yaml: list[Object] = []
    """Containers beside Kiali's; they run restricted, and get no Secret to write to."""
    additional_pod_init_containers_yaml: list[Object] = []
    """Init containers, under the same conditions."""
    remote_cluster_resources_only: bool = False
    """Whether only an account and its rights are declared, by which a Kiali in another cluster sees this one."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.hpa.spec and self.replicas is not None:
            text = "an autoscaler (hpa.spec) decides how many pods there are; remove replicas, or hpa"
            raise PydanticCustomError("conflict", text)
        for place, spec, key in (
            ("hpa", self.hpa.spec, "scaleTargetRef"),
            ("pod_disruption_budget", self.pod_disruption_budget.spec, "selector"),
        ):
            if key in spec:
                text = "{place}.spec.{key} is Kiali's Deployment always; leave it out"
                raise PydanticCustomError("superfluous", text, {"place": place, "key": key})
        if self.image_digest and self.image_version is None:
            text = "image_digest is {digest}, so the digest itself must be given as image_version"
            raise PydanticCustomError("incomplete", text, {"digest": self.image_digest})
        if not self.cluster_wide_access and not self.discovery_selectors.default:
            text = (
                "cluster_wide_access is false, so discovery_selectors.default must say which namespaces Kiali may see; "
                "give some, or write cluster_wide_access: true"
            )
            raise PydanticCustomError("incomplete", text)
        return self
