"""The control plane: istiod's rights, configuration and workload, and the webhooks that validate Istio objects."""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from . import base, gateway_classes, istiod, mesh_config, patches, rbac, remote, stable, values, webhooks
from .scope import in_scope

READER_PART = "istio-reader"


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return the control plane's objects: rights and configuration first, webhooks last."""
    here = settings.configured_here
    found = [
        *_rights(settings),
        *([mesh_config.config_map(settings)] if settings.pilot.configMap else []),
        values.config_map(settings),
        *gateway_classes.objects(settings),
        *remote.objects(settings),
        *istiod.objects(settings),
        *(stable.objects(settings) if here and settings.experimental.stableValidationPolicy else ()),
        *(webhooks.validating(settings) if here else ()),
    ]
    return patches.apply(settings, in_scope(settings, found))


def _rights(settings: MeshSettings) -> list[dict[str, Any]]:
    part = istiod.PART
    subject = rbac.account(istiod.name(settings), settings.istio_namespace)
    found: list[dict[str, Any]] = []

    def grant(name: str, part: str, rules: list[rbac.Rule], to: dict[str, str]) -> None:
        full = f"{settings.suffixed(name)}-{settings.istio_namespace}"
        found.append(rbac.cluster_role(settings, full, part, part, rules))
        found.append(rbac.cluster_role_binding(settings, full, part, part, to))

    if settings.configured_here:
        grant("istiod-clusterrole", part, rbac.istiod_rules(settings), subject)
        if str(settings.pilot.env.get("PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER")).lower() != "false":
            grant("istiod-gateway-controller", part, list(rbac.GATEWAY_CONTROLLER_RULES), subject)
        found += rbac.role(settings, istiod.name(settings), part, rbac.NAMESPACE_RULES, subject, {"app": "istiod"})
    if settings.global_.enableReaderRBAC is not False:
        grant("istio-reader-clusterrole", READER_PART, rbac.reader_rules(settings), _reader(settings))
    return found


def _reader(settings: MeshSettings) -> dict[str, str]:
    chosen = settings.global_.readerServiceAccount
    return (
        rbac.account(chosen.name, chosen.namespace) if chosen else rbac.account(base.READER, settings.istio_namespace)
    )
