"""A gateway's objects: account and rights, Service, Deployment, autoscaler, disruption budget, network policy.

Facts: names, labels and conditions of Istio 1.31's gateway charts
(``manifests/charts/gateways/istio-{ingress,egress}``).
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import GatewaySettings, MeshSettings

from . import gateway_injected, gateway_pod, patches, rbac, workloads
from .gateway_pod import NOT_AMBIENT
from .labels import metadata, revision
from .workloads import filled


def objects(settings: MeshSettings, gateway: GatewaySettings) -> list[dict[str, Any]]:
    """Return the objects of ``gateway``."""
    found = [_account(settings, gateway), *_rights(settings, gateway)]
    if settings.global_.networkPolicy.enabled:
        found.append(_network_policy(settings, gateway))
    if workloads.disruptible(settings, gateway):
        described = _metadata(settings, gateway, gateway.name)
        found.append(workloads.disruption_budget(gateway, described, gateway.labels))
    if not gateway.customService:
        found.append(_service(settings, gateway))
    found.append(_deployment(settings, gateway))
    if workloads.autoscaled(gateway):
        described = _metadata(settings, gateway, gateway.name)
        autoscaler = workloads.autoscaler(gateway, described, {"cpu": gateway.cpu.targetAverageUtilization})
        autoscaler["spec"] |= filled(behavior=dict(gateway.autoscaleBehavior))
        found.append(autoscaler)
    return patches.apply(settings, found)


def part(gateway: GatewaySettings) -> str:
    """Return which part of Istio the gateway is, for the label ``app.kubernetes.io/name``."""
    return f"istio-{gateway.direction}gateway"


def account_name(gateway: GatewaySettings) -> str:
    """Return the name of the gateway's ServiceAccount, part of its identity in the mesh."""
    return f"{gateway.name}-service-account"


def _metadata(
    settings: MeshSettings, gateway: GatewaySettings, name: str, *, revisioned: bool = True, **more: Any
) -> dict[str, Any]:
    labels = {**gateway.labels, **(revision(settings) if revisioned else {}), **more.pop("labels", {})}
    return metadata(
        settings,
        name,
        part=part(gateway),
        labels=labels,
        namespace=settings.gateway_namespace(gateway),
        **more,
    )


def _account(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    annotations = gateway.serviceAccount.annotations
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _metadata(settings, gateway, account_name(gateway), annotations=annotations),
        **workloads.pull_secrets(settings),
    }


def _rights(settings: MeshSettings, gateway: GatewaySettings) -> list[dict[str, Any]]:
    # Without a namespace the subject is looked up in the binding's own.
    subject = {"kind": "ServiceAccount", "name": account_name(gateway)}
    read_secrets = rbac.rule(rbac.CORE, "secrets", ("get", "watch", "list"))
    return rbac.role(
        settings,
        f"{gateway.name}-sds",
        part(gateway),
        [read_secrets],
        subject,
        revision(settings),
        settings.gateway_namespace(gateway),
    )


def _network_policy(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    labels = {"app": gateway.name, "istio": f"{gateway.direction}gateway", **revision(settings)}
    traffic = [
        workloads.ports_open(settings, port.targetPort or port.port, protocol=port.protocol or "TCP")
        for port in gateway.ports
    ]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(
            settings,
            settings.suffixed(gateway.name),
            part=part(gateway),
            labels=labels,
            namespace=settings.gateway_namespace(gateway),
        ),
        "spec": {
            "podSelector": {"matchLabels": dict(gateway.labels)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                workloads.ports_open(settings, gateway_pod.HEALTH_PORT),
                workloads.ports_open(settings, gateway_pod.AGENT_METRICS_PORT, gateway_pod.ENVOY_METRICS_PORT),
                *traffic,
            ],
            # A gateway forwards to wherever its users say.
            "egress": [{}],
        },
    }


def _service(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(settings, gateway, gateway.name, annotations=gateway.serviceAnnotations),
        "spec": {
            "type": gateway.type,
            "selector": dict(gateway.labels),
            "ports": [port.data() for port in gateway.ports],
            **filled(
                allocateLoadBalancerNodePorts=gateway.allocateLoadBalancerNodePorts,
                clusterIP=gateway.clusterIP,
                externalIPs=list(gateway.externalIPs),
                healthCheckNodePort=gateway.healthCheckNodePort,
                internalTrafficPolicy=gateway.internalTrafficPolicy,
                loadBalancerClass=gateway.loadBalancerClass,
                loadBalancerIP=gateway.loadBalancerIP,
                loadBalancerSourceRanges=list(gateway.loadBalancerSourceRanges),
                externalTrafficPolicy=gateway.externalTrafficPolicy,
                ipFamilyPolicy=gateway.ipFamilyPolicy,
                ipFamilies=list(gateway.ipFamilies),
            ),
        },
    }


def _deployment(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    injected = bool(gateway.injectionTemplate)
    labels = {**({} if injected else NOT_AMBIENT), **gateway.deploymentLabels}
    described = _metadata(settings, gateway, gateway.name, labels=labels, annotations=gateway.deploymentAnnotations)
    pod = gateway_injected if injected else gateway_pod
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": described,
        "spec": {
            **workloads.replicas(gateway),
            **filled(minReadySeconds=gateway.minReadySeconds),
            "selector": {"matchLabels": dict(gateway.labels)},
            "strategy": workloads.rollout(gateway),
            "template": {
                "metadata": {
                    "labels": {
                        **_metadata(settings, gateway, "", revisioned=not injected)["labels"],
                        **pod.pod_labels(settings, gateway),
                        **gateway.podLabels,
                    },
                    "annotations": pod.pod_annotations(settings, gateway),
                },
                "spec": pod.spec(settings, gateway, account_name(gateway)),
            },
        },
    }
