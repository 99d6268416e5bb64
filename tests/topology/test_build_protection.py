"""What protects edges: the modes of both ends together, the DestinationRule that counts, and what it does besides."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mesh_components.analysis.mtls import DISABLE, PERMISSIVE, STRICT
from mesh_components.analysis.world import of
from mesh_components.topology.build import topology
from mesh_components.topology.graph import EdgeKind, Topology
from mesh_components.topology.protection import one_way
from mesh_components.topology.rules import Client, Rules
from mesh_components.topology.servers import NONE
from mesh_components.topology.traffic import features
from mesh_components.validation.unknown import UNKNOWN, IsUnknown

from ..analysis.objects import Object, deployment, make, service
from .shop import BANK, CART, INGRESS, SHOP, SUBSETS, V1, V2, edges, only, shop

OWN, MUTUAL, SIMPLE = "MUTUAL", "ISTIO_MUTUAL", "SIMPLE"
WITH, WITHOUT = Client("shop"), Client("shop", has_proxy=False)


def peer(name: str, mode: Any, **spec: Any) -> Object:
    return make("PeerAuthentication", name, {"mtls": {"mode": mode}, **spec})


def rule(name: str = "shop/cart", host: Any = "cart", tls: Any = None, **spec: Any) -> Object:
    policy = {"trafficPolicy": {"tls": {"mode": tls}}} if tls is not None else {}
    return make("DestinationRule", name, {"host": host, **policy, **spec})


@pytest.mark.parametrize(
    ("client", "sends", "takes", "expected", "remark"),
    [
        # By itself, a client with a proxy does what its target takes.
        (WITH, "", STRICT, STRICT, ""),
        (WITH, "", PERMISSIVE, PERMISSIVE, ""),
        (WITH, "", DISABLE, DISABLE, ""),
        (WITH, "", NONE, NONE, ""),
        # A DestinationRule says otherwise.
        (WITH, MUTUAL, STRICT, STRICT, ""),
        (WITH, MUTUAL, PERMISSIVE, PERMISSIVE, ""),
        (WITH, MUTUAL, DISABLE, DISABLE, "client sends mutual TLS, target takes plain text only"),
        (WITH, MUTUAL, NONE, NONE, "client sends mutual TLS, target has no proxy"),
        (WITH, DISABLE, STRICT, STRICT, "client sends plain text, target takes mutual TLS only"),
        (WITH, DISABLE, PERMISSIVE, DISABLE, "client sends plain text"),
        (WITH, DISABLE, DISABLE, DISABLE, ""),
        (WITH, DISABLE, NONE, NONE, ""),
        (WITH, SIMPLE, STRICT, STRICT, "client begins TLS of its own, target takes mutual TLS only"),
        (WITH, SIMPLE, PERMISSIVE, PERMISSIVE, "client begins TLS of its own"),
        (WITH, SIMPLE, DISABLE, DISABLE, "client begins TLS of its own, target takes plain text only"),
        (WITH, SIMPLE, NONE, SIMPLE, ""),
        (WITH, OWN, STRICT, STRICT, ""),
        (WITH, OWN, NONE, OWN, ""),
        # Without a proxy no rule counts.
        (WITHOUT, "", STRICT, NONE, "client has no proxy, target takes mutual TLS only"),
        (WITHOUT, MUTUAL, PERMISSIVE, NONE, ""),
        (WITHOUT, SIMPLE, NONE, NONE, ""),
        (Client("shop", has_proxy=None), "", STRICT, "", ""),
        # A gateway takes what its servers take.
        (WITH, SIMPLE, "SIMPLE", "SIMPLE", ""),
        (WITH, "", "MUTUAL", "MUTUAL", "client sends plain text, target takes TLS only"),
        (WITH, "", "AUTO_PASSTHROUGH", "PASSTHROUGH", ""),
    ],
)
def test_both_ends_together(client: Client, sends: str, takes: str, expected: str, remark: str) -> None:
    said = one_way(client, sends, takes, is_automatic=True)
    assert (said.tls, said.remarks) == (expected, (remark,) if remark else ())


@pytest.mark.parametrize(
    ("takes", "expected", "remark"),
    [
        (STRICT, STRICT, ("client sends plain text, target takes mutual TLS only",)),
        (PERMISSIVE, DISABLE, ("client sends plain text",)),
        (DISABLE, DISABLE, ()),
    ],
)
def test_without_automatic_mutual_tls_clients_send_plain_text(
    takes: str, expected: str, remark: tuple[str, ...]
) -> None:
    given = [deployment("shop/cart", app="cart"), service("shop/cart", app="cart"), peer("shop/default", takes)]
    edge = only(topology(of(*given, mesh_config={"enableAutoMtls": False}), [], "").edges)
    assert (edge.tls, edge.features) == (expected, remark)


def between(*given: Object, **scope: Any) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return what protects the edges of a small shop, by where they end."""
    found = topology(of(*yaml.safe_load_all(SHOP), *given, **scope), [], "")
    return {edge.target: (edge.tls, edge.features) for edge in found.edges}


