"""Kiali without its operator: account, rights, configuration, Service, network policy, Deployment, and what is asked
for besides.

Facts: names, labels, ports and conditions of the chart ``kiali-server`` 2.27 (kiali/helm-charts).
"""

from __future__ import annotations

from typing import Any

from mesh_components.manifests.istio_object import given
from mesh_components.manifests.workloads import filled
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.kiali import KialiSettings

from . import kiali_config, kiali_openshift, kiali_pod, kiali_rbac
from .kiali_backends import Backends
from .kiali_credentials import mounted
from .kiali_names import declared, metadata, on_openshift, scheme, selector, web_root


def objects(mesh: MeshSettings, one: KialiSettings, backends: Backends) -> list[dict[str, Any]]:
    """Return Kiali's objects, the Secret with the key of its sessions aside."""
    account = declared(mesh, one, "v1", "ServiceAccount")
    client = kiali_openshift.client(mesh, one)
    text = kiali_config.text(mesh, one, backends)
    config = declared(mesh, one, "v1", "ConfigMap", data={"config.yaml": text})
    config["metadata"] |= filled(annotations=dict(one.deployment.configmap_annotations))
    common = [account, config, *kiali_rbac.objects(mesh, one), *client]
    if one.deployment.remote_cluster_resources_only:
        return common
    mounts = mounted(kiali_config.config(mesh, one, backends))
    return [
        *common,
        *kiali_openshift.authorities(mesh, one),
        *_network_policy(mesh, one),
        *_budget(mesh, one),
        service(mesh, one),
        *entrance(mesh, one),
        kiali_pod.deployment(mesh, one, metadata(mesh, one), text, mounts),
        *_autoscaler(mesh, one),
    ]


def service(mesh: MeshSettings, one: KialiSettings) -> dict[str, Any]:
    """Return the Service."""
    protocol, server = scheme(mesh, one), one.server
    name = "tcp" if protocol == "https" else "http"
    port: dict[str, Any] = {"name": name, "appProtocol": protocol, "protocol": "TCP", "port": server.port}
    if server.node_port is not None:
        port["nodePort"] = server.node_port
    ports = [port]
    if server.metrics.enabled:
        metrics = {"name": f"{name}-metrics", "appProtocol": protocol, "protocol": "TCP", "port": server.metrics.port}
        ports.append(metrics)
    annotations = {
        **kiali_openshift.service_annotations(mesh, one),
        **filled(**{"kiali.io/external-url": external_url(mesh, one)}),
        **one.deployment.service_annotations,
    }
    found = declared(mesh, one, "v1", "Service")
    found["metadata"] |= filled(annotations=annotations)
    found["spec"] = {
        **filled(type=one.deployment.service_type),
        "ports": ports,
        "selector": selector(one),
        **one.deployment.additional_service_yaml,
    }
    return found


def external_url(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return where users find the console; empty where nobody says so."""
    server = one.server
    if not server.web_fqdn or not server.web_schema:
        return ""
    port = f":{server.web_port}" if server.web_port else ""
    return f"{server.web_schema}://{server.web_fqdn}{port}{web_root(mesh, one)}"


def entrance(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    """Return the way in from outside: an Ingress, or a Route on OpenShift."""
    wanted = one.deployment.ingress
    if not (on_openshift(mesh) if wanted.enabled is None else wanted.enabled):
        return []
    if on_openshift(mesh):
        return [kiali_openshift.route(mesh, one)]
    protocol, instead = scheme(mesh, one), wanted.override_yaml
    nginx = {
        "nginx.ingress.kubernetes.io/secure-backends": "true" if protocol == "https" else "false",
        "nginx.ingress.kubernetes.io/backend-protocol": protocol.upper(),
    }
    backend = {"service": {"name": one.deployment.instance_name, "port": {"number": one.server.port}}}
    path = {"path": web_root(mesh, one), "pathType": "Prefix", "backend": backend}
    rule = {"http": {"paths": [path]}, **filled(host=one.server.web_fqdn)}
    spec = {**filled(ingressClassName=wanted.class_name), "rules": [rule]}
    described = metadata(
        mesh, one, more_labels=wanted.additional_labels, annotations=instead.metadata.annotations or nginx
    )
    return [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": described,
            "spec": spec if instead.spec is None else dict(instead.spec),
        }
    ]


def _network_policy(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    if not one.deployment.network_policy.enabled:
        return []
    metrics = one.server.metrics
    numbers = [one.server.port, *([metrics.port] if metrics.enabled else [])]
    spec = {
        "podSelector": {"matchLabels": selector(one)},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"protocol": "TCP", "port": number} for number in numbers]}],
    }
    return [declared(mesh, one, "networking.k8s.io/v1", "NetworkPolicy", spec=spec)]


def _budget(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    wanted = one.deployment.pod_disruption_budget
    if not wanted.spec:
        return []
    spec = {"selector": {"matchLabels": selector(one)}, **wanted.spec}
    return [declared(mesh, one, wanted.api_version, "PodDisruptionBudget", spec=spec)]


def _autoscaler(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    wanted = one.deployment.hpa
    if not wanted.spec:
        return []
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": one.deployment.instance_name}
    spec = given({"scaleTargetRef": target, **wanted.spec})
    return [declared(mesh, one, wanted.api_version, "HorizontalPodAutoscaler", spec=spec)]
