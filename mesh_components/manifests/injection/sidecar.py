"""The template `sidecar`: Envoy beside an app, and the capture of the app's traffic.

Same inputs and outputs as `injection-template.yaml` of Istio's charts
(`manifests/charts/istio-control/istio-discovery/files`).
"""

from mesh_components.manifests.injection import capture, container, environment, pod, volumes
from mesh_components.manifests.injection.inputs import (
    PROXY_GROUP,
    PROXY_USER,
    STATUS_PORT,
    annotation,
    both,
    default,
    either,
    equal,
    label,
    no,
    own_annotation,
    value,
)
from mesh_components.manifests.injection.template_text import Go, Include, Node, Template, text, when
from mesh_components.versions.injection import Injection

_LOW_PORTS = annotation("sidecar.istio.io/capNetBindService", value("global.proxy.capNetBindService"))
_NATIVE = default(own_annotation("sidecar.istio.io/nativeSidecar"), "$.NativeSidecars | toString")
_PRELUDE = (
    *pod.APPS,
    *capture.PRELUDE,
    f"$lowPorts := {equal(_LOW_PORTS, 'true')}",
    f'$native := ne ({_NATIVE}) "false"',
)
"""`$lowPorts`: Envoy may bind ports below 1024. `$native`: the proxy is an init container that keeps running
(Kubernetes' native sidecar), so that it starts before the app and stops after it."""

_HOLDS_APP = both(
    either(
        "$.ProxyConfig.HoldApplicationUntilProxyStarts.GetValue", value("global.proxy.holdApplicationUntilProxyStarts")
    ),
    no("$native"),
)
_PROXY_PART = "proxy"


def template(facts: Injection) -> Template:
    """The template."""
    return Template(
        prelude=_PRELUDE,
        parts={_PROXY_PART: [_proxy(facts)]},
        documents=[{"metadata": {"labels": _labels(facts), "annotations": _annotations()}, "spec": _spec(facts)}],
    )


def _labels(facts: Injection) -> dict[str, Node]:
    tunnel = "networking.istio.io/tunnel"
    mode = "security.istio.io/tlsMode"
    hbone = equal('index $.ProxyConfig.ProxyMetadata "ISTIO_META_ENABLE_HBONE"', "true")
    return {
        mode: text("%v", default(label(mode), '"istio"')),
        tunnel: when(hbone, text("%v", default(label(tunnel), '"http"'))),
        **pod.service_labels(fit=facts),
    }


def _annotations() -> dict[str, Node]:
    return {**pod.annotations(), **capture.cni_annotations()}


def _spec(facts: Injection) -> dict[str, Node]:
    init_containers: list[Node] = [
        when(capture.CAPTURES, capture.init_container(facts)),
        when("$native", Include(_PROXY_PART)),
    ]
    return {
        "initContainers": when(either(capture.CAPTURES, "$native"), init_containers),
        "containers": when(no("$native"), [Include(_PROXY_PART)]),
        "volumes": _volumes(facts),
        "imagePullSecrets": volumes.pull_secrets(),
    }


def _proxy(facts: Injection) -> Node:
    startup = value("global.proxy.startupProbe")
    startup_probe = container.ready(
        container.READINESS_PORT,
        initialDelaySeconds=0,
        periodSeconds=1,
        timeoutSeconds=3,
        failureThreshold=Go(f"{startup}.failureThreshold"),
    )
    readiness = container.readiness(container.READINESS_PORT, annotated=True)
    return {
        **container.envoy(),
        "restartPolicy": when("$native", "Always"),
        "ports": [container.ENVOY_METRICS],
        "args": [*container.arguments("sidecar", joined=True), container.outlier_log()],
        "lifecycle": container.lifecycle(_wait_or_drain()),
        "env": _environment(facts),
        "startupProbe": when(both(container.HAS_STATUS_PORT, f"{startup}.enabled"), startup_probe),
        "readinessProbe": when(container.HAS_STATUS_PORT, readiness),
        "securityContext": _security_context(facts),
        "resources": container.resources(facts),
        "volumeMounts": _mounts(),
    }


def _wait_or_drain() -> Node:
    """The app waits for the proxy where it should; a native sidecar drains when the pod begins to stop."""
    wait: Node = {"postStart": {"exec": {"command": ["pilot-agent", "wait"]}}}
    debug_port = text("--debug-port=%v", STATUS_PORT)
    drain: Node = {"preStop": {"exec": {"command": ["pilot-agent", "request", debug_port, "POST", "drain"]}}}
    return when(_HOLDS_APP, wait, when("$native", drain))


def _environment(facts: Injection) -> list[Node]:
    return [
        environment.legacy_probe_destination(),
        *environment.agent(*environment.limits(facts, "ISTIO_CPU_LIMIT")),
        environment.pod_ports(),
        environment.app_containers(),
        *environment.limits(facts, *environment.GO_RUNTIME),
        environment.compliance(facts),
        environment.cluster(),
        *environment.from_pod("ISTIO_META_NODE_NAME"),
        environment.variable("ISTIO_META_INTERCEPTION_MODE", text("%v", "$mode")),
        *environment.workload(default(label("service.istio.io/workload-name"), environment.OWNER)),
        environment.bootstrap_override(),
        *environment.mesh(),
        *environment.tracing(facts),
        environment.proxy_metadata(),
    ]


def _security_context(facts: Injection) -> dict[str, Node]:
    """Three cases: Envoy may log what iptables does; it needs a capability, hence root; or it needs nothing."""
    traces_iptables = equal('index $.ProxyConfig.ProxyMetadata "IPTABLES_TRACE_LOGGING"', "true")
    privileged = Go(f"or ({traces_iptables}) {value('global.proxy.privileged')}")
    root = either(traces_iptables, "$tproxy", "$lowPorts")
    capabilities = when(
        traces_iptables,
        ["NET_ADMIN"],
        when(root, [when("$tproxy", "NET_ADMIN"), when("$lowPorts", "NET_BIND_SERVICE")]),
    )
    return {
        "allowPrivilegeEscalation": privileged,
        "privileged": privileged,
        "capabilities": {"add": capabilities, "drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": Go(f"not ({root})"),
        "runAsUser": when(root, 0, Go(PROXY_USER)),
        "runAsGroup": when(both(no(traces_iptables), root), 1337, Go(PROXY_GROUP)),
        **container.seccomp(facts),
    }


def _mounts() -> list[Node]:
    return [
        volumes.SPIFFE_SOCKET_MOUNT,
        volumes.CREDENTIAL_SOCKET_MOUNT,
        volumes.certificates_mount(),
        volumes.istiod_root_mount(volumes.REVOCATION_MOUNT),
        volumes.DATA_MOUNT,
        volumes.bootstrap_mount(),
        volumes.ENVOY_MOUNT,
        volumes.TOKEN_MOUNT,
        volumes.mtls_files_mount(),
        volumes.POD_INFO_MOUNT,
        volumes.lightstep_mount(),
        volumes.user_mounts(),
    ]


def _volumes(facts: Injection) -> list[Node]:
    return [
        volumes.scratch("workload-socket", volumes.REPLACEABLE),
        volumes.scratch("credential-socket", volumes.REPLACEABLE),
        volumes.certificates(volumes.REPLACEABLE),
        volumes.bootstrap(),
        volumes.scratch("istio-envoy", volumes.MEMORY),
        volumes.scratch("istio-data", volumes.EMPTY),
        volumes.pod_info(),
        volumes.token(),
        volumes.istiod_root(),
        volumes.revocation_list(facts),
        volumes.mtls_files(),
        volumes.user_volumes(),
        volumes.lightstep(),
    ]
