"""Topologies to draw: a shop of five services, the same shop under a change, and as many services as are asked for."""

from __future__ import annotations

from dataclasses import replace

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

INGRESS = "Gateway istio-system/istio-ingressgateway"
CLIENTS = Node("Clients", NodeKind.CLIENTS, "clients")
ISTIOD = Node(
    "Deployment istio-system/istiod", NodeKind.CONTROL_PLANE, "istiod", "istio-system", "1.31.0, 2 replicas", "STRICT"
)
GATEWAY = Node(INGRESS, NodeKind.GATEWAY, "istio-ingressgateway", "istio-system", "LoadBalancer, 80 443", "STRICT")
PAYMENTS = Node("Host api.payments.example.com", NodeKind.EXTERNAL, "api.payments.example.com", "", "HTTPS 443, DNS")
NASTY = "\"'><script>window.hacked=1</script>&amp;\u2028]]>--><img src=x onerror=window.hacked=1>"
"""A name that breaks out of whatever does not escape it."""


def service(namespace: str, name: str, detail: str = "8080/http") -> Node:
    return Node(f"Service {namespace}/{name}", NodeKind.SERVICE, name, namespace, detail)


def workload(namespace: str, name: str, mtls: str = "STRICT", detail: str = "2 replicas") -> Node:
    return Node(f"Deployment {namespace}/{name}", NodeKind.WORKLOAD, name, namespace, detail, mtls)


def selects(one: Node, other: Node) -> Edge:
    return Edge(one.id, other.id, EdgeKind.SELECTS, one.id, port=8080, tls=other.mtls)


def shop() -> Topology:
    """Five services behind a gateway: a canary, a mirror, a host outside, two policies and a finding."""
    names = ("cart", "catalog", "checkout", "frontend", "reviews")
    services = {name: service("shop", name) for name in names}
    workloads = {name: workload("shop", name) for name in (*names[:-1], "reviews-v1", "reviews-v2")}
    workloads["cart"] = replace(
        workloads["cart"],
        mtls="PERMISSIVE",
        notes=(Note("PeerAuthentication shop/cart", "PERMISSIVE on every port"),),
    )
    workloads["checkout"] = replace(
        workloads["checkout"],
        notes=(
            Note("AuthorizationPolicy shop/checkout", "ALLOW POST from shop/frontend"),
            Note("RequestAuthentication shop/jwt", "tokens of https://accounts.example.com"),
        ),
    )
    route = "VirtualService shop/frontend"
    edges = [
        Edge("Clients", INGRESS, EdgeKind.ENTERS, "Gateway shop/public", ("shop.example.com",), port=443, tls="SIMPLE"),
        Edge("Clients", INGRESS, EdgeKind.ENTERS, "Gateway shop/public", ("*",), port=80, tls="none"),
        Edge(
            INGRESS,
            services["frontend"].id,
            EdgeKind.ROUTE,
            route,
            port=8080,
            tls="STRICT",
            features=("timeout 2s", "3 attempts on 5xx"),
        ),
        Edge(INGRESS, services["catalog"].id, EdgeKind.ROUTE, route, ("uri prefix /catalog",), port=8080, tls="STRICT"),
        Edge(
            services["reviews"].id,
            workloads["reviews-v1"].id,
            EdgeKind.ROUTE,
            "VirtualService shop/reviews",
            weight=90,
            port=8080,
            tls="STRICT",
        ),
        Edge(
            services["reviews"].id,
            workloads["reviews-v2"].id,
            EdgeKind.ROUTE,
            "VirtualService shop/reviews",
            weight=10,
            port=8080,
            tls="STRICT",
        ),
        Edge(
            services["catalog"].id,
            workloads["catalog"].id,
            EdgeKind.MIRROR,
            "VirtualService shop/catalog",
            weight=5,
            tls="STRICT",
        ),
        *(selects(services[name], workloads[name]) for name in names[:-1]),
        Edge(
            workloads["frontend"].id,
            services["cart"].id,
            EdgeKind.ALLOWED,
            "AuthorizationPolicy shop/cart",
            tls="PERMISSIVE",
        ),
        Edge(
            workloads["frontend"].id,
            services["checkout"].id,
            EdgeKind.ALLOWED,
            "AuthorizationPolicy shop/checkout",
            ("POST",),
            tls="STRICT",
        ),
        Edge(workloads["frontend"].id, services["reviews"].id, EdgeKind.DEPENDS, "Sidecar shop/default", tls="STRICT"),
        Edge(workloads["checkout"].id, PAYMENTS.id, EdgeKind.DEPENDS, "Sidecar shop/default", port=443, tls="SIMPLE"),
    ]
    remarks = (
        Remark(
            services["reviews"].id,
            "Error",
            "IST0101",
            "VirtualService shop/reviews",
            "Referenced host+subset in destinationrule not found: reviews+v3",
            "declare the subset v3 in the DestinationRule of reviews, or take it out of the route",
        ),
        Remark(
            "Namespace shop",
            "Warning",
            "MESH0002",
            "PeerAuthentication shop/cart",
            "plain text is accepted beside mutual TLS",
            "set STRICT once every client has a proxy",
        ),
        Remark("", "Info", "IST0136", "Mesh", "an annotation is in alpha", "watch the release notes"),
    )
    return _sorted(
        "stack demo",
        [
            Namespace("istio-system", "STRICT", "none"),
            Namespace("shop", "STRICT", "sidecar", (Note("Sidecar shop/default", "reaches ./* and istio-system/*"),)),
        ],
        [CLIENTS, GATEWAY, ISTIOD, PAYMENTS, *services.values(), *workloads.values()],
        edges,
        remarks,
    )


