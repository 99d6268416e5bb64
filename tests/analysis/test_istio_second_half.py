"""Istio's analyzers on what a program declares: templates for pods, a plan over a cluster, values not known yet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from local_cluster import toolchain
from mesh_components.analysis import analyzers, istio, world  # noqa: F401  (istio registers)
from mesh_components.analysis.finding import Finding, Severity
from mesh_components.analysis.istio.annotation_values import VALUES
from mesh_components.analysis.istio.deprecation import REMOVED
from mesh_components.analysis.istio.k8s_gateways import ISTIOS_CLASSES, MINIMUM
from mesh_components.analysis.istio.port_names import KUBERNETES_PROTOCOLS, NOT_SNIFFED, PROTOCOLS
from mesh_components.analysis.kinds import Kind
from mesh_components.analysis.resource import Nowhere
from mesh_components.analysis.world import Scope, World
from mesh_components.manifests import mesh
from mesh_components.schemas import known_annotations
from mesh_components.settings import MeshSettings
from mesh_components.settings.load import load
from mesh_components.validation.unknown import UNKNOWN

Manifest = dict[str, Any]

NETWORKING, SECURITY, TELEMETRY = "networking.istio.io/v1", "security.istio.io/v1", "telemetry.istio.io/v1"
GATEWAY_API = "gateway.networking.k8s.io/v1"
ADMISSION = "admissionregistration.k8s.io/v1"
APPS = "apps/v1"
CART = {"app": "cart"}


def thing(kind: str, name: Any, api: str = "v1", namespace: Any = "shop", **more: Any) -> Manifest:
    """Return an object; labels and annotations are metadata, the rest is the object's own."""
    metadata = {key: more.pop(key) for key in ("labels", "annotations", "uid", "ownerReferences") if key in more}
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": name, **({"namespace": namespace} if namespace is not None else {}), **metadata},
        **more,
    }


def cluster_thing(kind: str, name: Any, api: str = "v1", **more: Any) -> Manifest:
    """Return an object that has no namespace."""
    return thing(kind, name, api, None, **more)


def deployment(name: Any = "cart", kind: str = "Deployment", **more: Any) -> Manifest:
    """Return something that makes pods; what starts with ``pod_`` is the template's."""
    labels = more.pop("pod_labels", CART)
    metadata = {"labels": labels, "annotations": more.pop("pod_annotations", {})}
    template = {"metadata": metadata, "spec": more.pop("pod_spec", {"containers": [{"name": "app", "image": "app:1"}]})}
    return thing(kind, name, APPS, spec={"template": template}, **more)


def service(name: Any = "cart", selector: Any = None, *ports: Manifest, **more: Any) -> Manifest:
    """Return a Service, by default of carts at port 80."""
    spec = {"selector": CART if selector is None else selector, "ports": list(ports or [port()])}
    return thing("Service", name, spec=spec, **more)


def port(number: Any = 80, name: str = "http", **more: Any) -> Manifest:
    """Return a Service's port."""
    return {"port": number, "name": name, **more}


INJECTED = cluster_thing("Namespace", "shop", labels={"istio-injection": "enabled"})


def found(name: str, *manifests: Manifest, **scope: Any) -> list[Finding]:
    """Return what the analyzer of that name finds."""
    return analyzers.run(world.of(*manifests, **scope), [name])


def seen(name: str, *manifests: Manifest, **scope: Any) -> list[tuple[str, str]]:
    """Return codes and objects of what the analyzer of that name finds."""
    return [(finding.code, str(finding.resource)) for finding in found(name, *manifests, **scope)]


# Annotations

ANNOTATIONS = "annotations.K8sAnalyzer"
PORTS = "traffic.sidecar.istio.io/excludeInboundPorts"


def test_annotations_of_templates_are_looked_at() -> None:
    cron = thing(
        "CronJob",
        "sweep",
        "batch/v1",
        spec={"jobTemplate": {"spec": {"template": {"metadata": {"annotations": {PORTS: "x"}}}}}},
    )
    stateful = deployment("db", "StatefulSet", pod_annotations={PORTS: "80,99999"})
    paths = {str(finding.resource): finding.path for finding in found(ANNOTATIONS, cron, stateful)}
    assert paths == {
        "CronJob shop/sweep": ("spec", "jobTemplate", "spec", "template", "metadata", "annotations", PORTS),
        "StatefulSet shop/db": ("spec", "template", "metadata", "annotations", PORTS),
    }


def test_a_pods_annotation_on_what_makes_pods_is_misplaced() -> None:
    (finding,) = found(ANNOTATIONS, deployment(kind="DaemonSet", annotations={PORTS: "80"}))
    assert (finding.code, finding.path) == ("IST0107", ("metadata", "annotations", PORTS))
    assert "DaemonSet" in finding.text and "Pod" in finding.text
    assert seen(ANNOTATIONS, deployment(pod_annotations={PORTS: "80"})) == []


def test_what_a_deployment_makes_is_not_told_again() -> None:
    maker = deployment(pod_annotations={PORTS: "x"})
    owner = [{"apiVersion": APPS, "kind": "Deployment", "name": "cart"}]
    made = deployment("cart-1", "ReplicaSet", pod_annotations={PORTS: "x"}, ownerReferences=owner)
    assert seen(ANNOTATIONS, maker, made) == [("IST0125", "Deployment shop/cart")]


def test_an_annotation_that_may_stand_anywhere_may_stand_anywhere() -> None:
    assert seen(ANNOTATIONS, deployment(annotations={"galley.istio.io/analyze-suppress": "*"})) == []


def test_the_inject_annotation_is_deprecated_unless_the_label_is_there_too() -> None:
    inject = {"sidecar.istio.io/inject": "true"}
    (finding,) = found(ANNOTATIONS, deployment(pod_annotations=inject))
    assert finding.code == "IST0135" and "label" in finding.text
    assert seen(ANNOTATIONS, deployment(pod_annotations=inject, pod_labels=inject)) == []
    (finding,) = found(ANNOTATIONS, deployment(pod_annotations={"sidecar.istio.io/discoveryAddress": "x"}))
    assert finding.code == "IST0135" and "label" not in finding.text


def test_an_unknown_value_hides_no_other_annotation() -> None:
    given = {
        PORTS: UNKNOWN,
        "sidecar.istio.io/proxyCPU": UNKNOWN,
        "proxy.istio.io/config": UNKNOWN,
        "x.istio.io/y": "z",
    }
    assert seen(ANNOTATIONS, deployment(pod_annotations=given)) == [("IST0108", "Deployment shop/cart")]
    assert seen(ANNOTATIONS, deployment(pod_annotations=UNKNOWN, annotations={"istio.io/y": "z"})) == [
        ("IST0108", "Deployment shop/cart")
    ]


def test_other_peoples_annotations_are_theirs() -> None:
    given = {
        "kubernetes.io/psp": "x",
        "notistio.example/x": "y",
        "example.com/istio.io": "z",
        "prometheus.io/port": "1",
    }
    assert seen(ANNOTATIONS, service(annotations=given)) == []


