# ruff: noqa: RUF012 (pydantic copies defaults)
"""Kiali's server: ``server``, ``login_token``, ``identity``, ``clustering`` … of Kiali's own settings."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Object, ObjectName, Port
from ..model import Settings
from ..opaque import OpaqueStr, is_opaque
from .kiali_services import REFERENCE

_ROOT = re.compile(r"/|(/[a-zA-Z0-9\-._~!$&'()*+,;=:@%]+)+")


def _web_root(value: str) -> str:
    if value and (not _ROOT.fullmatch(value) or "/../" in f"{value}/"):
        allowed = "a path that begins with / and does not end with one, such as /kiali, or / alone"
        raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})
    return value


def _signing_key(value: OpaqueStr) -> OpaqueStr:
    fits = is_opaque(value) or not value or REFERENCE.fullmatch(str(value)) or len(str(value).encode()) in (16, 24, 32)
    if not fits:
        # The value is a secret, so it is not said.
        text = "the key must be 16, 24 or 32 bytes long, or secret:NAME:KEY; leave it out to have one drawn"
        raise PydanticCustomError("superfluous", text)
    return value


SigningKey = Annotated[OpaqueStr, AfterValidator(_signing_key)]
"""A key of 16, 24 or 32 bytes, or ``secret:<name>:<key>``; may arrive later."""


class KialiHealthStatusSettings(Settings):
    """The metric with the health of all that Kiali sees."""

    enabled: bool = False
    """Whether there is one."""
    max_consecutive_na: Annotated[int, Field(ge=0)] = 3
    """After how many times without health a series goes."""


class KialiMetricsSettings(Settings):
    """Kiali's own metrics."""

    enabled: bool = True
    """Whether there are any."""
    port: Port = 9090
    """Their port."""
    health_status: KialiHealthStatusSettings = KialiHealthStatusSettings.model_construct()
    """The metric with health."""


class KialiObservabilitySettings(Settings):
    """What is seen of Kiali itself."""

    metrics: KialiMetricsSettings = KialiMetricsSettings.model_construct()
    """Its own metrics."""
    tracing: Object | None = None
    """Its own traces: `enabled`, `collector_url`, `sampling_rate`, `otel` …"""


class KialiServerSettings(Settings):
    """Kiali's server."""

    port: Port = 20001
    """Port of the console and the API."""
    web_root: Annotated[str, AfterValidator(_web_root)] = ""
    """Path of the console; empty: ``/kiali``, on OpenShift ``/``."""
    web_fqdn: str = ""
    """Host by which users know Kiali; empty: found out from requests."""
    web_port: str = ""
    """Port by which users know Kiali; empty: found out from requests."""
    web_schema: Literal["", "http", "https"] = ""
    """Scheme by which users know Kiali; empty: found out from requests."""
    web_history_mode: Literal["browser", "hash"] | None = None
    """How the console keeps its history; unset: ``browser``."""
    observability: KialiObservabilitySettings = KialiObservabilitySettings.model_construct()
    """What is seen of Kiali itself."""
    node_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port of the nodes, for a Service of type NodePort; unset: Kubernetes chooses."""
    address: str | None = None
    """Address to listen on; unset: all."""
    audit_log: bool | None = None
    """Whether changes are written to the log; unset: yes."""
    cors_allow_all: bool | None = None
    """Whether pages from anywhere may call the API; unset: no."""
    gzip_enabled: bool | None = None
    """Whether answers are compressed; unset: yes."""
    profiler: Object | None = None
    """Go's profiler: `enabled`."""
    require_auth: bool | None = None
    """Whether ``/api`` wants a login; unset: no."""
    write_timeout: int | str | None = None
    """How long an answer may take, in seconds."""

    @property
    def metrics(self) -> KialiMetricsSettings:
        """Its own metrics."""
        return self.observability.metrics

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.metrics.enabled and self.metrics.port == self.port:
            text = "port and observability.metrics.port are both {port}; choose another for one of them"
            raise PydanticCustomError("conflict", text, {"port": self.port})
        return self


class KialiLoginTokenSettings(Settings):
    """Logins."""

    signing_key: SigningKey | None = None
    """The key of sessions, a secret: 16, 24 or 32 bytes, or ``secret:<name>:<key>``; unset: drawn once and kept."""
    expiration_seconds: int | None = None
    """How long a login lasts; unset: a day."""


