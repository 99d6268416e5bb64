# ruff: noqa: RUF012 (pydantic copies defaults)
"""Istio's ``global`` values: what every part of the mesh shares.

Names, types and defaults are those of the ``global`` section of the istiod, base and gateway charts' values at 1.31
(``manifests/charts/*/values.yaml``) and of ``operator/pkg/apis/values_types.proto``.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .kubernetes import (
    IpFamilies,
    IpFamilyPolicy,
    Labels,
    LabelValue,
    Name,
    Object,
    ObjectName,
    PriorityClass,
    Resources,
)
from .model import Settings
from .opaque import OpaqueStr
from .profiles import PlatformName

PullPolicy = Literal["", "Always", "IfNotPresent", "Never"]
"""When an image is pulled; empty leaves it to Kubernetes."""


class LoggingSettings(Settings):
    """How verbose Istio's own Go components are."""

    level: str = "default:info"
    """Comma-separated ``scope:level``."""


class EnabledSettings(Settings):
    """A feature with one switch, off by default."""

    enabled: bool = False
    """Whether it is on."""


class PodDisruptionBudgetDefaults(Settings):
    """Whether budgets are declared at all."""

    enabled: bool = True
    """On: a budget for every part that runs two or more replicas."""


class StartupProbe(Settings):
    """The sidecar's startup probe."""

    enabled: bool = True
    """Whether pods wait for the proxy this way."""
    failureThreshold: int = Field(default=600, ge=1)
    """Failed probes, one a second, before the proxy is restarted."""


class ProxySettings(Settings):
    """Defaults of every proxy: sidecars and gateways."""

    autoInject: Literal["enabled", "disabled"] = "enabled"
    """The injector's policy for pods in namespaces that take part."""
    clusterDomain: str = "cluster.local"
    """DNS domain of the cluster."""
    componentLogLevel: str = "misc:error"
    """Envoy's comma-separated ``component:level``."""
    excludeInboundPorts: str = ""
    """Inbound ports that bypass the proxy, comma-separated."""
    excludeIPRanges: str = ""
    """Outbound CIDRs that bypass the proxy, comma-separated."""
    excludeOutboundPorts: str = ""
    """Outbound ports that bypass the proxy, comma-separated."""
    image: OpaqueStr = "proxyv2"
    """Image name, or a whole reference when it holds a slash."""
    includeInboundPorts: str = "*"
    """Inbound ports that pass the proxy, comma-separated; ``*`` is all."""
    includeIPRanges: str = "*"
    """Outbound CIDRs that pass the proxy, comma-separated; ``*`` is all."""
    includeOutboundPorts: str = ""
    """Outbound ports that pass the proxy whatever their address."""
    lifecycle: Object | None = None
    """Kubernetes lifecycle handlers of the proxy container; unset: none."""
    logLevel: str = "warning"
    """Envoy's log level."""
    outlierLogPath: str = ""
    """File for Envoy's outlier events."""
    privileged: bool = False
    """Whether the proxy container is privileged."""
    readinessFailureThreshold: int = Field(default=4, ge=0)
    """Failed readiness probes before a pod counts as not ready."""
    readinessInitialDelaySeconds: int = Field(default=0, ge=0)
    """Seconds before the first readiness probe."""
    readinessPeriodSeconds: int = Field(default=15, ge=0)
    """Seconds between readiness probes."""
    resources: Resources = Resources.model_construct(
        requests={"cpu": "100m", "memory": "128Mi"}, limits={"cpu": "2000m", "memory": "1024Mi"}
    )
    """The proxy container's resources."""
    seccompProfile: Object = {}
    """Seccomp profile of the proxy container."""
    startupProbe: StartupProbe = StartupProbe.model_construct()
    """The proxy's startup probe."""
    statusPort: int = Field(default=15020, ge=0, le=65535)
    """Port of the agent's health checks; 0 is off."""
    tracer: Literal["none", "zipkin", "lightstep", "datadog", "stackdriver", "openCensusAgent"] = "none"
    """Tracing backend in the proxies' default configuration."""
    variant: str | None = None
    """Image flavour of the proxies alone, such as ``distroless``; unset: ``global.variant``."""
    holdApplicationUntilProxyStarts: bool | None = None
    """Whether applications wait for the proxy; unset: decided by meshConfig."""


class ProxyInitSettings(Settings):
    """The init container that redirects a pod's traffic."""

    image: OpaqueStr = "proxyv2"
    """Image name, or a whole reference when it holds a slash."""
    forceApplyIptables: bool = False
    """Whether rules are written again where they exist already."""
    resources: Resources | None = None
    """The init container's resources; unset: the proxy's."""


class MultiClusterSettings(Settings):
    """This cluster within a multi-cluster mesh."""

    clusterName: str = ""
    """Name of this cluster; empty means ``Kubernetes``."""
    enabled: bool | None = None
    """Whether the mesh spans clusters; unset: no."""


class WaypointSettings(Settings):
    """Defaults of waypoint and other Gateway API proxies that istiod creates."""

    resources: Resources = Resources.model_construct(
        requests={"cpu": "100m", "memory": "128Mi"}, limits={"cpu": "2", "memory": "1Gi"}
    )
    """Resources of the proxy."""
    affinity: Object = {}
    """Kubernetes affinity."""
    topologySpreadConstraints: list[Object] = []
    """Kubernetes topology spread constraints."""
    nodeSelector: Labels = {}
    """Labels that a node must have."""
    tolerations: list[Object] = []
    """Kubernetes tolerations."""