RIGHT_AND_WRONG = {
    "sidecar.istio.io/interceptionMode": (["REDIRECT", "TPROXY", "NONE"], ["redirect", ""]),
    "status.sidecar.istio.io/port": (["0", "15020", " 1 "], ["65536", "-1", "", "1.5", "٣"]),
    "readiness.status.sidecar.istio.io/periodSeconds": (["0", "4294967295"], ["4294967296", " 1", "+1", "x"]),
    "traffic.sidecar.istio.io/includeOutboundIPRanges": (
        ["*", "", "10.0.0.0/8,::/0", "1.2.3.4/8"],
        ["10.0.0.0", "a/8"],
    ),
    "traffic.sidecar.istio.io/excludeOutboundIPRanges": (
        ["", "10.0.0.0/8"],
        ["*", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/255.0.0.0", "10.0.0.0/8, 10.1.0.0/16", "fe80::1%eth0/64"],
    ),
    "traffic.sidecar.istio.io/includeInboundPorts": (["*", "", "80, 443"], ["80;443", "80,"]),
    "traffic.sidecar.istio.io/excludeInboundPorts": (["", "80"], ["*"]),
    "traffic.sidecar.istio.io/excludeOutboundPorts": (["80"], ["http"]),
    "traffic.sidecar.istio.io/excludeInterfaces": (["", "eth0, net1.5"], ["0eth", "eth0,", "a" * 16, "eth 0"]),
    "prometheus.istio.io/merge-metrics": (
        ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"],
        ["yes", "", "tRue"],
    ),
    "sidecar.istio.io/proxyCPU": (["100m", "1", ".5", "1e3", "2Gi"], ["", "1 Gi", "100M i", "x", "1\n"]),
    "proxy.istio.io/config": (
        [
            "",
            "{}",
            "concurrency: 2",
            'statusPort: "15020"',
            "proxy_metadata: {A: b}",
            "holdApplicationUntilProxyStarts: true",
            "proxyMetadata: {ISTIO_META_X: '1'}",
            "drainDuration: 5s",
            "controlPlaneAuthPolicy: MUTUAL_TLS",
            "controlPlaneAuthPolicy: 1",
        ],
        [
            "[",
            "- a",
            "a: 2020-99-99",
            "concurrencies: 2",
            "concurrency: many",
            "statusPort: 0",
            "proxyAdminPort: 70000",
            "holdApplicationUntilProxyStarts: 1",
            "drainDuration: 5",
            "controlPlaneAuthPolicy: TLS",
            "controlPlaneAuthPolicy: true",
            "concurrency: [1]",
            'holdApplicationUntilProxyStarts: "1"',
        ],
    ),
}


@pytest.mark.parametrize(
    ("annotation", "value", "right"),
    [
        (name, value, right)
        for name, both in RIGHT_AND_WRONG.items()
        for right in (True, False)
        for value in both[not right]
    ],
)
def test_values(annotation: str, value: str, right: bool) -> None:
    assert (seen(ANNOTATIONS, deployment(pod_annotations={annotation: value})) == []) is right


def test_every_checked_annotation_exists() -> None:
    assert set(VALUES) <= set(known_annotations("1.31"))


ALPHA = "annotations.AlphaAnalyzer"


def test_alpha_annotations_are_for_who_asks() -> None:
    objects = deployment(pod_annotations={"sidecar.istio.io/interceptionMode": "TPROXY"}), INJECTED
    assert seen(ALPHA, *objects) == [("IST0136", "Deployment shop/cart")]
    assert "IST0136" not in {finding.code for finding in analyzers.run(world.of(*objects))}


def test_only_a_pod_has_annotations_of_the_cni_plugin() -> None:
    redirected = {
        "sidecar.istio.io/interceptionMode": "REDIRECT",
        "sidecar.istio.io/status": "{}",
        "istio.io/rev": "default",
    }
    assert seen(ALPHA, thing("Pod", "cart", annotations=redirected, spec={})) == []
    by_container = {"initContainers": [{"name": "istio-init"}]}
    assert len(seen(ALPHA, thing("Pod", "cart", annotations=redirected, spec=by_container))) == 1


# Conditions


def test_a_planned_object_has_no_conditions_of_the_one_it_replaces() -> None:
    old = thing("Gateway", "front", GATEWAY_API, status={"conditions": [{"type": "Accepted", "status": "False"}]})
    new = thing("Gateway", "front", GATEWAY_API)
    name = "conditions.ConditionAnalyzer"
    assert seen(name, old) == [("IST0171", "Gateway shop/front")]
    assert analyzers.run(World.build([(new, Nowhere())], over=[(old, Nowhere())]), [name]) == []


def test_conditions_of_a_routes_parents_have_their_path() -> None:
    parents = [{"conditions": [{"type": "Accepted", "status": "True"}, {"type": "ResolvedRefs", "status": "False"}]}]
    (finding,) = found(
        "conditions.ConditionAnalyzer", thing("HTTPRoute", "r", GATEWAY_API, status={"parents": parents})
    )
    assert finding.path == ("status", "parents", 0, "conditions", 1)


@pytest.mark.parametrize(
    ("kind", "api", "condition", "count"),
    [
        ("AuthorizationPolicy", SECURITY, {"type": "WaypointAccepted", "status": "False"}, 1),
        ("AuthorizationPolicy", SECURITY, {"type": "WaypointAccepted", "status": "True"}, 0),
        ("AuthorizationPolicy", SECURITY, {"type": "WaypointAccepted", "reason": "PartiallyInvalid"}, 1),
        ("Gateway", GATEWAY_API, {"type": "WaypointAccepted", "reason": "PartiallyInvalid"}, 0),
        ("Gateway", GATEWAY_API, {"type": "Accepted", "status": "Unknown"}, 0),
        ("Gateway", GATEWAY_API, {"type": "Accepted", "status": UNKNOWN}, 0),
        ("Gateway", NETWORKING, {"type": "Accepted", "status": "False"}, 0),
    ],
    ids=repr,
)
def test_conditions(kind: str, api: str, condition: dict[str, Any], count: int) -> None:
    given = thing(kind, "x", api, status={"conditions": [condition]})
    assert len(seen("conditions.ConditionAnalyzer", given)) == count


# Workloads and their Services

SERVICES = "deployment.MultiServiceAnalyzer"


def test_services_of_any_workload_must_agree_on_a_ports_protocol() -> None:
    clash = service("a", None, port(protocol="UDP")), service("b", None, port())
    (finding,) = found(SERVICES, INJECTED, deployment(kind="StatefulSet"), *clash)
    assert (finding.code, str(finding.resource)) == ("IST0116", "StatefulSet shop/cart")
    assert "shop/a, shop/b" in finding.text
    same = service("a", None, port(protocol="TCP")), service("b", None, port())
    assert seen(SERVICES, INJECTED, deployment(), *same) == []


def test_services_of_any_workload_must_agree_on_the_port_of_a_target() -> None:
    clash = service("a", None, port(80, targetPort="web")), service("b", None, port(81, targetPort="web"))
    (finding,) = found(SERVICES, INJECTED, deployment(), *clash)
    assert finding.code == "IST0137" and "80, 81" in finding.text and "target port web" in finding.text


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param([deployment()], id="not in the mesh"),
        pytest.param(
            [INJECTED, deployment(labels={"gateway.istio.io/managed": "istio.io-mesh-controller"})], id="waypoint"
        ),
        pytest.param([INJECTED, thing("Pod", "cart", labels=CART, spec={})], id="a pod"),
        pytest.param([INJECTED, deployment(namespace="other")], id="elsewhere"),
        pytest.param([INJECTED, deployment(pod_labels={"app": UNKNOWN})], id="label not known"),
        pytest.param([INJECTED, deployment(pod_labels=UNKNOWN)], id="labels not known"),
        pytest.param(
            [cluster_thing("Namespace", "shop", labels={"istio-injection": UNKNOWN}), deployment()], id="mode"
        ),
        pytest.param([cluster_thing("Namespace", UNKNOWN), deployment()], id="namespace not known"),
    ],
)
def test_services_may_disagree_where_no_sidecar_is_known_to_be(objects: list[Manifest]) -> None:
    clash = service("a", None, port(protocol="UDP")), service("b", None, port())
    assert seen(SERVICES, *objects, *clash) == []


