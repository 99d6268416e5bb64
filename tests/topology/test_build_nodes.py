"""What is in the picture: namespaces, gateways, Services, workloads, hosts outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mesh_components.analysis.world import of
from mesh_components.manifests import mesh
from mesh_components.settings import load
from mesh_components.topology.build import topology
from mesh_components.topology.graph import EdgeKind, Namespace, NodeKind, Topology
from mesh_components.validation.unknown import UNKNOWN

from ..analysis.objects import Object, deployment, make, service
from .shop import CART, INGRESS, V1, edges, notes, only, picture, shop, ways

STACKS = sorted((Path(__file__).parents[2] / "stacks").glob("Pulumi.*.yaml"))


def namespaces(found: Topology) -> dict[str, Namespace]:
    return {one.name: one for one in found.namespaces}


def by_kind(found: Topology, kind: NodeKind) -> dict[str, str]:
    return {node.id: node.detail for node in found.nodes if node.kind is kind}


def test_the_shop_has_its_parts_in_order() -> None:
    found = shop()
    assert [(node.namespace, node.kind.value, node.name) for node in found.nodes] == [
        ("istio-system", "gateway", "ingress"),
        ("legacy", "service", "bank"),
        ("legacy", "workload", "bank"),
        ("shop", "service", "cart"),
        ("shop", "service", "frontend"),
        ("shop", "workload", "cart-v1"),
        ("shop", "workload", "cart-v2"),
        ("shop", "workload", "frontend"),
    ]
    assert [one.name for one in found.namespaces] == ["istio-system", "legacy", "shop"]


def test_the_second_lines() -> None:
    found = {node.id: node.detail for node in shop().nodes}
    assert found == {
        INGRESS: "version 1.31.0, 2 replicas; LoadBalancer 80 http → 8080, 443 https → 8443",
        "Service legacy/bank": "ClusterIP 80 http",
        "StatefulSet legacy/bank": "StatefulSet, no proxy",
        CART: "ClusterIP 80 http → 8080",
        "Service shop/frontend": "ClusterIP 80 http → web",
        V1: "version v1, 3 replicas, sidecar",
        "Deployment shop/cart-v2": "version v2, sidecar",
        "Deployment shop/frontend": "sidecar",
    }


def test_a_scaler_says_how_many_pods_there_are() -> None:
    scaler = """
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: cart, namespace: shop}
    spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: cart-v1}, maxReplicas: 9}
    """
    assert shop(scaler).by_id[V1].detail == "version v1, 1 to 9 replicas, sidecar"


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("{istio-injection: enabled}", "sidecar"),
        ("{istio-injection: disabled}", "none"),
        ("{istio-injection: disabled, istio.io/rev: canary}", "none"),
        ("{istio.io/rev: canary}", "sidecar of revision canary"),
        ("{istio.io/dataplane-mode: ambient}", "ambient"),
        ("{istio.io/dataplane-mode: ambient, istio-injection: enabled}", "sidecar"),
        ("{}", "none"),
    ],
)
def test_how_pods_get_their_proxy(labels: str, expected: str) -> None:
    found = picture(f"{{apiVersion: v1, kind: Namespace, metadata: {{name: a, labels: {labels}}}}}")
    assert namespaces(found)["a"].injection == expected


def test_istiod_may_inject_where_nobody_says_anything() -> None:
    values = '{"sidecarInjectorWebhook": {"enableNamespacesByDefault": true}}'
    config = make("ConfigMap", "istio-system/istio-sidecar-injector") | {"apiVersion": "v1", "data": {"values": values}}
    labelled = make("Namespace", "b", labels={"istio-injection": "disabled"})
    found = topology(of(config, make("Namespace", "a"), labelled), [], "")
    assert {one.name: one.injection for one in found.namespaces} == {"a": "sidecar", "b": "none"}


def test_namespaces_without_an_object_are_there_for_what_is_in_them() -> None:
    policy = """
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: empty}
    spec: {mtls: {mode: STRICT}}
    """
    found = namespaces(picture(policy, "{apiVersion: v1, kind: Service, metadata: {name: a, namespace: b}}"))
    assert {name: (one.mtls, one.injection) for name, one in found.items()} == {
        "b": ("PERMISSIVE", ""),
        "empty": ("STRICT", ""),
    }


def objects(file: Path) -> Iterator[Object]:
    config = yaml.safe_load(file.read_text())["config"]
    yield from mesh.objects(load({key.removeprefix("mesh:"): value for key, value in config.items()}))


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
def test_our_own_stacks(file: Path) -> None:
    """Of a stack's objects, what runs is in the picture, and nothing else: no CRDs, no RBAC, no ConfigMaps."""
    given = list(objects(file))
    found = topology(of(*given), [], file.name)
    runs = {
        f"{one['kind']} {one['metadata']['namespace']}/{one['metadata']['name']}"
        for one in given
        if one["kind"] in ("Deployment", "DaemonSet")
    }
    assert {node.id for node in found.nodes} == runs
    gateways = {name for name in runs if "gateway" in name}
    assert set(by_kind(found, NodeKind.GATEWAY)) == gateways
    assert set(by_kind(found, NodeKind.CONTROL_PLANE)) == runs - gateways
    assert all("ClusterIP 15010 grpc-xds" in found.by_id[name].detail for name in runs if name.endswith("/istiod"))
    assert not found.edges


