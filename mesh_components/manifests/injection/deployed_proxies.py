"""The templates `kube-gateway` and `waypoint`: Envoy, deployed by istiod for a Gateway.

Sources: `kube-gateway.yaml` and `waypoint.yaml` of Istio's charts
(`manifests/charts/istio-control/istio-discovery/files`).
"""

from mesh_components.manifests.injection import container, environment, gateway_api, volumes
from mesh_components.manifests.injection.gateway import pod_security_context
from mesh_components.manifests.injection.inputs import equal, no, value
from mesh_components.manifests.injection.template_text import ABSENT, Node, Template, as_json, text, using, when
from mesh_components.versions.injection import Injection

_EAST_WEST = equal("$.ControllerLabel", "istio.io-eastwest-controller")
_SECCOMP = value("gateways.seccompProfile")


def kube_gateway(facts: Injection) -> Template:
    """The template `kube-gateway`: ingress for a Gateway of class `istio`."""
    return gateway_api.objects(
        facts,
        gateway_api.Flavour(
            container=_gateway_container(facts),
            volumes=_gateway_volumes(facts),
            managed_by='"istio.io-gateway-controller"',
            pod={"securityContext": gateway_pod_security()},
            service_protocol=text("%v", "$port.Protocol") if facts.gateway_port_protocols else "TCP",
            owns_account_since=128,
        ),
    )


def waypoint(facts: Injection) -> Template:
    """The template `waypoint`: the proxy of an ambient mesh's workloads, also the gateway between networks."""
    return gateway_api.objects(
        facts,
        gateway_api.Flavour(
            container=_waypoint_container(facts),
            volumes=_waypoint_volumes(facts),
            managed_by="$.ControllerLabel",
            pod=_waypoint_pod(facts),
            pod_labels={"istio.io/dataplane-mode": "none"},
            service_annotations={"networking.istio.io/traffic-distribution": "PreferClose"},
            owns_account_since=128,
        ),
    )


def gateway_pod_security() -> Node:
    """The pod's security context for gateways, with the values' seccomp profile."""
    return pod_security_context(seccompProfile=when(_SECCOMP, as_json(_SECCOMP)))


def seccomp() -> dict[str, Node]:
    """The values' seccomp profile for gateways, on the container."""
    return {"seccompProfile": when(_SECCOMP, as_json(_SECCOMP))}


def _waypoint_pod(facts: Injection) -> dict[str, Node]:
    names = ("affinity", "topologySpreadConstraints", "nodeSelector", "tolerations")
    settings = {name: value(f"global.waypoint.{name}") for name in names}
    return {
        **{name: when(setting, as_json(setting)) for name, setting in settings.items()},
        "terminationGracePeriodSeconds": facts.waypoint_grace_seconds or ABSENT,
    }


def _gateway_container(facts: Injection) -> Node:
    return {
        **container.envoy(),
        "resources": container.resources_of(facts, "global.proxy.resources"),
        "securityContext": container.hardened(),
        "ports": [container.AGENT_METRICS, container.STATUS, container.ENVOY_METRICS],
        "args": container.arguments("router", joined=False),
        "lifecycle": container.lifecycle(),
        "env": _gateway_environment(facts),
        **container.gateway_api_probes(),
        "volumeMounts": [
            volumes.SPIFFE_SOCKET_MOUNT,
            volumes.CREDENTIAL_SOCKET_MOUNT,
            volumes.certificates_mount(),
            volumes.istiod_root_mount(),
            volumes.DATA_MOUNT,
            volumes.ENVOY_MOUNT,
            volumes.TOKEN_MOUNT,
            volumes.POD_INFO_MOUNT,
        ],
    }