def test_a_namespace_of_a_revision_is_in_the_mesh() -> None:
    of_revision = cluster_thing("Namespace", "shop", labels={"istio.io/rev": "canary"})
    clash = service("a", None, port(protocol="UDP")), service("b", None, port())
    assert seen(SERVICES, of_revision, deployment(), *clash) == [("IST0116", "Deployment shop/cart")]


def test_a_service_of_which_the_selector_is_not_known_is_not_one_of_them() -> None:
    unknown = service("b", {"app": UNKNOWN}), service("c", UNKNOWN), service("d", None, namespace=UNKNOWN)
    assert seen(SERVICES, INJECTED, deployment(), service("a", None, port(protocol="UDP")), *unknown) == []


USER = "applicationUID.Analyzer"
AS_PROXY = {"securityContext": {"runAsUser": 1337}}


def test_no_template_runs_as_the_proxys_user() -> None:
    other = {"name": "other", "securityContext": {"runAsUser": 1}}
    spec = {"containers": [{"name": "istio-proxy", **AS_PROXY}, other, {"name": "app", **AS_PROXY}]}
    (finding,) = found(USER, deployment(kind="DaemonSet", pod_spec=spec))
    assert finding.path == ("spec", "template", "spec", "containers", 2, "securityContext", "runAsUser")
    assert seen(USER, deployment(pod_spec=AS_PROXY)) == [("IST0144", "Deployment shop/cart")]


def test_the_control_plane_and_the_proxy_may() -> None:
    assert seen(USER, deployment(pod_spec={"containers": [{"name": "istio-proxy", **AS_PROXY}]})) == []
    assert seen(USER, deployment(pod_spec=AS_PROXY, labels={"istio": "ingressgateway"})) == []
    assert seen(USER, deployment(pod_spec=AS_PROXY, labels={"release": "istio"})) == []
    assert seen(USER, deployment(pod_spec={"securityContext": {"runAsUser": UNKNOWN}})) == []


# Deprecation


@pytest.mark.tools
def test_kinds_that_istio_has_given_up() -> None:
    def definition(group: str) -> Manifest:
        spec = {"group": group, "names": {"kind": "ServiceRole"}}
        return cluster_thing("CustomResourceDefinition", f"x.{group}", "apiextensions.k8s.io/v1", spec=spec)

    name = "deprecation.DeprecationAnalyzer"
    assert seen(name, definition("rbac.istio.io"), definition("rbac.example.com")) == [
        ("IST0002", "CustomResourceDefinition x.rbac.istio.io")
    ]
    source = (toolchain.module_dir("istio") / "pkg/config/analysis/analyzers/deprecation/deprecation.go").read_text()
    pairs = re.findall(r'Group: "([^"]+)",\s+Names: \S+\{Kind: "(\w+)"\}', source)
    assert {Kind(*pair) for pair in pairs} == REMOVED


def test_a_deprecated_field_has_its_path() -> None:
    delay = {"http": [{}, {"fault": {"delay": {"percent": 5}}}]}
    (finding,) = found("deprecation.DeprecationAnalyzer", thing("VirtualService", "cart", NETWORKING, spec=delay))
    assert finding.path == ("spec", "http", 1, "fault", "delay", "percent")


# EnvoyFilters

ENVOY = "envoyfilter.EnvoyPatchAnalyzer"


def patch(operation: Any, name: Any = "lua", applies: str = "HTTP_FILTER", **match: Any) -> Manifest:
    """Return one patch of an EnvoyFilter."""
    return {"applyTo": applies, "match": match, "patch": {"operation": operation, "value": {"name": name}}}


def envoy_filter(name: str, *patches: Manifest, **spec: Any) -> Manifest:
    """Return an EnvoyFilter."""
    return thing("EnvoyFilter", name, "networking.istio.io/v1alpha3", spec={"configPatches": list(patches), **spec})


def test_a_priority_makes_the_order_certain() -> None:
    assert seen(ENVOY, envoy_filter("a", patch("INSERT_AFTER"))) == [("IST0151", "EnvoyFilter shop/a")]
    assert seen(ENVOY, envoy_filter("a", patch("INSERT_AFTER"), priority=-5)) == []
    assert seen(ENVOY, envoy_filter("a", patch("INSERT_AFTER"), priority=UNKNOWN)) == []


def test_a_filter_for_some_proxies_makes_the_order_of_another_uncertain() -> None:
    versioned = envoy_filter("a", patch("ADD", proxy={"proxyVersion": "^1.31"}))
    assert seen(ENVOY, versioned, envoy_filter("b", patch("REMOVE"))) == [("IST0155", "EnvoyFilter shop/b")]
    assert seen(ENVOY, versioned, envoy_filter("b", patch("REMOVE", "other"))) == [("IST0151", "EnvoyFilter shop/b")]


def test_a_filter_that_is_looked_for_has_a_name_too() -> None:
    listener = {"filterChain": {"filter": {"name": "lua"}}}
    removed = {"applyTo": "HTTP_FILTER", "match": {"listener": listener}, "patch": {"operation": "REMOVE"}}
    versioned = envoy_filter("a", patch("ADD", proxy={"proxyVersion": "^1.31"}))
    assert seen(ENVOY, versioned, envoy_filter("b", removed)) == [("IST0155", "EnvoyFilter shop/b")]


@pytest.mark.parametrize(
    ("operation", "applies", "codes"),
    [
        ("MERGE", "HTTP_ROUTE", []),
        ("INSERT_FIRST", "HTTP_ROUTE", []),
        ("INSERT_BEFORE", "HTTP_ROUTE", ["IST0151"]),
        ("REPLACE", "VIRTUAL_HOST", ["IST0151"]),
        ("REPLACE", "LISTENER", ["IST0152"]),
        ("ADD", "ROUTE_CONFIGURATION", ["IST0153"]),
        ("REMOVE", "ROUTE_CONFIGURATION", ["IST0154"]),
        ("REMOVE", "CLUSTER", ["IST0151"]),
    ],
)
def test_operations(operation: str, applies: str, codes: list[str]) -> None:
    assert [code for code, _ in seen(ENVOY, envoy_filter("a", patch(operation, applies=applies)))] == codes


def test_an_unknown_patch_hides_no_other() -> None:
    unknown = patch(UNKNOWN), patch("REMOVE", UNKNOWN), UNKNOWN
    findings = found(ENVOY, envoy_filter("a", *unknown[:2], patch("ADD", applies="HTTP_ROUTE")))
    assert [(finding.code, finding.path) for finding in findings] == [("IST0153", ("spec", "configPatches", 2))]
    assert seen(ENVOY, thing("EnvoyFilter", "u", "networking.istio.io/v1alpha3", spec=UNKNOWN), envoy_filter("a")) == []