class KialiIdentitySettings(Settings):
    """Kiali's certificate; with one it speaks HTTPS."""

    cert_file: str | None = None
    """File in the pod; unset: none, on OpenShift the Service's."""
    private_key_file: str | None = None
    """File with its key."""

    @model_validator(mode="after")
    def _both(self) -> Self:
        if bool(self.cert_file) != bool(self.private_key_file):
            text = "cert_file and private_key_file belong together; give both, or neither"
            raise PydanticCustomError("incomplete", text)
        return self


class KialiClusterSettings(Settings):
    """Another cluster."""

    name: str
    """Its name."""
    secret_name: ObjectName | None = None
    """Secret in Kiali's namespace with a kubeconfig for it."""


class KialiAutodetectSettings(Settings):
    """Secrets of other clusters, found by the operator."""

    enabled: bool = True
    """Whether they are looked for."""
    label: str = "kiali.io/multiCluster=true"
    """Their label."""


class KialiClusteringSettings(Settings):
    """Other clusters of the mesh."""

    clusters: list[KialiClusterSettings] = []
    """The clusters."""
    autodetect_secrets: KialiAutodetectSettings | None = None
    """Secrets of other clusters, found by the operator; unset: they are, there."""
    enable_exec_provider: bool | None = None
    """Whether kubeconfigs may have commands run."""
    ignore_home_cluster: bool | None = None
    """Whether Kiali does not show its own cluster."""
    kiali_urls: list[Object] | None = None
    """Where other clusters' Kialis are: `cluster_name`, `url` …"""


class KialiKubernetesSettings(Settings):
    """Kiali's requests to the API server."""

    burst: int | None = None
    """Requests at once."""
    qps: int | None = None
    """Requests a second."""
    cache_duration: int | None = None
    """How old what is cached may be, in seconds."""
    cache_token_namespace_duration: int | None = None
    """How old the list of a user's namespaces may be, in seconds."""
    cluster_name: str | None = None
    """Name of the cluster; unset: what istiod calls it."""
    excluded_workloads: list[str] | None = None
    """Kinds of workloads that are not looked at."""


class KialiValidationsSettings(Settings):
    """Kiali's findings about Istio's objects."""

    ignore: list[str] = ["KIA1301"]
    """Codes that are not shown."""
    skip_wildcard_gateway_hosts: bool | None = None
    """Whether gateways' wildcard hosts are not looked at."""


class KialiFeaturesSettings(Settings):
    """What Kiali offers."""

    disabled_features: list[Literal["logs-tab"]] = []
    """Features that are off; with ``logs-tab`` Kiali gets no right to read logs either."""
    validations: KialiValidationsSettings = KialiValidationsSettings.model_construct()
    """Findings."""
    authz: Object | None = None
    """What a user needs to see a namespace: `require_namespace_get`."""
    custom_workload_types: list[Object] = []
    """Kinds of workloads besides Kubernetes' own: `group`, `version`, `kind`."""
    istio_annotation_action: bool | None = None
    """Whether annotations can be edited."""
    istio_injection_action: bool | None = None
    """Whether injection can be switched."""
    istio_upgrade_action: bool | None = None
    """Whether namespaces can be moved to another revision."""
    ui_defaults: Object | None = None
    """The console's defaults: `graph`, `metrics_per_refresh`, `namespaces`, `refresh_interval` …"""


class KialiHealthSettings(Settings):
    """When a workload counts as well."""

    compute: Object | None = None
    """Over what time, how often: `duration`, `refresh_interval`, `timeout`."""
    rate: list[Object] | None = None
    """Shares of failures that are borne: `namespace`, `kind`, `name`, `tolerance`."""


class KialiDetailSettings(Settings):
    """A link that the console shows."""

    annotation: str
    """Annotation of a workload or Service with the link."""
    title: str
    """What it is called."""
    icon_annotation: str = ""
    """Annotation with the kind of icon."""


class KialiExtensionSettings(Settings):
    """An extension of the console."""

    name: str
    """Its name."""
    enabled: bool = True
    """Whether it is on."""
