"""The Gateway API: listeners, what is attached to them and to Services; and istiod's own conversions as the judge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cluster import toolchain
from mesh_components.analysis.hosts import CLUSTER_DOMAIN
from mesh_components.analysis.world import of
from mesh_components.topology.build import topology
from mesh_components.topology.graph import EdgeKind, Topology
from mesh_components.validation.unknown import UNKNOWN

from ..analysis.objects import GATEWAYS, Object, deployment, make, service
from .shop import BANK, CART, FRONTEND, SHOP, V1, V2, edges, notes, only, shop, ways, weights

ENTERS, ROUTE, MIRROR = EdgeKind.ENTERS, EdgeKind.ROUTE, EdgeKind.MIRROR

EDGE = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: istio
  listeners:
    - {name: http, port: 80, protocol: HTTP}
    - name: https
      hostname: "*.example.com"
      port: 443
      protocol: HTTPS
      tls: {certificateRefs: [{name: shop}]}
      allowedRoutes: {namespaces: {from: All}}
    - {name: tls, port: 9000, protocol: TLS, tls: {mode: Passthrough}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
    - matches: [{path: {value: /cart}, headers: [{name: x-user, value: jane}]}]
      timeouts: {request: 2s}
      backendRefs: [{name: cart, port: 80, weight: 3}, {name: bank, namespace: legacy, port: 80}]
      filters:
        - {type: RequestMirror, requestMirror: {backendRef: {name: frontend, port: 80}, percent: 5}}
        - {type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}
    - matches: [{path: {type: Exact, value: /old}}]
      filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]
    - backendRefs: [{name: frontend, port: 80}]
"""
GATEWAY = "Gateway shop/edge"


def with_shop(*given: Object, **scope: Any) -> Topology:
    return topology(of(*yaml.safe_load_all(SHOP), *given, **scope), [], "")


def test_listeners_are_where_clients_come_in() -> None:
    found = [(edge.target, edge.match, edge.port, edge.tls, edge.features) for edge in edges(shop(EDGE), ENTERS)]
    assert found == [
        (GATEWAY, ("host *.example.com", "listener https"), 443, "SIMPLE", ("HTTPS",)),
        (GATEWAY, ("listener http",), 80, "none", ("HTTP",)),
        (GATEWAY, ("listener tls",), 9000, "PASSTHROUGH", ("TLS",)),
    ]
    assert shop(EDGE).by_id[GATEWAY].detail == "class istio"


def test_routes_from_listeners() -> None:
    found = shop(EDGE)
    said = {edge.target: (edge.weight, edge.match, edge.port, edge.features) for edge in edges(found, ROUTE)}
    which = ("host shop.example.com",)
    conditions = (*which, "uri prefix /cart", "header x-user exact jane")
    told = ("timeout 2s", "rewrites the path to /")
    assert said == {
        CART: (75.0, conditions, 80, told),
        BANK: (25.0, conditions, 80, (*told, "no ReferenceGrant permits it")),
        FRONTEND: (None, which, 80, ()),
    }
    copies = only(edges(found, MIRROR))
    assert (copies.target, copies.features) == (FRONTEND, ("copies of 5 % of the requests",))
    redirected = "host shop.example.com, uri exact /old: redirect to https (301)"
    assert notes(found, GATEWAY) == {"HTTPRoute shop/cart": redirected}


GRANT = """
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: {name: shop, namespace: legacy}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
"""


@pytest.mark.parametrize(
    ("change", "is_permitted"),
    [
        (("", ""), True),
        (("kind: HTTPRoute", "kind: GRPCRoute"), False),
        (("namespace: shop}]", "namespace: other}]"), False),
        (("kind: Service}", "kind: Service, name: bank}"), True),
        (("kind: Service}", "kind: Service, name: other}"), False),
        (("kind: Service}", "kind: Secret}"), False),
        (("name: shop, namespace: legacy", "name: shop, namespace: shop"), False),
    ],
)
def test_grants(change: tuple[str, str], is_permitted: bool) -> None:
    found = only(edge for edge in edges(shop(EDGE, GRANT.replace(*change)), ROUTE) if edge.target == BANK)
    assert ("no ReferenceGrant permits it" not in found.features) is is_permitted


