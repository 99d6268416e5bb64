"""The picture in plain text."""

from __future__ import annotations

from dataclasses import replace

from mesh_components.topology.drawing.text import tree
from mesh_components.topology.drawing.text_width import cut, width, wrapped
from mesh_components.topology.graph import Edge, EdgeKind, Namespace, Node, NodeKind, Remark, Topology

from . import drawn


def test_the_shop() -> None:
    said = tree(drawn.shop()).splitlines()
    assert said[0] == "stack demo"
    assert said[1] == (
        "2 namespaces, 1 gateway, 5 services, 6 workloads, 1 external host, 1 part of the control plane; "
        "findings: 1 error, 1 warning, 1 info"
    )
    assert "  namespace shop, mTLS STRICT, injection sidecar" in said
    assert "    gateway istio-ingressgateway, LoadBalancer, 80 443, mTLS STRICT" in said
    assert (
        "      enters istio-system/istio-ingressgateway, shop.example.com, port 443, TLS SIMPLE, by Gateway shop/public"
        in said
    )
    assert "      enters istio-system/istio-ingressgateway, *, port 80, no TLS, by Gateway shop/public" in said
    assert "      routes to shop/reviews-v1, 90 %, port 8080, mTLS STRICT, by VirtualService shop/reviews" in said
    assert "      policy PeerAuthentication shop/cart: PERMISSIVE on every port" in said
    assert "      selects shop/cart, port 8080, mTLS PERMISSIVE" in said
    assert (
        "        remedy: declare the subset v3 in the DestinationRule of reviews, or take it out of the route" in said
    )
    assert not any(line[:1] in ("+", "-", "~") for line in said[2:])


def test_a_change_is_in_the_first_column() -> None:
    said = tree(drawn.changed_shop()).splitlines()
    assert "changes: 2 added, 2 removed, 3 changed" in said[1]
    signed = [line for line in said[2:] if line[:1] in ("+", "-", "~")]
    assert "+   service search, 8080/http" in signed
    assert "-     routes to shop/wishlist, uri prefix /wishlist, mTLS STRICT, by VirtualService shop/frontend" in signed
    assert (
        "~     routes to shop/reviews-v1, 90 %, port 8080, mTLS STRICT, by VirtualService shop/reviews, was 95 %"
        in signed
    )
    assert "~   workload cart, 2 replicas, mTLS PERMISSIVE, was STRICT" in signed
    assert any(line.startswith("+   Warning MESH0002 (new)") for line in signed)
    assert any(line.startswith("-     Error IST0101 (mended)") for line in signed)
    assert len(signed) == 9


def test_every_node_and_edge_has_a_line() -> None:
    topology = drawn.mesh(60, 7)
    said = tree(topology)
    for node in topology.nodes:
        assert f"{node.kind} {node.name}" in said or node.kind is NodeKind.CLIENTS
    verbs = (" enters ", " routes to ", " mirrors to ", " selects ", " is allowed into ", " depends on ")
    assert sum(said.count(verb) for verb in verbs) == len(topology.edges)


def test_a_terminal_is_not_steered_and_no_line_is_broken() -> None:
    nasty = "a\x1b[2J\r\nb\u202e\u2028c"
    topology = replace(
        drawn.shop(),
        title=nasty,
        namespaces=(Namespace(nasty, nasty),),
        remarks=(Remark("", "Error", nasty, nasty, nasty, nasty),),
    )
    said = tree(topology)
    assert all(one.isprintable() or one == "\n" for one in said)
    assert said.splitlines()[0] == "a\\x1b[2J\\r\\nb\\u202e\\u2028c"


def test_what_has_no_place_is_told_at_the_end() -> None:
    lost = Edge("Service a/nowhere", "Service a/b", EdgeKind.ROUTE, "VirtualService a/r")
    unknown = Remark("Service x/y", "Warning", "IST0001", "Service x/y", "is not drawn", "")
    node = Node("Service a/b", NodeKind.SERVICE, "b", "a")
    said = tree(Topology("t", (), (node,), (lost,), (unknown,))).splitlines()
    place = said.index("  elsewhere")
    assert said[place + 1 :] == [
        "    Service a/nowhere routes to a/b, by VirtualService a/r",
        "    Warning IST0001 Service x/y: is not drawn",
    ]


def test_nothing() -> None:
    assert tree(Topology("stack empty")) == "stack empty\n0 namespaces; findings: none\n"


def test_a_text_that_is_too_long_loses_its_middle() -> None:
    name = "istio-ingressgateway-for-partners-v2"
    shorter = cut(name, 13, 150, bold=True)
    assert shorter.startswith("istio-") and shorter.endswith("-v2") and "…" in shorter
    assert width(shorter, 13, bold=True) <= 150 < width(name, 13, bold=True)
    assert cut("cart", 13, 150) == "cart"
    assert cut("cart", 13, 1) == "…"
    assert cut("one two three", 13, 66, middle=False) == "one two…"
    assert wrapped("version v1, 3 replicas, sidecar", 11, 100, 2) == ["version v1, 3", "replicas, sidecar"]
    assert wrapped("a-word-that-is-too-long for a line, and more", 11, 70, 2)[1].endswith("…")
    assert width("日本", 10) > width("ab", 10)
