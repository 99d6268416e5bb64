"""Parts of the containers that templates add: image, arguments, resources, probes, security.

Sources: the templates of Istio's charts (`manifests/charts/istio-control/istio-discovery/files`); pilot-agent's flags
are in `pilot/cmd/pilot-agent/app/cmd.go`.
"""

from mesh_components.manifests.injection.inputs import (
    PROXY_GROUP,
    PROXY_USER,
    STATUS_PORT,
    annotation,
    either,
    has_annotation,
    own_annotation,
    value,
)
from mesh_components.manifests.injection.template_text import ABSENT, Go, Node, as_json, text, when
from mesh_components.versions.injection import Injection

PROXY = "istio-proxy"
"""The name of the proxy's container, by which istiod finds it."""

AGENT_PORT = 15020
READINESS_PORT = 15021
ENVOY_METRICS_PORT = 15090

_LIFECYCLE = value("global.proxy.lifecycle")
_SECCOMP = value("global.proxy.seccompProfile")


def port(name: str, number: int) -> Node:
    """One TCP port that a container declares."""
    return {"containerPort": number, "name": name, "protocol": "TCP"}


ENVOY_METRICS = port("http-envoy-prom", ENVOY_METRICS_PORT)
AGENT_METRICS = port("metrics", AGENT_PORT)
STATUS = port("status-port", READINESS_PORT)


def image(computed: str, annotation_name: str, values_path: str) -> Node:
    """The image: a full reference from an annotation or the values, else the one that istiod composed of its parts."""
    named = annotation(annotation_name, value(values_path))
    return when(f'contains "/" ({named})', text("%v", named), text("%v", computed))


def envoy() -> dict[str, Node]:
    """The name and the image of a container with Envoy and its agent."""
    return {
        "name": PROXY,
        "image": image("$.ProxyImage", "sidecar.istio.io/proxyImage", "global.proxy.image"),
        "imagePullPolicy": pull_policy(),
    }


def pull_policy() -> Node:
    """The installation's pull policy, where it sets one."""
    return when(value("global.imagePullPolicy"), text("%v", value("global.imagePullPolicy")))


LOG_LEVELS = {
    "proxyLogLevel": annotation("sidecar.istio.io/logLevel", value("global.proxy.logLevel")),
    "proxyComponentLogLevel": annotation("sidecar.istio.io/componentLogLevel", value("global.proxy.componentLogLevel")),
    "log_output_level": annotation("sidecar.istio.io/agentLogLevel", value("global.logging.level")),
}
"""Flags for log levels: Envoy's, those of Envoy's components, the agent's."""

DOMAIN: list[Node] = ["--domain", text("$(POD_NAMESPACE).svc.%v", value("global.proxy.clusterDomain"))]


def log_levels(*, joined: bool) -> list[Node]:
    """The flags for log levels: `joined` with `=`, or as arguments of their own (which keeps an empty level)."""
    if joined:
        return [text(f"--{flag}=%v", level) for flag, level in LOG_LEVELS.items()]
    return [argument for flag, level in LOG_LEVELS.items() for argument in (f"--{flag}", text("%v", level))]


def arguments(role: str, *, joined: bool) -> list[Node]:
    """The agent's arguments for a role, the security token service's port among them where that is on; `joined` as for
    `log_levels`."""
    token_service = when(value("global.sts.servicePort"), text("--stsPort=%v", value("global.sts.servicePort")))
    return ["proxy", role, *DOMAIN, *log_levels(joined=joined), token_service, json_logs()]


def json_logs() -> Node:
    """The agent logs JSON."""
    return when(value("global.logAsJson"), "--log_as_json")


def outlier_log() -> Node:
    """Where Envoy logs ejected hosts."""
    return when(value("global.proxy.outlierLogPath"), text("--outlierLogPath=%v", value("global.proxy.outlierLogPath")))


def lifecycle(otherwise: Node = ABSENT) -> Node:
    """The lifecycle hooks that the values set, else others."""
    return when(_LIFECYCLE, as_json(_LIFECYCLE), otherwise)


def resources(facts: Injection) -> Node:
    """The proxy's requests and limits: if the pod has annotations for any of them, those alone, else the values'.

    With none at all they are null, which clears what an earlier injection set.
    """
    names = {
        "requests": {"cpu": "sidecar.istio.io/proxyCPU", "memory": "sidecar.istio.io/proxyMemory"},
        "limits": {"cpu": "sidecar.istio.io/proxyCPULimit", "memory": "sidecar.istio.io/proxyMemoryLimit"},
    }
    annotated: Node = {
        kind: when(
            either(*(has_annotation(name) for name in kinds.values())),
            {
                resource: when(has_annotation(name), text("%v", own_annotation(name)))
                for resource, name in kinds.items()
            },
        )
        for kind, kinds in names.items()
    }
    any_annotation = either(*(has_annotation(name) for kinds in names.values() for name in kinds.values()))
    return when(any_annotation, annotated, resources_of(facts, "global.proxy.resources", otherwise=None))


def resources_of(facts: Injection, values_path: str, otherwise: Node = ABSENT) -> Node:
    """Requests and limits from the values."""
    setting = value(values_path)
    return when(setting, as_json(f"omitNil {setting}" if facts.omits_nulls else setting), otherwise)


def ready(port_number: int, **timing: Node) -> dict[str, Node]:
    """A probe of the agent's health."""
    return {"httpGet": {"path": "/healthz/ready", "port": port_number}, **timing}


HAS_STATUS_PORT = f'ne ({STATUS_PORT}) "0"'
"""Whether the agent answers probes at all."""


def readiness(port_number: int, *, annotated: bool) -> Node:
    """The readiness probe of an injected proxy, with timing from the values, or from annotations first."""

    def timing(name: str) -> Go:
        setting = value(f"global.proxy.readiness{name[0].upper()}{name[1:]}")
        return Go(annotation(f"readiness.status.sidecar.istio.io/{name}", setting) if annotated else setting)

    return ready(
        port_number,
        initialDelaySeconds=timing("initialDelaySeconds"),
        periodSeconds=timing("periodSeconds"),
        timeoutSeconds=3,
        failureThreshold=timing("failureThreshold"),
    )


def gateway_api_probes() -> dict[str, Node]:
    """The probes of a proxy that istiod deploys for a Gateway."""

    def probe(**timing: int) -> Node:
        http_get: Node = {"path": "/healthz/ready", "port": READINESS_PORT, "scheme": "HTTP"}
        return {"httpGet": http_get, "successThreshold": 1, "timeoutSeconds": 1, **timing}

    return {
        "startupProbe": probe(initialDelaySeconds=1, periodSeconds=1, failureThreshold=30),
        "readinessProbe": probe(initialDelaySeconds=0, periodSeconds=15, failureThreshold=4),
    }


def seccomp(facts: Injection) -> dict[str, Node]:
    """The values' seccomp profile for injected containers, where there is one."""
    return {"seccompProfile": when(_SECCOMP, as_json(_SECCOMP)) if facts.seccomp_profile else ABSENT}


def hardened(user: str = PROXY_USER, group: str = PROXY_GROUP) -> dict[str, Node]:
    """The security context of a proxy that needs no privilege."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsUser": Go(user),
        "runAsGroup": Go(group),
        "runAsNonRoot": True,
    }
