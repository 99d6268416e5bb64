"""Policies: where they are noted, what they say, whom they let in, what is needed; and where findings stand."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mesh_components.analysis import kinds
from mesh_components.analysis.finding import Finding, Message, Severity
from mesh_components.analysis.kinds import Kind
from mesh_components.analysis.resource import Nowhere, Path, Resource
from mesh_components.analysis.world import of
from mesh_components.topology.build import topology
from mesh_components.topology.graph import EdgeKind, Topology
from mesh_components.topology.policy_words import said
from mesh_components.validation.unknown import UNKNOWN

from ..analysis.objects import SECURITY, Object, deployment, make, service
from .shop import CART, INGRESS, SHOP, SUBSETS, V1, V2, edges, notes, only, picture, shop, ways, world

ALLOWED, DEPENDS = EdgeKind.ALLOWED, EdgeKind.DEPENDS
FRONTEND = "Deployment shop/frontend"
APIS = {
    **dict.fromkeys(("Telemetry",), "telemetry.istio.io/v1"),
    **dict.fromkeys(("WasmPlugin", "TrafficExtension"), "extensions.istio.io/v1alpha1"),
    **dict.fromkeys(("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"), SECURITY),
}


def policy(kind: str, name: str = "shop/p", **spec: Any) -> Object:
    made = make(kind, name, spec)
    return {**made, "apiVersion": APIS.get(kind, made["apiVersion"])}


def with_shop(*given: Object) -> Topology:
    return topology(of(*yaml.safe_load_all(SHOP), *given), [], "shop")


def selecting(kind: str, **labels: str) -> Object:
    by_labels = kind in ("Sidecar", "EnvoyFilter")
    return {"workloadSelector": {"labels": labels}} if by_labels else {"selector": {"matchLabels": labels}}


KINDS = (
    *("AuthorizationPolicy", "EnvoyFilter", "PeerAuthentication", "ProxyConfig", "RequestAuthentication"),
    *("Sidecar", "Telemetry", "TrafficExtension", "WasmPlugin"),
)
EVERYWHERE_FROM_ROOT = set(KINDS) - {"PeerAuthentication", "ProxyConfig", "Sidecar"}


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_policy_is_noted(kind: str) -> None:
    one, text = f"{kind} shop/p", ""
    found = with_shop(policy(kind))
    assert one in notes(found, "Namespace shop")

    found = with_shop(policy(kind, **selecting(kind, app="cart")))
    assert one in notes(found, V1) and one in notes(found, V2)
    assert one not in {**notes(found, FRONTEND), **notes(found, "Namespace shop")}

    found = with_shop(policy(kind, **selecting(kind, app="gone")))
    text = notes(found, "Namespace shop")[one]
    assert text.startswith("for app=gone, which nothing here has")

    root = f"{kind} istio-system/p"
    found = with_shop(policy(kind, "istio-system/p"))
    assert root in notes(found, "Namespace istio-system")

    found = with_shop(policy(kind, "istio-system/p", **selecting(kind, app="cart")))
    assert (root in notes(found, V1)) is (kind in EVERYWHERE_FROM_ROOT)
    assert (root in notes(found, "Namespace istio-system")) is (kind not in EVERYWHERE_FROM_ROOT)


def test_a_policy_of_another_namespace_selects_nothing_here() -> None:
    found = with_shop(policy("AuthorizationPolicy", "legacy/p", **selecting("", app="cart")))
    assert not notes(found, V1)


@pytest.mark.parametrize(
    ("reference", "where"),
    [
        ({"group": "", "kind": "Service", "name": "cart"}, CART),
        ({"kind": "Service", "name": "cart"}, CART),
        ({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"}, "Gateway shop/g"),
        ({"group": "networking.istio.io", "kind": "ServiceEntry", "name": "api"}, "Host api.example.com"),
        ({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gone"}, "Namespace shop"),
        ({"group": "gateway.networking.k8s.io", "kind": "GatewayClass", "name": "istio"}, "Namespace shop"),
    ],
)
@pytest.mark.parametrize("field", ["targetRefs", "targetRef"])
def test_policies_that_name_what_they_are_for(reference: Object, where: str, field: str) -> None:
    gateway = make("K8sGateway", "shop/g", {"gatewayClassName": "istio"})
    entry = make("ServiceEntry", "shop/api", {"hosts": ["api.example.com"]})
    named: Object = {field: [reference] if field == "targetRefs" else reference}
    found = with_shop(gateway, entry, policy("AuthorizationPolicy", **named))
    assert notes(found, where)["AuthorizationPolicy shop/p"] == "ALLOW nothing"


def words(kind: Kind, spec: Any) -> str:
    body = {"spec": spec}
    return said(Resource(kind, "shop", "p", body, body, Nowhere()))


def rule(source: Object | None = None, operation: Object | None = None, when: list[Object] | None = None) -> Object:
    return {
        **({"from": [{"source": source}]} if source else {}),
        **({"to": [{"operation": operation}]} if operation else {}),
        **({"when": when} if when else {}),
    }


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({}, "ALLOW nothing"),
        ({"action": "DENY"}, "DENY nothing, for want of rules"),
        ({"rules": [{}]}, "ALLOW all"),
        ({"rules": [rule({"principals": ["cluster.local/ns/shop/sa/frontend"]})]}, "ALLOW all from shop/frontend"),
        ({"rules": [rule({"principals": ["*/sa/x"]}, {"methods": ["GET"]})]}, "ALLOW GET from */sa/x"),
        (
            {"action": "DENY", "rules": [rule({"notNamespaces": ["shop"]}, {"paths": ["/a", "/b"], "ports": ["80"]})]},
            "DENY /a, /b port 80 from not namespace shop",
        ),
        ({"rules": [{"from": [{"source": {"namespaces": ["a"]}}, {}]}]}, "ALLOW all"),
        (
            {"rules": [{"to": [{"operation": {"methods": ["GET"]}}, {"operation": {"hosts": ["a.com"]}}]}]},
            "ALLOW GET or host a.com",
        ),
        (
            {"rules": [rule(when=[{"key": "request.headers[x]", "values": ["1"], "notValues": ["2"]}])]},
            "ALLOW all when request.headers[x] is 1 and is not 2",
        ),
        ({"rules": [rule({"ipBlocks": ["10.0.0.0/8"]}), {}]}, "ALLOW all from address 10.0.0.0/8; all"),
        ({"action": UNKNOWN, "rules": [{}]}, "all"),
        ({"rules": UNKNOWN}, ""),
    ],
)
def test_authorization_in_words(spec: Object, expected: str) -> None:
    assert words(kinds.AUTHORIZATION_POLICY, spec) == expected


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        (kinds.PEER_AUTHENTICATION, {"mtls": {"mode": "STRICT"}}, "mutual TLS STRICT"),
        (
            kinds.PEER_AUTHENTICATION,
            {"portLevelMtls": {"90": {"mode": "DISABLE"}, "80": {"mode": UNKNOWN}}},
            "port 90 DISABLE",
        ),
        (kinds.REQUEST_AUTHENTICATION, {"jwtRules": [{"issuer": "a", "jwks": "x"}, {"issuer": "b"}]}, "JWT of a, b"),
        (
            kinds.TELEMETRY,
            {
                "accessLogging": [{"providers": [{"name": "envoy"}]}],
                "metrics": [{}],
                "tracing": [{"randomSamplingPercentage": 1.5}, {"disableSpanReporting": True}],
            },
            "access logs by envoy, metrics, traces of 1.5 %, no traces",
        ),
        (
            kinds.SIDECAR,
            {
                "egress": [{"hosts": ["./*", "istio-system/*"]}, {"hosts": ["./*"]}],
                "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
                "ingress": [{"port": {"number": 80}}],
            },
            "reaches ./*, istio-system/*, other hosts REGISTRY_ONLY, takes requests at port 80",
        ),
        (
            kinds.ENVOY_FILTER,
            {"configPatches": [{"applyTo": "HTTP_FILTER", "patch": {"operation": "ADD", "value": {"a": "secret"}}}]},
            "patches Envoy: ADD HTTP_FILTER",
        ),
        (
            kinds.WASM_PLUGIN,
            {"url": "oci://a/b", "phase": "AUTHN", "pluginConfig": {"key": "secret"}},
            "plugin oci://a/b, phase AUTHN",
        ),
        (kinds.TRAFFIC_EXTENSION, {"lua": {"inlineCode": "secret"}, "phase": "STATS"}, "Lua script, phase STATS"),
        (kinds.TRAFFIC_EXTENSION, {"wasm": {"url": "oci://a/b"}}, "plugin oci://a/b"),
        (
            kinds.PROXY_CONFIG,
            {"concurrency": 2, "image": {"imageType": "distroless"}, "environmentVariables": {"B": "x", "A": "y"}},
            "concurrency 2, image distroless, sets A, B",
        ),
        (
            kinds.DESTINATION_RULE,
            {
                "host": "a",
                "subsets": [{"name": "v1", "labels": {"version": "v1"}, "trafficPolicy": {"tls": {}}}, {"name": "v2"}],
                "trafficPolicy": {
                    "connectionPool": {"tcp": {"maxConnections": 1}},
                    "tls": {"mode": "SIMPLE"},
                    "portLevelSettings": [{}],
                },
                "workloadSelector": {"matchLabels": {"x": "y"}},
            },
            "subsets v1 (version=v1, TLS mode DISABLE), v2, at most 1 connection, clients send TLS mode SIMPLE, "
            "settings of their own for 1 port, for clients with x=y",
        ),
        (kinds.DESTINATION_RULE, {"subsets": [{"name": "v1", "labels": {"version": UNKNOWN}}]}, "subset v1"),
        *[(kind, UNKNOWN, "") for kind in (kinds.SIDECAR, kinds.TELEMETRY, kinds.PEER_AUTHENTICATION)],
    ],
)
def test_other_policies_in_words(kind: Kind, spec: Any, expected: str) -> None:
    assert words(kind, spec) == expected


def test_a_rule_for_clients_is_noted_at_its_host() -> None:
    found = shop(SUBSETS)
    assert notes(found, CART) == {"DestinationRule shop/cart": "subsets v1 (version=v1), v2 (version=v2)"}


@pytest.mark.parametrize(
    ("host", "where", "expected"),
    [
        ("*.local", "Namespace shop", "for *.local: clients send TLS mode ISTIO_MUTUAL"),
        ("*.example.com", "Host *.example.com", "clients send TLS mode ISTIO_MUTUAL"),
        ("gone", "Host gone.shop.svc.cluster.local", "clients send TLS mode ISTIO_MUTUAL"),
    ],
)
def test_where_a_rule_for_other_hosts_is_noted(host: str, where: str, expected: str) -> None:
    rule = make("DestinationRule", "shop/r", {"host": host, "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}})
    found = with_shop(rule, make("ServiceEntry", "shop/e", {"hosts": ["*.example.com"]}))
    assert notes(found, where)["DestinationRule shop/r"] == expected


# Whom policies let in.


ALLOW = """
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  rules:
    - from:
        - source: {principals: [cluster.local/ns/shop/sa/frontend]}
        - source: {principals: ["cluster.local/ns/istio-system/sa/ingress"], ipBlocks: [10.0.0.0/8]}
      to: [{operation: {methods: [GET], paths: ["/cart/*"]}}]
      when: [{key: "request.headers[x]", values: ["1"]}]
