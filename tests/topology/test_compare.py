"""What a change does to the picture: added, removed, changed, what it said before; and what of it a reviewer sees."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from mesh_components.analysis.world import of
from mesh_components.topology.build import topology
from mesh_components.topology.compare import compare, only_changes
from mesh_components.topology.graph import (
    Change,
    Edge,
    EdgeKind,
    Namespace,
    Node,
    NodeKind,
    Note,
    Remark,
    Topology,
)

from ..analysis.random_objects import Maker
from .shop import ALL_OF_IT, BANK, CART, INGRESS, V1, V2, picture, world

ADDED, REMOVED, CHANGED, SAME = Change.ADDED, Change.REMOVED, Change.CHANGED, Change.SAME


def changes(found: Topology) -> dict[str, tuple[Change, tuple[str, ...]]]:
    """Return what is not the same, by id."""
    all_of_it: tuple[Namespace | Node | Edge, ...] = (*found.namespaces, *found.nodes, *found.edges)
    return {part.id: (part.change, part.was) for part in all_of_it if part.change is not SAME}


def changed(*replacements: tuple[str, str], extra: str = "") -> Topology:
    """Return what a change of the shop's text does."""
    texts = list(ALL_OF_IT)
    for before, after in replacements:
        assert any(before in text for text in texts)
        texts = [text.replace(before, after) for text in texts]
    return compare(picture(*ALL_OF_IT), picture(*texts, *([extra] if extra else [])), "a change")


SPLIT = f"{CART} -> {{}} (route by VirtualService shop/cart) [subset {{}}]"
TO_V1, TO_V2 = SPLIT.format(V1, "v1"), SPLIT.format(V2, "v2")


def test_the_whole_is_a_comparison() -> None:
    found = changed(("weight: 90", "weight: 80"), ("weight: 10", "weight: 20"))
    assert found.compared and found.title == "a change"
    assert changes(found) == {TO_V1: (CHANGED, ("90 %",)), TO_V2: (CHANGED, ("10 %",))}
    assert [edge.id for edge in found.edges] == sorted(edge.id for edge in found.edges)


def test_mutual_tls_that_is_loosened() -> None:
    found = changed(("mode: STRICT", "mode: PERMISSIVE"))
    said = changes(found)
    assert said["Namespace shop"] == (CHANGED, ("mtls STRICT",))
    assert said["Namespace istio-system"] == (
        CHANGED,
        ("mtls STRICT", "PeerAuthentication istio-system/default: mutual TLS STRICT"),
    )
    assert said[V1] == (CHANGED, ("mtls STRICT",))
    assert said[TO_V1] == (CHANGED, ("TLS STRICT",))
    assert BANK not in said and INGRESS not in said
    assert [remark.code for remark in found.remarks if remark.change is ADDED] == ["MESH0201"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("timeout: 2s", "timeout: 5s"), {"timeout 2s"}),
        (("timeout: 2s\n", "\n"), {"timeout 2s"}),
        (("timeout: 2s", "timeout: 2s\n      retries: {attempts: 3}"), {"without 3 retries"}),
        (("timeout: 2s", "retries: {attempts: 3}"), {"timeout 2s", "without 3 retries"}),
        (("destination: {host: cart}}", "destination: {host: cart, port: {number: 80}}}"), {"no port said"}),
    ],
)
def test_what_happens_on_the_way(change: tuple[str, str], expected: set[str]) -> None:
    (said,) = changes(changed(change)).values()
    assert said[0] is CHANGED and set(said[1]) == expected


def test_the_requests_that_a_route_is_for() -> None:
    said = changes(changed(("prefix: /cart", "prefix: /basket")))
    edge = f"{INGRESS} -> {CART} (route by VirtualService shop/public) [host shop.example.com; uri prefix /basket]"
    assert said == {edge: (CHANGED, ("for host shop.example.com; uri prefix /cart",))}


def test_a_destination_that_is_another_is_removed_and_added() -> None:
    said = changes(changed(("mirror: {host: bank.legacy.svc.cluster.local}", "mirror: {host: frontend}")))
    assert [(kind, was) for kind, was in said.values()] == [(REMOVED, ()), (ADDED, ())]
    assert [name for name in said if BANK in name] == [f"{CART} -> {BANK} (mirror by VirtualService shop/cart)"]


WORKLOAD = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart-v3, namespace: shop}
spec:
  template:
    metadata: {labels: {app: cart, version: v3}}
    spec: {serviceAccountName: cart, containers: [{name: app, image: example.com/cart}]}
