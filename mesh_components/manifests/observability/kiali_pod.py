"""Kiali's pods.

Facts: command, paths, probes, environment and volumes of the chart ``kiali-server`` 2.27
(``templates/deployment.yaml``); where older charts have less, older servers pass over the rest.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from mesh_components.manifests.text import Assembled, assemble
from mesh_components.manifests.workloads import field_variable, filled, mount, secret_volume, variable
from mesh_components.settings import MeshSettings
from mesh_components.settings.merge import deep_merge
from mesh_components.settings.observability.kiali import CLUSTERS, KialiSettings
from mesh_components.settings.observability.kiali_server import KialiClusterSettings
from mesh_components.versions.addons import ADDONS

from .kiali_credentials import Mounted
from .kiali_names import certificate, image_reference, labels, on_openshift, scheme, selector, version, web_root

LOCKED = {
    "allowPrivilegeEscalation": False,
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
"""Security context of a container that fits Pod Security's ``restricted``."""

CLUSTERS_FOLDER = "/kiali-remote-cluster-secrets"


def deployment(
    mesh: MeshSettings, one: KialiSettings, described: Mapping[str, Any], config: str | Assembled, mounts: list[Mounted]
) -> dict[str, Any]:
    """Return the Deployment.

    :param config: what the server reads; when it changes, pods are made anew
    :param mounts: credentials in files
    """
    deployment = one.deployment
    count = {} if deployment.hpa.spec else {"replicas": 1 if deployment.replicas is None else deployment.replicas}
    rollout = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}, "type": "RollingUpdate"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": dict(described),
        "spec": {
            **count,
            "selector": {"matchLabels": selector(one)},
            "strategy": dict(deployment.strategy) or rollout,
            "template": {
                "metadata": {
                    "name": deployment.instance_name,
                    "labels": {**labels(mesh, one), **deployment.pod_labels},
                    "annotations": _annotations(mesh, one, config),
                },
                "spec": _pod(mesh, one, mounts),
            },
        },
    }


def _annotations(mesh: MeshSettings, one: KialiSettings, config: str | Assembled) -> dict[str, Any]:
    metrics = one.server.metrics
    scraped = {
        "prometheus.io/scrape": "true" if metrics.enabled else "false",
        "prometheus.io/port": str(metrics.port) if metrics.enabled else "",
        "prometheus.io/scheme": scheme(mesh, one) if metrics.enabled else "",
    }
    digest = assemble(lambda text: hashlib.sha256(text.encode()).hexdigest(), config)
    return {
        "checksum/config": digest,
        **scraped,
        "kiali.io/dashboards": "go,kiali",
        **one.deployment.pod_annotations,
    }


def _pod(mesh: MeshSettings, one: KialiSettings, mounts: list[Mounted]) -> dict[str, Any]:
    deployment = one.deployment
    # No container of the user's may write to them.
    secret = one.secret_volumes | {each.volume for each in mounts}
    wanted = deployment.affinity
    pull = mesh.global_.imagePullSecrets if deployment.image_pull_secrets is None else deployment.image_pull_secrets
    return {
        "serviceAccountName": deployment.instance_name,
        **filled(
            priorityClassName=deployment.priority_class_name,
            imagePullSecrets=[{"name": name} for name in pull],
            hostAliases=list(deployment.host_aliases),
            dnsPolicy=deployment.dns.policy,
            dnsConfig=dict(deployment.dns.config),
            initContainers=_locked(deployment.additional_pod_init_containers_yaml, secret),
            affinity=filled(
                nodeAffinity=dict(wanted.node), podAffinity=dict(wanted.pod), podAntiAffinity=dict(wanted.pod_anti)
            ),
            tolerations=list(deployment.tolerations),
            nodeSelector=dict(deployment.node_selector),
            topologySpreadConstraints=list(deployment.topology_spread_constraints),
        ),
        "containers": [*_locked(deployment.additional_pod_containers_yaml, secret), _container(mesh, one, mounts)],
        "volumes": _volumes(mesh, one, mounts),
    }


def image(mesh: MeshSettings, one: KialiSettings) -> str | Assembled:
    """Return the image reference."""
    known, deployment = ADDONS[mesh.version].kiali, one.deployment
    name = deployment.image_name or f"{known.hub}/{known.name}"
    return image_reference(name, deployment.image_version or version(mesh, one), deployment.image_digest)