def test_grants_may_be_elsewhere() -> None:
    found = only(edge for edge in edges(shop(EDGE, complete=False, owned=frozenset()), ROUTE) if edge.target == BANK)
    assert "no ReferenceGrant permits it" in found.features  # the namespace is declared with what runs in it
    elsewhere = EDGE.replace("namespace: legacy", "namespace: far")
    assert all(
        len(edge.features) == 2 for edge in edges(shop(elsewhere, complete=False), ROUTE) if "far" in edge.target
    )


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ({}, False),
        ({"allowedListeners": {"namespaces": {"from": "All"}}}, True),
        ({"allowedListeners": {"namespaces": {"from": "Same"}}}, False),
        ({"allowedListeners": {"namespaces": {"from": "None"}}}, False),
        (
            {
                "allowedListeners": {
                    "namespaces": {"from": "Selector", "selector": {"matchLabels": {"istio-injection": "enabled"}}}
                }
            },
            True,
        ),
        ({"allowedListeners": UNKNOWN}, False),
    ],
)
def test_listeners_of_others(allowed: Object, expected: bool) -> None:
    """A ListenerSet adds to a Gateway of another namespace, if that lets it, and takes routes of its own namespace."""
    edge = make("K8sGateway", "edge/g", {"gatewayClassName": "istio", "listeners": [], **allowed})
    more = {
        "parentRef": {"name": "g", "namespace": "edge"},
        "listeners": [{"name": "one", "port": 80, "protocol": "HTTP"}],
    }
    extra = make("ListenerSet", "shop/more", more) | {"apiVersion": GATEWAYS}
    to_it = [{"name": "more", "kind": "ListenerSet"}, {"name": "g", "namespace": "edge"}]
    found = with_shop(edge, extra, route(parentRefs=to_it))
    said = {(one.source, one.target, one.resource) for one in edges(found, ENTERS, ROUTE)}
    entered = {("Clients", "Gateway edge/g", "ListenerSet shop/more"), ("Gateway edge/g", CART, "HTTPRoute shop/r")}
    assert said == (entered if expected else set())


def route(kind: str = "HTTPRoute", **spec: Any) -> Object:
    given = {"parentRefs": [{"name": "g"}], "rules": [{"backendRefs": [{"name": "cart", "port": 80}]}], **spec}
    return make(kind, "shop/r", given) | {"apiVersion": GATEWAYS}


def gateway(name: str = "shop/g", **listener: Any) -> Object:
    given = {"name": "one", "port": 80, "protocol": "HTTP", **listener}
    return make("K8sGateway", name, {"gatewayClassName": "istio", "listeners": [given]})


FROM_ALL = {"namespaces": {"from": "All"}}


@pytest.mark.parametrize(
    ("listener", "given", "expected"),
    [
        ({}, {}, True),
        ({}, {"parentRefs": [{"name": "gone"}]}, False),
        ({}, {"parentRefs": [{"name": "g", "namespace": "other"}]}, False),
        ({}, {"parentRefs": [{"name": "g", "sectionName": "one", "port": 80}]}, True),
        ({}, {"parentRefs": [{"name": "g", "sectionName": "two"}]}, False),
        ({}, {"parentRefs": [{"name": "g", "port": 81}]}, False),
        ({}, {"parentRefs": [{"name": "g", "kind": "Other"}]}, False),
        ({"hostname": "a.com"}, {"hostnames": ["a.com", "b.com"]}, True),
        ({"hostname": "*.com"}, {"hostnames": ["a.com"]}, True),
        ({"hostname": "a.com"}, {"hostnames": ["*.com"]}, True),
        ({"hostname": "a.com"}, {"hostnames": ["b.com"]}, False),
        ({"hostname": "a.com"}, {}, True),
        ({"protocol": "TCP"}, {}, False),
        ({"allowedRoutes": {"kinds": [{"kind": "GRPCRoute"}]}}, {}, False),
        ({"allowedRoutes": {"kinds": [{"kind": "GRPCRoute"}, {"kind": "HTTPRoute"}]}}, {}, True),
        ({"allowedRoutes": {"kinds": [{"kind": "HTTPRoute", "group": "x"}]}}, {}, False),
        ({"allowedRoutes": {"namespaces": {"from": "None"}}}, {}, False),
        ({"allowedRoutes": {"namespaces": {"from": UNKNOWN}}}, {}, False),
        ({"hostname": UNKNOWN}, {}, False),
    ],
)
def test_what_is_attached(listener: Object, given: Object, expected: bool) -> None:
    found = with_shop(gateway(**listener), route(**given))
    assert ways(edges(found, ROUTE)) == ({("Gateway shop/g", CART)} if expected else set())


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        ({}, False),
        ({"from": "All"}, True),
        ({"from": "Same"}, False),
        ({"from": "Selector", "selector": {"matchLabels": {"istio-injection": "enabled"}}}, True),
        ({"from": "Selector", "selector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}, True),
        ({"from": "Selector", "selector": {"matchLabels": {"x": "y"}}}, False),
    ],
)
def test_who_may_be_attached(namespaces: Object, expected: bool) -> None:
    there = gateway("edge/g", allowedRoutes={"namespaces": namespaces})
    found = with_shop(there, route(parentRefs=[{"name": "g", "namespace": "edge"}]))
    assert bool(edges(found, ROUTE)) is expected


