"""A mesh without revisions becomes one with them, as docs/revisions.md tells it, while requests go through it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime
from local_cluster.toolchain.table import ISTIO_VERSION

from .kubectl import Kubectl, eventually
from .load import from_app, from_outside
from .mesh_stack import take_down_stacks
from .revision_stacks import GATEWAY, NEW_REVISION, SYSTEM, WHOLE, Stacks, restarted, revisions, whole_mesh
from .test_adoption import root
from .test_ingress import HOST

OLD, NEW = "1.29.1", ISTIO_VERSION
MESH: dict[str, Any] = {
    "version": OLD,
    "profile": "minimal",
    "namespaces": [{"name": "shop", "injection": "enabled"}],
    "ingressGateways": [{"name": GATEWAY}],
}
INJECTED = {"ingressGateways": [{"name": GATEWAY, "injectionTemplate": "gateway"}]}
TAGGED = {"revisionTags": [{"name": "default", "revision": NEW_REVISION}]}
WITHOUT_ISTIOD = {"version": NEW, "components": {"pilot": {"enabled": False}}}


@pytest.fixture
def stacks(
    cluster: clusters.Cluster,
    engine: runtime.PulumiRuntime,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stacks]:
    """Room for two stacks, on a cluster without a mesh."""
    take_down_stacks(cluster, engine)
    made = Stacks.copied(tmp_path_factory.mktemp("begin"), cluster, engine)
    yield made
    made.take_down(NEW_REVISION, WHOLE)


def test_a_mesh_without_revisions_becomes_one_with_them(stacks: Stacks, kubectl: Kubectl) -> None:
    address = whole_mesh(stacks, kubectl, **MESH)
    authority = root(kubectl)
    with (
        from_outside(address, HOST) as outside,
        from_app(kubectl, "shop", "client", "http://hello:8080/echo") as inside,
    ):
        stacks.mesh("up", "--stack", NEW_REVISION)
        assert revisions(kubectl, "shop", "hello") == {("default", OLD)}

        stacks.write(WHOLE, **MESH, **TAGGED)
        assert revisions(kubectl, "shop", "hello") == {("default", OLD)}, "until they are restarted"
        stacks.write(WHOLE, **MESH | INJECTED, **TAGGED)
        kubectl.rolled_out(SYSTEM, GATEWAY)

        restarted(kubectl, "shop", (NEW_REVISION, NEW), "hello")
    # Who sends them would go with their pod.
    restarted(kubectl, "shop", (NEW_REVISION, NEW), "client")
    eventually(
        lambda: json.loads(stacks.mesh("version", "--output", "json").stdout)["dataPlane"],
        lambda found: found == [{"version": NEW, "proxies": 3}],
        "no proxy is left at the old istiod",
    )
    with (
        from_outside(address, HOST) as outside_later,
        from_app(kubectl, "shop", "client", "http://hello:8080/echo") as inside_later,
    ):
        stacks.write(WHOLE, **MESH | INJECTED | WITHOUT_ISTIOD, **TAGGED)
        restarted(kubectl, "shop", (NEW_REVISION, NEW), "hello")
    for load in (outside, inside, outside_later, inside_later):
        assert load.sent > 200 and not load.failed, load.codes
    assert root(kubectl) == authority
    assert kubectl.names("deployments", "--namespace", SYSTEM) == {f"istiod-{NEW_REVISION}", GATEWAY}
    for name in (WHOLE, NEW_REVISION):
        eventually(partial(stacks.wrong, name), lambda found: not found, f"{name} is well", attempts=10, pause=2)
        stacks[name].pulumi("up", "--yes", "--expect-no-changes")