# External control planes

EXTERNAL = "externalcontrolplane.ExternalControlPlaneAnalyzer"


@pytest.mark.parametrize(
    ("client", "codes"),
    [
        ({"url": "https://istiod.example.com:15017/inject"}, []),
        ({"url": "https://[::1]:15017/inject"}, ["IST0164"]),
        ({"url": "https://10.0.0.1/inject"}, ["IST0164"]),
        ({"url": "https://a b/inject"}, ["IST0163"]),
        ({"url": "https://[::1/inject"}, ["IST0163"]),
        ({"url": UNKNOWN}, []),
        (UNKNOWN, []),
        ({"service": {"name": "istiod"}}, []),
        ({}, ["IST0163"]),
    ],
    ids=repr,
)
def test_addresses_of_an_external_control_plane(client: Any, codes: list[str]) -> None:
    def configuration(kind: str, name: str) -> Manifest:
        return cluster_thing(kind, name, ADMISSION, webhooks=[{"name": "x.istio.io", "clientConfig": client}])

    for istios in (
        configuration("ValidatingWebhookConfiguration", "istio-validator-canary-istio-system"),
        configuration("ValidatingWebhookConfiguration", "istiod-default-validator"),
        configuration("MutatingWebhookConfiguration", "istio-sidecar-injector-canary"),
    ):
        assert [code for code, _ in seen(EXTERNAL, istios)] == codes
    assert seen(EXTERNAL, configuration("MutatingWebhookConfiguration", "other")) == []
    assert seen(EXTERNAL, configuration("ValidatingWebhookConfiguration", "istio-sidecar-injector")) == []


# Injection

INJECTION = "injection.Analyzer"


def injector(values: Any, name: Any = "istio-sidecar-injector") -> Manifest:
    """Return the ConfigMap that istiod injects from."""
    text = json.dumps(values) if isinstance(values, dict) else values
    return thing("ConfigMap", name, namespace="istio-system", data={"values": text})


SILENT = cluster_thing("Namespace", "shop")
BY_DEFAULT = {"sidecarInjectorWebhook": {"enableNamespacesByDefault": True}}


def test_istios_and_kubernetes_own_namespaces_need_not_say_anything() -> None:
    names = ("istio-system", "kube-system", "kube-public", "kube-node-lease", "local-path-storage")
    assert seen(INJECTION, *(cluster_thing("Namespace", name) for name in names)) == []
    assert seen(INJECTION, cluster_thing("Namespace", "mesh"), istio_namespace="mesh") == []
    assert seen(INJECTION, SILENT) == [("IST0102", "Namespace shop")]


def test_the_control_planes_own_values_say_what_is_the_default() -> None:
    assert seen(INJECTION, SILENT, injector(BY_DEFAULT)) == [("IST0148", "Namespace shop")]
    canary = injector(BY_DEFAULT, "istio-sidecar-injector-canary")
    assert seen(INJECTION, SILENT, canary, revision="canary") == [("IST0148", "Namespace shop")]
    assert seen(INJECTION, SILENT, canary) == [("IST0102", "Namespace shop")]


@pytest.mark.parametrize(
    "values", ["", "{", "[]", "null", {"sidecarInjectorWebhook": 1}, {"sidecarInjectorWebhook": {}}]
)
def test_values_that_make_no_sense_say_nothing(values: Any) -> None:
    assert seen(INJECTION, SILENT, injector(values)) == [("IST0102", "Namespace shop")]


def test_what_is_not_known_of_a_namespace_is_not_found_fault_with() -> None:
    assert seen(INJECTION, SILENT, injector(UNKNOWN)) == []
    assert seen(INJECTION, cluster_thing("Namespace", UNKNOWN)) == []
    assert seen(INJECTION, cluster_thing("Namespace", "shop", labels=UNKNOWN)) == []
    assert seen(INJECTION, cluster_thing("Namespace", "shop", labels={"istio-injection": UNKNOWN})) == []


def test_only_a_pod_that_lives_is_surely_without_its_sidecar() -> None:
    pod: Manifest = {"labels": CART, "spec": {"containers": [{"name": "app", "image": "app:1"}]}}
    (planned,) = found(INJECTION, INJECTED, thing("Pod", "cart", **pod))
    (living,) = found(INJECTION, INJECTED, thing("Pod", "cart", uid="1", **pod))
    assert (planned.code, planned.severity) == ("IST0103", Severity.INFO)
    assert (living.code, living.severity) == ("IST0103", Severity.WARNING)


@pytest.mark.parametrize("label", ["istio.io/rev", "istio.io/dataplane-mode"])
def test_only_the_label_of_old_says_that_all_pods_have_a_sidecar(label: str) -> None:
    pod = thing("Pod", "cart", uid="1", spec={})
    assert seen(INJECTION, cluster_thing("Namespace", "shop", labels={label: "ambient"}), pod) == []


def test_pods_of_an_ambient_namespace_need_no_sidecar() -> None:
    labels = {"istio-injection": "enabled", "istio.io/dataplane-mode": "ambient"}
    pod = thing("Pod", "cart", uid="1", spec={})
    assert seen(INJECTION, cluster_thing("Namespace", "shop", labels=labels), pod) == [("IST0123", "Namespace shop")]


def test_a_living_pod_counts_though_its_owner_is_declared() -> None:
    owner = [{"apiVersion": APPS, "kind": "Deployment", "name": "cart"}]
    pod = thing("Pod", "cart-1", uid="1", ownerReferences=owner, spec={"containers": [{"name": "app"}]})
    assert seen(INJECTION, INJECTED, deployment(), pod) == [("IST0103", "Pod shop/cart-1")]


@pytest.mark.parametrize(
    "more",
    [
        {"labels": {"sidecar.istio.io/inject": "FALSE"}},
        {"labels": {"sidecar.istio.io/inject": "false"}, "annotations": {"sidecar.istio.io/inject": "true"}},
        {"spec": {"hostNetwork": True}},
        {"spec": {"initContainers": [{"name": "istio-proxy", "image": "proxy"}]}},
        {"spec": UNKNOWN},
        {"namespace": "elsewhere"},
    ],
    ids=repr,
)
def test_pods_that_need_no_sidecar(more: dict[str, Any]) -> None:
    assert seen(INJECTION, INJECTED, thing("Pod", "cart", uid="1", **{"spec": {}, **more})) == []


# image: auto

AUTO = "injection.ImageAutoAnalyzer"
AUTO_SPEC = {"containers": [{"name": "istio-proxy", "image": "auto"}]}


def settings(**given: Any) -> MeshSettings:
    """Return a mesh's settings."""
    return load(given)


def planned(kind: str, **given: Any) -> Iterator[Manifest]:
    """Return the objects of a kind that a mesh plans."""
    return (item for item in mesh.objects(settings(**given)) if item["kind"] == kind)


def webhooks(**given: Any) -> Manifest:
    """Return the mutating webhooks that a mesh plans."""
    (found,) = planned("MutatingWebhookConfiguration", **given)
    return found


def gateway_deployment(**pod_labels: str) -> Manifest:
    """Return a gateway's Deployment, which injection is to complete."""
    return deployment("gateway", pod_spec=AUTO_SPEC, pod_labels={"sidecar.istio.io/inject": "true", **pod_labels})


