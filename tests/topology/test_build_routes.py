"""Where VirtualServices send requests: by gateways, within the mesh, to subsets, copies, delegates."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mesh_components.analysis.finding import Message, Severity
from mesh_components.analysis.world import of
from mesh_components.topology.build import topology
from mesh_components.topology.delegates import merged_rules
from mesh_components.topology.graph import Edge, EdgeKind, Topology
from mesh_components.topology.virtual_services import gateway_name
from mesh_components.validation.unknown import UNKNOWN

from ..analysis.objects import Object, deployment, make, service
from .shop import BANK, CART, FRONTEND, INGRESS, SHOP, SUBSETS, V1, V2, edges, notes, only, shop, ways, weights

ENTERS, ROUTE, MIRROR, SELECTS = EdgeKind.ENTERS, EdgeKind.ROUTE, EdgeKind.MIRROR, EdgeKind.SELECTS

GATEWAY = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 443, name: https, protocol: HTTPS}
      hosts: [shop.example.com, "legacy/bank.example.com"]
      tls: {mode: SIMPLE, credentialName: shop}
    - port: {number: 80, name: http, protocol: HTTP}
      hosts: [shop.example.com]
      tls: {httpsRedirect: true}
    - port: {number: 9000, name: tls, protocol: TLS}
      hosts: [bank.example.com]
      tls: {mode: PASSTHROUGH}
"""


def virtual_service(name: str = "shop/routes", **spec: Any) -> Object:
    return make("VirtualService", name, spec)


def to(host: str, weight: Any = None, **destination: Any) -> Object:
    weighted = {} if weight is None else {"weight": weight}
    return {"destination": {"host": host, **destination}, **weighted}


def drawn(*given: Object, **scope: Any) -> Topology:
    return topology(of(*given, **scope), [], "")


# Gateways.


def test_clients_come_in_by_the_servers_of_a_gateway() -> None:
    found = [
        (edge.target, edge.port, edge.match, edge.tls, edge.features)
        for edge in edges(shop(GATEWAY), ENTERS, by="Gateway shop/public")
    ]
    assert found == [
        (INGRESS, 443, ("hosts shop.example.com, legacy/bank.example.com",), "SIMPLE", ("HTTPS",)),
        (INGRESS, 80, ("host shop.example.com",), "none", ("HTTP", "redirects to HTTPS")),
        (INGRESS, 9000, ("host bank.example.com",), "PASSTHROUGH", ("TLS",)),
    ]
    assert shop(GATEWAY).by_id["Clients"].namespace == ""


def test_a_gateway_whose_pods_are_not_here_stands_for_itself() -> None:
    found = drawn(
        make("Gateway", "a/b", {"selector": {"x": "y"}, "servers": [{"port": {"number": 80}, "hosts": ["*"]}]})
    )
    assert found.by_id["Gateway a/b"].detail == "pods with x=y that are not here"
    assert ways(found.edges) == {("Clients", "Gateway a/b")}


def test_a_gateway_without_selector_is_for_all_gateways() -> None:
    gateways = [deployment(f"a/{name}", istio=name) for name in ("one", "two")]
    found = drawn(*gateways, make("Gateway", "b/c", {"servers": [{"port": {"number": 80}, "hosts": ["*"]}]}))
    assert ways(edges(found, ENTERS)) == {("Clients", "Deployment a/one"), ("Clients", "Deployment a/two")}
    none = drawn(*gateways, make("Gateway", "b/c", {"selector": {}, "servers": []}))
    assert "Gateway b/c" in none.by_id  # as any selector, an empty one is looked at


@pytest.mark.parametrize("how", ["label", "mode"])
def test_the_meshs_own_way_out_is_entered_by_no_clients(how: str) -> None:
    label = "egressgateway" if how == "label" else "inner"
    tls = {} if how == "label" else {"tls": {"mode": "ISTIO_MUTUAL"}}
    server = {"port": {"number": 443, "protocol": "HTTPS"}, "hosts": ["api.example.com"], **tls}
    found = drawn(
        deployment("a/out", istio=label), make("Gateway", "a/b", {"selector": {"istio": label}, "servers": [server]})
    )
    assert not found.edges and "Clients" not in found.by_id
    expected = "host api.example.com, port 443, HTTPS, " + ("none" if how == "label" else "ISTIO_MUTUAL")
    assert notes(found, "Deployment a/out") == {"Gateway a/b": expected}


