"""All injection templates of an Istio version, by name."""

from collections.abc import Callable, Mapping
from functools import cache

from mesh_components.manifests.injection import deployed_agents, deployed_proxies, gateway, grpc, sidecar
from mesh_components.manifests.injection.template_text import Template, render
from mesh_components.versions.injection import Injection

TEMPLATES: Mapping[str, Callable[[Injection], Template]] = {
    "sidecar": sidecar.template,
    "gateway": gateway.template,
    "grpc-simple": grpc.simple,
    "grpc-agent": grpc.agent,
    "waypoint": deployed_proxies.waypoint,
    "kube-gateway": deployed_proxies.kube_gateway,
    "agentgateway": deployed_agents.agentgateway,
    "agentgateway-waypoint": deployed_agents.waypoint,
}
"""What makes each template that the injector of some version has (`templates/istiod-injector-configmap.yaml` of Istio's
chart `istio-discovery`)."""


@cache
def load(facts: Injection) -> Mapping[str, str]:
    """The text of each template that an Istio version has, by name."""
    return {name: render(TEMPLATES[name](facts)) for name in facts.templates}
