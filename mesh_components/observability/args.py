"""Arguments of the components for observability, as a program writes them: plain dictionaries.

These types are for editors, type checkers and Pulumi's schema inference. What they may hold is checked by
`mesh_components.settings.observability`, where every key is documented with its default; a test keeps the two equal.
"""

from typing import Any, TypedDict

import pulumi

from mesh_components.args import ControlPlaneArgs
from mesh_components.traffic.args import NotedArgs


class PersistentVolumeArgs(TypedDict, total=False):
    """Where data outlives the pod."""

    enabled: bool
    """Whether it does. Otherwise what was gathered goes with the pod."""
    size: Any
    """How much is asked for, in Kubernetes' notation."""
    storageClassName: str
    """Which StorageClass makes it; unset: the cluster's default."""
    accessModes: list[str]
    """How nodes share it: `ReadWriteOnce`, `ReadWriteOncePod`, `ReadWriteMany`."""
    existingClaim: str
    """A PersistentVolumeClaim in the same namespace that is used instead of one of ours."""


class ResourcesArgs(TypedDict, total=False):
    """What a container asks for and may use, in Kubernetes' notation."""

    requests: dict[str, Any]
    """What the scheduler reserves, such as `cpu: 100m`."""
    limits: dict[str, Any]
    """What the container cannot exceed."""


class ImageArgs(TypedDict, total=False):
    """An image. What is unset is what Istio's addon of the mesh's version has."""

    hub: pulumi.Input[str]
    """Registry and folder."""
    image: pulumi.Input[str]
    """Image name, or a whole reference when it holds a slash."""
    tag: pulumi.Input[str]
    """Tag of the image."""


class WorkloadArgs(ImageArgs, total=False):
    """What every addon has."""

    mesh: ControlPlaneArgs
    """The mesh that it belongs to: `version`, `global` … count."""
    enabled: bool
    """Whether it is declared; it is, unless this is false."""
    namespace: str
    """Its namespace; unset: the control plane's."""
    imagePullPolicy: str
    """When the image is pulled."""
    resources: ResourcesArgs
    """What the container asks for and may use."""
    nodeSelector: dict[str, str]
    """Labels that a node must have."""
    affinity: dict[str, Any]
    """Kubernetes affinity."""
    tolerations: list[dict[str, Any]]
    """Kubernetes tolerations."""
    priorityClassName: str
    """Priority of the pod."""
    podLabels: dict[str, str]
    """Labels of the pod in addition."""
    podAnnotations: dict[str, pulumi.Input[str]]
    """Annotations of the pod in addition."""
    podSecurityContext: dict[str, Any]
    """Kubernetes' `securityContext` of the pod, over ours; a field set to null is left out."""
    containerSecurityContext: dict[str, Any]
    """Kubernetes' `securityContext` of the containers, over ours; a field set to null is left out."""
    serviceType: str
    """Type of the Service that people look at: `ClusterIP`, `NodePort`, `LoadBalancer`."""
    serviceAnnotations: dict[str, pulumi.Input[str]]
    """Annotations of that Service."""


class StoredWorkloadArgs(WorkloadArgs, total=False):
    """An addon that keeps data."""

    persistentVolume: PersistentVolumeArgs
    """Where data outlives the pod."""


class ReachedArgs(TypedDict, total=False):
    """Where an addon is reached, in Kiali's words."""

    internal_url: pulumi.Input[str]
    """Address of an installation of one's own; instead of `enabled`."""
    external_url: pulumi.Input[str]
    """Address for people's browsers, for Kiali's links."""


class ConfigReloaderArgs(ImageArgs, total=False):
    """The sidecar that tells Prometheus when its configuration has changed."""

    enabled: bool
    """Whether there is one. Without it the pod is made anew."""
    resources: ResourcesArgs
    """What it asks for and may use."""


