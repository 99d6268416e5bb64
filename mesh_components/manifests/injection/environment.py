"""Environment variables of a proxy, in groups that templates put in their own order.

Order matters in one way only: of two variables with one name the later counts. So `proxy_metadata` comes after what a
user may override, and before what not. Names and contents are those that pilot-agent reads
(`pkg/bootstrap/config.go`, `pilot/cmd/pilot-agent/options`); sources of values are the templates of Istio's charts
(`manifests/charts/istio-control/istio-discovery/files`).
"""

from mesh_components.manifests.injection.inputs import (
    TRUST_DOMAIN,
    both,
    equal,
    has_annotation,
    own_annotation,
    value,
)
from mesh_components.manifests.injection.template_text import ABSENT, Go, Node, each, text, using, when
from mesh_components.versions.injection import Injection

_POD_FIELDS = {
    "POD_NAME": "metadata.name",
    "POD_NAMESPACE": "metadata.namespace",
    "NAMESPACE": "metadata.namespace",
    "INSTANCE_IP": "status.podIP",
    "SERVICE_ACCOUNT": "spec.serviceAccountName",
    "HOST_IP": "status.hostIP",
    "ISTIO_META_NODE_NAME": "spec.nodeName",
    "ISTIO_META_SERVICE_ACCOUNT": "spec.serviceAccountName",
}
_LIMITS = {
    "ISTIO_CPU_LIMIT": "limits.cpu",
    "CPU_LIMIT": "limits.cpu",
    "GOMAXPROCS": "limits.cpu",
    "GOMEMLIMIT": "limits.memory",
}

GO_RUNTIME = ("GOMEMLIMIT", "GOMAXPROCS")
"""What keeps the agent's Go runtime within the container's limits."""


def variable(name: str, content: str | Go) -> dict[str, Node]:
    """One variable with a given content."""
    return {"name": name, "value": content}


