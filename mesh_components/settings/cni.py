# ruff: noqa: RUF012 (pydantic copies defaults)
"""Istio's ``cni`` values: the agent on each node that sets up the redirection of pods' traffic.

Names, types and defaults are those of the istio-cni chart's values at 1.31
(``manifests/charts/istio-cni/values.yaml``); ``components.cni`` says whether there is one, and where. Left out are
``repair.hub`` and ``repair.tag``, which no template of the chart reads.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .kubernetes import Annotations, Labels, Object, Resources
from .model import Settings
from .nodes import EVERY_NODE, ResourceQuotaSettings, RollingUpdate, SeLinuxOptions, UpdateStrategy
from .opaque import OpaqueStr
from .pilot import Environment


class CniLogging(Settings):
    """How verbose the agent is."""

    level: str = ""
    """Comma-separated ``scope:level``; empty: ``global.logging.level``."""


class AmbientSettings(Settings):
    """Ambient pods, whose traffic goes through ztunnel."""

    enabled: bool = False
    """Whether there are any."""
    enablementSelectors: list[Object] = [
        {"podSelector": {"matchLabels": {"istio.io/dataplane-mode": "ambient"}}},
        {
            "podSelector": {
                "matchExpressions": [{"key": "istio.io/dataplane-mode", "operator": "NotIn", "values": ["none"]}]
            },
            "namespaceSelector": {"matchLabels": {"istio.io/dataplane-mode": "ambient"}},
        },
    ]
    """Which pods are: a ``podSelector`` and a ``namespaceSelector`` each."""
    configDir: str = ""
    """Kept for Istio's spelling; no template of the chart reads it."""
    dnsCapture: bool = True
    """Whether their DNS queries go through ztunnel."""
    ipv6: bool = True
    """Whether IPv6 is redirected, too."""
    reconcileIptablesOnStartup: bool | None = None
    """Whether the agent puts right their rules as it starts; unset: as the version does (from 1.29 on: yes)."""
    shareHostNetworkNamespace: bool = False
    """Whether the agent runs in the node's own network namespace."""
    enableAmbientDetectionRetry: bool = False
    """Whether the agent looks again where it could not find out whether a pod is ambient."""


class RepairSettings(Settings):
    """Pods that started before the agent was there. One of the three does something: repair wins over deleting, and
    deleting over labelling."""

    enabled: bool = True
    """Whether they are looked for."""
    labelPods: bool = False
    """Whether they are labelled."""
    deletePods: bool = False
    """Whether they are deleted, so that they are made again."""
    repairPods: bool = True
    """Whether their network is set up afterwards."""
    initContainerName: str = "istio-validation"
    """Container by whose failure such a pod is known."""
    brokenPodLabelKey: str = "cni.istio.io/uninitialized"
    """Label that such a pod gets."""
    brokenPodLabelValue: str = "true"
    """Value of that label."""


class CniSettings(Settings):
    """Istio's ``cni`` values: the CNI plugin and its agent on each node."""

    hub: OpaqueStr = ""
    """Registry of the image; empty: ``global.hub``."""
    tag: OpaqueStr = ""
    """Tag of the image; empty: ``global.tag``."""
    variant: str = ""
    """Flavour of the image; empty: ``global.variant``."""
    image: OpaqueStr = "install-cni"
    """Image name, or a whole reference when it holds a slash."""
    pullPolicy: Literal["", "Always", "IfNotPresent", "Never"] = ""
    """When the image is pulled; empty: ``global.imagePullPolicy``."""
    logging: CniLogging = CniLogging.model_construct()
    """How verbose the agent is."""
    cniBinDir: str = "/opt/cni/bin"
    """Folder of a node with CNI plugins; empty: that default. On GKE: the platform ``gke``."""
    cniConfDir: str = "/etc/cni/net.d"
    """Folder of a node with CNI configurations."""
    cniConfFileName: str = ""
    """Configuration file to change or create there; empty: the first one."""
    cniNetnsDir: str = "/var/run/netns"
    """Folder of a node with network namespaces."""
    istioOwnedCNIConfigFileName: str = ""
    """Name of a configuration file of Istio's own; empty: the agent's default."""
    istioOwnedCNIConfig: bool = False
    """Whether Istio has a configuration file of its own, so that nothing else can remove the plugin."""
    excludeNamespaces: list[str] = ["kube-system"]
    """Namespaces whose pods the plugin leaves alone."""
    affinity: Object = {}
    """Kubernetes affinity."""
    daemonSetLabels: Labels = {}
    """Labels of the DaemonSet in addition."""
    podAnnotations: Annotations = {}
    """Annotations of the pods."""
    podLabels: Labels = {}
    """Labels of the pods in addition."""
    chained: bool = True
    """Whether the plugin is called after the cluster's own, instead of by itself."""
    provider: Literal["default", "multus"] = "default"
    """How the plugin is called; with ``multus``, a NetworkAttachmentDefinition is declared."""
    ambient: AmbientSettings = AmbientSettings.model_construct()
    """Ambient pods."""
    repair: RepairSettings = RepairSettings.model_construct()
    """Pods that started before the agent was there."""
    seccompProfile: Object = {}
    """Seccomp profile of the container."""
    seLinuxOptions: SeLinuxOptions = {}
    """SELinux labels of the container; ``type`` is ``spc_t`` unless set."""
    useAppArmorAnnotation: bool = True
    """Whether AppArmor is told by annotation, as Kubernetes up to 1.29 needs it, instead of by a field."""
    resources: Resources = Resources.model_construct(requests={"cpu": "100m", "memory": "100Mi"})
    """The agent's resources."""
    resourceQuotas: ResourceQuotaSettings = ResourceQuotaSettings.model_construct()
    """A quota for pods of the highest priority."""
    tolerations: list[Object] = EVERY_NODE
    """Kubernetes tolerations."""
    updateStrategy: UpdateStrategy = UpdateStrategy.model_construct(
        rollingUpdate=RollingUpdate.model_construct(maxUnavailable=1)
    )
    """How a change reaches the nodes."""
    terminationGracePeriodSeconds: int | None = Field(default=None, ge=0)
    """Seconds that the agent has to end; unset: as the version does (from 1.29 on: 30)."""
    env: Environment = {}
    """Environment of the agent in addition."""