PUBLIC = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: public, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [public]
  http:
    - match: [{uri: {prefix: /cart}, headers: {x-user: {exact: jane}}}]
      timeout: 2s
      route:
        - {destination: {host: cart, subset: v1, port: {number: 80}}, weight: 90}
        - {destination: {host: cart, subset: v2, port: {number: 80}}, weight: 10}
    - match: [{uri: {prefix: /old}}]
      redirect: {uri: /new, authority: www.example.com, scheme: https}
    - route: [{destination: {host: frontend}}]
"""


def test_routes_from_a_gateway() -> None:
    found = shop(GATEWAY, PUBLIC, SUBSETS)
    first, second, rest = edges(found, ROUTE)
    assert first == Edge(
        INGRESS,
        CART,
        ROUTE,
        "VirtualService shop/public",
        ("host shop.example.com", "uri prefix /cart", "header x-user exact jane", "subset v1"),
        90.0,
        80,
        "PERMISSIVE",
        ("timeout 2s",),
    )
    assert (second.weight, second.match[-1]) == (10.0, "subset v2")
    assert (rest.target, rest.match, rest.weight, rest.port, rest.features) == (
        FRONTEND,
        ("host shop.example.com",),
        None,
        None,
        (),
    )
    assert notes(found, INGRESS) == {
        "VirtualService shop/public": "host shop.example.com, uri prefix /old: "
        "redirect to https://www.example.com/new (301)"
    }
    # Within the mesh nothing is routed, so the Service's own selection stays.
    assert ways(edges(found, SELECTS)) >= {(CART, V1), (CART, V2)}


@pytest.mark.parametrize(
    ("server", "hosts", "expected"),
    [
        ("*", ["a.example.com"], "host a.example.com"),
        ("*", ["*"], ""),
        ("*.example.com", ["a.example.com", "b.org"], "host a.example.com"),
        ("a.example.com", ["*.example.com"], "host a.example.com"),
        ("*.example.com", ["*.a.example.com"], "host *.a.example.com"),
        ("*.example.com", ["*"], "host *.example.com"),
        ("a.example.com", ["b.example.com"], None),
        ("*.example.com", ["example.com"], None),
        ("shop/*", ["a.example.com"], "host a.example.com"),
        ("./*", ["a.example.com"], None),  # the Gateway is in another namespace
        ("other/*", ["a.example.com"], None),
        ("*/a.example.com", ["a.example.com"], "host a.example.com"),
    ],
)
def test_which_hosts_a_gateway_has_for_a_virtual_service(server: str, hosts: list[str], expected: str | None) -> None:
    given = [
        deployment("gw/in", istio="in"),
        make("Gateway", "gw/g", {"selector": {"istio": "in"}, "servers": [http_server(server)]}),
        virtual_service(hosts=hosts, gateways=["gw/g"], http=[{"route": [to("cart")]}]),
        service("shop/cart"),
    ]
    found = edges(drawn(*given), ROUTE)
    assert [edge.match for edge in found] == ([] if expected is None else [(expected,) if expected else ()])


def http_server(host: str = "*", number: int = 80, protocol: str = "HTTP", **tls: Any) -> Object:
    return {"port": {"number": number, "protocol": protocol}, "hosts": [host], **({"tls": tls} if tls else {})}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mesh", "mesh"),
        ("public", "shop/public"),
        ("./public", "shop/public"),
        ("a/public", "a/public"),
        ("public.a.svc.cluster.local", "a/public"),
        ("public.a", "a/public"),
    ],
)
def test_names_of_gateways(name: str, expected: str) -> None:
    assert gateway_name(name, "shop") == expected


@pytest.mark.parametrize(
    ("protocol", "tls", "expected"),
    [
        ("HTTP", {}, {"Service shop/http"}),
        ("http2", {}, {"Service shop/http"}),
        ("GRPC", {}, {"Service shop/http"}),
        ("HTTPS", {"mode": "SIMPLE"}, {"Service shop/http"}),
        ("HTTPS", {"mode": "PASSTHROUGH"}, {"Service shop/tls"}),
        ("TLS", {"mode": "AUTO_PASSTHROUGH"}, {"Service shop/tls"}),
        ("TLS", {"credentialName": "x"}, {"Service shop/tls"}),  # PASSTHROUGH is the first of the modes
        ("TLS", {"mode": "SIMPLE"}, {"Service shop/tcp"}),
        ("TCP", {}, {"Service shop/tcp"}),
        ("MONGO", {}, {"Service shop/tcp"}),
    ],
)
def test_which_rules_count_at_a_server(protocol: str, tls: Object, expected: set[str]) -> None:
    given = [
        deployment("shop/in", istio="in"),
        make("Gateway", "shop/g", {"selector": {"istio": "in"}, "servers": [http_server("*", 9, protocol, **tls)]}),
        virtual_service(
            hosts=["a.example.com"],
            gateways=["g"],
            http=[{"route": [to("http")]}],
            tls=[{"match": [{"sniHosts": ["a.example.com"]}], "route": [to("tls")]}],
            tcp=[{"match": [{"port": 9}], "route": [to("tcp")]}],
        ),
        *(service(f"shop/{name}") for name in ("http", "tls", "tcp")),
    ]
    assert {edge.target for edge in edges(drawn(*given), ROUTE)} == expected


@pytest.mark.parametrize(
    ("given", "here", "there"),
    [
        ({}, True, True),
        ({"exportTo": ["*"]}, True, True),
        ({"exportTo": ["."]}, True, False),
        ({"exportTo": ["other"]}, False, True),
    ],
)
def test_gateways_see_what_is_exported_to_where_they_run(given: Object, here: bool, there: bool) -> None:
    gateways = [deployment(f"{namespace}/in", istio="in") for namespace in ("shop", "other")]
    gateway = make("Gateway", "shop/g", {"selector": {"istio": "in"}, "servers": [http_server()]})
    routed = virtual_service(hosts=["*"], gateways=["g"], http=[{"route": [to("cart")]}], **given)
    found = ways(edges(drawn(*gateways, gateway, routed, service("shop/cart")), ROUTE))
    assert found == {(f"Deployment {name}/in", CART) for name, sees in (("shop", here), ("other", there)) if sees}


def test_alternatives_may_be_for_one_gateway_alone() -> None:
    match = [
        {"uri": {"prefix": "/a"}, "gateways": ["g"]},
        {"uri": {"prefix": "/b"}, "gateways": ["mesh"]},
        {"uri": {"prefix": "/c"}},
    ]
    only_mesh = {"match": [{"gateways": ["mesh"]}], "route": [to("bank.legacy.svc.cluster.local")]}
    found = shop_with(
        virtual_service(
            hosts=["cart"], gateways=["g", "mesh"], http=[{"match": match, "route": [to("frontend")]}, only_mesh]
        ),
        make("Gateway", "shop/g", {"selector": {"istio": "ingressgateway"}, "servers": [http_server()]}),
    )
    said = {(edge.source, edge.target): edge.match for edge in edges(found, ROUTE)}
    assert said == {
        (INGRESS, FRONTEND): ("host cart", "uri prefix /a or uri prefix /c"),
        (CART, FRONTEND): ("uri prefix /b or uri prefix /c",),
        (CART, BANK): (),
    }


def test_a_gateway_is_no_client_with_other_labels() -> None:
    matches: list[Object] = [
        {"sourceNamespace": "istio-system"},
        {"sourceNamespace": "shop"},
        {"sourceLabels": {"istio": "ingressgateway"}},
        {"sourceLabels": {"app": "frontend"}},
    ]
    rules = [{"match": [one], "route": [to("cart", port={"number": place})]} for place, one in enumerate(matches)]
    found = shop_with(
        virtual_service(hosts=["*"], gateways=["g"], http=rules),
        make("Gateway", "shop/g", {"selector": {"istio": "ingressgateway"}, "servers": [http_server()]}),
    )
    assert [edge.port for edge in edges(found, ROUTE)] == [0, 2]


def shop_with(*given: Object) -> Topology:
    return topology(of(*yaml.safe_load_all(SHOP), *given), [], "shop")


# Within the mesh.

CANARY = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart]
  http:
    - match: [{headers: {x-user: {exact: jane}}}]
      route: [{destination: {host: cart, subset: v2}}]
    - route:
        - {destination: {host: cart, subset: v1}, weight: 90}
        - {destination: {host: cart, subset: v2}, weight: 10}
      mirror: {host: bank.legacy.svc.cluster.local}
      mirrorPercentage: {value: 12.5}
      retries: {attempts: 3, perTryTimeout: 1s, retryOn: 5xx}
"""


