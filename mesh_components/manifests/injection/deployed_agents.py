"""The templates `agentgateway` and `agentgateway-waypoint`: agentgateway instead of Envoy, deployed by istiod.

Sources: `agentgateway.yaml` and `agentgateway-waypoint.yaml` of Istio's charts
(`manifests/charts/istio-control/istio-discovery/files`).
"""

from mesh_components.manifests.injection import container, environment, gateway_api, volumes
from mesh_components.manifests.injection.deployed_proxies import gateway_pod_security, seccomp
from mesh_components.manifests.injection.inputs import default
from mesh_components.manifests.injection.template_text import ABSENT, Node, Template, text
from mesh_components.versions.injection import Injection

_NAME = "agentgateway"
_USER = 10101
"""The user and group of agentgateway's image."""


def agentgateway(facts: Injection) -> Template:
    """The template `agentgateway`: ingress for a Gateway of class `istio-agentgateway`."""
    return gateway_api.objects(
        facts,
        gateway_api.Flavour(
            container={
                **_container(facts, resources="global.proxy.resources", security={}),
                "lifecycle": container.lifecycle(),
            },
            volumes=_volumes(facts),
            managed_by='"istio.io-agentgateway-controller"',
            pod={"securityContext": gateway_pod_security()},
        ),
    )


def waypoint(facts: Injection) -> Template:
    """The template `agentgateway-waypoint`: agentgateway as the proxy of an ambient mesh's workloads."""
    return gateway_api.objects(
        facts,
        gateway_api.Flavour(
            container=_container(facts, resources="global.waypoint.resources", security=seccomp()),
            volumes=_volumes(facts),
            managed_by='"istio.io-agentgateway-waypoint-controller"',
            pod_labels={"istio.io/dataplane-mode": "none"},
        ),
    )


def _container(facts: Injection, *, resources: str, security: dict[str, Node]) -> dict[str, Node]:
    user, group = (default(given, str(_USER)) for given in ("$.ProxyUID", "$.ProxyGID"))
    return {
        "name": _NAME,
        "image": container.image(
            "$.AgentgatewayImage", "gateway.istio.io/agentgatewayImage", "global.agentgateway.image"
        ),
        "imagePullPolicy": container.pull_policy(),
        "resources": container.resources_of(facts, resources),
        "securityContext": {**container.hardened(user, group), **security},
        "ports": [container.AGENT_METRICS, container.STATUS],
        "args": ["--config", "{}"],
        "env": _environment(facts),
        **container.gateway_api_probes(),
        "volumeMounts": [
            volumes.mount("istiod-ca-cert", "/var/run/secrets/xds"),
            volumes.mount(_xds_token(facts), "/var/run/secrets/xds-tokens"),
            volumes.mount("tmp", "/tmp"),
            [volumes.ISTIOD_ROOT_MOUNT, volumes.TOKEN_MOUNT] if facts.agentgateway_certificates else ABSENT,
        ],
    }


def _environment(facts: Injection) -> list[Node]:
    return [
        *environment.from_pod("POD_NAME", "POD_NAMESPACE", "NAMESPACE", "INSTANCE_IP", "SERVICE_ACCOUNT"),
        *environment.limits(facts, "CPU_LIMIT"),
        environment.variable("GATEWAY", text("%v", "$.Name")),
        environment.variable("RUST_BACKTRACE", "1"),
        environment.cluster("$.ClusterID", name="CLUSTER_ID"),
        environment.network("NETWORK", gateway_api.network()),
        environment.trust_domain(),
        environment.proxy_metadata(),
        environment.variable("XDS_ADDRESS", text("%v", "$.ProxyConfig.DiscoveryAddress")),
        environment.certificate_authority("CA_ADDRESS") if facts.agentgateway_certificates else ABSENT,
    ]


def _volumes(facts: Injection) -> list[Node]:
    return [
        volumes.scratch("tmp", volumes.EMPTY),
        volumes.token(_xds_token(facts), path="xds-token"),
        volumes.token() if facts.agentgateway_certificates else ABSENT,
        volumes.istiod_root(),
    ]


def _xds_token(facts: Injection) -> str:
    """The volume with the token for istiod: one of its own beside that for certificates."""
    return "xds-token" if facts.agentgateway_certificates else "istio-token"