"""


def test_callers_by_their_service_accounts() -> None:
    found = edges(shop(ALLOW), ALLOWED)
    assert ways(found) == {(FRONTEND, V1), (FRONTEND, V2), (INGRESS, V1), (INGRESS, V2)}
    said = {edge.source: edge.match for edge in found}
    assert said == {
        FRONTEND: ("GET /cart/*", "when request.headers[x] is 1"),
        INGRESS: ("GET /cart/*", "address 10.0.0.0/8", "when request.headers[x] is 1"),
    }
    assert {edge.tls for edge in found} == {"PERMISSIVE"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"rules": [rule({"principals": ["cluster.local/ns/shop/sa/frontend"]})]}, {FRONTEND}),
        ({"action": "ALLOW", "rules": [rule({"serviceAccounts": ["frontend"]})]}, {FRONTEND}),
        (
            {"rules": [rule({"serviceAccounts": ["shop/frontend", "legacy/default"]})]},
            {FRONTEND, "StatefulSet legacy/bank"},
        ),
        ({"rules": [rule({"serviceAccounts": ["other/frontend"]})]}, set()),
        ({"rules": [rule({"principals": ["td/ns/shop/sa/frontend"]})]}, {FRONTEND}),
        ({"rules": [rule({"principals": ["foreign/ns/shop/sa/frontend"]})]}, set()),
        ({"rules": [rule({"principals": ["cluster.local/ns/shop/*"]})]}, set()),
        ({"rules": [rule({"namespaces": ["shop"]})]}, set()),
        ({"rules": [{}]}, set()),
        ({"action": "DENY", "rules": [rule({"serviceAccounts": ["frontend"]})]}, set()),
        ({"action": UNKNOWN, "rules": [rule({"serviceAccounts": ["frontend"]})]}, set()),
        (
            {"rules": [rule({"serviceAccounts": ["frontend"], "principals": ["cluster.local/ns/shop/sa/frontend"]})]},
            {FRONTEND},
        ),
        (
            {"rules": [rule({"serviceAccounts": ["frontend"], "principals": ["cluster.local/ns/legacy/sa/default"]})]},
            set(),
        ),
        ({"rules": [rule({"principals": ["cluster.local/ns/shop/sa/cart"]})]}, {V2}),  # v1 itself is no edge
    ],
)
def test_who_is_let_in(spec: Object, expected: set[str]) -> None:
    one = policy("AuthorizationPolicy", **selecting("", version="v1"), **spec)
    found = topology(of(*yaml.safe_load_all(SHOP), one, mesh_config={"trustDomain": "td"}), [], "shop")
    assert {edge.source for edge in edges(found, ALLOWED)} == expected
    assert {edge.target for edge in edges(found, ALLOWED)} <= {V1}


def test_what_is_for_a_whole_namespace_is_a_note_alone() -> None:
    found = with_shop(policy("AuthorizationPolicy", rules=[rule({"serviceAccounts": ["frontend"]})]))
    assert not edges(found, ALLOWED)
    assert notes(found, "Namespace shop") == {"AuthorizationPolicy shop/p": "ALLOW all from frontend"}


def test_an_account_of_many_workloads_is_a_note_alone() -> None:
    def callers(count: int) -> int:
        given = [deployment(f"a/{number}", x=str(number)) for number in range(count)]
        one = policy(
            "AuthorizationPolicy", "b/p", **selecting("", app="b"), rules=[rule({"serviceAccounts": ["a/default"]})]
        )
        return len(edges(topology(of(*given, deployment("b/b", app="b"), one), [], ""), ALLOWED))

    assert (callers(8), callers(9)) == (8, 0)


def test_a_caller_without_a_proxy_has_no_identity() -> None:
    strict = policy("PeerAuthentication", "istio-system/default", mtls={"mode": "STRICT"})
    one = policy(
        "AuthorizationPolicy", **selecting("", version="v1"), rules=[rule({"serviceAccounts": ["legacy/default"]})]
    )
    edge = only(edges(with_shop(strict, one), ALLOWED))
    assert (edge.tls, edge.features) == ("none", ("client has no proxy, target takes mutual TLS only",))


def test_a_policy_at_a_gateway() -> None:
    gateway = make("K8sGateway", "shop/g", {"gatewayClassName": "istio"})
    named = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"}
    one = policy("AuthorizationPolicy", targetRefs=[named], rules=[rule({"serviceAccounts": ["frontend"]})])
    back = policy(
        "AuthorizationPolicy",
        "shop/back",
        **selecting("", app="frontend"),
        rules=[rule({"serviceAccounts": ["g-istio"]})],
    )
    assert ways(edges(with_shop(gateway, one, back), ALLOWED)) == {
        (FRONTEND, "Gateway shop/g"),
        ("Gateway shop/g", FRONTEND),
    }


# What is needed.


NEEDS = """
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: frontend, namespace: shop}
spec:
  workloadSelector: {labels: {app: frontend}}
  egress:
    - hosts: ["./cart.shop.svc.cluster.local", "legacy/bank.legacy.svc.cluster.local", "*/api.example.com"]
    - hosts: ["./*", "istio-system/*", "*/*.example.com", "~/*", "shop/frontend.shop.svc.cluster.local", bad]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: legacy}