"""
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: new, namespace: far}}"


def test_what_comes_and_what_goes() -> None:
    come = changes(changed(extra=WORKLOAD))
    assert {kind for kind, _ in come.values()} == {ADDED}
    assert set(come) >= {"Deployment shop/cart-v3", f"{CART} -> Deployment shop/cart-v3 (selects by Service shop/cart)"}
    both = changes(changed(extra=SERVICE))
    assert both == {"Namespace far": (ADDED, ()), "Service far/new": (ADDED, ())}
    gone = compare(picture(*ALL_OF_IT, SERVICE), picture(*ALL_OF_IT), "")
    assert changes(gone) == {"Namespace far": (REMOVED, ()), "Service far/new": (REMOVED, ())}


LET_IN = "AuthorizationPolicy shop/cart: ALLOW GET from shop/frontend"
BALANCED = "version 1.31.0, 2 replicas; LoadBalancer 80 http → 8080, 443 https → 8443"


@pytest.mark.parametrize(
    ("change", "part", "expected"),
    [
        (("replicas: 3", "replicas: 4"), V1, ("version v1, 3 replicas, sidecar",)),
        (("{istio-injection: enabled}", "{istio.io/rev: canary}"), "Namespace shop", ("injection sidecar",)),
        (("methods: [GET]", "methods: [GET, PUT]"), V2, (LET_IN,)),
        (("type: LoadBalancer", "type: NodePort"), INGRESS, (BALANCED,)),
    ],
)
def test_what_a_part_said_before(change: tuple[str, str], part: str, expected: tuple[str, ...]) -> None:
    assert changes(changed(change))[part] == (CHANGED, expected)


def test_policies_that_come_and_go_at_a_node() -> None:
    deny = """
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: deny, namespace: shop}
    spec: {selector: {matchLabels: {version: v1}}, action: DENY, rules: [{}]}
    """
    assert changes(changed(extra=deny)) == {V1: (CHANGED, ("no AuthorizationPolicy shop/deny",))}
    gone = changes(compare(picture(*ALL_OF_IT, deny), picture(*ALL_OF_IT), ""))
    assert gone == {V1: (CHANGED, ("AuthorizationPolicy shop/deny: DENY all",))}


# Which edge was which.


def edge(match: str = "", port: int | None = None, target: str = "b", **more: Any) -> Edge:
    return Edge("a", target, EdgeKind.ROUTE, "VirtualService x/y", (match,) if match else (), port=port, **more)


def compared(before: list[Edge], after: list[Edge]) -> dict[str, tuple[Change, tuple[str, ...]]]:
    nodes = tuple(Node(name, NodeKind.SERVICE, name) for name in "abc")
    one, other = (Topology("", nodes=nodes, edges=tuple(given)) for given in (before, after))
    found = changes(compare(one, other, ""))
    return {
        name.removeprefix("a -> ").replace(" (route by VirtualService x/y)", ""): what for name, what in found.items()
    }


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([edge(port=80)], [edge(port=81)], {"b:81": (CHANGED, ("port 80",))}),
        ([edge(port=80)], [edge()], {"b": (CHANGED, ("port 80",))}),
        # Two ports that both change: nobody knows which was which.
        (
            [edge(port=80), edge(port=81)],
            [edge(port=82), edge(port=83)],
            {"b:80": (REMOVED, ()), "b:81": (REMOVED, ()), "b:82": (ADDED, ()), "b:83": (ADDED, ())},
        ),
        ([edge(port=80), edge(port=81)], [edge(port=80), edge(port=83)], {"b:83": (CHANGED, ("port 81",))}),
        ([edge("x")], [edge("y")], {"b [y]": (CHANGED, ("for x",))}),
        ([edge("x")], [edge()], {"b": (CHANGED, ("for x",))}),
        ([edge()], [edge("x")], {"b [x]": (CHANGED, ("for all requests",))}),
        ([edge("x"), edge("y")], [edge("x"), edge("z")], {"b [z]": (CHANGED, ("for y",))}),
        ([edge("x")], [edge("y"), edge("z")], {"b [x]": (REMOVED, ()), "b [y]": (ADDED, ()), "b [z]": (ADDED, ())}),
        ([edge("x")], [edge("x", target="c")], {"b [x]": (REMOVED, ()), "c [x]": (ADDED, ())}),
        ([edge(weight=90.0)], [edge()], {"b": (CHANGED, ("90 %",))}),
        ([edge()], [edge(weight=12.5)], {"b": (CHANGED, ("all requests",))}),
        ([edge(tls="")], [edge(tls="STRICT")], {"b": (CHANGED, ("TLS not known",))}),
        ([edge(features=("x", "y"))], [edge(features=("y", "x"))], {"b": (CHANGED, ("the same in another order",))}),
    ],
)
def test_which_edge_was_which(before: list[Edge], after: list[Edge], expected: dict[str, Any]) -> None:
    assert compared(before, after) == expected


def test_a_node_that_is_another_thing_now() -> None:
    before = Topology("", nodes=(Node("Host x", NodeKind.EXTERNAL, "x"),))
    after = Topology("", nodes=(Node("Host x", NodeKind.SERVICE, "x", "shop", "80"),))
    assert changes(compare(before, after, "")) == {"Host x": (CHANGED, ("external", "no namespace", "nothing said"))}
    assert changes(compare(after, before, "")) == {"Host x": (CHANGED, ("service", "namespace shop", "80"))}


def test_a_policy_that_says_more_than_one_thing() -> None:
    one, other = Note("P x/y", "one"), Note("P x/y", "other")
    before, after = (Topology("", (Namespace("x", notes=notes),)) for notes in ((one,), (one, other)))
    assert changes(compare(before, after, "")) == {"Namespace x": (CHANGED, ("P x/y without: other",))}
    assert changes(compare(after, before, "")) == {"Namespace x": (CHANGED, ("P x/y: other",))}


# Findings.


def remark(text: str, at: str = "", level: str = "Warning") -> Remark:
    return Remark(at, level, "X1", "VirtualService x/y", text, "mend it")


def test_findings_that_come_and_go() -> None:
    moved = (edge("x"), edge("y"))
    before = Topology("", edges=moved[:1], remarks=(remark("gone", moved[0].id), remark("stays", "a"), remark("worse")))
    after = Topology(
        "", edges=moved[1:], remarks=(remark("new", "b"), remark("stays", "c"), remark("worse", level="Error"))
    )
    found = [(one.change, one.text, one.level, one.at) for one in compare(before, after, "").remarks]
    assert found == [
        (ADDED, "worse", "Error", ""),
        (REMOVED, "gone", "Warning", moved[1].id),  # the edge is another one now
        (ADDED, "new", "Warning", "b"),
        (SAME, "stays", "Warning", "c"),
        (REMOVED, "worse", "Warning", ""),
    ]


# What a reviewer sees.


def test_changed_edges_come_with_their_ends() -> None:
    found = only_changes(changed(("weight: 90", "weight: 80"), ("weight: 10", "weight: 20")))
    assert {node.id for node in found.nodes} == {CART, V1, V2}
    assert {one.id for one in found.edges if one.change is CHANGED} == {TO_V1, TO_V2}
    assert [one.name for one in found.namespaces] == ["shop"]
    assert found.compared


def test_changed_nodes_come_with_their_neighbours() -> None:
    whole = changed(("replicas: 3", "replicas: 4"))
    near, alone, far = (only_changes(whole, around=steps) for steps in (1, 0, 2))
    assert {node.id for node in alone.nodes} == {V1} and not alone.edges
    assert {node.id for node in near.nodes} == {V1, CART, "Deployment shop/frontend"}
    assert {node.id for node in far.nodes} > {node.id for node in near.nodes}
    assert INGRESS in {node.id for node in far.nodes}


def test_a_hub_does_not_bring_everything() -> None:
    """Of a change of one route of a gateway, the other services behind it are not seen."""
    found = only_changes(changed(("prefix: /cart", "prefix: /basket")))
    assert {node.id for node in found.nodes} == {INGRESS, CART}


def test_where_a_finding_comes_or_goes() -> None:
    nodes = tuple(Node(name, NodeKind.SERVICE, name, "x") for name in "abc")
    given = Topology("", (Namespace("x"), Namespace("y"), Namespace("z")), nodes, (edge(), edge(target="c")))
    at = (remark("1", edge().id), remark("2", "Namespace y"), remark("3"))
    old = (remark("4", "c"), remark("5", "Namespace z"), remark("6"))
    before, after = (Topology("", given.namespaces, nodes, given.edges, found) for found in (old, (*old, *at)))
    found = only_changes(compare(before, after, ""))
    assert {node.id for node in found.nodes} == {"a", "b"}
    assert [one.name for one in found.namespaces] == ["x", "y"]
    assert [one.text for one in found.remarks] == ["1", "2", "3"]
    at_node = only_changes(
        compare(before, Topology("", given.namespaces, nodes, given.edges, (*old, remark("7", "b"))), "")
    )
    assert {node.id for node in at_node.nodes} == {"a", "b"}


@pytest.mark.parametrize("seed", range(30))
def test_any_change_of_the_shop_turned_around(seed: int) -> None:
    maker = Maker(Random(seed))
    manifests = [dict(resource.declared) for resource in world(*ALL_OF_IT).resources]
    spoiled = [maker.spoiled(one, maker.anything) if maker.random.random() < 0.2 else one for one in manifests]
    one, other = (topology(of(*given), [], "") for given in (manifests, spoiled))
    there, back = compare(one, other, ""), compare(other, one, "")
    turned = {ADDED: REMOVED, REMOVED: ADDED, CHANGED: CHANGED, SAME: SAME}
    for name in ("nodes", "namespaces"):
        said = {part.id: turned[part.change] for part in getattr(there, name)}
        assert said == {part.id: part.change for part in getattr(back, name)}
    assert sorted(turned[part.change] for part in there.edges) == sorted(part.change for part in back.edges)
    assert {part.id for part in there.edges if part.change is not REMOVED} == {part.id for part in other.edges}
    assert {part.id for part in back.edges if part.change is not REMOVED} == {part.id for part in one.edges}
    shown = only_changes(there)
    assert changes(shown) == changes(there)
    assert {end for part in shown.edges for end in (part.source, part.target)} <= {node.id for node in shown.nodes}
