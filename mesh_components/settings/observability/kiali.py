# ruff: noqa: RUF012 (pydantic copies defaults)
"""Kiali: the keys of Kiali's own resource, spelled as there, and a few of ours.

Facts: names, types and defaults of ``kialis.kiali.io`` and of the charts ``kiali-server`` and ``kiali-operator`` in
kiali/helm-charts 2.27. Left out is what Kiali calls deprecated; ``deployment.namespace`` is ``namespace`` here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Name, Object
from .kiali_auth import KialiAuthSettings
from .kiali_deployment import KialiDeploymentSettings
from .kiali_operator import KialiOperatorSettings, Skipped
from .kiali_outdated import OF_KIALI, Outdated
from .kiali_server import (
    KialiClusteringSettings,
    KialiDetailSettings,
    KialiExtensionSettings,
    KialiFeaturesSettings,
    KialiHealthSettings,
    KialiIdentitySettings,
    KialiKubernetesSettings,
    KialiLoginTokenSettings,
    KialiServerSettings,
)
from .kiali_services import REFERENCE, KialiServicesSettings
from .kiali_versions import KialiVersion

CLUSTERS = "kiali-multi-cluster-secret"
"""A Secret with kubeconfigs of other clusters, mounted if it is there."""

OURS = ("enabled", "installationMode", "version", "namespace", "allowAnonymousWrites", "operator", "skipResources")
"""Settings that Kiali's own resource does not have."""


