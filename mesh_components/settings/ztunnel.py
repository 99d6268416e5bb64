# ruff: noqa: RUF012 (pydantic copies defaults)
"""Istio's ``ztunnel`` values: the proxy on each node that ambient pods' traffic goes through.

Names, types and defaults are those of the ztunnel chart's values at 1.31 (``manifests/charts/ztunnel/values.yaml``);
``components.ztunnel`` says whether there is one, and where. The chart takes ``global`` values of the same name where it
has none of its own; so is what is unset here.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .kubernetes import Annotations, Labels, Name, Object, ObjectName, Resources
from .model import Settings
from .nodes import EVERY_NODE, ResourceQuotaSettings, RollingUpdate, SeLinuxOptions, UpdateStrategy
from .opaque import OpaqueStr
from .pilot import Environment


class RevocationList(Settings):
    """The CA's revocation list."""

    enabled: bool = False
    """Whether peers' certificates are looked up in it."""


class ZtunnelCluster(Settings):
    """This cluster within a multi-cluster mesh."""

    clusterName: str = ""
    """Name of this cluster; empty: ``global.multiCluster.clusterName``."""


class ZtunnelProxyConfig(Settings):
    """What ztunnel reads of a proxy's configuration."""

    proxyMetadata: Environment = {}
    """Environment of ztunnel in addition."""


class ZtunnelMeshConfig(Settings):
    """What ztunnel reads of a MeshConfig. The mesh's own is not passed on; a profile's is."""

    defaultConfig: ZtunnelProxyConfig = ZtunnelProxyConfig.model_construct()
    """The proxies' configuration."""


class ZtunnelSettings(Settings):
    """Istio's ``ztunnel`` values."""

    hub: OpaqueStr = ""
    """Registry of the image; empty: ``global.hub``."""
    tag: OpaqueStr = ""
    """Tag of the image; empty: ``global.tag``."""
    variant: str | None = None
    """Flavour of the image; unset: ``global.variant``."""
    image: OpaqueStr = "ztunnel"
    """Image name, or a whole reference when it holds a slash."""
    network: str | None = None
    """Network of this cluster's workloads; unset: ``global.network``."""
    resourceName: Name = "ztunnel"
    """Name of its objects; istiod has to know the account: ``pilot.trustedZtunnelName``."""
    labels: Labels = {}
    """Labels of its objects in addition."""
    annotations: Annotations = {}
    """Annotations of its objects."""
    volumeMounts: list[Object] = []
    """Mounts of the container in addition."""
    volumes: list[Object] = []
    """Volumes of the pods in addition."""
    nodeSelector: Labels = {}
    """Labels that a node must have, Linux aside."""
    affinity: Object = {}
    """Kubernetes affinity."""
    tolerations: list[Object] = EVERY_NODE
    """Kubernetes tolerations."""
    podAnnotations: Annotations = {"prometheus.io/port": "15020", "prometheus.io/scrape": "true"}
    """Annotations of the pods."""
    podLabels: Labels = {}
    """Labels of the pods in addition."""
    resources: Resources = Resources(requests={"cpu": "200m", "memory": "512Mi"})
    """ztunnel's resources."""
    resourceQuotas: ResourceQuotaSettings = ResourceQuotaSettings.model_construct()
    """A quota for pods of the highest priority."""
    peerCaCrl: RevocationList = RevocationList.model_construct()
    """The CA's revocation list."""
    imagePullSecrets: list[ObjectName] | None = None
    """Names of Secrets that hold registry credentials; unset: ``global.imagePullSecrets``."""
    env: Environment = {}
    """Environment of ztunnel in addition."""
    imagePullPolicy: Literal["", "Always", "IfNotPresent", "Never"] = ""
    """When the image is pulled; empty: ``global.imagePullPolicy``."""
    multiCluster: ZtunnelCluster = ZtunnelCluster.model_construct()
    """This cluster's place in a multi-cluster mesh."""
    meshConfig: ZtunnelMeshConfig = ZtunnelMeshConfig.model_construct()
    """What ztunnel reads of a MeshConfig."""
    terminationGracePeriodSeconds: int = Field(default=30, ge=0)
    """Seconds that ztunnel has for the connections that are open as it ends."""
    caAddress: OpaqueStr = ""
    """Address of the CA; empty: ``global.caAddress``, or istiod."""
    xdsAddress: OpaqueStr = ""
    """Where its configuration comes from; empty: istiod."""
    istioNamespace: Name | None = None
    """Namespace of istiod; unset: ``global.istioNamespace``."""
    logLevel: str = "info"
    """How verbose it is, as Rust's ``tracing`` spells it."""
    logAsJson: bool | None = None
    """Whether it logs JSON; unset: ``global.logAsJson``."""
    seLinuxOptions: SeLinuxOptions = {}
    """SELinux labels of the container."""
    trustBundleName: ObjectName | None = None
    """ConfigMap that holds the root certificate; unset: ``global.trustBundleName``."""
    updateStrategy: UpdateStrategy = UpdateStrategy.model_construct(
        rollingUpdate=RollingUpdate.model_construct(maxSurge=1, maxUnavailable=0)
    )
    """How a change reaches the nodes."""
    dnsPolicy: Literal["", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"] = ""
    """DNS policy of the pods; empty leaves it to Kubernetes."""
    dnsConfig: Object = {}
    """DNS settings of the pods."""