def test_a_namespace_that_is_not_here_may_have_any_labels() -> None:
    chosen = {"from": "Selector", "selector": {"matchLabels": {"x": "y"}}}
    given = [
        gateway("edge/g", allowedRoutes={"namespaces": chosen}),
        route(parentRefs=[{"name": "g", "namespace": "edge"}]),
    ]
    assert not edges(topology(of(*given, complete=False), [], ""), ROUTE)


@pytest.mark.parametrize(
    ("tls", "frontend", "expected"),
    [
        ({}, {}, "SIMPLE"),
        ({"options": {"gateway.istio.io/tls-terminate-mode": "MUTUAL"}}, {}, "MUTUAL"),
        ({"options": {"gateway.istio.io/tls-terminate-mode": "ISTIO_SIMPLE"}}, {}, "SIMPLE"),
        (
            {"mode": "Passthrough", "options": {"gateway.istio.io/listener-protocol": "auto-passthrough"}},
            {},
            "AUTO_PASSTHROUGH",
        ),
        ({}, {"default": {"validation": {"caCertificateRefs": [{"name": "ca"}]}}}, "MUTUAL"),
        (
            {},
            {"default": {"validation": {"caCertificateRefs": [{"name": "ca"}], "mode": "AllowInsecureFallback"}}},
            "OPTIONAL_MUTUAL",
        ),
        ({}, {"perPort": [{"port": 81, "tls": {"validation": {"caCertificateRefs": [{"name": "ca"}]}}}]}, "SIMPLE"),
        ({}, {"perPort": [{"port": 80, "tls": {"validation": {"caCertificateRefs": [{"name": "ca"}]}}}]}, "MUTUAL"),
        ({"mode": "Passthrough"}, {}, "PASSTHROUGH"),
        ({"mode": UNKNOWN}, {}, ""),
    ],
)
def test_modes_of_listeners(tls: Object, frontend: Object, expected: str) -> None:
    one = gateway(protocol="HTTPS", tls=tls)
    one["spec"]["tls"] = {"frontend": frontend}
    assert only(topology(of(one), [], "").edges).tls == expected


def test_a_listener_for_the_mesh_is_entered_by_no_clients() -> None:
    options = {"gateway.istio.io/tls-terminate-mode": "ISTIO_MUTUAL"}
    found = topology(of(gateway(protocol="HTTPS", tls={"options": options})), [], "")
    assert not found.edges and notes(found, "Gateway shop/g") == {"Gateway shop/g": "port 80, HTTPS, ISTIO_MUTUAL"}


def test_a_gateway_with_its_deployment_and_service_is_one_node() -> None:
    labels = {"gateway.networking.k8s.io/gateway-name": "g", "gateway.networking.k8s.io/gateway-class-name": "istio"}
    generated = [deployment("shop/g-istio", (), False, **labels), service("shop/g-istio", {"port": 80}, **labels)]
    found = topology(of(gateway(), *generated), [], "")
    assert {node.id: node.detail for node in found.nodes} == {
        "Clients": "",
        "Gateway shop/g": "class istio; ClusterIP 80",
    }