def test_subsets_take_the_place_of_what_the_service_selects() -> None:
    found = shop(CANARY, SUBSETS)
    said = [(edge.target, edge.weight, edge.match, edge.features) for edge in edges(found, ROUTE)]
    assert said == [
        (V1, 90.0, ("subset v1",), ("3 retries, 1s each, on 5xx",)),
        (V2, None, ("header x-user exact jane", "subset v2"), ()),
        (V2, 10.0, ("subset v2",), ("3 retries, 1s each, on 5xx",)),
    ]
    assert {edge.source for edge in edges(found, ROUTE)} == {CART}
    assert ways(edges(found, SELECTS)) == {
        (FRONTEND, "Deployment shop/frontend"),
        (BANK, "StatefulSet legacy/bank"),
    }
    copies = only(edges(found, MIRROR))
    assert (copies.source, copies.target, copies.weight) == (CART, BANK, None)
    assert copies.features == ("copies of 12.5 % of the requests",)


def test_a_workload_of_no_subset_is_selected_still() -> None:
    found = shop(CANARY, SUBSETS.replace("{name: v1, labels: {version: v1}}", "{name: v1, labels: {version: v2}}"))
    assert (CART, V1) in ways(edges(found, SELECTS))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([None], [None]),
        ([7], [None]),
        ([90, 10], [90.0, 10.0]),
        ([1, 3], [25.0, 75.0]),
        ([1, 1, 1], [33.33, 33.33, 33.33]),
        ([None, 5], [0.0, 100.0]),
        ([None, None], [0.0, 0.0]),
        ([0, 0], [0.0, 0.0]),
        ([-5, 5], [0.0, 100.0]),
        ([UNKNOWN, 5], [None, None]),
    ],
)
def test_weights(given: list[Any], expected: list[float | None]) -> None:
    routes = [to(f"to-{place}", weight) for place, weight in enumerate(given)]
    services = [service(f"shop/to-{place}") for place in range(len(given))]
    found = edges(drawn(virtual_service(hosts=["a"], http=[{"route": routes}]), *services), ROUTE)
    assert [edge.weight for edge in found] == expected
    unknown = any(weight is UNKNOWN for weight in given)
    assert all(("its weight is not known yet" in edge.features) is unknown for edge in found)