def test_what_makes_a_gateway() -> None:
    def one(name: str, labels: Object, annotations: Object | None = None, args: tuple[str, ...] = ()) -> Object:
        pod = {
            "metadata": {"labels": labels, "annotations": annotations or {}},
            "spec": {"containers": [{"args": [*args]}]},
        }
        return make("Deployment", f"a/{name}", {"template": pod})

    given = [
        one("by-label", {"istio": "eastwestgateway"}),
        one("by-template", {}, {"inject.istio.io/templates": "gateway, custom"}),
        one("by-argument", {}, None, ("proxy", "router", "--domain", "x")),
        one("by-gateway", {"app": "edge"}),
        make("Gateway", "a/edge", {"selector": {"app": "edge"}}),
        one("app", {"app": "x"}, {"inject.istio.io/templates": "sidecar"}, ("serve", "it", "router")),
        one("istiod", {"app": "istiod", "istio": "pilot"}),
    ]
    found = topology(of(*given), [], "")
    assert set(by_kind(found, NodeKind.GATEWAY)) == {
        f"Deployment a/by-{how}" for how in ("label", "template", "argument", "gateway")
    }
    assert set(by_kind(found, NodeKind.WORKLOAD)) == {"Deployment a/app"}
    assert set(by_kind(found, NodeKind.CONTROL_PLANE)) == {"Deployment a/istiod"}


def test_a_service_of_a_gateway_and_of_an_application_is_a_service() -> None:
    both = service("a/both", part="all")
    gateway = deployment("a/gateway", istio="ingressgateway", part="all")
    found = topology(of(both, gateway, deployment("a/app", part="all")), [], "")
    assert ways(found.edges) == {("Service a/both", "Deployment a/gateway"), ("Service a/both", "Deployment a/app")}


