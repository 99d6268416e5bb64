"""Meshes of every kind for property tests: drawn from the settings' own models, so that a new setting is drawn too.

What a model's types say is enough for most settings. ``OVERRIDES`` has values for those that only Kubernetes or Istio
can judge: parts of Kubernetes objects, addresses, names of things.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from mesh_components.settings import PROFILES, VERSIONS, MeshSettings, Settings, SettingsError, load
from mesh_components.settings.opaque import Opaque

Strategy = st.SearchStrategy[Any]

MOST_KEYS = 5
"""How many keys of one mapping are drawn at most, so that a mesh stays small."""

names = st.from_regex(r"[a-z]([-a-z0-9]{0,10}[a-z0-9])?", fullmatch=True)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
keys = st.from_regex(r"(example\.com/)?[a-z]([-a-z0-9]{0,10}[a-z0-9])?", fullmatch=True)
label_values = st.from_regex(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?)?", fullmatch=True)
labels = st.dictionaries(keys, label_values, max_size=3)
notes: Strategy = st.dictionaries(keys, words, max_size=3)
portions = st.one_of(st.integers(0, 5), st.integers(0, 100).map(lambda percent: f"{percent}%"))
environment: Strategy = st.dictionaries(
    st.from_regex(r"[A-Z][A-Z_]{0,10}", fullmatch=True), st.one_of(words, st.booleans(), st.integers(-5, 5)), max_size=3
)
flags: Strategy = st.fixed_dictionaries(
    {},
    optional={
        "PILOT_ENABLE_STATUS": st.booleans(),
        "PILOT_PUSH_THROTTLE": st.integers(1, 500),
        "ENABLE_CLUSTER_TRUST_BUNDLE_API": st.just("false"),
        "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER": st.booleans(),
        "COMPLIANCE_POLICY": st.just("fips-140-3"),
        "MCS_API_GROUP": st.just("net.gke.io"),
        "CA_TRUSTED_NODE_ACCOUNTS": st.just("kube-system/ztunnel"),
    },
)

SMALL: Mapping[str, list[Any]] = {"cpu": ["10m", "0.5", 1], "memory": ["64Mi", 1024]}
LARGE: Mapping[str, list[Any]] = {"cpu": ["2", 4, "4000m"], "memory": ["2Gi", "3G"]}


def amounts(sizes: Mapping[str, list[Any]]) -> Strategy:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from([*size, None]) for name, size in sizes.items()})


def listed(*items: Any) -> Strategy:
    """Lists of some of these."""
    return st.lists(st.sampled_from(items), max_size=len(items), unique_by=json.dumps)


def one_of(*items: Any) -> Strategy:
    return st.sampled_from(items)


TERM = {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["mesh"]}]}
AFFINITY = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [TERM]}}}
APART = {
    "podAntiAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname", "labelSelector": TERM}}
        ]
    }
}
SPREAD = {
    "maxSkew": 1,
    "topologyKey": "topology.kubernetes.io/zone",
    "whenUnsatisfiable": "ScheduleAnyway",
    "labelSelector": {"matchLabels": {"app": "istiod"}},
}
BEHAVIOR = {"scaleDown": {"stabilizationWindowSeconds": 300}}
FROM_SECRET = {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": True}}}
HELPER = {"name": "helper", "image": "busybox"}
DOCKER_CONFIG = '{"auths": {"registry.example.com": {"auth": "dTpw"}}}'
DISCOVERED: list[Any] = [{"matchLabels": {"mesh": "yes"}}, {"matchExpressions": [{"key": "a", "operator": "Exists"}]}]

mesh_config: Strategy = st.fixed_dictionaries(
    {},
    optional={
        "trustDomain": one_of("cluster.local", "example.com"),
        "trustDomainAliases": listed("old.example.com"),
        "rootNamespace": names,
        "accessLogFile": words,
        "enablePrometheusMerge": st.booleans(),
        "outboundTrafficPolicy": st.fixed_dictionaries({"mode": one_of("ALLOW_ANY", "REGISTRY_ONLY")}),
        "discoverySelectors": listed(*DISCOVERED),
        "defaultConfig": st.fixed_dictionaries(
            {},
            optional={
                "concurrency": st.integers(0, 8),
                "holdApplicationUntilProxyStarts": st.booleans(),
                "proxyMetadata": st.dictionaries(one_of("ISTIO_META_DNS_CAPTURE", "A_FLAG"), one_of("true", "1")),
            },
        ),
    },
)
# Ports of their own, so that a Service never has one twice.
gateway_ports: Strategy = st.lists(
    st.fixed_dictionaries(
        {"name": names, "port": st.integers(1, 65535)},
        optional={"targetPort": st.integers(1, 65535), "protocol": one_of("TCP", "UDP"), "appProtocol": one_of("http")},
    ),
    min_size=1,
    max_size=4,
    unique_by=(lambda port: port["name"], lambda port: port["port"]),
)


def some(**optional: Strategy) -> Strategy:
    """Mappings with some of these keys."""
    return st.fixed_dictionaries({}, optional=optional)


def addon(**optional: Strategy) -> Strategy:
    """An addon that is there, with some of these keys and of those that each has."""
    shared = {
        "nodeSelector": labels,
        "tolerations": listed({"key": "dedicated", "operator": "Exists"}),
        "affinity": one_of({}, AFFINITY, APART),
        "resources": some(requests=amounts(SMALL), limits=amounts(LARGE)),
        "podLabels": labels,
        "podAnnotations": notes,
        "serviceType": one_of("ClusterIP", "NodePort", "LoadBalancer"),
        "serviceAnnotations": notes,
        "persistentVolume": some(
            enabled=st.booleans(),
            size=one_of("8Gi", "1Ti"),
            storageClassName=names,
            accessModes=listed("ReadWriteOnce"),
        ),
    }
    return st.fixed_dictionaries({"enabled": st.just(True)}, optional={**shared, **optional})


REACHED = {"external_url": one_of("", "https://here.example.com/x")}
RULES = {"name": "mesh", "rules": [{"alert": "Down", "expr": "up == 0"}]}
kiali: Strategy = st.fixed_dictionaries(
    {"enabled": st.just(True)},
    optional={
        "installationMode": one_of("server", "operator"),
        "auth": one_of(
            {"strategy": "token"},
            {"strategy": "header"},
            {"strategy": "openid", "openid": {"client_id": "kiali", "issuer_uri": "https://issuer.example.com"}},
        ),
        "deployment": some(
            view_only_mode=st.booleans(),
            replicas=st.integers(0, 3),
            node_selector=labels,
            tolerations=listed({"key": "dedicated", "operator": "Exists"}),
            resources=some(requests=amounts(SMALL), limits=amounts(LARGE)),
            pod_labels=labels,
            pod_annotations=notes,
            service_annotations=notes,
            ingress=some(enabled=st.booleans(), class_name=names),
            network_policy=some(enabled=st.booleans()),
        ),
        "server": some(web_root=one_of("/", "/kiali", "/a/b"), port=st.integers(1024, 20000)),
        "external_services": some(
            prometheus=some(url=one_of("http://prometheus.metrics:9090")),
            grafana=some(enabled=st.booleans()),
            tracing=some(enabled=st.booleans()),
        ),
    },
)
addons: Strategy = some(
    prometheus=addon(
        retention=one_of("6h", "15d"),
        retentionSize=one_of("", "5GB"),
        scrapeInterval=one_of("5s", "1m"),
        rules=listed(RULES),
        extraScrapeConfigs=listed({"job_name": "more", "static_configs": [{"targets": ["a:1"]}]}),
        configReloader=some(enabled=st.booleans()),
    ),
    grafana=addon(**REACHED, adminSecret=names, anonymous=some(role=one_of("Viewer", "Admin"))),
    jaeger=addon(
        **REACHED,
        spanStorageTTL=one_of("1h", "72h"),
        basePath=one_of("/", "/jaeger"),
        samplingPercentage=st.integers(0, 100),
        tracing=st.booleans(),
    ),
    kiali=kiali,
)

OVERRIDES: Mapping[str, Strategy] = {
    "addons": addons,
    "version": st.sampled_from(list(VERSIONS)),
    "profile": st.sampled_from(list(PROFILES)),
    "revision": st.one_of(st.just(""), names),
    "meshConfig": mesh_config,
    "env": environment,
    "pilot.env": flags,
    "limits": amounts(LARGE),
    "requests": amounts(SMALL),
    "affinity": one_of({}, AFFINITY, APART),
    "tolerations": listed({"key": "dedicated", "operator": "Exists"}),
    "defaultTolerations": listed({"key": "edge", "operator": "Exists", "effect": "NoSchedule"}),
    "topologySpreadConstraints": listed(SPREAD),
    "autoscaleBehavior": one_of({}, BEHAVIOR),
    "envVarFrom": listed(FROM_SECRET),
    "initContainers": listed({"name": "wait", "image": "busybox"}),
    "additionalContainers": listed(HELPER),
    "lifecycle": one_of({}, {"preStop": {"exec": {"command": ["sleep", "5"]}}}),
    "seccompProfile": one_of({}, {"type": "RuntimeDefault"}),
    "securityContext": one_of({}, {"fsGroup": 1337, "seccompProfile": {"type": "RuntimeDefault"}}),
    "containerSecurityContext": one_of({}, {"seccompProfile": {"type": "RuntimeDefault"}}),
    "readinessProbe": one_of({}, {"periodSeconds": 5}),
    "dnsConfig": one_of({}, {"nameservers": ["192.0.2.1"]}),
    "volumes": listed({"name": "extra", "emptyDir": {}}),
    "volumeMounts": listed({"name": "istio-token", "mountPath": "/more"}),
    "hub": one_of("", "registry.example.com/istio"),
    "tag": one_of("", "1.2.3", "1.2.3@sha256:" + "a" * 64),
    "image": one_of("proxyv2", "registry.example.com/it:1", "registry.example.com/it@sha256:" + "b" * 64),
    "variant": one_of("", "distroless"),
    "ports": gateway_ports,
    "clusterIP": st.just(""),
    "externalIPs": listed("192.0.2.10"),
    "loadBalancerIP": one_of("", "192.0.2.20"),
    "loadBalancerClass": one_of("", "example.com/internal"),
    "loadBalancerSourceRanges": listed("10.0.0.0/8", "192.0.2.0/24"),
    # Where Kubernetes itself takes ports last.
    "healthCheckNodePort": st.integers(30000, 30080),
    # What a node with IPv4 alone can have.
    "ipFamilies": listed("IPv4"),
    "ipFamilyPolicy": one_of("", "SingleStack"),
    "trafficDistribution": st.just("PreferClose"),
    "priorityClassName": one_of("", "system-cluster-critical"),
    "injectionTemplate": one_of("", "gateway"),
    "sidecar": st.just({"egress": [{"hosts": ["./*", "istio-system/*"]}]}),
    "validationURL": one_of("", "https://istiod.example.com/validate"),
    "validationCABundle": one_of("", "Q0E="),
    "injectionURL": one_of("", "https://istiod.example.com/inject"),
    "injectionPath": one_of("/inject", "/inject/cluster/c1/net/n1"),
    "injectionCABundle": one_of("", "Q0E="),
    "excludedCRDs": listed("wasmplugins.extensions.istio.io"),
    "meshNetworks": st.just({"n": {"endpoints": [{"fromRegistry": "c"}]}}),
    "jwksResolverExtraRootCA": one_of("", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----"),
    "pilotCertProvider": one_of("istiod", "kubernetes", "k8s.io/signers.example.com/x"),
    "mountPath": names.map(lambda name: f"/mounted/{name}"),
    "podAntiAffinityLabelSelector": listed(
        {"key": "app", "operator": "In", "values": "a,b", "topologyKey": "kubernetes.io/hostname"}
    ),
    "podAntiAffinityTermLabelSelector": listed(
        {"key": "app", "operator": "Exists", "topologyKey": "topology.kubernetes.io/zone"}
    ),
    "alwaysInjectSelector": listed(*DISCOVERED),
    "neverInjectSelector": listed(*DISCOVERED),
    "templates": st.just({"custom": "metadata: {}"}),
    "tracer": one_of("none", "zipkin", "datadog", "stackdriver"),
    "global.tracer": st.just({"zipkin": {"address": "zipkin.tracing:9411"}}),
    "rollingMaxSurge": portions,
    "rollingMaxUnavailable": portions,
    "minAvailable": portions,
    "maxUnavailable": portions,
    "platform": one_of("gke", "k3s", "openshift"),
    "pullSecrets": st.just([{"name": "registry", "dockerConfigJson": DOCKER_CONFIG}]),
    "imagePullSecrets": listed("registry", "exists"),
    "namespaces.imagePullSecrets": listed("registry"),
    "revisionTags": listed("prod", "next", "default"),
    "podSecurity.version": one_of("latest", "v1.31"),
}
"""Values by path, or by the last part of it; the longest end of a path that is here counts."""

NOT_DRAWN = frozenset(["patches", "suppressions", "analysis", "certificateAuthority", "base.enableIstioConfigCRDs"])
"""Settings that plan nothing, that can make of a plan what they want, or that make it large."""


def override(path: str) -> Strategy | None:
    """The values for a path, if they are written down."""
    parts = path.split(".")
    ends = (".".join(parts[start:]) for start in range(len(parts)))
    return next((OVERRIDES[end] for end in ends if end in OVERRIDES), None)


@cache
def paths(model: type[Settings] = MeshSettings, prefix: str = "") -> Mapping[str, Strategy]:
    """The settings of one model by key, each with how it is drawn."""
    found = {}
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        if path not in NOT_DRAWN:
            written = override(path)
            found[field.alias or name] = _drawn(field.annotation, field, path) if written is None else written
    return found


def _drawn(annotation: Any, field: FieldInfo | None, path: str) -> Strategy:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(annotation, path)
    if origin in (Union, UnionType):
        members = [member for member in inner if member not in (type(None), Opaque)]
        return st.one_of(*(_drawn(member, field, path) for member in members))
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is list:
        return st.lists(_drawn(inner[0], None, path), max_size=3)
    if origin is dict:
        kind: Strategy = labels if "label" in path.lower() or path.endswith("odeSelector") else notes
        return kind
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return some_of(annotation, path)
    if annotation is bool:
        return st.booleans()
    if annotation in (int, float):
        low, high = _bounds(field.metadata if field else ())
        return st.integers(low, high)
    return names


def _annotated(annotation: Any, path: str) -> Strategy:
    kind, *notes = get_args(annotation)
    text = str(notes)
    if "_count_or_percent" in text:
        return portions
    if kind is int:
        low, high = _bounds([inner for note in notes for inner in getattr(note, "metadata", [note])])
        return st.integers(low, high)
    return _drawn(kind, None, path)


def _bounds(notes: Any) -> tuple[int, int]:
    low, high = 0, 9
    for note in notes:
        low = getattr(note, "ge", low)
        high = getattr(note, "le", max(high, low + 9))
    return int(low), int(high)


def some_of(model: type[Settings], path: str = "") -> Strategy:
    """Mappings with some of a model's keys: all that are required, and few of the others."""
    known = paths(model, f"{path}." if path else "")
    required = [field.alias or name for name, field in model.model_fields.items() if field.is_required()]
    optional = [key for key in known if key not in required]

    @st.composite
    def draw(draw: st.DrawFn) -> dict[str, Any]:
        chosen = draw(st.lists(st.sampled_from(optional), max_size=MOST_KEYS, unique=True)) if optional else []
        return {key: draw(known[key]) for key in [*required, *chosen]}

    return draw()


def drawn_settings() -> Strategy:
    """Valid settings of any kind, without the custom resource definitions."""

    return some_of(MeshSettings).map(distinct).map(valid).filter(lambda found: found is not None)


def distinct(raw: dict[str, Any]) -> dict[str, Any]:
    """A mesh without the definitions, whose gateways and namespaces differ in their names."""
    found = {**raw, "base": {**raw.get("base", {}), "enableIstioConfigCRDs": False}}
    for kind in ("ingressGateways", "egressGateways", "namespaces"):
        if kind in raw:
            found[kind] = [{**item, "name": f"{item.get('name', 'x')}-{i}"} for i, item in enumerate(raw[kind])]
    return found


def valid(raw: dict[str, Any]) -> MeshSettings | None:
    """The settings, or None for those that contradict each other by chance."""
    try:
        return load(raw)
    except SettingsError:
        return None