def _container(mesh: MeshSettings, one: KialiSettings, mounts: list[Mounted]) -> dict[str, Any]:
    deployment, metrics, log = one.deployment, one.server.metrics, one.deployment.logger
    ports = [{"name": "api-port", "containerPort": one.server.port}]
    if metrics.enabled:
        ports.append({"name": "http-metrics", "containerPort": metrics.port})
    probes = deployment.probes
    return {
        "name": "kiali",
        "image": image(mesh, one),
        "imagePullPolicy": deployment.image_pull_policy,
        "command": ["/opt/kiali/kiali", "-config", "/kiali-configuration/config.yaml"],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": dict(deployment.security_context) or copy.deepcopy(LOCKED),
        "ports": ports,
        "readinessProbe": _probe(mesh, one, probes.readiness.data()),
        "livenessProbe": _probe(mesh, one, probes.liveness.data()),
        "startupProbe": _probe(mesh, one, probes.startup.data()),
        "env": [
            field_variable("ACTIVE_NAMESPACE", "metadata.namespace", versioned=False),
            variable("LOG_LEVEL", log.log_level),
            variable("LOG_FORMAT", log.log_format),
            variable("LOG_TIME_FIELD_FORMAT", log.time_field_format),
            variable("LOG_SAMPLER_RATE", log.sampler_rate),
            *(variable(each.name, each.value) for each in deployment.custom_envs),
        ],
        "volumeMounts": _mounts(one, mounts),
        **filled(resources=_amounts(one)),
    }


def _amounts(one: KialiSettings) -> dict[str, Any]:
    given = one.deployment.resources.data()
    kept = {part: {name: value for name, value in given[part].items() if value is not None} for part in given}
    return {part: amounts for part, amounts in kept.items() if amounts}


PROBE_FIELDS = {
    "failure_threshold": "failureThreshold",
    "initial_delay_seconds": "initialDelaySeconds",
    "period_seconds": "periodSeconds",
}


def _probe(mesh: MeshSettings, one: KialiSettings, times: Mapping[str, int]) -> dict[str, Any]:
    path = f"{web_root(mesh, one).rstrip('/')}/healthz"
    asked = {"path": path, "port": "api-port", "scheme": scheme(mesh, one).upper()}
    return {"httpGet": asked, **{PROBE_FIELDS[name]: seconds for name, seconds in times.items()}}


def _mounts(one: KialiSettings, mounts: list[Mounted]) -> list[dict[str, Any]]:
    name = one.deployment.instance_name
    return [
        mount(f"{name}-configuration", "/kiali-configuration"),
        mount(f"{name}-cert", "/kiali-cert"),
        mount(f"{name}-secret", "/kiali-secret"),
        mount(f"{name}-cabundle", "/kiali-cabundle"),
        *(mount(each.name, each.mount) for each in one.deployment.custom_secrets),
        mount(CLUSTERS, f"{CLUSTERS_FOLDER}/{CLUSTERS}", read_only=True),
        *(mount(each.name, f"{CLUSTERS_FOLDER}/{each.secret_name}", read_only=True) for each in _clusters(one)),
        *(each.mount_object() for each in mounts),
    ]


def _volumes(mesh: MeshSettings, one: KialiSettings, mounts: list[Mounted]) -> list[dict[str, Any]]:
    name = one.deployment.instance_name
    return [
        {"name": f"{name}-configuration", "configMap": {"name": name}},
        _certificate_volume(mesh, one),
        secret_volume(f"{name}-secret", one.deployment.secret_name),
        {"name": f"{name}-cabundle", **_authorities(mesh, name)},
        *(_custom(each.data()) for each in one.deployment.custom_secrets),
        secret_volume(CLUSTERS, CLUSTERS),
        *({"name": each.name, "secret": {"secretName": each.secret_name}} for each in _clusters(one)),
        *(each.volume_object() for each in mounts),
    ]


def _certificate_volume(mesh: MeshSettings, one: KialiSettings) -> dict[str, Any]:
    name = one.deployment.instance_name
    secret = f"{name}-cert-secret" if on_openshift(mesh) else f"istio.{name}-service-account"
    found = secret_volume(f"{name}-cert", secret)
    if certificate(mesh, one)[0]:
        del found["secret"]["optional"]
    return found


def _authorities(mesh: MeshSettings, name: str) -> dict[str, Any]:
    """Return the volume with certificates of those whom Kiali trusts: the user's, and on OpenShift the platform's."""
    own = {"name": f"{name}-cabundle", "optional": True}
    if not on_openshift(mesh):
        return {"configMap": own}
    login = {"name": f"{name}-oauth-cabundle", "optional": True}
    listed = ({"name": f"{name}-cabundle-openshift"}, own, login)
    return {"projected": {"sources": [{"configMap": each} for each in listed]}}


def _custom(each: Mapping[str, Any]) -> dict[str, Any]:
    if "csi" in each:
        return {"name": each["name"], "csi": each["csi"]}
    return {"name": each["name"], "secret": {"secretName": each["name"], "optional": each["optional"]}}


def _clusters(one: KialiSettings) -> list[KialiClusterSettings]:
    return [each for each in one.clustering.clusters if each.secret_name not in (None, CLUSTERS)]


def _locked(containers: Iterable[Mapping[str, Any]], secret: frozenset[str]) -> list[dict[str, Any]]:
    """Return the user's containers, restricted as Kiali's own is, with Secrets to read only."""
    found = []
    for container in containers:
        locked = {**container, "securityContext": deep_merge(container.get("securityContext") or {}, LOCKED)}
        if "volumeMounts" in container:
            locked["volumeMounts"] = [
                {**each, "readOnly": True} if each.get("name") in secret else each for each in container["volumeMounts"]
            ]
        found.append(locked)
    return found
