"""The template `gateway`: Envoy as a gateway, in a pod that a user's own Deployment makes.

Same inputs and outputs as `gateway-injection-template.yaml` of Istio's charts
(`manifests/charts/istio-control/istio-discovery/files`).
"""

from mesh_components.manifests.injection import container, environment, pod, volumes
from mesh_components.manifests.injection.inputs import PROXY_GROUP, PROXY_USER, value
from mesh_components.manifests.injection.template_text import Go, Node, Template, as_json, text, when
from mesh_components.versions.injection import Injection


def template(facts: Injection) -> Template:
    """The template."""
    return Template(
        prelude=pod.APPS,
        documents=[
            {
                "metadata": {
                    "labels": pod.service_labels(),
                    "annotations": {**pod.annotations()},
                },
                "spec": {
                    "securityContext": pod_security_context(),
                    "containers": [_proxy(facts)],
                    "volumes": _volumes(),
                    "imagePullSecrets": volumes.pull_secrets(),
                },
            }
        ],
    )


def pod_security_context(**more: Node) -> Node:
    """The values' security context for gateway pods, else one in which any user may bind ports below 1024, and more."""
    setting = value("gateways.securityContext")
    low_ports: Node = {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}], **more}
    return when(setting, as_json(setting), low_ports)


def _proxy(facts: Injection) -> Node:
    return {
        **container.envoy(),
        "ports": [container.ENVOY_METRICS],
        "args": container.arguments("router", joined=True),
        "lifecycle": container.lifecycle(),
        "securityContext": {"runAsUser": Go(PROXY_USER), "runAsGroup": Go(PROXY_GROUP)},
        "env": _environment(facts),
        "readinessProbe": container.readiness(container.READINESS_PORT, annotated=False),
        "volumeMounts": _mounts(),
    }


def _environment(facts: Injection) -> list[Node]:
    mode = text("%v", "$.ProxyConfig.InterceptionMode.String")
    return [
        *environment.agent(*environment.limits(facts, "ISTIO_CPU_LIMIT")),
        environment.pod_ports(),
        *environment.limits(facts, *environment.GO_RUNTIME),
        environment.compliance(facts),
        environment.app_containers(),
        environment.cluster(),
        *environment.from_pod("ISTIO_META_NODE_NAME"),
        environment.variable("ISTIO_META_INTERCEPTION_MODE", mode),
        *environment.workload(environment.OWNER),
        environment.bootstrap_override(),
        *environment.mesh(),
        environment.proxy_metadata(),
    ]


def _mounts() -> list[Node]:
    return [
        volumes.SPIFFE_SOCKET_MOUNT,
        volumes.CREDENTIAL_SOCKET_MOUNT,
        volumes.certificates_mount(),
        volumes.istiod_root_mount(),
        volumes.DATA_MOUNT,
        volumes.bootstrap_mount(),
        volumes.ENVOY_MOUNT,
        volumes.TOKEN_MOUNT,
        volumes.mtls_files_mount(),
        volumes.POD_INFO_MOUNT,
    ]


def _volumes() -> list[Node]:
    return [
        volumes.scratch("workload-socket", volumes.REPLACEABLE),
        volumes.scratch("credential-socket", volumes.EMPTY),
        volumes.certificates(volumes.EMPTY),
        volumes.bootstrap(),
        volumes.scratch("istio-envoy", volumes.MEMORY),
        volumes.scratch("istio-data", volumes.EMPTY),
        volumes.pod_info(),
        volumes.token(),
        volumes.istiod_root(),
        volumes.mtls_files(),
    ]
