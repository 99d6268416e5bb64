"""Arguments of Kiali, as a program writes them: plain dictionaries in Kiali's own spelling.

These types are for editors, type checkers and Pulumi's schema inference. What they may hold is checked by
`mesh_components.settings.observability`; a test keeps the two equal.
"""

from typing import Any, Required, TypedDict

import pulumi

from mesh_components.args import MeshArgs


class KialiOperatorImageArgs(TypedDict, total=False):
    """The operator's image."""

    repo: pulumi.Input[str]
    """Image without tag."""
    tag: pulumi.Input[str]
    """Its tag; unset: Kiali's version."""
    digest: str
    """``sha256``, where ``tag`` is such a digest."""
    pullPolicy: str
    """When it is pulled."""
    pullSecrets: list[str]
    """Secrets with credentials for the registry; unset: those of ``global.imagePullSecrets``."""


class KialiResourceArgs(TypedDict, total=False):
    """The Kiali resource."""

    name: str
    """Its name."""
    annotations: dict[str, pulumi.Input[str]]
    """Its annotations."""


class KialiResourcesArgs(TypedDict, total=False):
    """What a container asks for and may use, in Kubernetes' notation; a name set to null is left out."""

    requests: dict[str, Any]
    """What the scheduler reserves, such as ``cpu: 100m``."""
    limits: dict[str, Any]
    """What the container cannot exceed."""


class KialiOperatorMetricsArgs(TypedDict, total=False):
    """The operator's metrics."""

    enabled: bool
    """Whether Prometheus is to read them."""


class KialiOperatorDebugArgs(TypedDict, total=False):
    """What the operator tells."""

    enabled: bool
    """Whether Ansible's whole log is written after each run."""
    verbosity: str
    """How much is written, from 0 on."""
    enableProfiler: bool
    """Whether the times of the slowest tasks are written."""


class KialiOperatorArgs(TypedDict, total=False):
    """Kiali's operator."""

    namespace: str
    """Its namespace; unset: Kiali's."""
    image: KialiOperatorImageArgs
    """Its image."""
    cr: KialiResourceArgs
    """The Kiali resource, whose `spec` is made of Kiali's settings."""
    skipResources: list[str]
    """Objects of the operator that somebody else declares: ``clusterrole``, ``clusterrolebinding``, ``sa``."""
    watchNamespace: str
    """The one namespace where it looks for Kiali resources; unset: all."""
    replicaCount: int
    """Number of its pods."""
    resources: KialiResourcesArgs
    """What it asks for, and may use."""
    extraLabels: dict[str, str]
    """Labels of every object of it in addition."""
    podLabels: dict[str, str]
    """Labels of its pods in addition."""
    podAnnotations: dict[str, pulumi.Input[str]]
    """Annotations of its pods in addition."""
    nodeSelector: dict[str, str]
    """Labels of the nodes."""
    tolerations: list[dict[str, Any]]
    """Taints of nodes that are no obstacle."""
    affinity: dict[str, Any]
    """Which nodes the pods want, in Kubernetes' notation."""
    priorityClassName: str
    """Priority class of its pods."""
    securityContext: dict[str, Any]
    """Security context of the container; empty: one that fits Pod Security's ``restricted``."""
    env: list[dict[str, Any]]
    """Environment variables in addition, in Kubernetes' notation."""
    metrics: KialiOperatorMetricsArgs
    """Its metrics."""
    debug: KialiOperatorDebugArgs
    """What it tells."""
    watchesFile: str
    """What it watches; unset: what fits the platform, without new namespaces (``-ns``)."""
    clusterRoleCreator: bool
    """Whether it may make ClusterRoles; unset: if Kiali needs one (``cluster_wide_access``)."""
    onlyViewOnlyMode: bool
    """Whether it may install no Kiali that changes anything; with ``view_only_mode``."""
    allowAdHocKialiNamespace: bool
    """Whether a Kiali resource may install into another namespace."""
    allowAdHocKialiImage: bool
    """Whether a Kiali resource may choose the image; unset: if this one does."""
    allowAdHocOSSMConsoleImage: bool
    """Whether an OSSMConsole resource may choose the image, on OpenShift."""
    allowAdHocContainers: bool
    """Whether a Kiali resource may add containers; unset: if this one does."""
    allowSecurityContextOverride: bool
    """Whether a Kiali resource may weaken the container's security context."""
    allowAllAccessibleNamespaces: bool
    """Whether a Kiali resource may ask for all namespaces; unset: if this one does."""