def namespace_of(revision: str) -> Manifest:
    """Return a namespace whose pods a revision injects."""
    return cluster_thing("Namespace", "shop", labels={"istio.io/rev": revision})


def test_image_auto_needs_a_webhook_of_the_plan() -> None:
    assert seen(AUTO, SILENT, gateway_deployment()) == [("IST0146", "Deployment shop/gateway")]
    assert seen(AUTO, SILENT, gateway_deployment(), webhooks()) == []
    assert seen(AUTO, SILENT, deployment(pod_spec=AUTO_SPEC), webhooks()) == [("IST0146", "Deployment shop/cart")]
    assert seen(AUTO, INJECTED, deployment(pod_spec=AUTO_SPEC, uid="1"), webhooks()) == []


def test_any_other_container_may_have_an_image_of_that_name() -> None:
    assert seen(AUTO, SILENT, deployment(pod_spec={"containers": [{"name": "app", "image": "auto"}]})) == []


def test_image_auto_goes_by_revisions_and_tags() -> None:
    canary = webhooks(revision="canary")
    assert seen(AUTO, namespace_of("canary"), deployment(pod_spec=AUTO_SPEC), canary) == []
    assert len(seen(AUTO, namespace_of("other"), deployment(pod_spec=AUTO_SPEC), canary)) == 1
    assert len(seen(AUTO, INJECTED, deployment(pod_spec=AUTO_SPEC), canary)) == 1
    tag = cluster_thing(
        "MutatingWebhookConfiguration",
        "istio-revision-tag-stable",
        ADMISSION,
        labels={"istio.io/rev": "canary", "istio.io/tag": "stable"},
        webhooks=[
            {
                "name": "rev.namespace.sidecar-injector.istio.io",
                "namespaceSelector": {"matchLabels": {"istio.io/rev": "stable"}},
            }
        ],
    )
    assert seen(AUTO, namespace_of("stable"), deployment(pod_spec=AUTO_SPEC), canary, tag) == []


def test_a_planned_pod_is_injected_when_it_is_made_and_a_living_one_is_too_late() -> None:
    labels = {"sidecar.istio.io/inject": "true"}
    assert seen(AUTO, SILENT, thing("Pod", "gateway", labels=labels, spec=AUTO_SPEC), webhooks()) == []
    assert seen(AUTO, SILENT, thing("Pod", "gateway", labels=labels, spec=AUTO_SPEC, uid="1"), webhooks()) == [
        ("IST0147", "Pod shop/gateway")
    ]
    (finding,) = found(AUTO, SILENT, thing("Pod", "gateway", spec=AUTO_SPEC, uid="1"), complete=False)
    assert finding.certain


def test_without_the_control_plane_in_the_plan_nobody_knows_its_webhooks() -> None:
    (finding,) = found(AUTO, SILENT, gateway_deployment(), complete=False)
    assert (finding.certain, finding.severity) == (False, Severity.INFO)
    owned = frozenset({"istio-system"})
    (finding,) = found(AUTO, SILENT, gateway_deployment(), complete=False, owned=owned)
    assert (finding.certain, finding.severity) == (True, Severity.WARNING)
    (finding,) = found(AUTO, gateway_deployment(), complete=False, owned=owned)
    assert not finding.certain


def test_a_webhook_of_which_the_selector_is_not_known_may_inject() -> None:
    unknown = [{"name": "x.istio.io", "namespaceSelector": {"matchLabels": {"team": UNKNOWN}}}]
    configuration = cluster_thing("MutatingWebhookConfiguration", "x", ADMISSION, webhooks=unknown)
    assert seen(AUTO, SILENT, gateway_deployment(), configuration) == []
    everything = [{"name": "x.example.com"}]
    others = cluster_thing("MutatingWebhookConfiguration", "x", ADMISSION, webhooks=everything)
    assert len(seen(AUTO, SILENT, gateway_deployment(), others)) == 1


def test_a_namespace_has_its_name_as_a_label() -> None:
    by_name = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop"]}]}
    hooks = [{"name": "x.istio.io", "namespaceSelector": by_name}]
    assert (
        seen(AUTO, gateway_deployment(), cluster_thing("MutatingWebhookConfiguration", "x", ADMISSION, webhooks=hooks))
        == []
    )


# The proxy's image

IMAGE = "injection.ImageAnalyzer"


def running(image: Any, name: str = "cart-1", **more: Any) -> Manifest:
    """Return a pod with a sidecar of that image."""
    return thing("Pod", name, uid="1", spec={"containers": [{"name": "istio-proxy", "image": image}]}, **more)


def giving(tag: Any = "1.31.0", hub: str = "hub", revision: str = "", **more: Any) -> Manifest:
    """Return the ConfigMap of an injector that gives the proxy of that tag."""
    name = f"istio-sidecar-injector-{revision}" if revision else "istio-sidecar-injector"
    return injector({"global": {"hub": hub, "tag": tag, "proxy": {"image": "proxyv2"}, **more}}, name)


def test_a_plan_over_a_cluster_names_the_pods_to_restart() -> None:
    cluster = [giving("1.30.0"), INJECTED, running("hub/proxyv2:1.30.0", "old"), running("hub/proxyv2:1.31.0", "new")]
    given = World.build([(giving("1.31.0"), Nowhere())], Scope(), [(item, Nowhere()) for item in cluster])
    (finding,) = analyzers.run(given, [IMAGE])
    assert (finding.code, str(finding.resource)) == ("IST0158", "Namespace shop")
    assert "old" in finding.text and "new" not in finding.text


def test_the_plans_own_values_are_understood() -> None:
    (values,) = (item for item in planned("ConfigMap") if item["metadata"]["name"] == "istio-sidecar-injector")
    image = json.loads(values["data"]["values"])["global"]
    assert seen(IMAGE, INJECTED, values, running(f"{image['hub']}/proxyv2:{image['tag']}")) == []
    assert len(seen(IMAGE, INJECTED, values, running(f"{image['hub']}/proxyv2:0"))) == 1


def test_a_tag_stands_for_its_revision() -> None:
    labels = {"istio.io/rev": "canary", "istio.io/tag": "stable"}
    tag = cluster_thing("MutatingWebhookConfiguration", "istio-revision-tag-stable", ADMISSION, labels=labels)
    canary = webhooks(revision="canary"), giving("1.31.0", revision="canary")
    no_revision = cluster_thing("MutatingWebhookConfiguration", "x", ADMISSION, labels={"istio.io/tag": "stable"})
    objects = namespace_of("stable"), running("hub/proxyv2:1.30.0"), *canary, no_revision
    assert seen(IMAGE, *objects) == []
    assert seen(IMAGE, *objects, tag) == [("IST0158", "Namespace shop")]


def test_a_sidecar_put_into_a_template_by_hand_counts() -> None:
    def by_hand(image: str) -> Manifest:
        return deployment(pod_spec={"initContainers": [{"name": "istio-proxy", "image": image}]})

    assert seen(IMAGE, INJECTED, giving(), by_hand("hub/proxyv2:1.31.0")) == []
    assert seen(IMAGE, INJECTED, giving(), by_hand("auto")) == []
    (finding,) = found(IMAGE, INJECTED, giving(), by_hand("hub/proxyv2:1.30.0"))
    assert "cart" in finding.text