def test_destinations_that_are_one_thing_here_get_both_parts() -> None:
    routes = [to("b", 20), to("b.shop.svc.cluster.local", 30), to("c", 50)]
    found = drawn(virtual_service(hosts=["a"], http=[{"route": routes}]), *(service(f"shop/{name}") for name in "abc"))
    assert weights(edges(found, ROUTE)) == {"Service shop/b": 50.0, "Service shop/c": 50.0}


def test_workloads_of_one_subset_share_it() -> None:
    rule = make("DestinationRule", "shop/a", {"host": "a", "subsets": [{"name": "all", "labels": {"app": "a"}}]})
    routed = virtual_service(hosts=["a"], http=[{"route": [to("a", subset="all")]}])
    found = drawn(rule, routed, service("shop/a", app="a"), *(deployment(f"shop/{n}", app="a") for n in "xy"))
    assert {edge.target for edge in edges(found, ROUTE)} == {"Deployment shop/x", "Deployment shop/y"}
    assert {edge.features for edge in found.edges} == {("shared by 2 workloads",)}


def test_a_subset_without_workloads_stands_for_itself() -> None:
    rule = make("DestinationRule", "shop/a", {"host": "a", "subsets": [{"name": "v1", "labels": {"version": "v1"}}]})
    routes = [to("a", 9, subset="v1"), to("a", 1, subset="missing")]
    found = drawn(rule, service("shop/a", app="a"), virtual_service(hosts=["a"], http=[{"route": routes}]))
    assert {node.name: node.detail for node in found.nodes if node.id.startswith("Subset")} == {
        "subset v1": "no workload here",
        "subset missing": "",
    }
    assert weights(found.edges) == {
        "Subset a.shop.svc.cluster.local/v1": 90.0,
        "Subset a.shop.svc.cluster.local/missing": 10.0,
    }


def test_a_route_to_where_it_was_sent_has_its_features_on_the_way_to_the_workloads() -> None:
    routed = virtual_service(hosts=["cart"], http=[{"timeout": "5s", "route": [to("cart")]}])
    found = shop_with(routed)
    assert {(edge.target, edge.features) for edge in edges(found, ROUTE)} == {
        (V1, ("timeout 5s",)),
        (V2, ("timeout 5s",)),
    }