class KialiDetailArgs(TypedDict, total=False):
    """A link that the console shows."""

    annotation: Required[str]
    """Annotation of a workload or Service with the link."""
    title: Required[str]
    """What it is called."""
    icon_annotation: str
    """Annotation with the kind of icon."""


class KialiOpenIdArgs(TypedDict, total=False):
    """OpenID Connect. The client's secret is in the Secret ``deployment.secret_name``, key ``oidc-secret``."""

    issuer_uri: str
    """Address of the identity provider."""
    client_id: str
    """What Kiali is called there."""
    additional_request_params: dict[str, str]
    """Parameters that requests for a login have in addition."""
    allowed_domains: list[str]
    """Domains of the users that may log in; empty: all."""
    api_proxy: str
    """Address of a proxy in front of the API server, which knows the tokens; empty: the API server does."""
    api_proxy_ca_data: str
    """PEM in base64 of who signs that proxy's certificate."""
    api_token: str
    """Which of the provider's tokens Kiali shows to the API server."""
    authentication_timeout: int
    """How long a login may take, in seconds."""
    authorization_endpoint: str
    """Where users log in, if the provider does not say so itself."""
    disable_rbac: bool
    """Whether all users may do what Kiali itself may, instead of what Kubernetes lets them do."""
    discovery_override: dict[str, Any]
    """Endpoints of a provider that does not publish them: `authorization_endpoint`, `token_endpoint` …"""
    http_proxy: str
    """Proxy for plain HTTP to the provider."""
    https_proxy: str
    """Proxy for HTTPS to the provider."""
    insecure_skip_verify_tls: bool
    """Whether the provider's certificate goes unchecked."""
    scopes: list[str]
    """What Kiali asks to know of users."""
    username_claim: str
    """Which claim of the token is the user's name."""


class KialiOpenShiftArgs(TypedDict, total=False):
    """OpenShift's own login."""

    insecure_skip_verify_tls: bool
    """Whether OpenShift's certificate goes unchecked."""
    redirect_uris: list[str]
    """Where users come back to after a login; empty: made of ``server.web_fqdn``."""
    token_inactivity_timeout: int
    """After how many seconds without use a token ends; 0: never."""
    token_max_age: int
    """After how many seconds a token ends; 0: never."""


class KialiAuthArgs(TypedDict, total=False):
    """Who may log in."""

    strategy: str
    """How users are known: ``token`` of a ServiceAccount, ``openid``, ``openshift``, a ``header`` that a proxy sets,
    or not at all (``anonymous``); unset: ``openshift`` there, ``token`` elsewhere."""
    openid: KialiOpenIdArgs
    """The identity provider, for ``openid``."""
    openshift: KialiOpenShiftArgs
    """OpenShift's login, for ``openshift``."""


class KialiClusterArgs(TypedDict, total=False):
    """Another cluster."""

    name: Required[str]
    """Its name."""
    secret_name: str
    """Secret in Kiali's namespace with a kubeconfig for it."""


class KialiAutodetectArgs(TypedDict, total=False):
    """Secrets of other clusters, found by the operator."""

    enabled: bool
    """Whether they are looked for."""
    label: str
    """Their label."""


