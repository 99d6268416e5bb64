"""How versions of Kiali differ: in what a server reads, in its rights, and in its operator.

Facts from Kiali's source (``config/config.go``), the charts in kiali/helm-charts (``kiali-server``, ``kiali-operator``)
and ``samples/addons/kiali.yaml`` of Istio 1.27, 1.28, 1.29, 1.30 and 1.31. Compared were the versions in
:data:`KIALI`; what changed somewhere between two of them counts from the later one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_VERSION = re.compile(r"v(\d+)\.(\d+)(\.\d+)?")


@dataclass(frozen=True)
class KialiFacts:
    """What is special about a version of Kiali."""

    names_istiod: bool
    """Whether the server is told the control plane's namespace and the root namespace; later ones find out."""
    lists_namespaces: bool
    """Whether it reads namespaces as a list (``accessible_namespaces``) instead of selectors."""
    cluster_urls: bool
    """Whether addresses of Grafana and tracing are called ``in_cluster_url`` and ``url``."""
    reads_certificates: bool
    """Whether it reads the Secrets with the CA's certificates, and their keys, unless told not to."""
    projects: bool
    """Whether it reads OpenShift's projects."""
    inference: bool
    """Whether it knows the Gateway API's inference extension."""
    operator: bool
    """Whether its operator can be declared here."""
    operator_policies: bool
    """Whether the operator makes network policies."""
    operator_tls: bool
    """Whether the operator reads OpenShift's TLS profile, and adds containers of the user's."""
    operator_budgets: bool
    """Whether the operator makes disruption budgets, and is told not to reconcile again and again."""


_1_89 = KialiFacts(
    names_istiod=True,
    lists_namespaces=True,
    cluster_urls=True,
    reads_certificates=True,
    projects=True,
    inference=False,
    operator=False,
    operator_policies=False,
    operator_tls=False,
    operator_budgets=False,
)
_2_12 = replace(_1_89, lists_namespaces=False, cluster_urls=False, reads_certificates=False, operator=True)
_2_17 = replace(_2_12, names_istiod=False, projects=False, inference=True, operator_policies=True)
_2_21 = replace(_2_17, operator_tls=True)
_2_26 = replace(_2_21, operator_budgets=True)

KIALI: Mapping[str, KialiFacts] = {"v1.89": _1_89, "v2.12": _2_12, "v2.17": _2_17, "v2.21": _2_21, "v2.26": _2_26}
"""The facts from a version on, oldest first: each row says what changed since the one before."""

_AUTHS = tuple(
    f"external_services.{service}.auth.{key}"
    for service in ("prometheus", "grafana", "tracing")
    for key in ("cert_file", "key_file")
)

NEW_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "v1.89": (),
    "v2.12": (
        "extensions",
        "external_services.grafana.datasource_uid",
        "external_services.istio.gateway_api_classes_label_selector",
        "external_services.istio.validation_change_detection_enabled",
        "external_services.istio.validation_reconcile_interval",
        "external_services.tracing.disable_version_check",
        "external_services.tracing.tempo_config.cache_capacity",
        "external_services.tracing.tempo_config.cache_enabled",
        "external_services.tracing.tempo_config.url_format",
        "kiali_feature_flags.ui_defaults.tracing",
        "kiali_internal",
        "server.require_auth",
    ),
    "v2.17": (
        "clustering.enable_exec_provider",
        "clustering.ignore_home_cluster",
        "external_services.perses",
        "external_services.tracing.tempo_config.name",
        "external_services.tracing.tempo_config.namespace",
        "external_services.tracing.tempo_config.tenant",
        "kiali_feature_flags.custom_workload_types",
    ),
    "v2.21": ("auth.openid.discovery_override", "deployment.tls_config", *_AUTHS),
    "v2.26": (
        "chat_ai",
        "external_services.custom_dashboards.prometheus.enabled",
        "external_services.prometheus.enabled",
        "external_services.tracing.use_waypoint_name",
        "health_config.compute",
        "kiali_feature_flags.authz",
        "server.observability.metrics.health_status",
    ),
}
"""Settings by the first version whose server reads them; older ones pass over them without a word."""

OPERATOR_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "v2.17": ("deployment.network_policy",),
    "v2.21": ("deployment.additional_pod_containers_yaml", "deployment.additional_pod_init_containers_yaml"),
    "v2.26": ("deployment.pod_disruption_budget", "deployment.strategy"),
}
"""Settings by the first version whose operator makes something of them."""

GONE_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "v2.17": tuple(
        f"external_services.istio.{key}"
        for key in (
            "config_map_name",
            "istio_sidecar_injector_config_map_name",
            "istiod_deployment_name",
            "root_namespace",
            "url_service_version",
        )
    ),
}
"""Settings by the first version whose server does not read them any more."""


def order(version: str) -> tuple[int, int]:
    """Return what versions are compared by, patches aside."""
    matched = _VERSION.fullmatch(version)
    if matched is None:
        raise ValueError(version)
    return int(matched[1]), int(matched[2])


def facts(version: str) -> KialiFacts:
    """Return what is special about ``version``."""
    return [KIALI[name] for name in KIALI if order(name) <= order(version)][-1]


def unknown_settings(version: str, *, operator: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the settings that ``version`` does not read yet, each with the first of :data:`KIALI` that does.

    :param operator: whether those that its operator does not know count, too
    """
    for name, paths in (*NEW_SETTINGS.items(), *(OPERATOR_SETTINGS.items() if operator else ())):
        if order(name) > order(version):
            for path in paths:
                yield path, name


def gone_settings(version: str) -> Iterator[tuple[str, str]]:
    """Yield the settings that ``version`` does not read any more, each with the first of :data:`KIALI` like that."""
    for name, paths in GONE_SETTINGS.items():
        if order(name) <= order(version):
            for path in paths:
                yield path, name


def _known(value: str) -> str:
    oldest, *others = map(order, KIALI)
    if not _VERSION.fullmatch(value) or (order(value) != oldest and order(value) < others[0]):
        allowed = "a version of Kiali, v1.89, or v2.12 or newer, such as v2.27 or v2.27.1"
        raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})
    return value


KialiVersion = Annotated[str, AfterValidator(_known)]
"""A version of Kiali, also the tag of its image. Without a patch it is the newest patch of the minor version."""
