"""All injection templates of an Istio version, by name."""

from collections.abc import Callable, Mapping

from mesh_components.manifests.injection import deployed_agents, deployed_proxies, gateway, grpc, sidecar
from mesh_components.manifests.injection.template_text import Template, render

TEMPLATES: Mapping[str, Mapping[str, Callable[[], Template]]] = {
    "1.31": {
        "sidecar": sidecar.template,
        "gateway": gateway.template,
        "grpc-simple": grpc.simple,
        "grpc-agent": grpc.agent,
        "waypoint": deployed_proxies.waypoint,
        "kube-gateway": deployed_proxies.kube_gateway,
        "agentgateway": deployed_agents.agentgateway,
        "agentgateway-waypoint": deployed_agents.waypoint,
    },
}
"""The templates that the injector of each Istio minor version has, in the order of its ConfigMap
(`templates/istiod-injector-configmap.yaml` of Istio's chart `istio-discovery`)."""


def load(version: str) -> dict[str, str]:
    """The text of each template, by name.

    Args:
        version: Istio's version, such as `1.31.0` or `1.31`; templates differ between minor versions only.

    Raises:
        ValueError: for a version that has no templates here.
    """
    minor = ".".join(version.split(".")[:2])
    if minor not in TEMPLATES:
        raise ValueError(f"version: {version!r} has no injection templates; versions that have: {', '.join(TEMPLATES)}")
    return {name: render(make()) for name, make in TEMPLATES[minor].items()}