class KialiClusteringArgs(TypedDict, total=False):
    """Other clusters of the mesh."""

    clusters: list[KialiClusterArgs]
    """The clusters."""
    autodetect_secrets: KialiAutodetectArgs
    """Secrets of other clusters, found by the operator; unset: they are, there."""
    enable_exec_provider: bool
    """Whether kubeconfigs may have commands run."""
    ignore_home_cluster: bool
    """Whether Kiali does not show its own cluster."""
    kiali_urls: list[dict[str, Any]]
    """Where other clusters' Kialis are: `cluster_name`, `url` …"""


class KialiRequirementArgs(TypedDict, total=False):
    """What one label has to be."""

    key: Required[str]
    """The label."""
    operator: Required[str]
    """How it is compared."""
    values: list[str]
    """With what, for ``In`` and ``NotIn``."""


class KialiSelectorArgs(TypedDict, total=False):
    """Labels of namespaces, all of which they must have."""

    matchLabels: dict[str, str]
    """Labels with their values."""
    matchExpressions: list[KialiRequirementArgs]
    """What else must hold of labels."""


class KialiDiscoveryArgs(TypedDict, total=False):
    """Which namespaces Kiali shows."""

    default: list[KialiSelectorArgs]
    """Those that any of these selects; empty: all."""
    overrides: dict[str, list[KialiSelectorArgs]]
    """The same by name of another cluster, instead of ``default``."""


class KialiAutoscalerArgs(TypedDict, total=False):
    """An autoscaler."""

    api_version: str
    """Version of its API."""
    spec: dict[str, Any]
    """Its `spec` without `scaleTargetRef`; empty: there is none."""


class KialiBudgetArgs(TypedDict, total=False):
    """A disruption budget."""

    api_version: str
    """Version of its API."""
    spec: dict[str, Any]
    """Its `spec` without `selector`; empty: there is none."""


class KialiIngressMetadataArgs(TypedDict, total=False):
    """Metadata of the Ingress."""

    annotations: dict[str, pulumi.Input[str]]
    """Its annotations, instead of those that ingress-nginx reads."""


class KialiIngressOverrideArgs(TypedDict, total=False):
    """What the Ingress is like instead."""

    metadata: KialiIngressMetadataArgs
    """Its metadata."""
    spec: dict[str, Any]
    """Its whole `spec`."""


class KialiIngressArgs(TypedDict, total=False):
    """A way to Kiali from outside: an Ingress, or a Route on OpenShift."""

    enabled: bool
    """Whether there is one; unset: on OpenShift alone."""
    additional_labels: dict[str, str]
    """Labels in addition."""
    class_name: str
    """Class of the Ingress; empty: the cluster's default."""
    override_yaml: KialiIngressOverrideArgs
    """What it is like instead."""


class KialiNetworkPolicyArgs(TypedDict, total=False):
    """A network policy that lets requests in to Kiali's ports alone."""

    enabled: bool
    """Whether there is one."""


class KialiAffinityArgs(TypedDict, total=False):
    """Which nodes Kiali's pods want, in Kubernetes' notation."""

    node: dict[str, Any]
    """Node affinity."""
    pod: dict[str, Any]
    """Affinity to other pods."""
    pod_anti: dict[str, Any]
    """Aversion to other pods."""


class KialiDnsArgs(TypedDict, total=False):
    """DNS of Kiali's pods."""

    policy: str
    """Kubernetes' `dnsPolicy`; empty: Kubernetes' default."""
    config: dict[str, Any]
    """Kubernetes' `dnsConfig`."""


class KialiEnvArgs(TypedDict, total=False):
    """An environment variable."""

    name: Required[str]
    """Its name."""
    value: Required[pulumi.Input[Any]]
    """Its value."""


class KialiSecretMountArgs(TypedDict, total=False):
    """A Secret in Kiali's pods."""

    name: Required[str]
    """Name of the Secret, and of the volume."""
    mount: Required[str]
    """Folder in the pod."""
    optional: bool
    """Whether Kiali starts without it."""
    csi: dict[str, Any]
    """A CSI volume instead of the Secret, in Kubernetes' notation."""