def _gateway_environment(facts: Injection) -> list[Node]:
    mode = text("%v", "$.ProxyConfig.InterceptionMode.String")
    return [
        *environment.agent(*environment.limits(facts, "ISTIO_CPU_LIMIT")),
        environment.variable("ISTIO_META_POD_PORTS", "[]"),
        environment.variable("ISTIO_META_APP_CONTAINERS", ""),
        *environment.limits(facts, *environment.GO_RUNTIME),
        environment.cluster("$.ClusterID"),
        *environment.from_pod("ISTIO_META_NODE_NAME"),
        environment.variable("ISTIO_META_INTERCEPTION_MODE", mode),
        environment.network("ISTIO_META_NETWORK", gateway_api.network()),
        *_deployment_identity(),
        *environment.mesh(),
        environment.proxy_metadata(),
        environment.network("ISTIO_META_REQUESTED_NETWORK_VIEW", gateway_api.NETWORK_LABEL),
    ]


def _deployment_identity() -> list[Node]:
    owner = text("kubernetes://apis/apps/v1/namespaces/%v/deployments/%v", "$.Namespace", "$.DeploymentName")
    return [
        environment.variable("ISTIO_META_WORKLOAD_NAME", text("%v", "$.DeploymentName")),
        environment.variable("ISTIO_META_OWNER", owner),
    ]


def _gateway_volumes(facts: Injection) -> list[Node]:
    return [
        _socket(facts),
        volumes.scratch("credential-socket", volumes.EMPTY),
        volumes.certificates(volumes.EMPTY),
        volumes.scratch("istio-envoy", volumes.MEMORY),
        volumes.scratch("istio-data", volumes.EMPTY),
        volumes.pod_info(),
        volumes.token(),
        volumes.istiod_root(),
    ]


def _socket(facts: Injection) -> Node:
    return volumes.scratch(
        "workload-socket", volumes.REPLACEABLE if facts.gateway_socket_replaceable else volumes.EMPTY
    )


def _waypoint_container(facts: Injection) -> Node:
    on_openshift = equal(value("global.platform"), "openshift")
    user: Node = when(no(on_openshift), 1337)
    return {
        **container.envoy(),
        "resources": container.resources_of(facts, "global.waypoint.resources"),
        "securityContext": {**container.hardened(), "runAsUser": user, "runAsGroup": user, **seccomp()},
        "ports": [container.AGENT_METRICS, container.STATUS, container.ENVOY_METRICS],
        "args": [
            "proxy",
            "waypoint",
            *container.DOMAIN,
            "--serviceCluster",
            text("%v.$(POD_NAMESPACE)", "$.ServiceAccount"),
            *container.log_levels(joined=False),
            container.json_logs(),
            container.outlier_log(),
        ],
        "env": _waypoint_environment(facts),
        **container.gateway_api_probes(),
        "volumeMounts": [
            volumes.SPIFFE_SOCKET_MOUNT,
            volumes.ISTIOD_ROOT_MOUNT,
            volumes.DATA_MOUNT,
            volumes.ENVOY_MOUNT,
            volumes.TOKEN_MOUNT,
            volumes.POD_INFO_MOUNT,
        ],
    }


def _waypoint_environment(facts: Injection) -> list[Node]:
    view = environment.variable("ISTIO_META_REQUESTED_NETWORK_VIEW", text("%v", "$network"))
    return [
        *environment.from_pod("ISTIO_META_SERVICE_ACCOUNT", "ISTIO_META_NODE_NAME"),
        *environment.agent(*environment.limits(facts, "ISTIO_CPU_LIMIT")),
        environment.proxy_metadata(),
        *environment.limits(facts, *environment.GO_RUNTIME),
        environment.cluster(),
        environment.network("ISTIO_META_NETWORK", gateway_api.network()),
        using("$network", gateway_api.network(), [when(_EAST_WEST, view)]) if facts.east_west_network_view else ABSENT,
        environment.variable("ISTIO_META_INTERCEPTION_MODE", "REDIRECT"),
        *_deployment_identity(),
        *environment.mesh(),
    ]


def _waypoint_volumes(facts: Injection) -> list[Node]:
    return [
        _socket(facts),
        volumes.scratch("istio-envoy", volumes.MEMORY),
        volumes.scratch("go-proxy-envoy", volumes.MEMORY),
        volumes.scratch("istio-data", volumes.EMPTY),
        volumes.scratch("go-proxy-data", volumes.EMPTY),
        volumes.pod_info(),
        volumes.token(audience="istio-ca"),
        volumes.istiod_root_always(),
    ]