def proxy_config(name: str, image_type: Any, namespace: str = "shop", **spec: Any) -> Manifest:
    """Return a ProxyConfig that asks for a variant of the image."""
    spec["image"] = {"imageType": image_type}
    return thing("ProxyConfig", name, "networking.istio.io/v1beta1", namespace, spec=spec)


FOR_CART: Manifest = {"selector": {"matchLabels": CART}}
DEBUG = {"defaultConfig": {"image": {"imageType": "debug"}}}


@pytest.mark.parametrize(
    ("objects", "pod", "mesh_config", "variant"),
    [
        ([giving()], {}, DEBUG, "debug"),
        ([giving(), proxy_config("a", "root", "istio-system")], {}, DEBUG, "root"),
        ([giving(), proxy_config("a", "root", "istio-system"), proxy_config("b", "own")], {}, {}, "own"),
        ([giving(), proxy_config("b", "own"), proxy_config("c", "cart", **FOR_CART)], {"labels": CART}, {}, "cart"),
        ([giving(), proxy_config("b", "own"), proxy_config("c", "cart", **FOR_CART)], {"labels": {}}, {}, "own"),
        ([giving(), proxy_config("b", "other", "shop-2")], {}, DEBUG, "debug"),
        ([giving()], {"annotations": {"proxy.istio.io/config": "image: {imageType: noted}"}}, DEBUG, "noted"),
        ([giving()], {"annotations": {"sidecar.istio.io/proxyImageType": "typed"}}, DEBUG, "typed"),
        ([giving(variant="values")], {}, {}, "values"),
        ([giving(variant="values")], {}, DEBUG, "debug"),
    ],
)
def test_variants(objects: list[Manifest], pod: Any, mesh_config: Any, variant: str) -> None:
    for image, count in ((f"hub/proxyv2:1.31.0-{variant}", 0), ("hub/proxyv2:1.31.0-else", 1)):
        assert len(seen(IMAGE, INJECTED, running(image, **pod), *objects, mesh_config=mesh_config)) == count


def test_images_that_are_not_injections_or_not_known() -> None:
    other = running("own/proxy:1", annotations={"sidecar.istio.io/proxyImage": "own/proxy:1"})
    assert seen(IMAGE, INJECTED, giving(), other) == []
    assert seen(IMAGE, INJECTED, giving(), running(UNKNOWN)) == []
    assert seen(IMAGE, INJECTED, injector(UNKNOWN), running("x")) == []
    assert seen(IMAGE, SILENT, giving(), running("x")) == []
    assert (
        seen(IMAGE, cluster_thing("Namespace", "shop", labels={"istio.io/rev": UNKNOWN}), giving(), running("x")) == []
    )
    assert len(seen(IMAGE, INJECTED, giving(), running(UNKNOWN, "a"), running("x", "b"))) == 1


# The Kubernetes Gateway API

SELECTED = "k8sgateway.SelectorAnalyzer"


def k8s_gateway(name: Any = "front", class_name: str = "istio", **spec: Any) -> Manifest:
    """Return a Kubernetes Gateway."""
    return thing("Gateway", name, GATEWAY_API, labels={"team": "web"}, spec={"gatewayClassName": class_name, **spec})


def policy(labels: Any, **more: Any) -> Manifest:
    """Return an AuthorizationPolicy for pods with these labels."""
    return thing("AuthorizationPolicy", "p", SECURITY, spec={"selector": {"matchLabels": labels}, **more})


NAME_LABEL = "gateway.networking.k8s.io/gateway-name"


@pytest.mark.parametrize(
    ("gateway", "labels", "count"),
    [
        (k8s_gateway(), {NAME_LABEL: "front"}, 1),
        (k8s_gateway(), {NAME_LABEL: "back"}, 0),
        (k8s_gateway(), {"gateway.networking.k8s.io/gateway-class-name": "istio"}, 1),
        (k8s_gateway(), {"team": "web"}, 1),
        (k8s_gateway(), {}, 1),
        (k8s_gateway(infrastructure={"labels": {"tier": "1"}}), {"team": "web"}, 0),
        (k8s_gateway(infrastructure={"labels": {"tier": "1"}}), {"tier": "1"}, 1),
        *((k8s_gateway(class_name=name), {NAME_LABEL: "front"}, 1) for name in sorted(ISTIOS_CLASSES)),
        (k8s_gateway(class_name="nginx"), {NAME_LABEL: "front"}, 0),
        (k8s_gateway(addresses=[{"type": "Hostname", "value": "x"}]), {NAME_LABEL: "front"}, 0),
        (k8s_gateway(addresses=[{"value": "1.2.3.4"}]), {NAME_LABEL: "front"}, 1),
        (k8s_gateway(addresses=[{"value": "1.2.3.4"}] * 2), {NAME_LABEL: "front"}, 0),
        (k8s_gateway(UNKNOWN), {NAME_LABEL: "front"}, 0),
        (k8s_gateway(), {NAME_LABEL: UNKNOWN}, 0),
        (deployment(pod_labels={NAME_LABEL: "front"}), {NAME_LABEL: "front"}, 1),
        (deployment(pod_labels={"app": "front"}), {"app": "front"}, 0),
    ],
    ids=repr,
)
def test_the_pods_that_a_gateway_will_have_are_selected_in_vain(gateway: Manifest, labels: Any, count: int) -> None:
    assert len(seen(SELECTED, gateway, policy(labels))) == count


def test_target_references_are_the_way() -> None:
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "front"}
    assert seen(SELECTED, k8s_gateway(), policy({}, targetRefs=[target])) == []
    assert seen(SELECTED, k8s_gateway(), thing("AuthorizationPolicy", "p", SECURITY, spec={})) == []
    assert (
        seen(SELECTED, k8s_gateway(), thing("AuthorizationPolicy", "p", SECURITY, spec={"targetRefs": [target]})) == []
    )


@pytest.mark.tools
def test_classes_and_versions_are_upstreams() -> None:
    source = (toolchain.module_dir("istio") / "pkg/config/schema/gatewayapi/minimumversions.go").read_text()
    versions = re.findall(r'"([a-z.0-9]+)":\s+semver\.New\((\d+), (\d+), (\d+),', source)
    assert {name: tuple(map(int, version)) for name, *version in versions} == MINIMUM
    source = (toolchain.module_dir("istio") / "pkg/config/constants/constants.go").read_text()
    names = dict(re.findall(r'(\w+)ClassName\s*= "([a-z-]+)"', source))
    assert {"istio", *names.values()} - {names["RemoteGateway"]} == ISTIOS_CLASSES


@pytest.mark.parametrize(
    ("version", "count"),
    [("v1.4.1", 1), ("v1.5.0-rc.1", 0), ("1.5", 0), ("v2", 0), ("v1.10.0", 0), ("new", 0), ("", 0), (UNKNOWN, 0)],
    ids=repr,
)
def test_versions_of_the_gateway_apis_definitions(version: Any, count: int) -> None:
    annotations = {"gateway.networking.k8s.io/bundle-version": version}
    crd = "CustomResourceDefinition", "tlsroutes.gateway.networking.k8s.io", "apiextensions.k8s.io/v1"
    assert len(seen("k8sgateway.CRDVersionAnalyzer", cluster_thing(*crd, annotations=annotations))) == count
    assert seen("k8sgateway.CRDVersionAnalyzer", cluster_thing(*crd)) == []
    other = "CustomResourceDefinition", "gateways.gateway.networking.k8s.io", "apiextensions.k8s.io/v1"
    assert seen("k8sgateway.CRDVersionAnalyzer", cluster_thing(*other, annotations=annotations)) == []