def test_the_mode_of_the_mesh_of_a_namespace_and_of_a_workload() -> None:
    given = [
        peer("istio-system/default", "STRICT"),
        peer("shop/default", "UNSET"),
        peer("shop/v2", "DISABLE", selector={"matchLabels": {"version": "v2"}}),
    ]
    found = between(*given)
    assert (found[V1], found[V2]) == (("STRICT", ()), ("DISABLE", ()))
    assert found["StatefulSet legacy/bank"] == ("none", ())  # no proxy, whatever the mesh says


def routed(*given: Object, to: str = "cart", **destination: Any) -> Object:
    rules = [{"route": [{"destination": {"host": to, **destination}}]}]
    return make("VirtualService", "shop/r", {"hosts": ["frontend"], "http": rules})


def test_workloads_that_differ() -> None:
    found = between(peer("shop/v2", "DISABLE", selector={"matchLabels": {"version": "v2"}}), routed())
    assert found[CART] == ("DISABLE", (f"not the same everywhere: {V1} PERMISSIVE, {V2} DISABLE",))


PORTS = {"selector": {"matchLabels": {"app": "cart"}}, "portLevelMtls": {"8080": {"mode": "DISABLE"}}}


@pytest.mark.parametrize(
    ("ports", "port", "expected"),
    [
        ([{"port": 80, "targetPort": 8080}], None, "DISABLE"),
        ([{"port": 8080, "targetPort": 9090}], None, "STRICT"),
        ([{"port": 80, "targetPort": "web"}], None, "DISABLE"),
        ([{"port": 8080}], None, "DISABLE"),
        ([{"port": 80, "targetPort": 8080}, {"port": 81, "targetPort": 9090}], 81, "STRICT"),
        ([{"port": 80, "targetPort": 8080}, {"port": 81, "targetPort": 9090}], 80, "DISABLE"),
        ([{"port": 80, "targetPort": 8080}, {"port": 81, "targetPort": 9090}], None, "DISABLE"),  # the weakest
        ([{"port": 80, "targetPort": "gone"}], None, "STRICT"),
        ([{"port": 80, "targetPort": UNKNOWN}], None, ""),
    ],
)
def test_modes_of_ports(ports: list[Object], port: int | None, expected: str) -> None:
    given = [
        peer("shop/cart", "STRICT", **PORTS),
        service("shop/cart", *ports, app="cart"),
        deployment("shop/cart", [("web", 8080)], app="cart"),
        service("shop/frontend"),
        routed() if port is None else routed(port={"number": port}),
    ]
    found = topology(of(*given), [], "")
    assert only(edges(found, EdgeKind.ROUTE)).tls == expected


def test_what_the_clients_rule_says() -> None:
    found = between(rule(tls="DISABLE"), peer("shop/default", "STRICT"))
    assert found[V1] == ("STRICT", ("client sends plain text, target takes mutual TLS only",))


def test_a_subset_and_a_port_have_rules_of_their_own() -> None:
    at_port = {"port": {"number": 80}, "tls": {"mode": "SIMPLE"}}
    subsets = [
        {"name": "v1", "labels": {"version": "v1"}, "trafficPolicy": {"tls": {"mode": "DISABLE"}}},
        {"name": "v2", "labels": {"version": "v2"}, "trafficPolicy": {"portLevelSettings": [at_port]}},
    ]
    routes = [{"destination": {"host": "cart", "subset": name}, "weight": 50} for name in ("v1", "v2")]
    split = make("VirtualService", "shop/cart", {"hosts": ["cart"], "http": [{"route": routes}]})
    found = between(rule(tls="ISTIO_MUTUAL", subsets=subsets), split)
    assert (found[V1], found[V2]) == (
        ("DISABLE", ("client sends plain text",)),
        ("PERMISSIVE", ("client begins TLS of its own",)),
    )


GATEWAY = make(
    "Gateway",
    "shop/g",
    {
        "selector": {"istio": "ingressgateway"},
        "servers": [{"port": {"number": 80, "protocol": "HTTP"}, "hosts": ["*"]}],
    },
)


