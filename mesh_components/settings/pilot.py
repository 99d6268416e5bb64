# ruff: noqa: RUF012 (pydantic copies defaults)
"""Istio's ``pilot`` values: istiod.

Names, types and defaults are those of the istiod chart's values at 1.31
(``manifests/charts/istio-control/istio-discovery/values.yaml``, ``operator/pkg/apis/values_types.proto``).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from .kubernetes import (
    Annotations,
    CountOrPercent,
    IpFamilies,
    IpFamilyPolicy,
    Labels,
    Object,
    ObjectName,
    PriorityClass,
    Resources,
)
from .model import Settings
from .opaque import OpaqueScalar, OpaqueStr

_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


def _variables(value: dict[str, Any]) -> dict[str, Any]:
    for name in value:
        if not _VARIABLE.fullmatch(name):
            allowed = "names of environment variables: letters, digits, '-', '_' and '.', not beginning with a digit"
            raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})
    return value


Environment = Annotated[dict[str, OpaqueScalar], AfterValidator(_variables)]
"""Environment variables by name; a value may arrive later."""


class Utilization(Settings):
    """What an autoscaler aims at."""

    targetAverageUtilization: int | None = Field(default=None, ge=1)
    """Percent of what the pods request; unset: not looked at."""


class DisruptionBudget(Settings):
    """How many pods of a part may be evicted at a time. At most one of the two counts."""

    minAvailable: CountOrPercent | None = 1
    """Pods that stay; not used when ``maxUnavailable`` is set."""
    maxUnavailable: CountOrPercent | None = None
    """Pods that may go."""
    unhealthyPodEvictionPolicy: Literal["", "IfHealthyBudget", "AlwaysAllow"] = ""
    """Whether pods that are not ready may always be evicted; empty leaves it to Kubernetes."""


class CniUsage(Settings):
    """Whether pods' traffic is redirected by Istio's CNI plugin instead of an init container."""

    enabled: bool = False
    """Whether the plugin is there."""
    provider: Literal["default", "multus"] = "default"
    """How the plugin is called."""


class TaintSettings(Settings):
    """Whether istiod removes a node's taint once the CNI plugin runs there."""

    enabled: bool = False
    """Whether it does."""
    namespace: str = ""
    """Namespace of the CNI plugin; empty: istiod's own."""
    name: str = "cni.istio.io/not-ready"
    """Key of the taint."""


OVERLAYS = ("imagePullPolicy", "priorityClassName", "readinessProbe", "securityContext")
"""Settings that are not values of Istio's chart but of IstioOperator (``components.pilot.k8s``)."""

SELECTORS = ("app", "istio", "istio.io/rev")
"""Labels by which Service and Deployment find istiod's pods."""


class Scaled(Settings):
    """How many pods of a Deployment there are, and how they are replaced."""

    autoscaleEnabled: bool = True
    """Whether an autoscaler decides the number of replicas."""
    autoscaleMax: int = Field(default=5, ge=0)
    """Most replicas."""
    autoscaleMin: int = Field(default=1, ge=0)
    """Fewest replicas; two or more bring a disruption budget."""
    rollingMaxSurge: CountOrPercent = "100%"
    """Pods above the number wanted during a rollout."""
    rollingMaxUnavailable: CountOrPercent = "25%"
    """Pods below the number wanted during a rollout."""

    @model_validator(mode="after")
    def _fewest_and_most(self) -> Self:
        if self.autoscaleEnabled and self.autoscaleMax and self.autoscaleMin > self.autoscaleMax:
            raise PydanticCustomError(
                "order",
                "autoscaleMin ({fewest}) is more than autoscaleMax ({most})",
                {"fewest": self.autoscaleMin, "most": self.autoscaleMax},
            )
        if all(str(value) in ("0", "0%") for value in (self.rollingMaxSurge, self.rollingMaxUnavailable)):
            raise PydanticCustomError(
                "order",
                "rollingMaxSurge and rollingMaxUnavailable are both 0, so no pod could ever be replaced; raise one",
            )
        return self


