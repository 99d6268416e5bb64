"""A gateway's pod that istiod completes: an image called ``auto``, and an annotation that names the template.

Facts: Istio 1.31's gateway charts (``manifests/charts/gateways/istio-ingress/templates/injected-deployment.yaml``).
What global settings say of the proxy comes from the template; what stands here comes from the gateway's own.
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import GatewaySettings, MeshSettings

from . import gateway_pod, workloads
from .workloads import filled

AUTO = "auto"
"""The image that the injection template replaces."""


def pod_labels(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, str]:
    """Return the labels of the pods in addition to those that all of the gateway's objects have."""
    return {
        "sidecar.istio.io/inject": "true",
        **filled(**{"istio.io/rev": settings.revision}),
        **gateway_pod.canonical(settings, gateway),
    }


def pod_annotations(settings: MeshSettings, gateway: GatewaySettings) -> dict[str, Any]:
    """Return the annotations of the pods: the injection template, where Prometheus scrapes, and the user's."""
    return {
        **gateway_pod.scraped(settings),
        "sidecar.istio.io/inject": "true",
        "inject.istio.io/templates": gateway.injectionTemplate,
        **gateway.podAnnotations,
    }


def spec(settings: MeshSettings, gateway: GatewaySettings, account: str) -> dict[str, Any]:
    """Return the pod's spec, which lacks what istiod puts in."""
    container = {
        **gateway_pod.container(settings, gateway, AUTO),
        **filled(
            readinessProbe=dict(gateway.readinessProbe),
            env=_environment(gateway),
            volumeMounts=gateway_pod.chosen_mounts(gateway),
        ),
    }
    return gateway_pod.around(settings, gateway, account, container, gateway_pod.chosen_volumes(gateway))


def _environment(gateway: GatewaySettings) -> list[dict[str, Any]]:
    unprivileged = [] if gateway.runAsRoot else [workloads.variable("ISTIO_META_UNPRIVILEGED_POD", True)]
    return workloads.unique([*unprivileged, *workloads.variables(gateway.env), *gateway.envVarFrom])
