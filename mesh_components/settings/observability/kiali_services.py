"""What Kiali asks: ``external_services`` of Kiali's own settings."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Object
from ..model import Settings
from ..opaque import OpaqueStr, is_opaque
from .kiali_outdated import OF_SERVICES, Outdated

REFERENCE = re.compile(r"secret:([^:]+):([^:]+)")
"""How Kiali's settings name a key of a Secret in Kiali's namespace."""


def _referenced(value: str) -> str:
    if value and not REFERENCE.fullmatch(value):
        text = "a credential does not belong into a ConfigMap; write secret:NAME:KEY, of a Secret in Kiali's namespace"
        raise PydanticCustomError("superfluous", text)
    return value


def _url(value: Any) -> Any:
    if is_opaque(value) or re.fullmatch(r"(https?://[^\s]+)?", value):
        return value
    allowed = "a URL that begins with http:// or https://"
    raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})


Credential = Annotated[str, AfterValidator(_referenced)]
"""A credential as Kiali's settings refer to one, ``secret:<name>:<key>``; empty: none."""

Url = Annotated[OpaqueStr, AfterValidator(_url)]
"""An address; may arrive later."""


class KialiServiceAuthSettings(Settings):
    """How Kiali proves to a service who it is. Secrets are in Kiali's namespace."""

    type: Literal["none", "basic", "bearer"] = "none"
    """``basic``: ``username`` and ``password``; ``bearer``: ``token``, or Kiali's own."""
    username: str | None = None
    """User, or ``secret:<name>:<key>``."""
    password: Credential | None = None
    """Password as ``secret:<name>:<key>``."""
    token: Credential | None = None
    """Token as ``secret:<name>:<key>``."""
    use_kiali_token: bool = False
    """Whether Kiali shows the token of its own account."""
    insecure_skip_verify: bool = False
    """Whether the service's certificate goes unchecked."""
    cert_file: str | None = None
    """Kiali's certificate for the service: a file in the pod, or ``secret:<name>:<key>``."""
    key_file: str | None = None
    """Its key: a file in the pod, or ``secret:<name>:<key>``."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.type == "basic" and not (self.username and self.password):
            raise PydanticCustomError("incomplete", "type is basic, so username and password must be given too")
        if self.type == "bearer" and not (self.token or self.use_kiali_token):
            text = "type is bearer, so token must be given, or use_kiali_token: true"
            raise PydanticCustomError("incomplete", text)
        return self


class KialiPrometheusSettings(Settings):
    """Prometheus, without which there is no graph."""

    enabled: bool = True
    """Whether there is one."""
    url: Url | None = None
    """Its address in the cluster; unset: that of the mesh's own, or else Kiali's default,
    ``http://prometheus.istio-system:9090``."""
    auth: KialiServiceAuthSettings | None = None
    """How Kiali proves who it is; unset: not at all."""
    cache_duration: int | None = None
    """How old cached results may be, in seconds."""
    cache_enabled: bool | None = None
    """Whether results are cached."""
    cache_expiration: int | None = None
    """When the cache is emptied, in seconds."""
    custom_headers: dict[str, str] | None = None
    """Headers of Kiali's requests."""
    health_check_url: str | None = None
    """Where Kiali looks whether it is well; unset: at ``url``."""
    is_core: bool | None = None
    """Whether Kiali counts as not working without it."""
    query_scope: dict[str, str] | None = None
    """Labels that every query asks for, such as those of one of several meshes."""
    thanos_proxy: Object | None = None
    """Facts about a Thanos in front of it: `enabled`, `retention_period`, `scrape_interval`."""


class KialiGrafanaSettings(Outdated):
    """Grafana, to which Kiali links."""

    instead = OF_SERVICES

    enabled: bool | None = None
    """Whether there is one; unset: whether its address is known."""
    internal_url: Url | None = None
    """Its address in the cluster; unset: that of the mesh's own."""
    external_url: Url | None = None
    """Its address for users' browsers."""
    auth: KialiServiceAuthSettings | None = None
    """How Kiali proves who it is; unset: not at all."""
    dashboards: list[Object] | None = None
    """Dashboards to link to: `name`, `variables`; unset: Istio's."""
    datasource_uid: str | None = None
    """Grafana's identifier of its data source."""
    health_check_url: str | None = None
    """Where Kiali looks whether it is well."""
    is_core: bool | None = None
    """Whether Kiali counts as not working without it."""