@pytest.mark.parametrize("value", ["in", "in.edge.svc.cluster.local"])
def test_a_gateway_that_names_a_service_is_what_is_behind_it(value: str) -> None:
    one = gateway("edge/g", allowedRoutes=FROM_ALL)
    one["spec"]["addresses"] = [{"type": "Hostname", "value": value}]
    there = [deployment("edge/in", istio="in"), service("edge/in", istio="in")]
    found = with_shop(one, *there, route(parentRefs=[{"name": "g", "namespace": "edge"}]))
    assert ways(edges(found, ENTERS, ROUTE)) == {("Clients", "Deployment edge/in"), ("Deployment edge/in", CART)}


def test_routes_of_services() -> None:
    split = [{"name": "cart", "port": 80, "weight": 9}, {"name": "bank", "namespace": "legacy", "port": 80}]
    parents = [{"group": "", "kind": "Service", "name": "cart", "port": 80}]
    found = edges(with_shop(route(parentRefs=parents, rules=[{"backendRefs": split}])), ROUTE)
    assert weights(found) == {V1: 90.0, V2: 90.0, BANK: 10.0}
    assert {edge.match for edge in found} == {("port 80",)}


def test_a_route_of_anothers_service_is_for_ones_own_clients() -> None:
    parents = [{"group": "", "kind": "Service", "name": "bank", "namespace": "legacy"}]
    found = edges(with_shop(route(parentRefs=parents)), ROUTE)
    assert [(edge.source, edge.match) for edge in found] == [(BANK, ("from namespace shop",))]
    back = route(parentRefs=parents, rules=[{"backendRefs": [{"name": "bank", "namespace": "legacy", "port": 80}]}])
    both = edges(with_shop(back), ROUTE, EdgeKind.SELECTS, by="")
    assert {edge.kind for edge in both if edge.source == BANK} == {ROUTE, EdgeKind.SELECTS}


def test_a_service_that_is_not_there_has_no_routes() -> None:
    parents = [{"group": "", "kind": "Service", "name": "gone"}]
    assert not edges(with_shop(route(parentRefs=parents)), ROUTE)
    elsewhere = [{"group": "", "kind": "Service", "name": "gone", "namespace": "far"}]
    assert edges(with_shop(route(parentRefs=elsewhere), complete=False), ROUTE)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([{}], [None]),
        ([{"weight": 0}], [0.0]),
        ([{}, {}], [50.0, 50.0]),
        ([{"weight": 3}, {}], [75.0, 25.0]),
        ([{"weight": 0}, {}], [0.0, 100.0]),
        ([{"weight": UNKNOWN}, {}], [None, None]),
    ],
)
def test_weights(given: list[Object], expected: list[float | None]) -> None:
    backends = [{"name": f"to-{place}", "port": 80, **one} for place, one in enumerate(given)]
    services = [service(f"shop/to-{place}") for place in range(len(given))]
    found = edges(with_shop(gateway(), *services, route(rules=[{"backendRefs": backends}])), ROUTE)
    assert [edge.weight for edge in found] == expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({"path": {"type": "RegularExpression", "value": "/a.*"}}, ("uri regex /a.*",)),
        ({"path": {}}, ()),
        ({"path": {"type": "PathPrefix", "value": "/"}}, ()),
        ({"path": {"type": "PathPrefix", "value": "/a"}}, ("uri prefix /a",)),
        ({"method": "GET", "queryParams": [{"name": "q", "value": "1"}]}, ("method GET", "query parameter q exact 1")),
        ({"path": {"value": UNKNOWN}, "method": "GET"}, ("method GET", "a condition that is not known yet")),
    ],
)
def test_conditions(match: Object, expected: tuple[str, ...]) -> None:
    rules = [{"matches": [match], "backendRefs": [{"name": "cart", "port": 80}]}]
    assert only(edges(with_shop(gateway(), route(rules=rules)), ROUTE)).match == expected