class PilotSettings(Scaled):
    """Istio's ``pilot`` values: how istiod runs."""

    affinity: Object = {}
    """Kubernetes affinity."""
    autoscaleBehavior: Object = {}
    """Behaviour section of the autoscaler."""
    cni: CniUsage = CniUsage.model_construct()
    """Use of Istio's CNI plugin."""
    configMap: bool = True
    """Whether the mesh configuration's ConfigMap is declared."""
    cpu: Utilization = Utilization.model_construct(targetAverageUtilization=80)
    """CPU that the autoscaler aims at."""
    crlConfigMapName: ObjectName | None = None
    """ConfigMap that istiod distributes the revocation list in; unset: istiod's default."""
    deploymentAnnotations: Annotations = {}
    """Annotations of the Deployment."""
    deploymentLabels: Labels = {}
    """Labels of the Deployment in addition."""
    env: Environment = {}
    """istiod's environment in addition: its feature flags."""
    envVarFrom: list[Object] = []
    """Environment entries in Kubernetes' own form, for values from Secrets and fields."""
    extraContainerArgs: list[str] = []
    """Arguments of istiod in addition."""
    hub: OpaqueStr = ""
    """Registry of istiod's image; empty: ``global.hub``."""
    image: OpaqueStr = "pilot"
    """Image name, or a whole reference when it holds a slash."""
    imagePullPolicy: Literal["", "Always", "IfNotPresent", "Never"] = ""
    """When istiod's image is pulled; empty: ``global.imagePullPolicy``."""
    initContainers: list[Object] = []
    """Containers that run before istiod."""
    ipFamilies: IpFamilies = []
    """IP families of the Service."""
    ipFamilyPolicy: IpFamilyPolicy = ""
    """IP family policy of the Service."""
    jwksResolverExtraRootCA: OpaqueStr = ""
    """PEM of roots that istiod trusts in addition when it fetches JWKS."""
    keepaliveMaxServerConnectionAge: str = "30m"
    """How long a proxy's connection may last before it is spread anew (Go duration)."""
    memory: Utilization = Utilization.model_construct()
    """Memory that the autoscaler aims at."""
    nodeSelector: Labels = {}
    """Labels that a node must have."""
    pdb: DisruptionBudget = DisruptionBudget.model_construct()
    """istiod's disruption budget."""
    podAnnotations: Annotations = {}
    """Annotations of the pods."""
    podLabels: Labels = {}
    """Labels of the pods in addition."""
    priorityClassName: PriorityClass = ""
    """Priority class of istiod; empty: ``global.priorityClassName``."""
    readinessProbe: Object = {}
    """istiod's readiness probe, merged over Istio's."""
    replicaCount: int = Field(default=1, ge=0)
    """Replicas without an autoscaler; 0 leaves it to Kubernetes."""
    resources: Resources | None = Resources.model_construct(requests={"cpu": "500m", "memory": "2048Mi"})
    """istiod's resources; null: ``global.defaultResources``."""
    seccompProfile: Object = {}
    """Seccomp profile of the container."""
    securityContext: Object = {}
    """Security context of the pods."""
    serviceAccountAnnotations: Annotations = {}
    """Annotations of the ServiceAccount."""
    serviceAnnotations: Annotations = {}
    """Annotations of the Service."""
    sidecarInjectorWebhookAnnotations: Annotations = {}
    """Annotations of the mutating webhook configuration."""
    tag: OpaqueStr = ""
    """Tag of istiod's image; empty: ``global.tag``."""
    taint: TaintSettings = TaintSettings.model_construct()
    """Removal of the CNI plugin's taint."""
    terminationMessagePolicy: Literal["File", "FallbackToLogsOnError"] | None = None
    """Where a termination message is read from; unset: Kubernetes' default."""
    tolerations: list[Object] = []
    """Kubernetes tolerations in addition to the CNI plugin's taint."""
    topologySpreadConstraints: list[Object] = []
    """Kubernetes topology spread constraints."""
    traceSampling: int | float = Field(default=1, ge=0, le=100)
    """Percent of requests that are traced."""
    trafficDistribution: str | None = None
    """Traffic distribution of the Service; unset: Kubernetes' default."""
    trustedZtunnelName: str = ""
    """ServiceAccount of ztunnel; empty: ``ztunnel``."""
    trustedZtunnelNamespace: str = ""
    """Namespace of ztunnel; empty: istiod's own."""
    variant: str = ""
    """Flavour of istiod's image; empty: ``global.variant``."""
    volumeMounts: list[Object] = []
    """Mounts of the container in addition."""
    volumes: list[Object] = []
    """Volumes of the pod in addition."""

    @model_validator(mode="after")
    def _selector_stays(self) -> Self:
        if taken := [key for key in SELECTORS if key in self.podLabels]:
            raise PydanticCustomError(
                "conflict",
                "podLabels sets {taken}, by which the Service and the Deployment find the pods; leave it out",
                {"taken": ", ".join(taken)},
            )
        return self