class KialiLoggerArgs(TypedDict, total=False):
    """Kiali's own log."""

    log_format: str
    """How it is written."""
    log_level: str
    """What is written."""
    sampler_rate: str
    """One of how many equal messages within a second is written."""
    time_field_format: str
    """How times are written, as a layout of Go's."""


class KialiProbeArgs(TypedDict, total=False):
    """When Kubernetes asks how Kiali is."""

    initial_delay_seconds: int
    """First after this time."""
    period_seconds: int
    """And then this often."""


class KialiStartupProbeArgs(TypedDict, total=False):
    """When Kubernetes asks whether Kiali has started."""

    failure_threshold: int
    """How often in vain before it is started anew."""
    initial_delay_seconds: int
    """First after this time."""
    period_seconds: int
    """And then this often."""


class KialiProbesArgs(TypedDict, total=False):
    """When Kubernetes asks how Kiali is."""

    liveness: KialiProbeArgs
    """Whether it lives."""
    readiness: KialiProbeArgs
    """Whether it is ready."""
    startup: KialiStartupProbeArgs
    """Whether it has started."""


class KialiTlsArgs(TypedDict, total=False):
    """TLS versions and ciphers."""

    source: str
    """Where they come from, OpenShift's profile or here; unset: the former there."""
    min_version: str
    """Oldest version; empty: Kiali's default."""
    max_version: str
    """Newest version; empty: Kiali's default."""
    cipher_suites: list[str]
    """Ciphers; empty: Kiali's default."""


class KialiDeploymentArgs(TypedDict, total=False):
    """Kiali in Kubernetes."""

    cluster_wide_access: bool
    """Whether Kiali may see all namespaces, with a ClusterRole; otherwise it gets a Role in each that
    ``discovery_selectors.default`` selects, in its own and in the control plane's."""
    discovery_selectors: KialiDiscoveryArgs
    """Which namespaces Kiali shows. Without ``cluster_wide_access`` they are those that the mesh declares, and those
    that are named by the label ``kubernetes.io/metadata.name``."""
    view_only_mode: bool
    """Whether nobody changes anything through Kiali."""
    instance_name: str
    """Name of its objects."""
    image_name: pulumi.Input[str]
    """Image without tag; unset: the published one."""
    image_version: pulumi.Input[str]
    """Tag of the image; unset: the version."""
    image_digest: str
    """``sha256``, where ``image_version`` is such a digest."""
    image_pull_policy: str
    """When the image is pulled."""
    image_pull_secrets: list[str]
    """Secrets with credentials for the registry; unset: those of ``global.imagePullSecrets``."""
    version_label: str
    """Label with the version; unset: the version."""
    replicas: int
    """Number of pods; unset: 1, or what the autoscaler says."""
    hpa: KialiAutoscalerArgs
    """An autoscaler."""
    pod_disruption_budget: KialiBudgetArgs
    """A disruption budget."""
    resources: KialiResourcesArgs
    """What Kiali asks for, and may use."""
    strategy: dict[str, Any]
    """How pods are replaced; empty: one at a time."""
    ingress: KialiIngressArgs
    """A way to Kiali from outside."""
    network_policy: KialiNetworkPolicyArgs
    """A network policy."""
    service_type: str
    """Type of the Service; empty: ClusterIP."""
    service_annotations: dict[str, pulumi.Input[str]]
    """Annotations of the Service."""
    additional_service_yaml: dict[str, Any]
    """More of the Service's `spec`."""
    configmap_annotations: dict[str, pulumi.Input[str]]
    """Annotations of the ConfigMap."""
    extra_labels: dict[str, str]
    """Labels of every object in addition."""
    pod_labels: dict[str, str]
    """Labels of the pods in addition; by default they have no sidecar, as Istio's own addon."""
    pod_annotations: dict[str, pulumi.Input[str]]
    """Annotations of the pods in addition."""
    node_selector: dict[str, str]
    """Labels of the nodes."""
    tolerations: list[dict[str, Any]]
    """Taints of nodes that are no obstacle."""
    affinity: KialiAffinityArgs
    """Which nodes the pods want."""
    topology_spread_constraints: list[dict[str, Any]]
    """How pods spread."""
    priority_class_name: str
    """Priority class of the pods."""
    host_aliases: list[dict[str, Any]]
    """Lines of ``/etc/hosts``: `ip`, `hostnames`."""
    dns: KialiDnsArgs
    """DNS."""
    custom_envs: list[KialiEnvArgs]
    """Environment variables in addition."""
    custom_secrets: list[KialiSecretMountArgs]
    """Secrets to mount in addition."""
    secret_name: str
    """Secret with the OpenID client's secret, key ``oidc-secret``."""
    security_context: dict[str, Any]
    """Security context of the container; empty: one that fits Pod Security's ``restricted``."""
    logger: KialiLoggerArgs
    """Its own log."""
    probes: KialiProbesArgs
    """When Kubernetes asks how it is."""
    tls_config: KialiTlsArgs
    """TLS versions and ciphers."""
    additional_pod_containers_yaml: list[dict[str, Any]]
    """Containers beside Kiali's; they run restricted, and get no Secret to write to."""
    additional_pod_init_containers_yaml: list[dict[str, Any]]
    """Init containers, under the same conditions."""
    remote_cluster_resources_only: bool
    """Whether only an account and its rights are declared, by which a Kiali in another cluster sees this one."""