spec: {egress: [{hosts: ["shop/cart.shop.svc.cluster.local"]}]}
"""


def test_hosts_that_a_sidecar_names() -> None:
    found = shop(NEEDS)
    assert {edge.target: edge.tls for edge in edges(found, DEPENDS)} == {
        CART: "PERMISSIVE",
        "Service legacy/bank": "none",
        "Host api.example.com": "",
        "Service shop/frontend": "PERMISSIVE",
    }
    assert {edge.source for edge in edges(found, DEPENDS)} == {FRONTEND}
    assert notes(found, "Namespace legacy") == {"Sidecar legacy/default": "reaches shop/cart.shop.svc.cluster.local"}


# Findings.


GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
    - {port: {number: 80, protocol: HTTP, name: http}, hosts: ["*"]}
    - {port: {number: 81, protocol: HTTP, name: http2}, hosts: ["*"]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart]
  http:
    - route: [{destination: {host: cart, subset: v1}, weight: 50}, {destination: {host: frontend}, weight: 50}]
      mirror: {host: bank.legacy.svc.cluster.local}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: public, namespace: shop}
spec: {hosts: ["*"], gateways: [public], http: [{route: [{destination: {host: cart}}]}]}
---
apiVersion: v1
kind: Secret
metadata: {name: key, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
"""
MESSAGE = Message("X1", "Test", Severity.WARNING, "wrong", "mend it")
AT_81 = f"Clients -> {INGRESS}:81 (enters by Gateway shop/public) [host *]"
COPIES = f"{CART} -> Service legacy/bank (mirror by VirtualService shop/cart)"
LET_IN = f"{FRONTEND} -> {V1} (allowed by AuthorizationPolicy shop/cart) [GET /cart/*; when request.headers[x] is 1]"
TO_V1 = f"{CART} -> {V1} (route by VirtualService shop/cart) [subset v1]"