def test_other_kinds_of_routes() -> None:
    grpc = {
        "matches": [{"method": {"service": "shop.Cart", "method": "Get"}}],
        "backendRefs": [{"name": "cart", "port": 80}],
    }
    assert only(edges(with_shop(gateway(), route("GRPCRoute", rules=[grpc])), ROUTE)).match == (
        "gRPC exact shop.Cart/Get",
    )
    for kind, protocol in (("TCPRoute", "TCP"), ("TLSRoute", "TLS")):
        tls: Object = {"tls": {"mode": "Passthrough"}} if protocol == "TLS" else {}
        listener = gateway(protocol=protocol, **tls)
        one = route(kind) | {"apiVersion": "gateway.networking.k8s.io/v1alpha2"}
        assert ways(edges(with_shop(listener, one), ROUTE)) == {("Gateway shop/g", CART)}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"timeouts": {"request": "1s", "backendRequest": "2s"}}, ("timeout 1s", "timeout 2s each try")),
        ({"retry": {"attempts": 2}}, ("2 retries",)),
        ({"sessionPersistence": {"type": "Header"}}, ("sessions kept by Header",)),
        (
            {"filters": [{"type": "URLRewrite", "urlRewrite": {"hostname": "a", "path": {"replaceFullPath": "/b"}}}]},
            ("rewrites the path to /b", "rewrites the host to a"),
        ),
        ({"filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {}}]}, ()),
    ],
)
def test_what_happens_on_the_way(rule: Object, expected: tuple[str, ...]) -> None:
    rules = [{**rule, "backendRefs": [{"name": "cart", "port": 80}]}]
    assert only(edges(with_shop(gateway(), route(rules=rules)), ROUTE)).features == expected


# What istiod makes of Gateways and routes: the files beside its own tests, what it is to make of each, and the Services
# that are there besides (`pilot/pkg/config/kube/gateway/conversion_test.go`).

KINDS = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute")
SUFFIX = "domain.suffix"
OF_OTHERS = ("infpool", "internal.cluster")
"""Destinations that are InferencePools, which are not drawn, or stand for nothing."""


def folder() -> Path:
    return toolchain.module_dir("istio") / "pilot/pkg/config/kube/gateway"


def documents(path: Path) -> list[Object]:
    return [
        one for one in yaml.safe_load_all(path.read_text().replace(SUFFIX, "cluster.local")) if isinstance(one, dict)
    ]


@cache
def registry() -> tuple[Object, ...]:
    """The Services of upstream's test, by host and namespace, and the namespaces with the label that it gives them."""
    source = (folder() / "conversion_test.go").read_text()
    table = source[source.index("var services = ") :]
    found = re.findall(rf'Hostname: *"([^."]+)\.([^."]+)\.svc\.{SUFFIX}"', table)
    names = sorted({namespace for _, namespace in found})
    labelled = (make("Namespace", name, labels={"istio.io/test-name-part": name.split("-")[0]}) for name in names)
    return (*labelled, *(service(f"{namespace}/{name}") for name, namespace in found))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "conversion" in metafunc.fixturenames:
        names = sorted(path.name.removesuffix(".yaml") for path in (folder() / "testdata").glob("*.yaml"))
        golden = [name for name in names if (folder() / "testdata" / f"{name}.yaml.golden").exists()]
        metafunc.parametrize("conversion", golden)


Sent = tuple[str, str, float | None]
"""From where to where, with which weight."""


def sent(golden: list[Object], gateways: Mapping[str, str]) -> dict[Sent, set[str]]:
    """Return where the VirtualServices that istiod makes send requests, with the routes that they are made of."""
    found: dict[Sent, set[str]] = {}
    for one in golden:
        if one["kind"] != "VirtualService":
            continue
        made_of = one["metadata"]["annotations"]["internal.istio.io/parents"].split(",")
        parents = {
            f"{kind} {namespace}/{name}" for kind, name, namespace in (re.split("[/.]", each) for each in made_of)
        }
        for source in sources(one["spec"], gateways):
            for rule in (rule for protocol in ("http", "tls", "tcp") for rule in one["spec"].get(protocol, [])):
                for host, weight in destinations(rule):
                    if host and host != source and not host.startswith(OF_OTHERS):
                        found.setdefault((source, host, weight), set()).update(parents)
    return found