def from_pod(*names: str) -> list[Node]:
    """Variables that Kubernetes fills from the pod's fields; each name says which."""
    return [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": _POD_FIELDS[name]}}} for name in names]


def limits(facts: Injection, *names: str) -> list[Node]:
    """Variables that Kubernetes fills from the container's limits; each name says which."""
    divisor: Node = "1" if facts.divisors else ABSENT
    return [
        {"name": name, "valueFrom": {"resourceFieldRef": {"resource": _LIMITS[name], "divisor": divisor}}}
        for name in names
    ]


def agent(*limits: Node) -> list[Node]:
    """What each agent must know: who signs what, its pod, limits of its container, and its config (where that differs
    from Istio's defaults, as JSON)."""
    return [
        variable("PILOT_CERT_PROVIDER", text("%v", value("global.pilotCertProvider"))),
        certificate_authority(),
        *from_pod("POD_NAME", "POD_NAMESPACE", "INSTANCE_IP", "SERVICE_ACCOUNT", "HOST_IP"),
        *limits,
        variable("PROXY_CONFIG", text("%v", "protoToJSON $.ProxyConfig")),
    ]


def certificate_authority(name: str = "CA_ADDR") -> Node:
    """Where certificates are requested: `global.caAddress`, else the istiod of this revision."""
    revision = f'ternary "" (print "-" {value("revision")}) (empty {value("revision")})'
    istiod = text("istiod%v.%v.svc:15012", revision, value("global.istioNamespace"))
    return when(
        value("global.caAddress"),
        variable(name, text("%v", value("global.caAddress"))),
        variable(name, istiod),
    )


def legacy_probe_destination() -> Node:
    """Probes go to localhost where the mesh sends inbound traffic there."""
    return when(
        equal("$.InboundTrafficPolicyMode", "localhost"),
        variable("REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION", "true"),
    )


def pod_ports() -> Node:
    """All ports that the pod's containers declare, as a JSON list (`$ports`, see `app_containers_prelude`)."""
    return variable("ISTIO_META_POD_PORTS", text("%v", "toJson $ports"))


def app_containers() -> Node:
    """The names of the app's own containers (`$apps`), joined by commas."""
    return variable("ISTIO_META_APP_CONTAINERS", text("%v", '$apps | join ","'))


def compliance(facts: Injection) -> Node:
    """The compliance policy that istiod runs under, and Go's FIPS mode with it."""
    policy = "$.CompliancePolicy"
    fips_mode = when(equal(policy, "fips-140-3"), variable("GODEBUG", "fips140=only"))
    return when(policy, [variable("COMPLIANCE_POLICY", text("%v", policy)), fips_mode if facts.fips_mode else ABSENT])


def cluster(otherwise: str = '"Kubernetes"', *, name: str = "ISTIO_META_CLUSTER_ID") -> Node:
    """The cluster's name in a multi-cluster mesh, else another expression."""
    return variable(name, text("%v", f"valueOrDefault {value('global.multiCluster.clusterName')} {otherwise}"))


def network(name: str, expression: str) -> Node:
    """The network that the proxy is in, where it is in one."""
    return using("$network", expression, variable(name, text("%v", "$network")))


OWNER = "$.DeploymentMeta.Name"
"""The name of the object that owns the pod, where it is known."""


def workload(name: str) -> list[Node]:
    """The network that an injected pod is in, the name of its workload, and the API path of the object that owns it."""
    path = text(
        "kubernetes://apis/%v/namespaces/%v/%vs/%v",
        "$.TypeMeta.APIVersion",
        'valueOrDefault $.DeploymentMeta.Namespace "default"',
        "toLower $.TypeMeta.Kind",
        OWNER,
    )
    return [
        network("ISTIO_META_NETWORK", value("global.network")),
        using("$workload", name, variable("ISTIO_META_WORKLOAD_NAME", text("%v", "$workload"))),
        when(both("$.TypeMeta.APIVersion", OWNER), variable("ISTIO_META_OWNER", path)),
    ]


def bootstrap_override() -> Node:
    """The custom bootstrap that a ConfigMap holds (`volumes.bootstrap`)."""
    return when(
        has_annotation("sidecar.istio.io/bootstrapOverride"),
        variable("ISTIO_BOOTSTRAP_OVERRIDE", "/etc/istio/custom-bootstrap/custom_bootstrap.json"),
    )


def mesh() -> list[Node]:
    """The mesh's ID, which is the trust domain where none is set, and the trust domain."""
    return [
        using(
            "$meshID",
            f"or {value('global.meshID')} ({TRUST_DOMAIN})",
            variable("ISTIO_META_MESH_ID", text("%v", "$meshID")),
        ),
        trust_domain(),
    ]


def trust_domain() -> Node:
    """The mesh's trust domain, where it has one."""
    return using("$trustDomain", TRUST_DOMAIN, variable("TRUST_DOMAIN", text("%v", "$trustDomain")))


def tracing(facts: Injection) -> list[Node]:
    """What tracers want: Datadog's own variables (JSON in an annotation) and OpenTelemetry's resource attributes."""
    annotated = "apm.datadoghq.com/env"
    datadog = when(
        both(equal(value("global.proxy.tracer"), "datadog"), has_annotation(annotated)),
        each("$name, $content", f"fromJSON ({own_annotation(annotated)})", _named_by_go()),
    )
    otel = using(
        "$attributes",
        "otelResourceAttributes $.MeshConfig $.ObjectMeta.Annotations $.ObjectMeta.Labels "
        "$.DeploymentMeta.Namespace $.Spec.Containers",
        variable("OTEL_RESOURCE_ATTRIBUTES", text("%v", "$attributes")),
    )
    return [datadog, otel if facts.otel_attributes else ABSENT]


def proxy_metadata() -> Node:
    """The variables that a user set as `proxyMetadata`."""
    return each("$name, $content", "$.ProxyConfig.ProxyMetadata", _named_by_go())


def _named_by_go() -> Node:
    return {"name": text("%v", "$name"), "value": text("%v", "$content")}