@pytest.mark.parametrize(
    ("kind", "name", "path", "expected"),
    [
        ("Gateway", "public", ("spec", "servers", 1, "hosts"), AT_81),
        ("Gateway", "public", ("spec", "selector"), INGRESS),
        ("VirtualService", "cart", ("spec", "http", 0, "route", 0, "destination", "subset"), TO_V1),
        ("VirtualService", "cart", ("spec", "http", 0, "mirror", "host"), COPIES),
        ("VirtualService", "cart", ("spec", "http", 0), CART),
        ("VirtualService", "cart", (), CART),
        ("VirtualService", "public", (), f"{INGRESS} -> {CART} (route by VirtualService shop/public)"),
        ("DestinationRule", "cart", ("spec", "host"), CART),
        ("AuthorizationPolicy", "cart", ("spec", "rules", 0, "from"), LET_IN),
        ("AuthorizationPolicy", "cart", ("spec", "selector"), V1),
        ("Deployment", "cart-v1", (), V1),
        ("Service", "cart", (), CART),
        ("Service", "ingress", (), INGRESS),
        ("Secret", "key", (), "Namespace shop"),
        ("Namespace", "legacy", (), "Namespace legacy"),
        ("ClusterRole", "all", (), ""),
    ],
)
def test_where_findings_stand(kind: str, name: str, path: Path, expected: str) -> None:
    made = world(SHOP, SUBSETS, ALLOW, GATEWAY)
    resource = next(one for one in made.resources if (one.kind.name, one.name) == (kind, name))
    again = world(SHOP, SUBSETS, ALLOW, GATEWAY)  # read another time
    for one in (made, again):
        remark = only_remark(topology(one, [MESSAGE(resource, path)], ""))
        assert remark == (expected, "Warning", "X1", str(resource), "wrong", "mend it")


