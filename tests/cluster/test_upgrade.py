"""A mesh gets another version in place, up and down again, while requests go through it, and none fails."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime

from .kubectl import Kubectl, eventually
from .load import from_app, from_outside
from .mesh_stack import take_down_stacks
from .revision_stacks import GATEWAY, SYSTEM, WHOLE, Stacks, restarted, revisions, whole_mesh
from .test_ingress import HOST

OLD, NEW = "1.28.3", "1.29.1"
"""The next minor version: of proxies that are two behind, verify says that they are too old."""
MESH = {
    "version": OLD,
    "profile": "minimal",
    "namespaces": [{"name": "shop", "injection": "enabled"}],
    "ingressGateways": [{"name": GATEWAY}],
}


@pytest.fixture
def stacks(
    cluster: clusters.Cluster,
    engine: runtime.PulumiRuntime,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stacks]:
    """Room for a stack, on a cluster without a mesh."""
    take_down_stacks(cluster, engine)
    made = Stacks.copied(tmp_path_factory.mktemp("upgrade"), cluster, engine)
    yield made
    made.take_down(WHOLE)


def images(kubectl: Kubectl) -> set[str]:
    """Return the versions of istiod and the gateway, as they are to be."""
    found = [kubectl.get("deployment", name, "--namespace", SYSTEM) for name in ("istiod", GATEWAY)]
    containers = [container for item in found for container in item["spec"]["template"]["spec"]["containers"]]
    return {container["image"].rpartition(":")[2] for container in containers}


def test_a_version_is_raised_and_taken_back(stacks: Stacks, kubectl: Kubectl) -> None:
    address = whole_mesh(stacks, kubectl, **MESH)
    with (
        from_outside(address, HOST) as outside,
        from_app(kubectl, "shop", "client", "http://hello:8080/echo") as inside,
    ):
        for before, after in ((OLD, NEW), (NEW, OLD)):
            # A proxy may be a minor version older than its istiod, and not newer: going back, verify says so.
            stacks.edit(WHOLE, f"mesh:version: {before}", f"mesh:version: {after}", well=after == NEW)
            assert revisions(kubectl, "shop", "hello") == {("default", before)}, "until they are restarted"
            assert [row for row in stacks.wrong(WHOLE) if "shop/hello" in row["object"] and "restart" in row["todo"]]
            restarted(kubectl, "shop", ("default", after), "hello")
            assert images(kubectl) == {after}
    for load in (outside, inside):
        assert load.sent > 200 and not load.failed, load.codes
    # The client, which sent requests, was never restarted.
    eventually(partial(stacks.wrong, WHOLE), lambda found: not found, "it is as it was", attempts=10, pause=2)
    stacks[WHOLE].pulumi("up", "--yes", "--expect-no-changes")