# MeshNetworks

NETWORKS = "meshnetworks.MeshNetworksAnalyzer"


def networks(*registries: Any) -> dict[str, Any]:
    """Return MeshNetworks that take endpoints from these registries."""
    return {"networks": {"n": {"endpoints": [{"fromRegistry": registry} for registry in registries]}}}


def remote(labels: Any = None, **data: Any) -> Manifest:
    """Return the Secret by which istiod has access to a cluster."""
    labels = {"istio/multiCluster": "true"} if labels is None else labels
    return thing("Secret", "remote", namespace="istio-system", labels=labels, **data)


def test_networks_take_endpoints_from_clusters_of_the_plan() -> None:
    given = networks("Kubernetes", "east", "west", "own")
    secrets = (
        remote(data={"east": "eA=="}),
        thing("Secret", "x", stringData={"west": "x"}, labels={"istio/multiCluster": "true"}),
    )
    istiod = planned("Deployment", **{"global": {"multiCluster": {"clusterName": "own"}}})
    assert [code for code, _ in seen(NETWORKS, mesh_networks=given)] == ["IST0126"] * 3
    assert seen(NETWORKS, *secrets, *istiod, mesh_networks=given) == []
    other_variable = networks("istiod")
    assert len(seen(NETWORKS, *planned("Deployment"), mesh_networks=other_variable)) == 1


def test_networks_may_take_endpoints_from_elsewhere() -> None:
    by_range = {"networks": {"n": {"endpoints": [{"fromCidr": "10.0.0.0/8"}]}}}
    assert seen(NETWORKS, mesh_networks=by_range) == []
    assert seen(NETWORKS, mesh_networks=networks("Mock", "External", "Kubernetes")) == []
    assert seen(NETWORKS, mesh_networks={"networks": {"n": {"endpoints": {}}, "m": []}}) == []


def test_networks_of_the_config_map_are_found_there() -> None:
    config = thing(
        "ConfigMap", "istio-canary", namespace="istio-system", data={"meshNetworks": json.dumps(networks("x"))}
    )
    (finding,) = found(NETWORKS, config, revision="canary")
    assert (str(finding.resource), finding.path) == ("ConfigMap istio-system/istio-canary", ("data", "meshNetworks"))
    assert seen(NETWORKS, config) == []


def test_clusters_that_are_not_known_may_be_the_ones() -> None:
    assert seen(NETWORKS, remote({"istio/multiCluster": UNKNOWN}, data={}), mesh_networks=networks("x")) == []
    assert seen(NETWORKS, remote(data=UNKNOWN), mesh_networks=networks("x")) == []
    assert len(seen(NETWORKS, mesh_networks=networks(UNKNOWN, "x"))) == 1
    (finding,) = found(NETWORKS, mesh_networks=networks("x"), complete=False)
    assert not finding.certain


# Names of ports

NAMES = "service.PortNameAnalyzer"


@pytest.mark.parametrize(
    ("given", "count"),
    [
        (port(name="http"), 0),
        (port(name="HTTP-web"), 0),
        (port(name="grpc-web-x"), 0),
        (port(name="GRPC-webby"), 0),
        (port(name="http_proxy"), 0),
        (port(name="web"), 1),
        (port(name="httpweb"), 1),
        (port(name=""), 1),
        (port(name="web", appProtocol="http"), 0),
        (port(name="http", appProtocol="web"), 1),
        (port(name="web", appProtocol="kubernetes.io/h2c"), 0),
        (port(name="kubernetes.io/h2c-x"), 1),
        (port(name="web", protocol="UDP"), 0),
        (port(3306, "db"), 0),
        (port(3307, "db"), 1),
        (port(name="web", appProtocol=UNKNOWN), 0),
        (port(UNKNOWN, "web"), 0),
    ],
    ids=repr,
)
def test_names_of_ports(given: Manifest, count: int) -> None:
    assert seen(NAMES, service("cart", None, given)) == [("IST0118", "Service shop/cart")] * count


@pytest.mark.tools
def test_protocols_are_upstreams() -> None:
    config = toolchain.module_dir("istio") / "pkg/config"
    parse = (config / "protocol/instance.go").read_text().partition("func Parse(")[2].partition("\n}")[0]
    assert {name.partition("-")[0] for name in re.findall(r'case "([a-z0-9_-]+)"', parse)} == PROTOCOLS
    convert = (config / "kube/conversion.go").read_text()
    assert set(re.findall(r'case "(kubernetes.io/\w+)"', convert)) == KUBERNETES_PROTOCOLS
    assert {int(number) for number in re.findall(r"^\t\w+\s+= (\d+)$", convert, re.MULTILINE)} == NOT_SNIFFED


def test_ports_of_services_that_are_not_the_users() -> None:
    bad = port(name="web")
    assert seen(NAMES, service("cart", None, bad, labels={"istio": "pilot"})) == []
    assert seen(NAMES, service("dns", None, bad, namespace="kube-system")) == []
    for controller in ("istio.io-gateway-controller", "istio.io-mesh-controller", "istio.io-eastwest-controller"):
        assert seen(NAMES, service("cart", None, bad, labels={"gateway.istio.io/managed": controller})) == []
    assert len(seen(NAMES, service("cart", None, bad, labels={"gateway.istio.io/managed": "mine"}))) == 1


def test_an_unnamed_target_is_the_port_itself() -> None:
    (finding,) = found(NAMES, service("cart", None, port(8080, "web")))
    assert "targetPort 8080" in finding.text
    (finding,) = found(NAMES, service("cart", None, port(8080, "web", targetPort="app")))
    assert "targetPort app" in finding.text and finding.path == ("spec", "ports", 0, "name")


# Telemetry


def telemetry(name: str, labels: Any = None, namespace: str = "shop", **spec: Any) -> Manifest:
    """Return a Telemetry, for pods with these labels if there are any."""
    selector = {} if labels is None else {"selector": {"matchLabels": labels}}
    return thing("Telemetry", name, TELEMETRY, namespace, spec={**selector, **spec})


PROVIDER = "telemetry.ProviderAnalyzer"
LOGGING = telemetry("logs", accessLogging=[{}, {"disabled": True}, {"providers": [{"name": "otel"}]}])


def test_logs_go_to_the_meshs_default_provider() -> None:
    (finding,) = found(PROVIDER, LOGGING)
    assert (finding.code, finding.path) == ("IST0157", ("spec", "accessLogging", 0))
    with_default = "defaultProviders: {accessLogging: [otel]}"
    config = thing("ConfigMap", "istio", namespace="istio-system", data={"mesh": with_default})
    assert seen(PROVIDER, LOGGING, config) == []
    assert seen(PROVIDER, LOGGING, config, revision="canary") != []


def test_without_mesh_config_nobody_knows_the_default_provider() -> None:
    assert [finding.certain for finding in found(PROVIDER, LOGGING, complete=False)] == [False]
    assert [finding.certain for finding in found(PROVIDER, LOGGING, complete=False, mesh_config={})] == [True]
    owned = frozenset({"istio-system"})
    assert [finding.certain for finding in found(PROVIDER, LOGGING, complete=False, owned=owned)] == [True]
    unknown = thing("ConfigMap", "istio", namespace="istio-system", data={"mesh": UNKNOWN})
    assert seen(PROVIDER, LOGGING, unknown) == []