class StsSettings(Settings):
    """The security token service that a proxy may run."""

    servicePort: int = Field(default=0, ge=0, le=65535)
    """Its port; 0 is off."""


class TokenSettings(Settings):
    """The service account token by which a proxy proves who it is."""

    aud: str = "istio-ca"
    """Audience of the token."""


class SdsSettings(Settings):
    """Secret discovery."""

    token: TokenSettings = TokenSettings.model_construct()
    """The token that proxies present."""


class IstiodSettings(Settings):
    """Switches of istiod kept under ``global``."""

    enableAnalysis: bool = False
    """Whether istiod writes analysis messages into the status of Istio objects."""


class ReaderServiceAccount(Settings):
    """An account of the user's that reads this cluster, instead of ``istio-reader-service-account``."""

    name: ObjectName
    """Its name."""
    namespace: Name
    """Its namespace."""


class GlobalSettings(Settings):
    """Istio's ``global`` values."""

    caAddress: OpaqueStr = ""
    """Address of the CA that signs workload certificates; empty: istiod."""
    caName: str = ""
    """Kind of an external CA that proxies speak to; empty: Istio's protocol."""
    certSigners: list[str] = []
    """Kubernetes signers that istiod may approve for."""
    configCluster: bool = False
    """Whether a remote istiod takes its configuration from this cluster."""
    configValidation: bool = True
    """Whether istiod validates Istio objects as they are written."""
    defaultNodeSelector: Labels | None = None
    """Node labels that gateways without a ``nodeSelector`` ask for."""
    defaultPodDisruptionBudget: PodDisruptionBudgetDefaults = PodDisruptionBudgetDefaults.model_construct()
    """Whether disruption budgets are declared."""
    defaultResources: Resources = Resources.model_construct(requests={"cpu": "10m"})
    """Resources of parts that set none."""
    defaultTolerations: list[Object] | None = None
    """Tolerations of gateways that set none."""
    enableReaderRBAC: bool | None = None
    """Whether the account for reading this cluster from others is declared; unset: yes."""
    externalIstiod: bool = False
    """Whether istiod serves other clusters."""
    hub: OpaqueStr = ""
    """Registry and folder of the images; empty: where the version is published."""
    imagePullPolicy: PullPolicy = ""
    """When images are pulled."""
    imagePullSecrets: list[ObjectName] = []
    """Names of Secrets that hold registry credentials."""
    ipFamilies: IpFamilies | None = None
    """IP families of the Service for an istiod in another cluster; unset leaves it to Kubernetes."""
    ipFamilyPolicy: IpFamilyPolicy | None = None
    """IP family policy of that Service; unset leaves it to Kubernetes."""
    istioNamespace: Name = "istio-system"
    """Namespace of the control plane."""
    istiod: IstiodSettings = IstiodSettings.model_construct()
    """Switches of istiod."""
    logAsJson: bool = False
    """Whether Istio's components log JSON."""
    logging: LoggingSettings = LoggingSettings.model_construct()
    """Log levels."""
    meshID: str = ""
    """Name of the mesh; empty: its trust domain."""
    meshNetworks: dict[str, Any] = {}
    """Istio's MeshNetworks by name: how the networks of a multi-network mesh reach each other."""
    mountMtlsCerts: bool = False
    """Whether certificates in files are mounted into proxies."""
    multiCluster: MultiClusterSettings = MultiClusterSettings.model_construct()
    """This cluster's place in a multi-cluster mesh."""
    nativeNftables: bool = False
    """Whether nftables redirect traffic instead of iptables."""
    network: LabelValue = ""
    """Network of this cluster's workloads."""
    networkPolicy: EnabledSettings = EnabledSettings.model_construct()
    """Whether NetworkPolicies for istiod and the gateways are declared."""
    omitSidecarInjectorConfigMap: bool = False
    """Whether the injector's ConfigMap is left out, which turns injection off."""
    operatorManageWebhooks: bool = False
    """Whether somebody else manages the mutating webhook, which is then left out."""
    pilotCertProvider: str = "istiod"
    """Who signs istiod's own certificate."""
    platform: PlatformName | None = None
    """The platform underneath, as proxies and istiod are told; unset: none in particular."""
    podDNSSearchNamespaces: list[str] | None = None
    """DNS search domains that injected pods get in addition."""
    priorityClassName: PriorityClass = ""
    """Priority class of istiod and the gateways."""
    proxy: ProxySettings = ProxySettings.model_construct()
    """Defaults of every proxy."""
    proxy_init: ProxyInitSettings = ProxyInitSettings.model_construct()
    """The init container that redirects traffic."""
    readerServiceAccount: ReaderServiceAccount | None = None
    """An account of the user's that reads this cluster; unset: one is declared."""
    remotePilotAddress: OpaqueStr = ""
    """Address of an istiod in another cluster."""
    resourceScope: Literal["all", "cluster", "namespace"] = "all"
    """Which objects are declared: all, the cluster-wide ones, or those in a namespace."""
    sds: SdsSettings = SdsSettings.model_construct()
    """Secret discovery."""
    sts: StsSettings = StsSettings.model_construct()
    """Security token service."""
    tag: OpaqueStr = ""
    """Image tag; empty: the version."""
    tracer: Object | None = None
    """Addresses of tracing backends, by backend, for ``proxy.tracer``."""
    trustBundleName: ObjectName | None = None
    """ConfigMap that holds the root certificate; unset: ``istio-ca-root-cert``."""
    variant: str = ""
    """Image flavour, such as ``distroless`` or ``debug``."""
    waypoint: WaypointSettings = WaypointSettings.model_construct()
    """Defaults of Gateway API proxies."""