def sources(spec: Object, gateways: Mapping[str, str]) -> Iterator[str]:
    for name in spec.get("gateways", ["mesh"]):
        yield from spec["hosts"] if name == "mesh" else [gateways[name]]


def owners(golden: list[Object], given: list[Object]) -> dict[str, str]:
    """Return the Gateway of the Gateway API that each of istiod's is made for: a ListenerSet's is its parent."""
    sets = {
        (one["metadata"]["namespace"], one["metadata"]["name"]): one["spec"]["parentRef"]
        for one in given
        if one["kind"] == "ListenerSet"
    }
    found = {}
    for one in golden:
        if one["kind"] == "Gateway":
            namespace, name = one["metadata"]["namespace"], one["metadata"]["name"]
            owner = name.partition("~")[0]
            if one["metadata"]["annotations"]["internal.istio.io/parents"].startswith("ListenerSet"):
                parent = sets[namespace, owner]
                found[f"{namespace}/{name}"] = f"Gateway {parent.get('namespace', namespace)}/{parent['name']}"
            else:
                found[f"{namespace}/{name}"] = f"Gateway {namespace}/{owner}"
    return found


def destinations(rule: Object) -> Iterator[tuple[str, float | None]]:
    routes = rule.get("route", [])
    total = sum(one.get("weight", 0) for one in routes)
    for one in routes:
        weight = round(100 * one.get("weight", 0) / total, 2) if len(routes) > 1 else None
        yield one.get("destination", {}).get("host", ""), weight


def host_of(node: str) -> str:
    """Return the host that a node stands for."""
    kind, _, name = node.partition(" ")
    namespace, _, short = name.partition("/")
    return f"{short}.{namespace}.{CLUSTER_DOMAIN}" if kind == "Service" else name


@pytest.mark.tools
def test_routes_are_those_that_istiod_makes(conversion: str) -> None:
    path = folder() / "testdata" / f"{conversion}.yaml"
    given, golden = documents(path), documents(path.with_name(f"{path.name}.golden"))
    found = topology(of(*given, *registry()), [], "")
    drawn: dict[Sent, set[str]] = {}
    for edge in edges(found, ROUTE):
        is_refused = "no ReferenceGrant permits it" in edge.features or edge.weight == 0
        if edge.resource.startswith(KINDS) and not is_refused:
            source = edge.source if edge.source.startswith("Gateway") else host_of(edge.source)
            weight = None if edge.weight == 100 else edge.weight
            drawn.setdefault((source, host_of(edge.target), weight), set()).add(edge.resource)
    expected = sent(golden, owners(golden, given))
    assert set(drawn) == set(expected)
    for key, resources in drawn.items():
        assert resources <= expected[key]


@pytest.mark.tools
def test_listeners_are_the_servers_that_istiod_makes(conversion: str) -> None:
    path = folder() / "testdata" / f"{conversion}.yaml"
    given, golden = documents(path), documents(path.with_name(f"{path.name}.golden"))
    found = topology(of(*given, *registry()), [], "")
    drawn = {
        (edge.resource, edge.match[-1].removeprefix("listener "), edge.port, edge.tls): edge.target
        for edge in edges(found, ENTERS)
    }
    gateways = owners(golden, given)
    for one in golden:
        namespace, name = one["metadata"]["namespace"], one["metadata"]["name"]
        owner, is_generated, listener = name.partition("~istio-autogenerated-k8s-gateway~")
        for server in one["spec"]["servers"] if one["kind"] == "Gateway" and is_generated else ():
            mode = server["tls"].get("mode", "PASSTHROUGH") if "tls" in server else "none"
            kind = one["metadata"]["annotations"]["internal.istio.io/parents"].partition("/")[0]
            if mode != "ISTIO_MUTUAL":
                key = (f"{kind} {namespace}/{owner}", listener, server["port"]["number"], mode)
                assert drawn[key] == gateways[f"{namespace}/{name}"]