class KialiExtensionArgs(TypedDict, total=False):
    """An extension of the console."""

    name: Required[str]
    """Its name."""
    enabled: bool
    """Whether it is on."""


class KialiServiceAuthArgs(TypedDict, total=False):
    """How Kiali proves to a service who it is. Secrets are in Kiali's namespace."""

    type: str
    """``basic``: ``username`` and ``password``; ``bearer``: ``token``, or Kiali's own."""
    username: str
    """User, or ``secret:<name>:<key>``."""
    password: str
    """Password as ``secret:<name>:<key>``."""
    token: str
    """Token as ``secret:<name>:<key>``."""
    use_kiali_token: bool
    """Whether Kiali shows the token of its own account."""
    insecure_skip_verify: bool
    """Whether the service's certificate goes unchecked."""
    cert_file: str
    """Kiali's certificate for the service: a file in the pod, or ``secret:<name>:<key>``."""
    key_file: str
    """Its key: a file in the pod, or ``secret:<name>:<key>``."""


class KialiPrometheusArgs(TypedDict, total=False):
    """Prometheus, without which there is no graph."""

    enabled: bool
    """Whether there is one."""
    url: pulumi.Input[str]
    """Its address in the cluster; unset: that of the mesh's own, or else Kiali's default,
    ``http://prometheus.istio-system:9090``."""
    auth: KialiServiceAuthArgs
    """How Kiali proves who it is; unset: not at all."""
    cache_duration: int
    """How old cached results may be, in seconds."""
    cache_enabled: bool
    """Whether results are cached."""
    cache_expiration: int
    """When the cache is emptied, in seconds."""
    custom_headers: dict[str, str]
    """Headers of Kiali's requests."""
    health_check_url: str
    """Where Kiali looks whether it is well; unset: at ``url``."""
    is_core: bool
    """Whether Kiali counts as not working without it."""
    query_scope: dict[str, str]
    """Labels that every query asks for, such as those of one of several meshes."""
    thanos_proxy: dict[str, Any]
    """Facts about a Thanos in front of it: `enabled`, `retention_period`, `scrape_interval`."""


class KialiDashboardsArgs(TypedDict, total=False):
    """Dashboards of Kiali's own."""

    enabled: bool
    """Whether there are any."""
    discovery_enabled: str
    """Whether dashboards are shown for which there are metrics."""
    discovery_auto_threshold: int
    """Up to how many pods ``auto`` looks."""
    is_core: bool
    """Whether Kiali counts as not working without their Prometheus."""
    namespace_label: str
    """Label of metrics with the namespace."""
    prometheus: KialiPrometheusArgs
    """Prometheus with their metrics; unset: the same."""