def only_remark(found: Topology) -> tuple[str, ...]:
    (remark,) = found.remarks
    return remark.at, remark.level, remark.code, remark.resource, remark.text, remark.remedy


def test_findings_come_worst_first_and_once() -> None:
    made = world(SHOP)
    resource = made.resources[0]
    codes = [
        ("B", Severity.INFO),
        ("A", Severity.INFO),
        ("C", Severity.ERROR),
        ("B", Severity.WARNING),
        ("A", Severity.INFO),
    ]
    findings: list[Finding] = [Message(code, "Test", level, "x", "y")(resource) for code, level in codes]
    found = [(remark.level, remark.code) for remark in topology(made, findings, "").remarks]
    assert found == [("Error", "C"), ("Warning", "B"), ("Info", "A"), ("Info", "B")]


def test_what_the_analysis_finds_stands_where_it_is() -> None:
    """A route to a subset that nobody has: the finding is at the edge."""
    missing = """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: cart, namespace: shop}
    spec: {hosts: [cart], http: [{route: [{destination: {host: frontend, subset: gone}}]}]}
    """
    found = shop(missing)
    places = {remark.at for remark in found.remarks if remark.code == "IST0101"}
    assert places == {f"{CART} -> Service shop/frontend (route by VirtualService shop/cart) [subset gone]"}
    assert picture(SHOP).remarks == shop().remarks


def test_what_has_no_known_namespace_is_about_the_mesh() -> None:
    nowhere = service("a/b") | {"metadata": {"name": "b", "namespace": UNKNOWN}}
    made = of(nowhere)
    assert [remark.at for remark in topology(made, [MESSAGE(made.resources[0])], "").remarks] == [""]