def test_a_gateway_is_a_client_of_its_own_namespace() -> None:
    routes = [{"route": [{"destination": {"host": "cart"}}]}]
    given = [GATEWAY, make("VirtualService", "shop/r", {"hosts": ["*"], "gateways": ["g"], "http": routes})]
    found = between(*given, rule("istio-system/cart", "cart.shop.svc.cluster.local", "DISABLE", exportTo=["."]))
    assert found[CART] == ("DISABLE", ("client sends plain text",))
    assert found[V1] == ("PERMISSIVE", ())


@pytest.mark.parametrize(
    ("protocol", "tls", "expected"),
    [
        ("HTTP", "", "none"),
        ("HTTPS", "", "PASSTHROUGH"),
        ("TLS", "", "PASSTHROUGH"),
        ("HTTP", "SIMPLE", "SIMPLE"),
        ("HTTPS", "MUTUAL", "MUTUAL"),
        ("HTTP", "DISABLE", "none"),
        ("HTTP", "ISTIO_MUTUAL", "none"),
    ],
)
def test_hosts_outside(protocol: str, tls: str, expected: str) -> None:
    entry = make("ServiceEntry", "shop/api", {"hosts": ["api.com"], "ports": [{"number": 1, "protocol": protocol}]})
    rules = [rule("shop/api", "api.com", tls)] if tls else []
    found = topology(of(entry, *rules, service("shop/frontend"), routed(to="api.com")), [], "")
    assert only(found.edges).tls == expected


@pytest.mark.parametrize(
    ("server", "tls", "expected", "remark"),
    [
        ({"protocol": "HTTP"}, "", "DISABLE", ()),
        ({"protocol": "HTTP"}, "ISTIO_MUTUAL", "DISABLE", ("client sends mutual TLS, target takes plain text only",)),
        ({"mode": "ISTIO_MUTUAL"}, "ISTIO_MUTUAL", "STRICT", ()),
        ({"mode": "ISTIO_MUTUAL"}, "", "STRICT", ("client sends plain text, target takes mutual TLS only",)),
        ({"mode": "SIMPLE"}, "SIMPLE", "SIMPLE", ()),
        ({"mode": "PASSTHROUGH"}, "", "PASSTHROUGH", ()),
        ({"number": 444, "mode": "ISTIO_MUTUAL"}, "ISTIO_MUTUAL", "", ()),  # no server at the port that is meant
    ],
)
@pytest.mark.parametrize("number", [443, 8443])
def test_the_way_to_a_gateway_within_the_mesh(
    server: Object, tls: str, expected: str, remark: tuple[str, ...], number: int
) -> None:
    """A server is found by the Service's port and by the pods'; mutual TLS is not automatic there."""
    mode = {"tls": {"mode": server["mode"]}} if "mode" in server else {}
    port = {"number": server.get("number", number), "protocol": server.get("protocol", "HTTPS")}
    given = [
        deployment("out/gateway", istio="egressgateway"),
        service("out/gateway", {"port": 443, "targetPort": 8443}, istio="egressgateway"),
        make(
            "Gateway",
            "out/g",
            {"selector": {"istio": "egressgateway"}, "servers": [{"port": port, "hosts": ["*"], **mode}]},
        ),
        service("shop/frontend"),
        routed(to="gateway.out.svc.cluster.local"),
        *([rule("out/gateway", "gateway", tls)] if tls else []),
    ]
    edge = only(topology(of(*given), [], "").edges)
    assert (edge.target, edge.tls, edge.features) == ("Deployment out/gateway", expected, remark)


def test_what_is_not_known_is_left_out() -> None:
    found: list[Topology] = []
    unknown = [
        peer("shop/x", UNKNOWN),
        rule(tls=UNKNOWN),
        rule(host=UNKNOWN),
        make("DestinationRule", "shop/cart") | {"spec": UNKNOWN},
    ]
    for one in unknown:
        given = [deployment("shop/cart", app="cart"), service("shop/cart", app="cart"), one]
        found.append(topology(of(*given), [], ""))
    assert [only(edges(one, EdgeKind.SELECTS)).tls for one in found] == [""] * len(unknown)
    no_namespace = topology(
        of(deployment("a/b", sidecar=False, app="x"), service("a/b", app="x"), complete=False), [], ""
    )
    assert only(no_namespace.edges).tls == ""


# Which DestinationRule counts.