def test_without_workloads_it_is_a_note() -> None:
    entry = make(
        "ServiceEntry", "shop/api", {"hosts": ["api.example.com"], "ports": [{"number": 80, "protocol": "HTTP"}]}
    )
    rules = [{"timeout": "5s", "route": [to("api.example.com", 80), to("cart", 20)]}]
    found = drawn(entry, virtual_service(hosts=["api.example.com"], http=rules), service("shop/cart"))
    assert weights(found.edges) == {CART: 20.0}
    said = "all requests: 80 % goes on to where it was sent, timeout 5s"
    assert notes(found, "Host api.example.com")["VirtualService shop/routes"] == said


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"timeout": "5s"}, {"VirtualService shop/routes": "all requests: goes on to where it was sent, timeout 5s"}),
        ({}, {}),
    ],
)
def test_a_route_that_changes_nothing_says_nothing(rule: Object, expected: dict[str, str]) -> None:
    found = drawn(virtual_service(hosts=["cart"], http=[{**rule, "route": [to("cart")]}]), service("shop/cart"))
    assert notes(found, CART) == expected and not found.edges


def test_hosts_of_other_services_and_of_nobody() -> None:
    rules = [{"route": [to("bank.legacy.svc.cluster.local")]}]
    hosts = ["cart", "frontend", "www.shop.example", "gone", "*.shop.svc.cluster.local"]
    found = shop_with(virtual_service(hosts=hosts, http=rules))
    assert ways(edges(found, ROUTE)) == {
        (CART, BANK),
        (FRONTEND, BANK),
        ("Host www.shop.example", BANK),
        ("Host gone.shop.svc.cluster.local", BANK),
        ("Host *.shop.svc.cluster.local", BANK),
    }
    gone = found.by_id["Host gone.shop.svc.cluster.local"]
    assert (gone.name, gone.namespace, gone.detail) == ("gone", "shop", "no Service here")


def test_a_route_to_a_gateway_by_its_service_and_out() -> None:
    """The way out of the mesh: by the gateway's Service to the gateway, and from it to the host."""
    given = [
        deployment("out/gateway", istio="egressgateway"),
        service("out/gateway", istio="egressgateway"),
        make("ServiceEntry", "shop/api", {"hosts": ["api.example.com"], "ports": [{"number": 443, "protocol": "TLS"}]}),
        make("Gateway", "out/g", {"selector": {"istio": "egressgateway"}, "servers": [http_server("api.example.com")]}),
        virtual_service(
            hosts=["api.example.com"],
            gateways=["mesh", "out/g"],
            http=[
                {"match": [{"gateways": ["mesh"]}], "route": [to("gateway.out.svc.cluster.local")]},
                {"match": [{"gateways": ["out/g"]}], "route": [to("api.example.com")]},
            ],
        ),
    ]
    found = drawn(*given)
    assert ways(found.edges) == {
        ("Host api.example.com", "Deployment out/gateway"),
        ("Deployment out/gateway", "Host api.example.com"),
    }


def test_who_may_use_a_route_is_one_of_its_conditions() -> None:
    routed = virtual_service(hosts=["cart"], exportTo=[".", "other"], http=[{"route": [to("frontend")]}])
    assert only(edges(shop_with(routed), ROUTE)).match == ("from namespace other or shop",)


def test_who_may_not_use_a_route_goes_where_the_service_selects() -> None:
    routed = virtual_service(hosts=["cart"], exportTo=["."], http=[{"timeout": "1s", "route": [to("cart")]}])
    found = shop_with(routed)
    assert {(CART, V1), (CART, V2)} <= ways(edges(found, ROUTE)) & ways(edges(found, SELECTS))