def test_lightstep_by_any_name() -> None:
    providers = [{"name": "traces", "lightstep": {}}, {"name": "logs", "zipkin": {}}]
    tracing = telemetry("t", tracing=[{"providers": [{"name": "logs"}, {"name": "traces"}]}])
    name = "telemetry.LightstepAnalyzer"
    (finding,) = found(name, tracing, mesh_config={"extensionProviders": providers})
    assert finding.path == ("spec", "tracing", 0, "providers", 1)
    assert seen(name, tracing, mesh_config={"extensionProviders": "x"}) == []


SELECTOR = "telemetry.SelectorAnalyzer"


def test_telemetry_selects_what_deployments_will_make() -> None:
    assert seen(SELECTOR, telemetry("t", CART), deployment()) == []
    assert seen(SELECTOR, telemetry("t", {})) == []
    assert seen(SELECTOR, telemetry("t", CART), deployment(namespace="other")) == [("IST0101", "Telemetry shop/t")]


def test_pods_outside_of_the_plan_may_be_selected() -> None:
    filled = SILENT, deployment(pod_labels={"app": "shelf"})
    assert [finding.certain for finding in found(SELECTOR, telemetry("t", CART), complete=False)] == [False]
    assert [finding.certain for finding in found(SELECTOR, telemetry("t", CART), *filled, complete=False)] == [True]


@pytest.mark.parametrize("labels", [{"app": UNKNOWN}, UNKNOWN], ids=repr)
def test_pods_of_which_the_labels_are_not_known_may_be_selected(labels: Any) -> None:
    assert seen(SELECTOR, telemetry("t", CART), deployment(pod_labels=labels)) == []
    assert seen(SELECTOR, telemetry("t", labels), deployment()) == []


def test_two_telemetries_for_a_template_are_told_once() -> None:
    both = {"app": "cart", "tier": "1"}
    objects = [deployment(f"cart-{number}", pod_labels=both) for number in range(3)]
    findings = found(SELECTOR, telemetry("a", CART), telemetry("b", {"tier": "1"}), telemetry("c", UNKNOWN), *objects)
    assert [(finding.code, str(finding.resource)) for finding in findings] == [
        ("IST0159", "Telemetry shop/a"),
        ("IST0159", "Telemetry shop/b"),
    ]
    assert "cart-0" in findings[0].text


def test_two_defaults_of_one_namespace() -> None:
    name = "telemetry.DefaultSelectorAnalyzer"
    one, two, elsewhere = telemetry("a"), telemetry("b"), telemetry("c", namespace="other")
    assert seen(name, one, two, elsewhere) == [("IST0160", "Telemetry shop/a"), ("IST0160", "Telemetry shop/b")]
    unknown = thing("Telemetry", "u", TELEMETRY, spec=UNKNOWN), thing("Telemetry", "v", TELEMETRY, UNKNOWN, spec={})
    assert seen(name, one, elsewhere, *unknown) == []


# Webhooks

WEBHOOKS = "webhook.Analyzer"


def test_two_control_planes_of_ours_do_not_overlap() -> None:
    objects = [*mesh.objects(settings()), *mesh.objects(settings(revision="canary"))]
    assert seen(WEBHOOKS, *objects) == []


def test_an_injector_and_an_active_default_tag_overlap() -> None:
    tag = webhooks()
    tag["metadata"] = {"name": "istio-revision-tag-default", "labels": {"istio.io/tag": "default", "istio.io/rev": "x"}}
    istiod = thing("Service", "istiod", namespace="istio-system")
    findings = found(WEBHOOKS, webhooks(), tag, istiod)
    assert {finding.code for finding in findings} == {"IST0139"}
    assert {str(finding.resource.name) for finding in findings} == {
        "istio-sidecar-injector",
        "istio-revision-tag-default",
    }
    assert len(findings) == 8, "each of four webhooks of two configurations, once"


def test_an_overlap_that_only_pods_of_a_revision_see() -> None:
    def naming(name: Any, **selectors: Any) -> Manifest:
        hooks = [
            {"name": name if name is UNKNOWN else f"{name}.istio.io", "clientConfig": {"url": "https://x"}, **selectors}
        ]
        return cluster_thing("MutatingWebhookConfiguration", name, ADMISSION, webhooks=hooks)

    revision = {"matchLabels": {"istio.io/rev": "canary"}}
    for which in ("namespaceSelector", "objectSelector"):
        expression = {"matchExpressions": [{"key": "istio.io/rev", "operator": "In", "values": ["canary"]}]}
        assert len(seen(WEBHOOKS, naming("a", **{which: revision}), naming("b", **{which: revision}))) == 2
        assert len(seen(WEBHOOKS, naming("a", **{which: expression}), naming("b", **{which: expression}))) == 2
    by_pod = naming("a", objectSelector=revision)
    by_namespace = naming("b", namespaceSelector=revision)
    findings = found(WEBHOOKS, by_pod, by_namespace, naming(UNKNOWN))
    assert [finding.text.count(name) for finding in findings for name in ("a/a.istio.io", "b/b.istio.io")] == [1] * 4
    assert seen(WEBHOOKS, by_pod, naming("c", objectSelector={"matchLabels": {"istio.io/rev": "stable"}})) == []
    assert seen(WEBHOOKS, by_pod, naming("d", objectSelector={"matchLabels": {"istio.io/rev": UNKNOWN}})) == []


def test_the_control_planes_service_may_be_outside_of_the_plan() -> None:
    (certain,) = {finding.certain for finding in found(WEBHOOKS, webhooks())}
    (uncertain,) = {finding.certain for finding in found(WEBHOOKS, webhooks(), complete=False)}
    assert (certain, uncertain) == (True, False)
    assert seen(WEBHOOKS, webhooks(), thing("Service", "istiod", namespace="istio-system")) == []
    assert seen(WEBHOOKS, webhooks(), thing("Service", UNKNOWN, namespace="istio-system")) == []


def test_a_webhook_without_a_known_name_hides_no_overlap_of_others() -> None:
    def named(*names: Any) -> Manifest:
        hooks = [{"name": name, "clientConfig": {"url": "https://x"}} for name in names]
        return cluster_thing("MutatingWebhookConfiguration", "x" * len(names), ADMISSION, webhooks=hooks)

    unknown = named("a.istio.io", UNKNOWN, UNKNOWN)
    assert len(seen(WEBHOOKS, unknown, named("b.istio.io"), named("c.istio.io", "d.istio.io"))) == 3


def test_who_names_a_revision_is_istios() -> None:
    hooks = [{"name": "x.example.com", "clientConfig": {"service": {"name": "x", "namespace": "y"}}}]
    configuration = "MutatingWebhookConfiguration", "x", ADMISSION
    (finding,) = found(WEBHOOKS, cluster_thing(*configuration, labels={"istio.io/rev": "a"}, webhooks=hooks))
    assert "y/x" in finding.text


def test_other_peoples_webhooks_are_theirs() -> None:
    hooks = [{"name": f"{name}.example.com", "clientConfig": {"service": {"name": "x"}}} for name in "ab"]
    assert seen(WEBHOOKS, cluster_thing("MutatingWebhookConfiguration", "x", ADMISSION, webhooks=hooks)) == []
