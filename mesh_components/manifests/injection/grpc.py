"""The templates `grpc-simple` and `grpc-agent`: apps that take part in the mesh by gRPC itself, without Envoy.

Same inputs and outputs as `grpc-simple.yaml` and `grpc-agent.yaml` of Istio's charts
(`manifests/charts/istio-control/istio-discovery/files`); the bootstrap's format is gRPC's
(proposal A27, "xDS-Based Global Load Balancing").

Two deliberate differences. `grpc-simple` passes istiod's namespace without a line break after it, which would stand in
the middle of istiod's address. `grpc-agent` keeps its volume mounts and resources where the health port is 0, which
takes away no more than the probe.
"""

import json

from mesh_components.manifests.injection import container, environment, pod, volumes
from mesh_components.manifests.injection.inputs import value
from mesh_components.manifests.injection.template_text import Node, Template, each, text, when
from mesh_components.versions.injection import Injection

_NO_PROBE_REWRITE: dict[str, Node] = {"sidecar.istio.io/rewriteAppHTTPProbers": "false"}


_SIMPLE_FOLDER = volumes.mount("grpc-io-proxyless-bootstrap", "/var/lib/grpc/data/")
_SIMPLE_BOOTSTRAP = "/var/lib/grpc/data/bootstrap.json"
_SIMPLE_SCRIPT = """cat > {file} <<END
{bootstrap}
END
"""


def simple(_: Injection) -> Template:
    """The template `grpc-simple`: an init container writes a gRPC bootstrap that names istiod, unencrypted."""
    bootstrap = {
        "xds_servers": [
            {
                "server_uri": "dns:///istiod.${ISTIO_NAMESPACE}.svc:15010",
                "channel_creds": [{"type": "insecure"}],
                "server_features": ["xds_v3"],
            }
        ],
        "node": {
            "id": "sidecar~${INSTANCE_IP}~${POD_NAME}.${POD_NAMESPACE}~cluster.local",
            "metadata": {"GENERATOR": "grpc"},
        },
    }
    script = _SIMPLE_SCRIPT.format(file=_SIMPLE_BOOTSTRAP, bootstrap=json.dumps(bootstrap, indent=2))
    write_bootstrap: Node = {
        "name": "grpc-bootstrap-init",
        "image": "busybox:1.28",
        "volumeMounts": [_SIMPLE_FOLDER],
        "env": [
            *environment.from_pod("INSTANCE_IP", "POD_NAME", "POD_NAMESPACE"),
            environment.variable("ISTIO_NAMESPACE", text("%v", value("global.istioNamespace"))),
        ],
        "command": ["sh", "-c", script],
    }
    app: Node = {
        "name": text("%v", "$app.Name"),
        "env": [
            environment.variable("GRPC_XDS_BOOTSTRAP", _SIMPLE_BOOTSTRAP),
            environment.variable("GRPC_GO_LOG_VERBOSITY_LEVEL", "99"),
            environment.variable("GRPC_GO_LOG_SEVERITY_LEVEL", "info"),
        ],
        "volumeMounts": [_SIMPLE_FOLDER],
    }
    return Template(
        documents=[
            {
                "metadata": {"annotations": _NO_PROBE_REWRITE},
                "spec": {
                    "initContainers": [write_bootstrap],
                    "containers": [each("$_, $app", "$.Spec.Containers", app)],
                    "volumes": [volumes.scratch("grpc-io-proxyless-bootstrap", volumes.EMPTY)],
                },
            }
        ]
    )


_XDS_MOUNT = volumes.mount("istio-xds", "/etc/istio/proxy")


def agent(facts: Injection) -> Template:
    """The template `grpc-agent`: pilot-agent without Envoy gives gRPC its bootstrap, xDS and certificates."""
    return Template(
        prelude=pod.APPS,
        documents=[
            {
                "metadata": {
                    "labels": pod.service_labels(),
                    "annotations": {**pod.annotations(), **_NO_PROBE_REWRITE},
                },
                "spec": {
                    "containers": [_agent(facts), each("$_, $app", "$apps", _agent_app())],
                    "volumes": _agent_volumes(),
                    "imagePullSecrets": volumes.pull_secrets(),
                },
            }
        ],
    )


def _agent(facts: Injection) -> Node:
    health = f"--url=http://localhost:{container.AGENT_PORT}/healthz/ready"
    readiness = container.readiness(container.AGENT_PORT, annotated=True)
    return {
        **container.envoy(),
        "ports": [container.port("mesh-metrics", container.AGENT_PORT)],
        "args": container.arguments("sidecar", joined=True),
        "lifecycle": {"postStart": {"exec": {"command": ["pilot-agent", "wait", health]}}},
        "env": _agent_environment(),
        "readinessProbe": when(container.HAS_STATUS_PORT, readiness),
        "resources": container.resources(facts),
        "volumeMounts": [
            volumes.SPIFFE_SOCKET_MOUNT,
            volumes.certificates_mount(),
            volumes.istiod_root_mount(),
            volumes.DATA_MOUNT,
            _XDS_MOUNT,
            volumes.TOKEN_MOUNT,
            volumes.mtls_files_mount(),
            volumes.POD_INFO_MOUNT,
            volumes.user_mounts(),
        ],
    }


def _agent_environment() -> list[Node]:
    return [
        environment.variable("ISTIO_META_GENERATOR", "grpc"),
        environment.variable("OUTPUT_CERTS", "/var/lib/istio/data"),
        environment.legacy_probe_destination(),
        *environment.agent(),
        environment.pod_ports(),
        environment.app_containers(),
        environment.cluster(),
        *environment.from_pod("ISTIO_META_NODE_NAME"),
        *environment.workload(environment.OWNER),
        *environment.mesh(),
        environment.proxy_metadata(),
        environment.variable("ISTIO_META_DNS_CAPTURE", "false"),
        environment.variable("DISABLE_ENVOY", "true"),
    ]


def _agent_app() -> Node:
    return {
        "name": text("%v", "$app"),
        "env": [
            environment.variable("GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT", "true"),
            environment.variable("GRPC_XDS_BOOTSTRAP", "/etc/istio/proxy/grpc-bootstrap.json"),
        ],
        "volumeMounts": [volumes.DATA_MOUNT, _XDS_MOUNT, volumes.certificates_mount()],
    }


def _agent_volumes() -> list[Node]:
    return [
        volumes.scratch("workload-socket", volumes.REPLACEABLE),
        volumes.certificates(volumes.REPLACEABLE),
        volumes.bootstrap(),
        volumes.scratch("istio-xds", volumes.MEMORY),
        volumes.scratch("istio-data", volumes.EMPTY),
        volumes.pod_info(),
        volumes.token(),
        volumes.istiod_root(),
        volumes.mtls_files(),
        volumes.user_volumes(),
    ]
