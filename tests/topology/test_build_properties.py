"""What holds for the picture of any objects: no crash, nothing that hangs in the air, nothing twice or by chance."""

from __future__ import annotations

import json
from random import Random

import pytest

from mesh_components.analysis import everything  # noqa: F401  (registers)
from mesh_components.analysis.analyzers import run
from mesh_components.analysis.istio.virtual_service_gateways import ServedHosts
from mesh_components.analysis.resource import Nowhere
from mesh_components.analysis.world import Scope, World, of
from mesh_components.topology.build import topology
from mesh_components.topology.compare import compare, only_changes
from mesh_components.topology.graph import Change, Edge, EdgeKind, Namespace, Node, Remark, Topology
from mesh_components.topology.servers import ServedHosts as Drawn
from mesh_components.topology.servers import Server
from mesh_components.validation.unknown import holds_unknown

from ..analysis.objects import make
from ..analysis.random_objects import Maker, Manifest, leaves, replaced, unknown
from .shop import ALL_OF_IT, world

SCOPES = (Scope(complete=True), Scope(), Scope(owned=frozenset({"a"}), revision="canary", default_namespace=""))
WORLDS = 20
"""Random worlds for each property."""
COUNT = 60
"""Objects in a random world."""


def as_the_schemas_allow(maker: Maker) -> list[Manifest]:
    return maker.world(COUNT)


def with_anything_anywhere(maker: Maker) -> list[Manifest]:
    manifests = maker.world(COUNT)
    for _ in range(3):
        manifests = [maker.spoiled(manifest, maker.anything) for manifest in manifests]
    return manifests


def with_unknown_values(maker: Maker) -> list[Manifest]:
    return [maker.spoiled(manifest, unknown) for manifest in maker.world(COUNT)]


MAKERS = (as_the_schemas_allow, with_anything_anywhere, with_unknown_values)


def drawn(seed: int) -> list[Topology]:
    return [picture(make_them(Maker(Random(seed))), SCOPES[seed % len(SCOPES)]) for make_them in MAKERS]


def picture(manifests: list[Manifest], scope: Scope) -> Topology:
    made = World.build(((manifest, Nowhere()) for manifest in manifests), scope)
    return topology(made, run(made), "random")


@pytest.mark.parametrize("seed", range(WORLDS))
def test_every_picture_is_whole(seed: int) -> None:
    for found in drawn(seed):
        assert_is_whole(found)


def assert_is_whole(found: Topology) -> None:
    nodes, namespaces = [node.id for node in found.nodes], [one.id for one in found.namespaces]
    edges = [edge.id for edge in found.edges]
    everything_there = [*nodes, *namespaces, *edges]
    assert len(set(everything_there)) == len(everything_there)
    assert {end for edge in found.edges for end in (edge.source, edge.target)} <= set(nodes)
    assert {node.namespace for node in found.nodes} <= {"", *(one.name for one in found.namespaces)}
    assert {remark.at for remark in found.remarks} <= {"", *everything_there}
    assert all(edge.source != edge.target for edge in found.edges)
    assert edges == sorted(edges) and namespaces == sorted(namespaces)
    data = found.as_dict()
    assert json.dumps(data) and not holds_unknown(data)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_order_of_objects_does_not_matter(seed: int) -> None:
    manifests = as_the_schemas_allow(Maker(Random(seed)))
    # Of two objects of one name the last counts; each of them may be.
    named = {json.dumps([one["apiVersion"], one["kind"], one["metadata"]], sort_keys=True): one for one in manifests}
    by_name = {(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]): one for one in named.values()}
    given, shuffled = list(by_name.values()), list(by_name.values())
    Random(seed).shuffle(shuffled)
    first, second = (topology(of(*order), [], "") for order in (given, shuffled))
    assert first.nodes == second.nodes and first.edges == second.edges and first.namespaces == second.namespaces


@pytest.mark.parametrize("seed", range(WORLDS))
def test_nothing_has_changed_against_itself(seed: int) -> None:
    for found in drawn(seed):
        compared = compare(found, found, "same")
        assert {part.change for part in parts(compared)} <= {Change.SAME}
        assert not any(parts(only_changes(compared)))
        assert (compared.nodes, compared.edges, compared.namespaces) == (found.nodes, found.edges, found.namespaces)


def parts(found: Topology) -> tuple[Node | Edge | Namespace | Remark, ...]:
    return (*found.nodes, *found.edges, *found.namespaces, *found.remarks)


TURNED = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}


@pytest.mark.parametrize("seed", range(WORLDS))
def test_what_one_way_adds_the_other_way_removes(seed: int) -> None:
    maker = Maker(Random(seed))
    before = maker.world(COUNT)
    after = [maker.spoiled(one, maker.anything) if maker.random.random() < 0.3 else one for one in before]
    one, other = (picture(manifests, SCOPES[0]) for manifests in (before, after))
    there, back = compare(one, other, ""), compare(other, one, "")
    for kind in ("nodes", "namespaces", "remarks"):
        turned = sorted(TURNED.get(part.change, part.change) for part in getattr(there, kind))
        assert turned == sorted(part.change for part in getattr(back, kind))
    assert sorted(TURNED.get(edge.change, edge.change) for edge in there.edges) == sorted(e.change for e in back.edges)
    assert {node.id for node in there.nodes} == {node.id for node in (*one.nodes, *other.nodes)}
    assert_is_whole(there)
    assert_is_whole(only_changes(there))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_not_known_leaves_the_rest_of_the_shop(seed: int) -> None:
    """One unknown value after the other: the picture loses what hangs on it, and gains no route."""
    manifests = [dict(resource.declared) for resource in world(*ALL_OF_IT).resources]
    whole = ways(topology(of(*manifests), [], ""))
    places = [
        (index, path) for index, one in enumerate(manifests) for path in leaves(one) if path[0] in ("spec", "metadata")
    ]
    for index, path in places[seed::4]:
        changed = [*manifests[:index], replaced(manifests[index], path, unknown()), *manifests[index + 1 :]]
        found = topology(of(*changed), run(of(*changed)), "")
        assert_is_whole(found)
        more = {
            way for way in ways(found) - whole if not any(end.startswith(("Host", "Subset", "Gateway")) for end in way)
        }
        # What no route takes any more is what the Service selects.
        selected = {(edge.source, edge.target) for edge in found.edges if edge.kind is EdgeKind.SELECTS}
        assert more <= selected, f"{more} for unknown {path} of {manifests[index]['kind']}"


def ways(found: Topology) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in found.edges}


HOSTS = ("*", "a.com", "b.a.com", "*.a.com", "*.b.a.com", "*.com", "com", "a.b.svc.cluster.local", "*.local", "")


@pytest.mark.parametrize("scope", ["", "*/", "./", "shop/", "other/", "~/"])
@pytest.mark.parametrize("namespace", ["shop", "edge"])
def test_gateways_serve_the_hosts_that_the_analysis_says(scope: str, namespace: str) -> None:
    """`host.Name.Matches` of istiod, once more."""
    for served in HOSTS:
        made = of(make("Gateway", "edge/g", {"servers": [{"hosts": [f"{scope}{served}"]}]}))
        (gateway,) = made.resources
        server = Server.of(0, gateway.spec["servers"][0], "edge")
        for host in HOSTS:
            routed = of(make("VirtualService", f"{namespace}/r", {"hosts": [host]})).resources[0]
            expected = ServedHosts(made).has(gateway, host, namespace)
            assert bool(Drawn([server]).common(routed)) is expected, f"{scope}{served} for {host}"