def test_rules_after_one_for_all_requests_are_never_used() -> None:
    rules = [
        {"match": [{"uri": {"prefix": "/x"}}], "route": [to("a")]},
        {"match": [{"uri": {"prefix": "/"}}], "route": [to("b")]},
        {"route": [to("c")]},
    ]
    tcp = [{"route": [to("d")]}]
    services = [service(f"shop/{name}") for name in "abcd"]
    found = edges(drawn(virtual_service(hosts=["x"], http=rules, tcp=tcp), *services), ROUTE)
    used = {edge.target: "never used: a rule before it takes all requests" not in edge.features for edge in found}
    assert used == {"Service shop/a": True, "Service shop/b": True, "Service shop/c": False, "Service shop/d": True}


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ([{"uri": {"exact": "/x"}, "ignoreUriCase": True}], ("uri exact /x in upper or lower case",)),
        ([{"method": {"exact": "GET"}, "scheme": {"regex": "h.*"}}], ("scheme regex h.*", "method exact GET")),
        ([{"authority": {"prefix": "a"}, "port": 80}], ("authority prefix a", "port 80")),
        ([{"headers": {"a": {}, "b": {"regex": "c"}}}], ("header a present", "header b regex c")),
        ([{"withoutHeaders": {"a": {}, "b": {"exact": "c"}}}], ("without header a", "without header b exact c")),
        ([{"queryParams": {"q": {"exact": ""}}}], ("query parameter q exact ",)),
        ([{"sourceLabels": {"b": "2", "a": "1"}}], ("from workloads a=1,b=2",)),
        ([{"sourceNamespace": "other"}], ("from namespace other",)),
        (
            [{"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/b"}, "port": 1}],
            ("uri prefix /a or uri prefix /b and port 1",),
        ),
        ([{"uri": {"prefix": "/a"}}, {}], ()),
        ([{"uri": UNKNOWN, "port": 1}], ("port 1", "a condition that is not known yet")),
        ([{"headers": {"a": {"exact": UNKNOWN}}}], ("a condition that is not known yet",)),
    ],
)
def test_conditions(match: list[Object], expected: tuple[str, ...]) -> None:
    routed = virtual_service(hosts=["a"], http=[{"match": match, "route": [to("b")]}])
    assert only(edges(drawn(routed, service("shop/a"), service("shop/b")), ROUTE)).match == expected


@pytest.mark.parametrize(
    ("protocol", "match", "expected"),
    [
        ("tls", {"sniHosts": ["a.com", "b.com"], "port": 443}, ("SNI a.com, b.com", "port 443")),
        ("tcp", {"destinationSubnets": ["10.0.0.0/8", "::/0"]}, ("to 10.0.0.0/8, ::/0",)),
        ("tcp", {"sourceSubnet": "10.0.0.0/8", "sourceNamespace": "x"}, ("from 10.0.0.0/8", "from namespace x")),
    ],
)
def test_conditions_of_connections(protocol: str, match: Object, expected: tuple[str, ...]) -> None:
    routed = make("VirtualService", "shop/x", {"hosts": ["a"], protocol: [{"match": [match], "route": [to("b")]}]})
    assert only(edges(drawn(routed, service("shop/a"), service("shop/b")), ROUTE)).match == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"timeout": "2s"}, ("timeout 2s",)),
        ({"retries": {"attempts": 1}}, ("1 retry",)),
        ({"retries": {"attempts": 0}}, ("no retries",)),
        ({"retries": {"attempts": 2, "perTryTimeout": "1s"}}, ("2 retries, 1s each",)),
        ({"fault": {"delay": {"fixedDelay": "5s", "percentage": {"value": 50}}}}, ("delay 5s for 50 %",)),
        ({"fault": {"delay": {"fixedDelay": "5s", "percent": 3}}}, ("delay 5s for 3 %",)),
        ({"fault": {"delay": {"fixedDelay": "5s"}}}, ()),
        ({"fault": {"abort": {"httpStatus": 503, "percentage": {"value": 0.5}}}}, ("abort with 503 for 0.5 %",)),
        (
            {"fault": {"abort": {"grpcStatus": "NOT_FOUND", "percentage": {"value": 1}}}},
            ("abort with gRPC NOT_FOUND for 1 %",),
        ),
        ({"fault": {"abort": {"httpStatus": 503}}}, ()),
        ({"rewrite": {"uri": "/x", "authority": "b"}}, ("rewrites the path to /x", "rewrites the host to b")),
        ({"rewrite": {"uriRegexRewrite": {"match": "a", "rewrite": "b"}}}, ("rewrites a in the path to b",)),
        (
            {"timeout": UNKNOWN, "retries": {"attempts": UNKNOWN}, "rewrite": {"authority": "b"}},
            ("rewrites the host to b",),
        ),
        ({"corsPolicy": {}}, ()),
    ],
)
def test_what_happens_on_the_way(rule: Object, expected: tuple[str, ...]) -> None:
    routed = virtual_service(hosts=["a"], http=[{**rule, "route": [to("b")]}])
    assert only(edges(drawn(routed, service("shop/a"), service("shop/b")), ROUTE)).features == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"redirect": {"uri": "/x"}}, "all requests: redirect to /x (301)"),
        (
            {"redirect": {"authority": "a.com", "port": 8443, "redirectCode": 302}},
            "all requests: redirect to a.com:8443 (302)",
        ),
        ({"redirect": {"scheme": "https"}}, "all requests: redirect to https (301)"),
        ({"redirect": {"scheme": "https", "uri": "/x"}}, "all requests: redirect to https /x (301)"),
        ({"directResponse": {"status": 503}}, "all requests: answers 503 by itself"),
        ({"redirect": UNKNOWN}, "all requests: answers by itself, in a way that is not known yet"),
    ],
)
def test_answers_are_notes(rule: Object, expected: str) -> None:
    found = drawn(virtual_service(hosts=["a"], http=[rule]), service("shop/a"))
    assert notes(found, "Service shop/a") == {"VirtualService shop/routes": expected}
    assert not found.edges


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"mirror": {"host": "b"}}, ["copies of 100 % of the requests"]),
        ({"mirror": {"host": "b"}, "mirrorPercent": 7}, ["copies of 7 % of the requests"]),
        ({"mirror": {"host": "b"}, "mirrorPercentage": {"value": 0}}, []),
        ({"mirrors": [{"destination": {"host": "b"}, "percentage": {"value": 3}}]}, ["copies of 3 % of the requests"]),
        ({"mirrors": [{"destination": {"host": "b"}}, UNKNOWN]}, ["copies of 100 % of the requests"]),
        ({"mirror": {"host": UNKNOWN}}, []),
        ({"mirror": {"host": "b"}, "mirrorPercentage": UNKNOWN}, [None]),
    ],
)
def test_copies(rule: Object, expected: list[str | None]) -> None:
    routed = virtual_service(hosts=["a"], http=[{**rule, "timeout": "1s", "route": [to("c")]}])
    found = edges(drawn(routed, *(service(f"shop/{name}") for name in "abc")), MIRROR)
    assert [edge.features for edge in found] == [(text,) if text else () for text in expected]


