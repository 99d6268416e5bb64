# ruff: noqa: RUF012 (pydantic copies defaults)
"""Kiali's operator: keys are those of upstream's chart (``kiali-operator/values.yaml`` of kiali/helm-charts 2.27)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from ..kubernetes import Annotations, Labels, Name, Object, ObjectName, PriorityClass, Resources
from ..model import Settings
from ..opaque import OpaqueStr

Skipped = Literal["clusterrole", "clusterrolebinding", "sa"]
"""Objects that somebody else declares: (cluster) roles, their bindings, ServiceAccounts."""


class KialiOperatorImageSettings(Settings):
    """The operator's image."""

    repo: OpaqueStr = "quay.io/kiali/kiali-operator"
    """Image without tag."""
    tag: OpaqueStr | None = None
    """Its tag; unset: Kiali's version."""
    digest: str = ""
    """``sha256``, where ``tag`` is such a digest."""
    pullPolicy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When it is pulled."""
    pullSecrets: list[ObjectName] | None = None
    """Secrets with credentials for the registry; unset: those of ``global.imagePullSecrets``."""


class KialiOperatorMetricsSettings(Settings):
    """The operator's metrics."""

    enabled: bool = True
    """Whether Prometheus is to read them."""


class KialiOperatorDebugSettings(Settings):
    """What the operator tells."""

    enabled: bool = True
    """Whether Ansible's whole log is written after each run."""
    verbosity: str = "1"
    """How much is written, from 0 on."""
    enableProfiler: bool = False
    """Whether the times of the slowest tasks are written."""


class KialiResourceSettings(Settings):
    """The Kiali resource."""

    name: Name = "kiali"
    """Its name."""
    annotations: Annotations = {}
    """Its annotations."""


class KialiOperatorSettings(Settings):
    """Kiali's operator."""

    namespace: Name | None = None
    """Its namespace; unset: Kiali's."""
    image: KialiOperatorImageSettings = KialiOperatorImageSettings.model_construct()
    """Its image."""
    cr: KialiResourceSettings = KialiResourceSettings.model_construct()
    """The Kiali resource, whose `spec` is made of Kiali's settings."""
    skipResources: list[Skipped] = []
    """Objects of the operator that somebody else declares: ``clusterrole``, ``clusterrolebinding``, ``sa``."""
    watchNamespace: Name | None = None
    """The one namespace where it looks for Kiali resources; unset: all."""
    replicaCount: Annotated[int, Field(ge=0)] = 1
    """Number of its pods."""
    resources: Resources = Resources.model_construct(requests={"cpu": "10m", "memory": "64Mi"})
    """What it asks for, and may use."""
    extraLabels: Labels = {}
    """Labels of every object of it in addition."""
    podLabels: Labels = {}
    """Labels of its pods in addition."""
    podAnnotations: Annotations = {}
    """Annotations of its pods in addition."""
    nodeSelector: dict[str, str] = {}
    """Labels of the nodes."""
    tolerations: list[Object] = []
    """Taints of nodes that are no obstacle."""
    affinity: Object = {}
    """Which nodes the pods want, in Kubernetes' notation."""
    priorityClassName: PriorityClass = ""
    """Priority class of its pods."""
    securityContext: Object = {}
    """Security context of the container; empty: one that fits Pod Security's ``restricted``."""
    env: list[dict[str, Any]] = []
    """Environment variables in addition, in Kubernetes' notation."""
    metrics: KialiOperatorMetricsSettings = KialiOperatorMetricsSettings.model_construct()
    """Its metrics."""
    debug: KialiOperatorDebugSettings = KialiOperatorDebugSettings.model_construct()
    """What it tells."""
    watchesFile: Literal["watches-os.yaml", "watches-os-ns.yaml", "watches-k8s.yaml", "watches-k8s-ns.yaml"] | None = (
        None
    )
    """What it watches; unset: what fits the platform, without new namespaces (``-ns``)."""
    clusterRoleCreator: bool | None = None
    """Whether it may make ClusterRoles; unset: if Kiali needs one (``cluster_wide_access``)."""
    onlyViewOnlyMode: bool = False
    """Whether it may install no Kiali that changes anything; with ``view_only_mode``."""
    allowAdHocKialiNamespace: bool = True
    """Whether a Kiali resource may install into another namespace."""
    allowAdHocKialiImage: bool | None = None
    """Whether a Kiali resource may choose the image; unset: if this one does."""
    allowAdHocOSSMConsoleImage: bool = False
    """Whether an OSSMConsole resource may choose the image, on OpenShift."""
    allowAdHocContainers: bool | None = None
    """Whether a Kiali resource may add containers; unset: if this one does."""
    allowSecurityContextOverride: bool = False
    """Whether a Kiali resource may weaken the container's security context."""
    allowAllAccessibleNamespaces: bool | None = None
    """Whether a Kiali resource may ask for all namespaces; unset: if this one does."""