def changed_shop() -> Topology:
    """The shop, compared: a weight shifted, mutual TLS loosened, a service added, one removed, findings to match."""
    plain = shop()
    old, new = service("shop", "wishlist"), service("shop", "search")
    nodes = [
        replace(one, change=Change.CHANGED, was=("STRICT",)) if one.mtls == "PERMISSIVE" else one for one in plain.nodes
    ]
    nodes += [replace(old, change=Change.REMOVED), replace(new, change=Change.ADDED)]
    edges = [
        replace(one, change=Change.CHANGED, was=(f"{one.weight + 5:g} %",)) if one.weight in (10, 90) else one
        for one in plain.edges
    ]
    edges += [
        Edge(
            INGRESS,
            old.id,
            EdgeKind.ROUTE,
            "VirtualService shop/frontend",
            ("uri prefix /wishlist",),
            tls="STRICT",
            change=Change.REMOVED,
        ),
        Edge(
            INGRESS,
            new.id,
            EdgeKind.ROUTE,
            "VirtualService shop/frontend",
            ("uri prefix /search",),
            tls="STRICT",
            change=Change.ADDED,
        ),
    ]
    remarks = [
        replace(
            one,
            change=Change.ADDED if one.level == "Warning" else Change.REMOVED if one.level == "Error" else one.change,
        )
        for one in plain.remarks
    ]
    return replace(
        _sorted("stack demo against main", list(plain.namespaces), nodes, edges, tuple(remarks)), compared=True
    )