# Delegates.

DELEGATE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: public, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [public]
  http:
    - match: [{uri: {prefix: /bank}}]
      timeout: 9s
      delegate: {name: bank, namespace: legacy}
    - match: [{uri: {prefix: /gone}}]
      delegate: {name: gone}
    - route: [{destination: {host: frontend}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: bank, namespace: legacy}
spec:
  http:
    - match: [{uri: {prefix: /bank/slow}}]
      timeout: 1m
      route: [{destination: {host: bank}}]
    - match: [{uri: {prefix: /else}}]
      route: [{destination: {host: bank}}]
    - route: [{destination: {host: bank}}]
"""


def test_a_finding_of_who_delegates_stands_where_its_delegate_routes() -> None:
    given = of(*yaml.safe_load_all(SHOP), *yaml.safe_load_all(GATEWAY), *yaml.safe_load_all(DELEGATE))
    delegating = next(one for one in given.resources if str(one) == "VirtualService shop/public")
    finding = Message("X1", "Test", Severity.INFO, "x", "y")(delegating, ("spec", "http", 0))
    (remark,) = topology(given, [finding], "").remarks
    assert remark.at.startswith(f"{INGRESS} -> {BANK} (route by VirtualService legacy/bank)")


def test_delegates_are_followed() -> None:
    found = edges(shop(GATEWAY, DELEGATE), ROUTE)
    assert [(edge.resource, edge.target, edge.match[1:], edge.features) for edge in found] == [
        ("VirtualService legacy/bank", BANK, ("uri prefix /bank/slow",), ("timeout 1m",)),
        ("VirtualService legacy/bank", BANK, ("uri prefix /bank",), ("timeout 9s",)),
        ("VirtualService shop/public", FRONTEND, (), ()),
    ]


@pytest.mark.parametrize(
    "change",
    [("spec:\n  http:", "spec:\n  hosts: [x]\n  http:"), ("spec:\n  http:", "spec:\n  exportTo: [.]\n  http:")],
)
def test_what_is_no_delegate_is_not_followed(change: tuple[str, str]) -> None:
    before, _, delegate = DELEGATE.partition("---")
    found = edges(shop(GATEWAY, before, delegate.replace(*change)), ROUTE, by="VirtualService shop/public")
    assert [edge.target for edge in found] == [FRONTEND]


URI, OTHER = {"uri": {"prefix": "/a"}}, {"uri": {"prefix": "/b"}}
MERGED: list[tuple[str, Object, Object, Object | None]] = [
    ("inherited", {"timeout": "1s", "retries": {}}, {"timeout": "2s"}, {"timeout": "2s", "retries": {}, "match": []}),
    ("a match of the root alone", {"match": [URI]}, {}, {"match": [URI]}),
    ("a match of the delegate alone", {}, {"match": [URI]}, {"match": [URI]}),
    ("in conflict", {"match": [URI]}, {"match": [OTHER]}, None),
    (
        "one alternative will do",
        {"match": [URI, OTHER]},
        {"match": [{"uri": {"exact": "/b/c"}}]},
        {"match": [{"uri": {"exact": "/b/c"}}]},
    ),
    ("each of its own has to fit", {"match": [URI]}, {"match": [{"uri": {"prefix": "/a/b"}}, OTHER]}, None),
    (
        "both ask for headers",
        {"match": [{"headers": {"x": {"exact": "1"}}}]},
        {"match": [{"headers": {"y": {}}}]},
        {"match": [{"headers": {"x": {"exact": "1"}, "y": {}}}]},
    ),
    (
        "a header in conflict",
        {"match": [{"headers": {"x": {"exact": "1"}}}]},
        {"match": [{"headers": {"x": {"exact": "2"}}}]},
        None,
    ),
    ("a prefix is wider than an exact path", {"match": [{"uri": {"exact": "/a"}}]}, {"match": [URI]}, None),
    ("expressions are in conflict with all", {"match": [{"uri": {"regex": ".*"}}]}, {"match": [URI]}, None),
    ("ports", {"match": [{"port": 1}]}, {"match": [{"port": 2}]}, None),
    ("a port of one", {"match": [{"port": 1}]}, {"match": [URI]}, {"match": [{"port": 1, **URI}]}),
    ("a narrower namespace", {"match": [{"sourceNamespace": "a"}]}, {"match": [URI]}, None),
    ("labels", {"match": [{"sourceLabels": {"a": "1"}}]}, {"match": [{"sourceLabels": {"a": "2"}}]}, None),
    (
        "more labels",
        {"match": [{"sourceLabels": {"a": "1"}}]},
        {"match": [{"sourceLabels": {"b": "2"}}]},
        {"match": [{"sourceLabels": {"a": "1", "b": "2"}}]},
    ),
    ("other gateways", {"match": [{"gateways": ["a"]}]}, {"match": [{"gateways": ["b"]}]}, None),
    (
        "gateways of its own",
        {"match": [URI]},
        {"match": [{"gateways": ["a"]}]},
        {"match": [{**URI, "gateways": ["a"]}]},
    ),
    ("more gateways", {"match": [{"gateways": ["a"]}]}, {"match": [{"gateways": ["a", "b"]}]}, None),
    ("upper and lower case", {"match": [{**URI, "ignoreUriCase": True}]}, {"match": [URI]}, None),
]
"""By the rules of `mergeHTTPRoute` and `hasConflict` of istio/istio 1.31 (`pilot/pkg/model/virtualservice.go`)."""


INHERITED = {
    **{"rewrite": {"uri": "/"}, "directResponse": {"status": 1}, "timeout": "1s", "retries": {"attempts": 1}},
    **{"fault": {"abort": {}}, "mirror": {"host": "a"}, "mirrorPercent": 1, "mirrorPercentage": {"value": 1}},
    **{"corsPolicy": {"maxAge": "1s"}, "mirrors": [{"destination": {"host": "a"}}], "headers": {"request": {}}},
}


def test_what_a_delegate_inherits() -> None:
    root = {**INHERITED, "name": "root", "route": [to("a")], "delegate": {"name": "x"}}
    assert merged_rules(root, {"route": [to("b")]}) == {**INHERITED, "route": [to("b")], "match": []}
    assert merged_rules(root, dict.fromkeys(INHERITED, "own")) == {**dict.fromkeys(INHERITED, "own"), "match": []}


@pytest.mark.parametrize(("root", "own", "expected"), [case[1:] for case in MERGED], ids=[case[0] for case in MERGED])
def test_merging(root: Object, own: Object, expected: Object | None) -> None:
    assert merged_rules(root, own) == expected