class KialiGrafanaArgs(TypedDict, total=False):
    """Grafana, to which Kiali links."""

    enabled: bool
    """Whether there is one; unset: whether its address is known."""
    internal_url: pulumi.Input[str]
    """Its address in the cluster; unset: that of the mesh's own."""
    external_url: pulumi.Input[str]
    """Its address for users' browsers."""
    auth: KialiServiceAuthArgs
    """How Kiali proves who it is; unset: not at all."""
    dashboards: list[dict[str, Any]]
    """Dashboards to link to: `name`, `variables`; unset: Istio's."""
    datasource_uid: str
    """Grafana's identifier of its data source."""
    health_check_url: str
    """Where Kiali looks whether it is well."""
    is_core: bool
    """Whether Kiali counts as not working without it."""


class KialiIstioArgs(TypedDict, total=False):
    """Istio."""

    root_namespace: str
    """Where objects count for the whole mesh; unset: the mesh's."""
    istio_api_enabled: bool
    """Whether Kiali asks istiod."""
    istio_identity_domain: str
    """Domain of the cluster's Services, ``svc.<domain>``; unset: the mesh's."""
    istiod_polling_interval_seconds: int
    """How often Kiali asks istiod, in seconds."""
    component_status: dict[str, Any]
    """Which parts of Istio Kiali looks at: `enabled`, `components`."""
    gateway_api_classes: list[dict[str, Any]]
    """Gateway classes to offer: `name`, `class_name`; unset: those in the cluster."""
    gateway_api_classes_label_selector: str
    """Labels of the gateway classes to offer."""
    validation_change_detection_enabled: bool
    """Whether only what changed is validated."""
    validation_reconcile_interval: str
    """How often everything is validated, such as ``1m``; ``0``: never."""
    config_map_name: str
    """ConfigMap with the mesh's configuration; unset: that of each revision."""
    istio_sidecar_injector_config_map_name: str
    """ConfigMap of the injector; unset: that of each revision."""
    istiod_deployment_name: str
    """Deployment of istiod; unset: found by its label."""
    url_service_version: str
    """Where istiod tells its version."""


class KialiTracingArgs(TypedDict, total=False):
    """Jaeger or Tempo."""

    enabled: bool
    """Whether there is one; unset: whether its address is known."""
    provider: str
    """Which of the two; unset: Jaeger."""
    internal_url: pulumi.Input[str]
    """Its address in the cluster; unset: that of the mesh's own Jaeger."""
    external_url: pulumi.Input[str]
    """Its address for users' browsers."""
    auth: KialiServiceAuthArgs
    """How Kiali proves who it is; unset: not at all."""
    custom_headers: dict[str, str]
    """Headers of Kiali's requests."""
    disable_version_check: bool
    """Whether Kiali leaves out asking for its version."""
    grpc_port: int
    """Port for gRPC, for Tempo."""
    health_check_url: str
    """Where Kiali looks whether it is well."""
    is_core: bool
    """Whether Kiali counts as not working without it."""
    namespace_selector: bool
    """Whether a service is called ``name.namespace`` there."""
    query_scope: dict[str, str]
    """Tags that every query asks for."""
    query_timeout: int
    """How long an answer may take, in seconds."""
    tempo_config: dict[str, Any]
    """What belongs to Tempo: `datasource_uid`, `org_id`, `url_format` …"""
    use_grpc: bool
    """Whether ``internal_url`` speaks gRPC."""
    use_waypoint_name: bool
    """Whether traces of waypoints are looked for by the waypoint's name."""
    whitelist_istio_system: list[str]
    """Services of the control plane's namespace whose traces are shown."""