class PrometheusArgs(StoredWorkloadArgs, total=False):
    """Prometheus, with Istio's scrape jobs."""

    url: pulumi.Input[str]
    """Address of a Prometheus of one's own; instead of `enabled`."""
    retention: str
    """How long metrics are kept."""
    retentionSize: str
    """How much of them is kept at most, such as `50GB`."""
    scrapeInterval: str
    """How often metrics are read."""
    scrapeTimeout: str
    """How long one reading may take."""
    evaluationInterval: str
    """How often rules are evaluated."""
    externalLabels: dict[str, pulumi.Input[str]]
    """Labels of everything that leaves this Prometheus."""
    metricRelabelConfigs: list[dict[str, Any]]
    """Prometheus' `metric_relabel_configs` of the jobs for pods."""
    extraScrapeConfigs: list[dict[str, Any]]
    """Prometheus' `scrape_configs` besides Istio's jobs."""
    rules: list[dict[str, Any]]
    """Groups of Prometheus' recording and alerting rules: `name`, `rules`."""
    alerting: dict[str, Any]
    """Prometheus' `alerting`: where alerts are sent."""
    remoteWrite: list[dict[str, Any]]
    """Prometheus' `remote_write`: where metrics are sent on to."""
    configReloader: ConfigReloaderArgs
    """How a changed configuration is noticed."""


class AnonymousArgs(TypedDict, total=False):
    """Who does not log in to Grafana."""

    enabled: bool
    """Whether they see anything."""
    role: str
    """What they may do: `Viewer`, `Editor`, `Admin`."""


class GrafanaArgs(ReachedArgs, StoredWorkloadArgs, total=False):
    """Grafana, with dashboards of the mesh, its services and workloads, and the control plane."""

    anonymous: AnonymousArgs
    """Who does not log in."""
    adminSecret: str
    """A Secret in the same namespace with `admin-user` and `admin-password`; unset: nobody can log in."""
    envFromSecret: str
    """A Secret in the same namespace whose keys are environment variables of Grafana's."""
    prometheusUrl: pulumi.Input[str]
    """Where metrics are read; unset: Istio's addon in the control plane's namespace."""
    jaegerUrl: pulumi.Input[str]
    """Where traces are read; unset: nowhere."""
    datasources: list[dict[str, Any]]
    """Grafana's data sources in addition."""
    dashboards: dict[str, dict[str, Any]]
    """Dashboards in addition, by name: Grafana's JSON model as data."""
    ini: dict[str, dict[str, Any]]
    """Grafana's own settings (`grafana.ini`) by section."""


class CollectorArgs(TypedDict, total=False):
    """Where proxies send traces to, by OTLP over gRPC."""

    service: pulumi.Input[str]
    """Full name of a Service that the mesh knows; unset: the one that is declared here."""
    port: int
    """Its port."""


class JaegerArgs(ReachedArgs, StoredWorkloadArgs, total=False):
    """Jaeger in one pod, and the mesh's tracing."""

    storage: str
    """Where traces are kept: `badger` (files) or `memory`."""
    spanStorageTTL: str
    """How long traces are kept in files."""
    maxTraces: int
    """How many traces are kept in memory."""
    basePath: str
    """Path below which its pages are."""
    collector: CollectorArgs
    """Where proxies send traces to."""
    tracing: bool
    """Whether a Telemetry for the whole mesh selects the provider `jaeger`."""
    samplingPercentage: float
    """How many of 100 requests are traced."""


class TelemetryArgs(NotedArgs, total=False):
    """Istio's Telemetry, of the mesh, a namespace, or some workloads."""

    name: str
    """Name of the object."""
    namespace: str
    """Namespace that it is for; unset: the whole mesh (it is in the root namespace)."""
    selector: dict[str, str]
    """Labels of the workloads; empty: all."""
    targetRefs: list[dict[str, Any]]
    """Gateways, Services or ServiceEntries by name, for waypoints and the Gateway API's gateways; instead of
    `selector`."""
    tracing: list[dict[str, Any]]
    """Istio's Tracing: which requests are traced, and where traces go."""
    metrics: list[dict[str, Any]]
    """Istio's Metrics: which metrics there are, with which labels."""
    accessLogging: list[dict[str, Any]]
    """Istio's AccessLogging: which requests are logged, and where logs go."""