class KialiSettings(Outdated):
    """Kiali, the console of the mesh."""

    instead = OF_KIALI

    enabled: bool = False
    """Whether a mesh declares it."""
    installationMode: Literal["server", "operator"] = "server"
    """``server``: Kiali itself is declared; ``operator``: its operator, and a Kiali resource for it."""
    version: KialiVersion | None = None
    """Version of Kiali, v1.89, or v2.12 or newer, such as ``v2.27.1``; unset: the one that Istio's version comes with,
    newest patch."""
    namespace: Name | None = None
    """Its namespace; unset: the control plane's."""
    allowAnonymousWrites: bool = False
    """Whether everybody who reaches Kiali may change the mesh, without a login: ``auth.strategy: anonymous`` without
    ``deployment.view_only_mode``. Profile ``demo`` needs no such consent."""
    operator: KialiOperatorSettings = KialiOperatorSettings.model_construct()
    """The operator, for ``installationMode: operator``."""
    skipResources: list[Skipped] = []
    """Objects that somebody else declares, for ``installationMode: server``: ``clusterrole``, ``clusterrolebinding``
    (or what is in their place in namespaces), ``sa``, the ServiceAccount."""
    additional_display_details: list[KialiDetailSettings] = [
        KialiDetailSettings.model_construct(
            annotation="kiali.io/api-spec", icon_annotation="kiali.io/api-type", title="API Documentation"
        )
    ]
    """Links that the console shows of workloads and Services."""
    auth: KialiAuthSettings = KialiAuthSettings.model_construct()
    """Who may log in."""
    chat_ai: Object | None = None
    """The console's assistant: `enabled`, `default_provider`, `providers`; keys as ``secret:<name>:<key>``."""
    clustering: KialiClusteringSettings = KialiClusteringSettings.model_construct()
    """Other clusters of the mesh."""
    custom_dashboards: list[Object] | None = None
    """Dashboards of your own."""
    deployment: KialiDeploymentSettings = KialiDeploymentSettings.model_construct()
    """Kiali in Kubernetes."""
    extensions: list[KialiExtensionSettings] | None = None
    """Extensions of the console."""
    external_services: KialiServicesSettings = KialiServicesSettings.model_construct()
    """What Kiali asks, and what it links to; unset addresses are those of the mesh's own addons."""
    health_config: KialiHealthSettings | None = None
    """When a workload counts as well."""
    identity: KialiIdentitySettings = KialiIdentitySettings.model_construct()
    """Kiali's certificate."""
    installation_tag: str | None = None
    """What the console calls itself in the browser's title."""
    istio_labels: Object | None = None
    """Labels that stand for app and version: `app_label_name`, `version_label_name`."""
    kiali_feature_flags: KialiFeaturesSettings = KialiFeaturesSettings.model_construct()
    """What Kiali offers."""
    kiali_internal: Object | None = None
    """What nobody but Kiali's developers should set."""
    kubernetes_config: KialiKubernetesSettings | None = None
    """Kiali's requests to the API server."""
    login_token: KialiLoginTokenSettings = KialiLoginTokenSettings.model_construct()
    """Logins."""
    server: KialiServerSettings = KialiServerSettings.model_construct()
    """Kiali's server."""

    @property
    def secret_volumes(self) -> frozenset[str]:
        """The volumes of Kiali's pods with Secrets, those of single credentials aside."""
        name, deployment = self.deployment.instance_name, self.deployment
        return frozenset(
            [
                *(f"{name}-secret", f"{name}-cert", CLUSTERS),
                *(one.name for one in deployment.custom_secrets if one.csi is None),
                *(one.name for one in self.clustering.clusters if one.secret_name not in (None, CLUSTERS)),
            ]
        )

    @model_validator(mode="after")
    def _no_secret_is_written(self) -> Self:
        for field in ("additional_pod_containers_yaml", "additional_pod_init_containers_yaml"):
            for index, container in enumerate(getattr(self.deployment, field)):
                for mount in _mappings(container.get("volumeMounts")):
                    if mount.get("name") in self.secret_volumes and mount.get("readOnly") is False:
                        text = "deployment.{where} writes to {name}, which holds a Secret; leave out readOnly: false"
                        where = f"{field}[{index}].volumeMounts"
                        raise PydanticCustomError("conflict", text, {"where": where, "name": mount["name"]})
        return self

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        view_only, strategy = self.deployment.view_only_mode, self.auth.strategy
        if self.allowAnonymousWrites and (strategy != "anonymous" or view_only):
            why = (
                "deployment.view_only_mode is true" if view_only else f"auth.strategy is {strategy or 'not anonymous'}"
            )
            text = "allowAnonymousWrites is true, but {why}, so nobody writes without a login; remove it"
            raise PydanticCustomError("superfluous", text, {"why": why})
        if self.operator.onlyViewOnlyMode and not view_only and self.installationMode == "operator":
            text = (
                "operator.onlyViewOnlyMode is true, so that operator cannot make a Kiali that writes; write "
                "deployment.view_only_mode: true"
            )
            raise PydanticCustomError("conflict", text)
        wide = self.deployment.cluster_wide_access and self.installationMode == "operator"
        for key in ("clusterRoleCreator", "allowAllAccessibleNamespaces"):
            if wide and getattr(self.operator, key) is False:
                text = (
                    "operator.{key} is false, but deployment.cluster_wide_access is true, which needs it; leave the "
                    "former out, or write deployment.cluster_wide_access: false"
                )
                raise PydanticCustomError("conflict", text, {"key": key})
        if self.installationMode == "server" and self.operator != KialiOperatorSettings.model_construct():
            text = "installationMode is server, which does not use operator; write installationMode: operator, or "
            raise PydanticCustomError("superfluous", text + "leave operator out")
        if self.installationMode == "operator" and self.skipResources:
            text = (
                "installationMode is operator, which makes them all; operator.skipResources is for the operator's own"
            )
            raise PydanticCustomError("superfluous", text)
        if self.server.node_port is not None and self.deployment.service_type != "NodePort":
            text = "server.node_port needs deployment.service_type: NodePort (it is {type})"
            raise PydanticCustomError("conflict", text, {"type": self.deployment.service_type or "ClusterIP"})
        if self.deployment.additional_service_yaml.get("type") not in (None, self.deployment.service_type):
            text = "deployment.additional_service_yaml.type is another than deployment.service_type; keep the latter"
            raise PydanticCustomError("conflict", text)
        if literal := next(literal_keys(self.chat_ai or {}), None):
            text = "chat_ai.{where} is no secret:NAME:KEY; a credential does not belong into a ConfigMap"
            raise PydanticCustomError("superfluous", text, {"where": literal})
        return self


def literal_keys(chat: Object) -> Iterator[str]:
    """Yield where the assistant's settings have a credential in plain text."""
    for index, provider in enumerate(_mappings(chat.get("providers"))):
        for where, one in (
            (f"providers[{index}].key", provider),
            *(
                (f"providers[{index}].models[{n}].key", model)
                for n, model in enumerate(_mappings(provider.get("models")))
            ),
        ):
            if one.get("key") and not REFERENCE.fullmatch(str(one["key"])):
                yield where


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