def test_pods_of_a_deployment_are_not_there_twice() -> None:
    owner = {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "app-1"}]}
    above = {"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}]}
    pods = [make("Pod", "a/app-1-x", {}, labels={"app": "x"}, **owner), make("ReplicaSet", "a/app-1", {}, **above)]
    found = topology(of(deployment("a/app", app="x"), *pods, make("Pod", "a/alone", {})), [], "")
    assert [node.id for node in found.nodes] == ["Pod a/alone", "Deployment a/app"]


EXTERNAL = """
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: shop}
spec:
  hosts: [api.example.com, "*.cdn.example.com"]
  ports: [{number: 443, name: tls, protocol: TLS}]
  resolution: DNS
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: vm, namespace: shop}
spec:
  hosts: [billing.internal]
  location: MESH_INTERNAL
  ports: [{number: 80, protocol: HTTP, targetPort: 8080}]
  workloadSelector: {labels: {app: billing}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: billing, namespace: shop}
spec: {address: 10.0.0.1, labels: {app: billing, security.istio.io/tlsMode: istio}, serviceAccount: billing}
"""


def test_hosts_outside_and_machines() -> None:
    found = picture(EXTERNAL)
    assert by_kind(found, NodeKind.EXTERNAL) == {"Host api.example.com": "443 tls", "Host *.cdn.example.com": "443 tls"}
    assert notes(found, "Host api.example.com") == {"ServiceEntry shop/api": "MESH_EXTERNAL, resolution DNS, 443 tls"}
    assert by_kind(found, NodeKind.SERVICE) == {"Host billing.internal": "80 HTTP → 8080"}
    assert by_kind(found, NodeKind.WORKLOAD) == {"WorkloadEntry shop/billing": "WorkloadEntry, sidecar"}
    assert (found.by_id["Host billing.internal"].namespace, found.by_id["Host api.example.com"].namespace) == (
        "shop",
        "",
    )
    edge = only(edges(found, EdgeKind.SELECTS))
    assert (edge.source, edge.target, edge.tls) == ("Host billing.internal", "WorkloadEntry shop/billing", "PERMISSIVE")


def test_a_host_that_a_service_has_is_the_service() -> None:
    entry = make("ServiceEntry", "b/more", {"hosts": ["cart.a.svc.cluster.local"], "location": "MESH_INTERNAL"})
    found = topology(of(service("a/cart", app="cart"), entry), [], "")
    assert [node.id for node in found.nodes] == ["Service a/cart"]
    assert notes(found, "Service a/cart") == {"ServiceEntry b/more": "MESH_INTERNAL, resolution NONE"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"clusterIP": "None", "ports": [{"port": 1}]}, "headless 1"),
        ({"type": "ExternalName", "externalName": "a.example.com"}, "ExternalName a.example.com"),
        ({"type": "NodePort", "ports": [{"port": 53, "protocol": "UDP"}]}, "NodePort 53 UDP"),
        ({"ports": [{"port": UNKNOWN}, {"port": 2, "name": UNKNOWN, "targetPort": UNKNOWN}]}, "ClusterIP 2"),
        (UNKNOWN, "ClusterIP"),
    ],
)
def test_a_service_in_words(given: Object, expected: str) -> None:
    one = make("Service", "a/b") | {"spec": given}
    assert topology(of(one), [], "").by_id["Service a/b"].detail == expected


def test_what_has_no_known_name_is_not_drawn() -> None:
    nameless = deployment("a/b", app="x") | {"metadata": {"name": UNKNOWN, "namespace": "a"}}
    placeless = deployment("a/b", app="x") | {"metadata": {"name": "c", "namespace": UNKNOWN}}
    found = topology(of(nameless, placeless, service("a/s", app="x")), [], "")
    assert [node.id for node in found.nodes] == ["Service a/s"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([make("Namespace", "a", labels={"istio-injection": "enabled"})], "sidecar"),
        ([make("Namespace", "a", labels={"istio.io/dataplane-mode": "ambient"})], "ambient"),
        ([make("Namespace", "a")], "no proxy"),
        ([make("Namespace", "a", labels=UNKNOWN)], ""),
        ([], ""),  # whoever has the namespace may have it injected
    ],
)
def test_the_proxy_of_a_workload(given: list[Object], expected: str) -> None:
    node = topology(of(*given, deployment("a/b", sidecar=False), complete=False), [], "").by_id["Deployment a/b"]
    assert node.detail == expected
    assert node.mtls == ("PERMISSIVE" if expected in ("sidecar", "ambient") else "")


def test_a_pod_on_its_nodes_network_is_not_injected() -> None:
    pod = deployment("a/b", sidecar=False)
    pod["spec"]["template"]["spec"]["hostNetwork"] = True
    found = topology(of(make("Namespace", "a", labels={"istio-injection": "enabled"}), pod), [], "")
    assert found.by_id["Deployment a/b"].detail == "no proxy"


WAYPOINT = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: shop}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient, istio.io/use-waypoint: waypoint}}
---
apiVersion: v1
kind: Service
metadata:
  {name: a, namespace: legacy, labels: {istio.io/use-waypoint: waypoint, istio.io/use-waypoint-namespace: shop}}
---
apiVersion: v1
kind: Service
metadata: {name: b, namespace: shop, labels: {istio.io/use-waypoint: none}}
---
apiVersion: v1
kind: Service
metadata: {name: c, namespace: legacy, labels: {istio.io/use-waypoint: missing}}
"""


def test_what_goes_through_a_waypoint() -> None:
    found = picture(WAYPOINT)
    assert notes(found, "Gateway shop/waypoint") == {
        "Gateway shop/waypoint": "port 15008, HBONE",
        "Namespace shop": "its requests come through here",
        "Service legacy/a": "its requests come through here",
    }
    assert notes(found, "Service legacy/c") == {"Service legacy/c": "waypoint legacy/missing, which is not here"}
    assert not notes(found, "Service shop/b") and not found.edges
