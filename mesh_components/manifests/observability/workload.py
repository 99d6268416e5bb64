"""What the addons have in common as Kubernetes objects: one pod, its account, its Service, its volume."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mesh_components.manifests import workloads
from mesh_components.manifests.text import Assembled, assemble
from mesh_components.manifests.workloads import filled
from mesh_components.manifests.yaml_text import to_yaml
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.workload import (
    ImageSettings,
    PersistentVolumeSettings,
    WorkloadSettings,
)
from mesh_components.versions.addons import Image

Ports = Mapping[str, int | tuple[int, int]]
"""Ports of a Service by name: the port, or the port and that of the container."""

NO_SIDECAR = {"sidecar.istio.io/inject": "false"}
"""Label of pods that stay out of the mesh: they are asked by, and ask, what is in it and what is not."""

_LOCKED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What the Pod Security level ``restricted`` asks of a container, its user aside."""


def namespace(mesh: MeshSettings, one: WorkloadSettings) -> str:
    """Return where an addon is."""
    return one.namespace or mesh.istio_namespace


def image(one: ImageSettings, known: Image) -> Any:
    """Return an image reference."""
    return workloads.image(one.hub or known.hub, one.image or known.name, one.tag or known.tag, "")


def version(one: ImageSettings, known: Image) -> dict[str, str]:
    """Return the label with the addon's version, where it is known."""
    return {} if one.tag or one.image else {"app.kubernetes.io/version": known.tag}


def metadata(name: str, place: str | None, labels: Mapping[str, str], **more: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object's metadata.

    :param place: namespace; None for an object that has none
    :param more: ``annotations``, left out where there are none
    """
    return {"name": name, **({"namespace": place} if place else {}), "labels": dict(labels), **filled(**more)}


def account(mesh: MeshSettings, described: Mapping[str, Any], *, token: bool) -> dict[str, Any]:
    """Return the ServiceAccount of an addon.

    :param token: whether its pods get a token for the API server
    """
    silent = {} if token else {"automountServiceAccountToken": False}
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": dict(described),
        **silent,
        **workloads.pull_secrets(mesh),
    }


def config_map(described: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": dict(described), "data": dict(data)}


def service(
    one: WorkloadSettings | None,
    described: Mapping[str, Any],
    selector: Mapping[str, str],
    ports: Ports,
    protocols: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return a Service.

    :param one: the settings of the Service that people look at; None for one that programs use
    :param protocols: what ports speak whose names do not say it to Istio, by name
    """
    listed = [
        {
            "name": name,
            "port": port,
            "protocol": "TCP",
            "targetPort": target,
            **filled(appProtocol=protocols.get(name)),
        }
        for name, number in ports.items()
        for port, target in [number if isinstance(number, tuple) else (number, number)]
    ]
    annotations = {**(one.serviceAnnotations if one else {})}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**described, **filled(annotations=annotations)},
        "spec": {"type": one.serviceType if one else "ClusterIP", "ports": listed, "selector": dict(selector)},
    }


def deployment(
    described: Mapping[str, Any], selector: Mapping[str, str], template: Mapping[str, Any], *, replaced: bool
) -> dict[str, Any]:
    """Return a Deployment of one pod.

    :param replaced: whether the old pod ends before the new one begins, because both would use the same data
    """
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": dict(described),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": dict(selector)},
            **({"strategy": {"type": "Recreate"}} if replaced else {}),
            "template": dict(template),
        },
    }


def template(
    mesh: MeshSettings,
    one: WorkloadSettings,
    *,
    name: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, Any],
    user: int,
    group: int,
    spec: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the template of an addon's pod.

    :param name: of its ServiceAccount
    :param user: the image's own user, a number as Kubernetes needs it to know that it is not root
    :param group: who owns the files on its volumes
    :param spec: containers, volumes and what else the pod has
    """
    described = {
        "labels": {**labels, **NO_SIDECAR, **one.podLabels},
        **filled(annotations={**annotations, **one.podAnnotations}),
    }
    return {
        "metadata": described,
        "spec": {
            "serviceAccountName": name,
            "securityContext": _pod_security(mesh, one, user, group),
            **filled(
                nodeSelector=dict(one.nodeSelector),
                affinity=dict(one.affinity),
                tolerations=list(one.tolerations),
                priorityClassName=one.priorityClassName,
            ),
            **spec,
        },
    }


def container(mesh: MeshSettings, one: WorkloadSettings, name: str, reference: Any, **fields: Any) -> dict[str, Any]:
    """Return a container; ``fields`` that are empty are left out."""
    return {
        "name": name,
        "image": reference,
        **filled(imagePullPolicy=one.imagePullPolicy or mesh.global_.imagePullPolicy),
        "securityContext": _without_null({**_LOCKED, **one.containerSecurityContext}),
        **filled(**fields),
    }


def probe(path: str, port: int | str, **times: int) -> dict[str, Any]:
    """Return a probe by HTTP; ``times`` are Kubernetes' fields."""
    return {"httpGet": {"path": path, "port": port}, **times}


def claims(described: Mapping[str, Any], wanted: PersistentVolumeSettings) -> list[dict[str, Any]]:
    """Return the PersistentVolumeClaim, if there is to be one of ours."""
    if not wanted.enabled or wanted.existingClaim:
        return []
    spec = {
        "accessModes": list(wanted.accessModes),
        **filled(storageClassName=wanted.storageClassName),
        "resources": {"requests": {"storage": wanted.size}},
    }
    return [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": dict(described), "spec": spec}]


def data_volume(name: str, claim: str, wanted: PersistentVolumeSettings) -> dict[str, Any]:
    """Return the volume with what an addon gathers: one that outlives the pod, or one that does not.

    :param claim: name of the claim of ours
    """
    if not wanted.enabled:
        return {"name": name, "emptyDir": {}}
    return {"name": name, "persistentVolumeClaim": {"claimName": wanted.existingClaim or claim}}


def config_volume(name: str, config: str) -> dict[str, Any]:
    """Return a volume with a ConfigMap."""
    return {"name": name, "configMap": {"name": config}}


def checksum(data: Mapping[str, Any]) -> Any:
    """Return what changes when a ConfigMap's data does: as an annotation of a pod, it makes the pod anew."""
    makers = {name: one.fn for name, one in data.items() if isinstance(one, Assembled)}

    def digest(arrived: Mapping[str, Any]) -> str:
        texts = {name: makers[name](value) if name in makers else value for name, value in arrived.items()}
        return hashlib.sha256(to_yaml(texts).encode()).hexdigest()

    return assemble(digest, {name: one.value if isinstance(one, Assembled) else one for name, one in data.items()})


def _pod_security(mesh: MeshSettings, one: WorkloadSettings, user: int, group: int) -> dict[str, Any]:
    # OpenShift gives every namespace users of its own.
    given = {} if mesh.global_.platform == "openshift" else {"runAsUser": user, "runAsGroup": group, "fsGroup": group}
    return _without_null({"runAsNonRoot": True, **given, **one.podSecurityContext})


def _without_null(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