def counting(
    *given: Object, client: Client = WITH, host: str = "cart.shop.svc.cluster.local", port: int | None = None
) -> str:
    """Return the TLS mode of the rule that counts, by which the rules here are told from each other."""
    found = Rules(of(*given)).counting(host, "shop", client)
    return str(found.of("", port).get("tls", {}).get("mode", ""))


FOR_SOME = rule("shop/s", tls="S", workloadSelector={"matchLabels": {"x": "y"}})
WIDE, NARROW = "*.shop.svc.cluster.local", "cart.shop.svc.cluster.local"


@pytest.mark.parametrize(
    ("given", "client", "expected"),
    [
        ([], WITH, ""),
        ([rule(tls="A")], WITH, "A"),
        ([rule("other/a", NARROW, "A")], WITH, ""),
        ([rule("other/a", NARROW, "A")], Client("other"), "A"),
        ([rule(tls="A"), rule("other/b", WIDE, "B")], Client("other"), "B"),  # the client's namespace goes first
        ([rule(tls="A"), rule("istio-system/b", WIDE, "B")], Client("istio-system"), "A"),  # but not the root one
        ([rule(tls="A"), rule("istio-system/b", WIDE, "B", exportTo=["."])], Client("istio-system"), "B"),
        (
            [rule("istio-system/a", NARROW, "A"), rule("istio-system/b", WIDE, "B", exportTo=["."])],
            Client("istio-system"),
            "B",
        ),
        ([rule("istio-system/b", "*.local", "B")], Client("other"), "B"),
        ([rule("istio-system/b", "*.local", "B", exportTo=["."])], Client("other"), ""),
        ([rule(tls="A", exportTo=["."])], Client("other"), ""),
        ([rule(tls="A", exportTo=["other"])], Client("other"), "A"),
        ([rule("shop/w", WIDE, "W"), rule(tls="A")], WITH, "A"),
        ([rule("shop/w", WIDE, "W"), rule(tls="A", exportTo=["."])], Client("other"), "W"),
        ([rule("shop/w", WIDE, "W"), rule(tls="A", exportTo=["third"])], Client("other"), ""),
        ([rule(tls="A", exportTo=["other"])], WITH, ""),
        ([rule("shop/w", "*", "W"), rule("shop/x", WIDE, "X")], WITH, "X"),
        ([rule("shop/w", "*.other.svc.cluster.local", "W")], WITH, ""),
        ([rule("shop/b", tls="B"), rule("shop/a", tls="A")], WITH, "A"),  # none is older: by name
        ([FOR_SOME, rule(tls="A")], WITH, "A"),
        ([FOR_SOME, rule(tls="A")], Client("shop", {"x": "y"}), "S"),
        ([FOR_SOME, rule(tls="A")], Client("shop", {"x": "z"}), "A"),
        ([FOR_SOME], Client("other", {"x": "y"}), ""),
    ],
)
def test_which_rule_counts(given: list[Object], client: Client, expected: str) -> None:
    assert counting(*given, client=client) == expected


def test_a_wildcard_has_rules_of_its_own_and_those_of_wider_ones() -> None:
    given = [rule("shop/w", "*.com", "WIDE"), rule("shop/n", "*.a.example.com", "NARROW")]
    assert counting(*given, host="*.example.com") == "WIDE"
    assert counting(*given, host="*.a.example.com") == "NARROW"
    assert counting(*given, host="*.b.a.example.com") == "NARROW"
    assert counting(*given, host="*.org") == ""


def test_the_older_rule_counts_and_the_younger_adds_its_subsets() -> None:
    old = rule("shop/z", tls="OLD", subsets=[{"name": "a", "labels": {"x": "old"}}])
    young = rule("shop/a", tls="YOUNG", subsets=[{"name": "a", "labels": {"x": "young"}}, {"name": "b"}])
    for one, created in ((old, "2030-01-01T00:00:00Z"), (young, "2031-01-01T00:00:00Z")):
        one["metadata"]["creationTimestamp"] = created
    found = Rules(of(young, old)).counting(NARROW, "shop", WITH)
    assert found.policy == {"tls": {"mode": "OLD"}}
    assert found.subsets == {"a": {"name": "a", "labels": {"x": "old"}}, "b": {"name": "b"}}


