"""One Kubernetes node for all tests, apart from the one that `make up` uses, taken down at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cluster import cluster as clusters
from local_cluster import paths, toolchain
from local_cluster.pulumi import runtime

from .kubectl import Kubectl
from .mesh_stack import MeshStack, mesh
from .observability_stack import demo_with_addons
from .traffic_apps import NAMESPACE, rolled_out, versions
from .traffic_program import Program
from .trial_stack import Trial, trying

KEEP = "MESH_TEST_KEEP"
"""Set it to keep the tests' node for the next run, while working on the tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "cluster" in item.path.parent.name:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def state() -> Iterator[None]:
    """The state of the tests: a folder of its own, so that a running `make up` mesh is left alone."""
    own = paths.state_dir().with_name("mesh-components-test")
    before = os.environ.get("MESH_STATE_DIR")
    os.environ["MESH_STATE_DIR"] = str(own)
    try:
        yield
    finally:
        if before is None:
            del os.environ["MESH_STATE_DIR"]
        else:
            os.environ["MESH_STATE_DIR"] = before


@pytest.fixture(scope="session")
def cluster(state: None) -> Iterator[clusters.Cluster]:
    """A Kubernetes node of the tests' own."""
    yield clusters.up()
    if KEEP not in os.environ:
        mesh("down")


@pytest.fixture(scope="session")
def engine(state: None) -> runtime.PulumiRuntime:
    """The real Pulumi engine."""
    return runtime.prepare()


@pytest.fixture(scope="session")
def kubectl(cluster: clusters.Cluster) -> Kubectl:
    return Kubectl(toolchain.ensure("kubectl"), cluster.kubeconfig)


@pytest.fixture(scope="module")
def demo(cluster: clusters.Cluster, engine: runtime.PulumiRuntime) -> MeshStack:
    """The demo stack, up and as its file says."""
    mesh("up", "--stack", "demo")
    return MeshStack.of("demo", cluster, engine)


@pytest.fixture(scope="module")
def apps(demo: MeshStack, kubectl: Kubectl) -> Iterator[None]:
    """Two versions of a server and a client in the mesh.

    They go with the module: a mesh that another one makes anew has another root, which their proxies would not trust.
    """
    kubectl.apply(*versions())
    rolled_out(kubectl, "server-v1", "server-v2", "client")
    yield
    kubectl("delete", "namespace", NAMESPACE)


@pytest.fixture(scope="module")
def program(
    apps: None, cluster: clusters.Cluster, engine: runtime.PulumiRuntime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    """A program that declares components for those apps."""
    made = Program.made(tmp_path_factory.mktemp("program") / "traffic", engine, cluster)
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def observed(
    cluster: clusters.Cluster, engine: runtime.PulumiRuntime, kubectl: Kubectl, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """The demo stack with addons, and apps to look at: the folder of its project."""
    with demo_with_addons(tmp_path_factory.mktemp("observed"), kubectl) as folder:
        yield folder


@pytest.fixture(scope="module")
def trial(
    cluster: clusters.Cluster, engine: runtime.PulumiRuntime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trial]:
    """A stack whose settings are what a test is about, on a cluster without another mesh."""
    with trying(tmp_path_factory.mktemp("trial"), cluster, engine) as made:
        yield made
