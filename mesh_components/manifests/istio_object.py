"""Istio's own objects, as plain Kubernetes objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.settings import MeshSettings
from mesh_components.settings.placed import Noted

from .labels import revision

NETWORKING = "networking.istio.io/v1"
SECURITY = "security.istio.io/v1"
GATEWAY_API = "gateway.networking.k8s.io/v1"

WIZARD = "kiali_wizard"
"""Label of what Kiali's wizards make: which of them may edit it (``WizardActions.ts`` of Kiali 2.27)."""


def istio_object(
    mesh: MeshSettings,
    noted: Noted,
    api_version: str,
    kind: str,
    name: str,
    namespace: str,
    spec: Mapping[str, Any],
    wizard: str = "",
) -> dict[str, Any]:
    """Return an object with the labels that istiod and Kiali read, and those that the user wants.

    :param wizard: which of Kiali's wizards the object could be from
    """
    labels = {
        **({WIZARD: wizard} if wizard else {}),
        **(revision(mesh) if mesh.revision else {}),
        **noted.labels,
    }
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if labels:
        metadata["labels"] = labels
    if noted.annotations:
        metadata["annotations"] = dict(noted.annotations)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": given(spec)}


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are set: not None, and no empty list or mapping."""
    return {key: value for key, value in fields.items() if value is not None and value != [] and value != {}}


def service_host(mesh: MeshSettings, service: str, namespace: str) -> str:
    """Return the full name by which a Service of the cluster is known."""
    return f"{service}.{namespace}.svc.{cluster_domain(mesh)}"


def cluster_domain(mesh: MeshSettings) -> str:
    """Return the domain of the cluster's Services."""
    return mesh.global_.proxy.clusterDomain


def root_namespace(mesh: MeshSettings) -> str:
    """Return where objects count for the whole mesh."""
    found: str = mesh.meshConfig.get("rootNamespace") or mesh.istio_namespace
    return found