def test_a_ports_own_settings_leave_nothing_of_the_others() -> None:
    at_port = {"port": {"number": 80}, "connectionPool": {"tcp": {"maxConnections": 1}}}
    policy = {"tls": {"mode": "SIMPLE"}, "outlierDetection": {}, "portLevelSettings": [at_port]}
    subset = {"name": "v1", "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}}}
    found = Rules(of(rule(trafficPolicy=policy, subsets=[subset]))).counting(NARROW, "shop", WITH)
    assert found.of("", None) == {"tls": {"mode": "SIMPLE"}, "outlierDetection": {}}
    assert found.of("", 80) == {"connectionPool": {"tcp": {"maxConnections": 1}}}
    assert found.of("v1", 81) == {
        "tls": {"mode": "SIMPLE"},
        "outlierDetection": {},
        "loadBalancer": {"simple": "RANDOM"},
    }
    assert found.of("v1", 80) == {
        "connectionPool": {"tcp": {"maxConnections": 1}},
        "loadBalancer": {"simple": "RANDOM"},
    }


@pytest.mark.parametrize(
    "unknown",
    [
        rule(host=UNKNOWN),
        rule("istio-system/a", NARROW, "A", exportTo=UNKNOWN),
        rule(tls="A") | {"metadata": {"name": "a", "namespace": UNKNOWN}},
        rule(tls="A", workloadSelector={"matchLabels": {"x": UNKNOWN}}),
    ],
)
def test_a_rule_that_is_not_known_may_be_the_one(unknown: Object) -> None:
    with pytest.raises(IsUnknown):
        counting(unknown, client=Client("shop", {"x": "y"}))


# What it does besides.


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, []),
        ({"connectionPool": {"tcp": {"maxConnections": 1}}}, ["at most 1 connection"]),
        (
            {"connectionPool": {"http": {"http1MaxPendingRequests": 1, "http2MaxRequests": 3, "maxRetries": 4}}},
            ["at most 1 pending request", "at most 3 requests at once", "at most 4 retries at once"],
        ),
        ({"connectionPool": {"http": {"maxRequestsPerConnection": 0}}}, []),
        ({"outlierDetection": {}}, ["ejects an endpoint for 30s after 5 5xx errors"]),
        (
            {"outlierDetection": {"consecutive5xxErrors": 0, "consecutiveGatewayErrors": 1, "baseEjectionTime": "3m"}},
            ["ejects an endpoint for 3m after 1 gateway error"],
        ),
        ({"outlierDetection": {"consecutive5xxErrors": 0}}, []),
        (
            {"outlierDetection": {"splitExternalLocalOriginErrors": True, "consecutiveLocalOriginFailures": 2}},
            ["ejects an endpoint for 30s after 5 5xx errors or 2 local failures"],
        ),
        ({"loadBalancer": {"simple": "LEAST_REQUEST"}}, ["load balancing LEAST_REQUEST"]),
        ({"loadBalancer": {"simple": "UNSPECIFIED"}}, []),
        ({"loadBalancer": {"consistentHash": {"httpHeaderName": "x-user"}}}, ["consistent hash of header x-user"]),
        ({"loadBalancer": {"consistentHash": {"httpCookie": {"name": "c"}}}}, ["consistent hash of cookie c"]),
        ({"loadBalancer": {"consistentHash": {"useSourceIp": True}}}, ["consistent hash of the client's address"]),
        ({"loadBalancer": {"localityLbSetting": {"failover": [{}]}}}, ["locality load balancing, failover"]),
        (
            {"loadBalancer": {"localityLbSetting": {"distribute": [{}], "failoverPriority": ["a"]}}},
            ["locality load balancing, distributed", "locality load balancing, failover by labels"],
        ),
        ({"loadBalancer": {"localityLbSetting": {"enabled": False}}}, ["no locality load balancing"]),
        ({"loadBalancer": {"warmup": {"duration": "60s"}}}, ["slow start of 60s"]),
        (
            {"connectionPool": {"tcp": {"maxConnections": UNKNOWN}}, "loadBalancer": {"simple": "RANDOM"}},
            ["load balancing RANDOM"],
        ),
    ],
)
def test_what_a_policy_does(policy: Object, expected: list[str]) -> None:
    assert features(policy) == expected


def test_it_stands_at_every_edge_where_it_counts() -> None:
    policy = {"connectionPool": {"tcp": {"maxConnections": 1}}}
    found = shop(
        SUBSETS.replace("host: cart\n", f"host: cart\n  trafficPolicy: {policy}\n"),
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: cart, namespace: shop}
        spec: {hosts: [cart], http: [{route: [{destination: {host: cart, subset: v1}}]}]}
        """,
    )
    assert {edge.target for edge in found.edges if "at most 1 connection" in edge.features} == {V1, V2}
    assert INGRESS not in {edge.source for edge in found.edges} and BANK in found.by_id