class KialiTracingSettings(Outdated):
    """Jaeger or Tempo."""

    instead = OF_SERVICES

    enabled: bool | None = None
    """Whether there is one; unset: whether its address is known."""
    provider: Literal["jaeger", "tempo"] | None = None
    """Which of the two; unset: Jaeger."""
    internal_url: Url | None = None
    """Its address in the cluster; unset: that of the mesh's own Jaeger."""
    external_url: Url | None = None
    """Its address for users' browsers."""
    auth: KialiServiceAuthSettings | None = None
    """How Kiali proves who it is; unset: not at all."""
    custom_headers: dict[str, str] | None = None
    """Headers of Kiali's requests."""
    disable_version_check: bool | None = None
    """Whether Kiali leaves out asking for its version."""
    grpc_port: int | None = None
    """Port for gRPC, for Tempo."""
    health_check_url: str | None = None
    """Where Kiali looks whether it is well."""
    is_core: bool | None = None
    """Whether Kiali counts as not working without it."""
    namespace_selector: bool | None = None
    """Whether a service is called ``name.namespace`` there."""
    query_scope: dict[str, str] | None = None
    """Tags that every query asks for."""
    query_timeout: int | None = None
    """How long an answer may take, in seconds."""
    tempo_config: Object | None = None
    """What belongs to Tempo: `datasource_uid`, `org_id`, `url_format` …"""
    use_grpc: bool | None = None
    """Whether ``internal_url`` speaks gRPC."""
    use_waypoint_name: bool | None = None
    """Whether traces of waypoints are looked for by the waypoint's name."""
    whitelist_istio_system: list[str] | None = None
    """Services of the control plane's namespace whose traces are shown."""


class KialiIstioSettings(Settings):
    """Istio."""

    root_namespace: str | None = None
    """Where objects count for the whole mesh; unset: the mesh's."""
    istio_api_enabled: bool | None = None
    """Whether Kiali asks istiod."""
    istio_identity_domain: str | None = None
    """Domain of the cluster's Services, ``svc.<domain>``; unset: the mesh's."""
    istiod_polling_interval_seconds: int | None = None
    """How often Kiali asks istiod, in seconds."""
    component_status: Object | None = None
    """Which parts of Istio Kiali looks at: `enabled`, `components`."""
    gateway_api_classes: list[Object] | None = None
    """Gateway classes to offer: `name`, `class_name`; unset: those in the cluster."""
    gateway_api_classes_label_selector: str | None = None
    """Labels of the gateway classes to offer."""
    validation_change_detection_enabled: bool | None = None
    """Whether only what changed is validated."""
    validation_reconcile_interval: str | None = None
    """How often everything is validated, such as ``1m``; ``0``: never."""
    config_map_name: str | None = None
    """ConfigMap with the mesh's configuration; unset: that of each revision."""
    istio_sidecar_injector_config_map_name: str | None = None
    """ConfigMap of the injector; unset: that of each revision."""
    istiod_deployment_name: str | None = None
    """Deployment of istiod; unset: found by its label."""
    url_service_version: str | None = None
    """Where istiod tells its version."""


class KialiDashboardsSettings(Settings):
    """Dashboards of Kiali's own."""

    enabled: bool = True
    """Whether there are any."""
    discovery_enabled: Literal["true", "false", "auto"] | None = None
    """Whether dashboards are shown for which there are metrics."""
    discovery_auto_threshold: int | None = None
    """Up to how many pods ``auto`` looks."""
    is_core: bool | None = None
    """Whether Kiali counts as not working without their Prometheus."""
    namespace_label: str | None = None
    """Label of metrics with the namespace."""
    prometheus: KialiPrometheusSettings | None = None
    """Prometheus with their metrics; unset: the same."""


class KialiServicesSettings(Settings):
    """What Kiali asks, and what it links to."""

    custom_dashboards: KialiDashboardsSettings = KialiDashboardsSettings.model_construct()
    """Dashboards of Kiali's own."""
    grafana: KialiGrafanaSettings = KialiGrafanaSettings.model_construct()
    """Grafana."""
    istio: KialiIstioSettings = KialiIstioSettings.model_construct()
    """Istio."""
    perses: Object | None = None
    """Perses: `enabled`, `internal_url`, `external_url`, `project` …"""
    prometheus: KialiPrometheusSettings = KialiPrometheusSettings.model_construct()
    """Prometheus."""
    tracing: KialiTracingSettings = KialiTracingSettings.model_construct()
    """Jaeger or Tempo."""
