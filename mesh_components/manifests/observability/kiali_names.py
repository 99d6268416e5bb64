"""What Kiali's objects have in common: names, labels, and facts that follow from the mesh's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.manifests.istio_object import service_host
from mesh_components.manifests.text import Assembled, assemble
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.kiali import KialiSettings
from mesh_components.settings.observability.kiali_consistency import OPENSHIFT
from mesh_components.settings.observability.kiali_versions import KialiFacts, facts, order
from mesh_components.settings.opaque import OpaqueStr
from mesh_components.versions.addons import ADDONS

OPENSHIFT_CERTIFICATE = ("/kiali-cert/tls.crt", "/kiali-cert/tls.key")
"""Where OpenShift's certificate for the Service is in the pod."""


def namespace(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return Kiali's namespace."""
    return one.namespace or mesh.istio_namespace


def version(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return Kiali's version: the one in the settings, or the one that the mesh's Istio comes with."""
    return one.version or ADDONS[mesh.version].kiali.tag


def whole_version(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return Kiali's version with its patch, as labels have it: ``v2.27.0`` for the minor version ``v2.27``."""
    found = version(mesh, one)
    return f"{found}.0" if found.count(".") == 1 else found


def special(mesh: MeshSettings, one: KialiSettings) -> KialiFacts:
    """Return what is special about this version of Kiali."""
    return facts(version(mesh, one))


def at_least(mesh: MeshSettings, one: KialiSettings, least: str) -> bool:
    """Return whether Kiali has this version or a newer one."""
    return order(version(mesh, one)) >= order(least)


def image_reference(name: OpaqueStr, tag: OpaqueStr, digest: str) -> str | Assembled:
    """Return an image reference as Kiali's charts write it.

    :param digest: how the tag is to be read, such as ``sha256``; empty: as a tag
    """
    middle = f"@{digest}" if digest else ""
    return assemble(lambda parts: f"{parts[0]}{middle}:{parts[1]}", [name, tag])


def on_openshift(mesh: MeshSettings) -> bool:
    """Return whether the cluster is OpenShift."""
    return mesh.global_.platform == OPENSHIFT


def strategy(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return how users log in."""
    return one.auth.strategy or (OPENSHIFT if on_openshift(mesh) else "token")


def writes(mesh: MeshSettings, one: KialiSettings) -> bool:
    """Return whether Kiali's own account may change the mesh: where no user has rights of his own."""
    return strategy(mesh, one) == "anonymous" and not one.deployment.view_only_mode


def web_root(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return the path of the console."""
    return one.server.web_root or ("/" if on_openshift(mesh) else "/kiali")


def certificate(mesh: MeshSettings, one: KialiSettings) -> tuple[str, str]:
    """Return the files with Kiali's certificate and its key; empty where it speaks plain HTTP."""
    if one.identity.cert_file is None:
        return OPENSHIFT_CERTIFICATE if on_openshift(mesh) else ("", "")
    return one.identity.cert_file, one.identity.private_key_file or ""


def scheme(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return ``https`` where Kiali has a certificate, or else ``http``."""
    return "https" if certificate(mesh, one)[0] else "http"


def url(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return where the console is for whoever is in the cluster."""
    host = service_host(mesh, one.deployment.instance_name, namespace(mesh, one))
    return f"{scheme(mesh, one)}://{host}:{one.server.port}{web_root(mesh, one)}"


def selector(one: KialiSettings) -> dict[str, str]:
    """Return the labels by which Deployment and Service know Kiali's pods. They cannot be changed later."""
    return {"app.kubernetes.io/name": "kiali", "app.kubernetes.io/instance": one.deployment.instance_name}


def labels(mesh: MeshSettings, one: KialiSettings) -> dict[str, str]:
    """Return the labels of each of Kiali's objects."""
    known = one.deployment.version_label or whole_version(mesh, one)
    return {
        **one.deployment.extra_labels,
        "app": "kiali",
        **selector(one),
        "version": known,
        "app.kubernetes.io/version": known,
        "app.kubernetes.io/part-of": "kiali",
    }


def metadata(
    mesh: MeshSettings,
    one: KialiSettings,
    *,
    name: str | None = None,
    place: str | None = "",
    more_labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return an object's metadata.

    :param name: unset: the instance's
    :param place: namespace; empty: Kiali's; None for an object that has none
    :param annotations: left out where there are none
    """
    return {
        "name": name or one.deployment.instance_name,
        **({} if place is None else {"namespace": place or namespace(mesh, one)}),
        "labels": {**(more_labels or {}), **labels(mesh, one)},
        **({"annotations": dict(annotations)} if annotations else {}),
    }


def declared(mesh: MeshSettings, one: KialiSettings, api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    """Return an object of the instance's name in Kiali's namespace."""
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata(mesh, one), **fields}