def mesh(services: int, namespaces: int, *, compared: bool = False) -> Topology:
    """Return a mesh of that many services over that many namespaces: the same for the same numbers.

    Every fifth service is reached by the gateway, every seventh is a canary; each workload depends on a service of its
    namespace, and every fourth also on one elsewhere.
    """
    names = [f"{_WORDS[index % len(_WORDS)]}-{index // len(_WORDS)}" for index in range(namespaces)]
    nodes, edges, remarks = [CLIENTS, GATEWAY, ISTIOD, PAYMENTS], [], []
    edges.append(
        Edge("Clients", INGRESS, EdgeKind.ENTERS, "Gateway edge/public", ("*.example.com",), None, 443, "SIMPLE")
    )
    homes = [names[index * namespaces // services] for index in range(services)]
    every = [service(home, f"{_PARTS[index % len(_PARTS)]}-{index}") for index, home in enumerate(homes)]
    for index, one in enumerate(every):
        change = _change(index) if compared else Change.SAME
        home, mtls = one.namespace, "PERMISSIVE" if index % 11 == 0 else "STRICT"
        versions = ("v1", "v2") if index % 7 == 0 else ("v1",)
        pods = [workload(home, f"{one.name}-{version}", mtls) for version in versions]
        nodes += [replace(each, change=change) for each in (one, *pods)]
        for version, pod in zip(versions, pods, strict=True):
            if len(versions) == 1:
                edges.append(replace(selects(one, pod), change=change))
            else:
                weight = 80 if version == "v1" else 20
                edges.append(
                    Edge(
                        one.id,
                        pod.id,
                        EdgeKind.ROUTE,
                        f"VirtualService {home}/{one.name}",
                        (),
                        weight,
                        8080,
                        mtls,
                        (),
                        change,
                    )
                )
        if index % 5 == 0:
            match = (f"uri prefix /{one.name}",)
            edges.append(
                Edge(INGRESS, one.id, EdgeKind.ROUTE, "VirtualService edge/public", match, None, 8080, mtls, (), change)
            )
        beside = next((other for other in every[index + 1 : index + 3] if other.namespace == home), None)
        if beside and index % 3:
            edges.append(Edge(pods[0].id, beside.id, EdgeKind.DEPENDS, f"Sidecar {home}/default", tls="STRICT"))
        if index % 4 == 0:
            elsewhere = every[(index * 7 + services // 2) % services]
            if elsewhere.namespace != home:
                edges.append(
                    Edge(
                        pods[0].id,
                        elsewhere.id,
                        EdgeKind.ALLOWED,
                        f"AuthorizationPolicy {elsewhere.namespace}/in",
                        tls="STRICT",
                    )
                )
        if index % 40 == 3:
            remarks.append(
                Remark(one.id, "Warning", "IST0118", one.id, "port name does not say its protocol", "name it http-web")
            )
        if index % 90 == 7:
            remarks.append(Remark(one.id, "Error", "IST0101", one.id, "Referenced host not found", "declare the host"))
    spaces = [Namespace("istio-system", "STRICT", "none"), *(Namespace(name, "STRICT", "sidecar") for name in names)]
    remarks.sort(key=lambda one: one.level)
    made = _sorted(f"{services} services in {namespaces} namespaces", spaces, nodes, edges, tuple(remarks))
    return replace(made, compared=compared)


def bare() -> Topology:
    """A control plane, and namespaces with nothing in them."""
    long = "a-namespace-that-somebody-gave-a-name-of-63-letters-since-he-could"[:63]
    spaces = (Namespace(long, "STRICT", "ambient"), Namespace("apps", "PERMISSIVE", "sidecar of revision canary"))
    return Topology("stack bare", (*spaces, Namespace("istio-system")), (ISTIOD,))


def hostile() -> Topology:
    """Every string that a topology has, made to break out of what it is written into."""
    one = Node(f"Service {NASTY}/a", NodeKind.SERVICE, NASTY, NASTY, NASTY, NASTY, (Note(NASTY, NASTY),))
    other = Node(f"Host {NASTY}", NodeKind.EXTERNAL, "end", "", "%%{init: {}}%%", change=Change.CHANGED, was=(NASTY,))
    edge = Edge(one.id, other.id, EdgeKind.ROUTE, NASTY, (NASTY,), 50, 80, NASTY, (NASTY,), Change.ADDED, (NASTY,))
    remark = Remark(one.id, "Error", NASTY, NASTY, NASTY, NASTY, Change.ADDED)
    space = Namespace(NASTY, NASTY, NASTY, (Note(NASTY, NASTY),), Change.CHANGED, (NASTY,))
    return Topology(NASTY, (space,), (one, other), (edge,), (remark,), compared=True)


def _change(index: int) -> Change:
    return {4: Change.ADDED, 12: Change.REMOVED, 20: Change.CHANGED}.get(index % 50, Change.SAME)


def _sorted(
    title: str, namespaces: list[Namespace], nodes: list[Node], edges: list[Edge], remarks: tuple[Remark, ...]
) -> Topology:
    return Topology(
        title,
        tuple(sorted(namespaces, key=lambda one: one.name)),
        tuple(sorted(nodes, key=lambda one: (one.namespace, one.kind, one.name))),
        tuple(sorted(edges, key=lambda one: one.id)),
        remarks,
    )


_WORDS = ("orders", "billing", "catalog", "identity", "shipping", "search", "media", "reports", "partners", "support")
_PARTS = ("api", "worker", "store", "gateway-adapter", "scheduler", "cache", "notifications", "ledger-reconciliation")