class KialiServicesArgs(TypedDict, total=False):
    """What Kiali asks, and what it links to."""

    custom_dashboards: KialiDashboardsArgs
    """Dashboards of Kiali's own."""
    grafana: KialiGrafanaArgs
    """Grafana."""
    istio: KialiIstioArgs
    """Istio."""
    perses: dict[str, Any]
    """Perses: `enabled`, `internal_url`, `external_url`, `project` …"""
    prometheus: KialiPrometheusArgs
    """Prometheus."""
    tracing: KialiTracingArgs
    """Jaeger or Tempo."""


class KialiHealthArgs(TypedDict, total=False):
    """When a workload counts as well."""

    compute: dict[str, Any]
    """Over what time, how often: `duration`, `refresh_interval`, `timeout`."""
    rate: list[dict[str, Any]]
    """Shares of failures that are borne: `namespace`, `kind`, `name`, `tolerance`."""


class KialiIdentityArgs(TypedDict, total=False):
    """Kiali's certificate; with one it speaks HTTPS."""

    cert_file: str
    """File in the pod; unset: none, on OpenShift the Service's."""
    private_key_file: str
    """File with its key."""


class KialiValidationsArgs(TypedDict, total=False):
    """Kiali's findings about Istio's objects."""

    ignore: list[str]
    """Codes that are not shown."""
    skip_wildcard_gateway_hosts: bool
    """Whether gateways' wildcard hosts are not looked at."""


class KialiFeaturesArgs(TypedDict, total=False):
    """What Kiali offers."""

    disabled_features: list[str]
    """Features that are off; with ``logs-tab`` Kiali gets no right to read logs either."""
    validations: KialiValidationsArgs
    """Findings."""
    authz: dict[str, Any]
    """What a user needs to see a namespace: `require_namespace_get`."""
    custom_workload_types: list[dict[str, Any]]
    """Kinds of workloads besides Kubernetes' own: `group`, `version`, `kind`."""
    istio_annotation_action: bool
    """Whether annotations can be edited."""
    istio_injection_action: bool
    """Whether injection can be switched."""
    istio_upgrade_action: bool
    """Whether namespaces can be moved to another revision."""
    ui_defaults: dict[str, Any]
    """The console's defaults: `graph`, `metrics_per_refresh`, `namespaces`, `refresh_interval` …"""


class KialiKubernetesArgs(TypedDict, total=False):
    """Kiali's requests to the API server."""

    burst: int
    """Requests at once."""
    qps: int
    """Requests a second."""
    cache_duration: int
    """How old what is cached may be, in seconds."""
    cache_token_namespace_duration: int
    """How old the list of a user's namespaces may be, in seconds."""
    cluster_name: str
    """Name of the cluster; unset: what istiod calls it."""
    excluded_workloads: list[str]
    """Kinds of workloads that are not looked at."""


class KialiLoginTokenArgs(TypedDict, total=False):
    """Logins."""

    signing_key: pulumi.Input[str]
    """The key of sessions, a secret: 16, 24 or 32 bytes, or ``secret:<name>:<key>``; unset: drawn once and kept."""
    expiration_seconds: int
    """How long a login lasts; unset: a day."""


class KialiHealthStatusArgs(TypedDict, total=False):
    """The metric with the health of all that Kiali sees."""

    enabled: bool
    """Whether there is one."""
    max_consecutive_na: int
    """After how many times without health a series goes."""


class KialiMetricsArgs(TypedDict, total=False):
    """Kiali's own metrics."""

    enabled: bool
    """Whether there are any."""
    port: int
    """Their port."""
    health_status: KialiHealthStatusArgs
    """The metric with health."""


class KialiObservabilityArgs(TypedDict, total=False):
    """What is seen of Kiali itself."""

    metrics: KialiMetricsArgs
    """Its own metrics."""
    tracing: dict[str, Any]
    """Its own traces: `enabled`, `collector_url`, `sampling_rate`, `otel` …"""


