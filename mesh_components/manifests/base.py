"""What all revisions of a control plane share: its Namespace, Istio's CRDs, the account that reads remote clusters.

Facts: Istio 1.31's base chart; what istioctl labels the Namespace with is ``operator/pkg/util/k8s.go``.
"""

from __future__ import annotations

from typing import Any

from mesh_components import schemas
from mesh_components.settings import MeshSettings

from . import patches, registry
from .labels import common, metadata
from .scope import in_scope
from .workloads import filled, pull_secrets

NETWORK = "topology.istio.io/network"
"""Namespace label that says in which network the workloads of a cluster are."""

READER = "istio-reader-service-account"
"""The account with which istiod in another cluster reads this one."""


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return what all revisions share, Namespace first."""
    found = []
    if settings.createNamespace:
        found.append(_namespace(settings))
    found += registry.secrets(settings, settings.istio_namespace, settings.global_.imagePullSecrets)
    if settings.base.enableIstioConfigCRDs:
        found += _definitions(settings)
    if settings.gatewayAPI.enabled:
        found += _gateway_api(settings)
    if settings.global_.enableReaderRBAC is not False and settings.global_.readerServiceAccount is None:
        found.append(_reader(settings))
    return patches.apply(settings, in_scope(settings, found))


def _namespace(settings: MeshSettings) -> dict[str, Any]:
    labels = {**filled(**{NETWORK: settings.global_.network}), **settings.podSecurity.labels()}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": settings.istio_namespace, **({"labels": labels} if labels else {})},
    }


def _definitions(settings: MeshSettings) -> list[dict[str, Any]]:
    shared = common(settings, "")
    labels = {key: value for key, value in shared.items() if value}
    return [
        {**definition, "metadata": {**definition["metadata"], "labels": labels}}
        for definition in schemas.crds(settings.istio.schemas)
        if definition["metadata"]["name"] not in settings.base.excludedCRDs
    ]


def _gateway_api(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return the Gateway API's definitions, marked as its project marks them: no label says that they are Istio's.

    The admission policy that its release ships beside them is not declared: it would refuse a downgrade that a reviewed
    preview shows.
    """
    return [
        definition
        for definition in schemas.gateway_api_crds(settings.istio.gateway_api, settings.gatewayAPI.channel)
        if definition["metadata"]["name"] not in settings.gatewayAPI.leave
    ]


def _reader(settings: MeshSettings) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(settings, READER, part="istio-reader", labels={"app": "istio-reader"}),
        **pull_secrets(settings),
    }