class KialiServerArgs(TypedDict, total=False):
    """Kiali's server."""

    port: int
    """Port of the console and the API."""
    web_root: str
    """Path of the console; empty: ``/kiali``, on OpenShift ``/``."""
    web_fqdn: str
    """Host by which users know Kiali; empty: found out from requests."""
    web_port: str
    """Port by which users know Kiali; empty: found out from requests."""
    web_schema: str
    """Scheme by which users know Kiali; empty: found out from requests."""
    web_history_mode: str
    """How the console keeps its history; unset: ``browser``."""
    observability: KialiObservabilityArgs
    """What is seen of Kiali itself."""
    node_port: int
    """Port of the nodes, for a Service of type NodePort; unset: Kubernetes chooses."""
    address: str
    """Address to listen on; unset: all."""
    audit_log: bool
    """Whether changes are written to the log; unset: yes."""
    cors_allow_all: bool
    """Whether pages from anywhere may call the API; unset: no."""
    gzip_enabled: bool
    """Whether answers are compressed; unset: yes."""
    profiler: dict[str, Any]
    """Go's profiler: `enabled`."""
    require_auth: bool
    """Whether ``/api`` wants a login; unset: no."""
    write_timeout: Any
    """How long an answer may take, in seconds."""


class KialiArgs(TypedDict, total=False):
    """Kiali, the console of the mesh."""

    mesh: MeshArgs
    """The mesh: version, profile, platform, namespaces and the domain of Services count; unset: one with Istio's
    defaults."""
    enabled: bool
    """Whether a mesh declares it."""
    installationMode: str
    """``server``: Kiali itself is declared; ``operator``: its operator, and a Kiali resource for it."""
    version: str
    """Version of Kiali, v1.89, or v2.12 or newer, such as ``v2.27.1``; unset: the one that Istio's version comes
    with, newest patch."""
    namespace: str
    """Its namespace; unset: the control plane's."""
    allowAnonymousWrites: bool
    """Whether everybody who reaches Kiali may change the mesh, without a login: ``auth.strategy: anonymous`` without
    ``deployment.view_only_mode``. Profile ``demo`` needs no such consent."""
    operator: KialiOperatorArgs
    """The operator, for ``installationMode: operator``."""
    skipResources: list[str]
    """Objects that somebody else declares, for ``installationMode: server``: ``clusterrole``, ``clusterrolebinding``
    (or what is in their place in namespaces), ``sa``, the ServiceAccount."""
    additional_display_details: list[KialiDetailArgs]
    """Links that the console shows of workloads and Services."""
    auth: KialiAuthArgs
    """Who may log in."""
    chat_ai: dict[str, Any]
    """The console's assistant: `enabled`, `default_provider`, `providers`; keys as ``secret:<name>:<key>``."""
    clustering: KialiClusteringArgs
    """Other clusters of the mesh."""
    custom_dashboards: list[dict[str, Any]]
    """Dashboards of your own."""
    deployment: KialiDeploymentArgs
    """Kiali in Kubernetes."""
    extensions: list[KialiExtensionArgs]
    """Extensions of the console."""
    external_services: KialiServicesArgs
    """What Kiali asks, and what it links to; unset addresses are those of the mesh's own addons."""
    health_config: KialiHealthArgs
    """When a workload counts as well."""
    identity: KialiIdentityArgs
    """Kiali's certificate."""
    installation_tag: str
    """What the console calls itself in the browser's title."""
    istio_labels: dict[str, Any]
    """Labels that stand for app and version: `app_label_name`, `version_label_name`."""
    kiali_feature_flags: KialiFeaturesArgs
    """What Kiali offers."""
    kiali_internal: dict[str, Any]
    """What nobody but Kiali's developers should set."""
    kubernetes_config: KialiKubernetesArgs
    """Kiali's requests to the API server."""
    login_token: KialiLoginTokenArgs
    """Logins."""
    server: KialiServerArgs
    """Kiali's server."""
