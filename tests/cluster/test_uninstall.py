"""What `pulumi destroy` leaves, and that a mesh can be put on top of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from local_cluster import cluster as clusters
from local_cluster import toolchain
from local_cluster.pulumi import runtime
from mesh_components.manifests import base
from mesh_components.settings import load

from .kubectl import Kubectl, eventually
from .mesh_stack import ROOT, MeshStack, mesh

OURS = (
    "deployments",
    "services",
    "serviceaccounts",
    "configmaps",
    "secrets",
    "roles",
    "rolebindings",
    "horizontalpodautoscalers",
    "poddisruptionbudgets",
    "peerauthentications",
)
CLUSTER_SCOPED = (
    "clusterroles",
    "clusterrolebindings",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
)
KEPT = {"istio-ca-root-cert", "istio-ca-crl"}
"""ConfigMaps that istiod writes into every namespace; Istio's own uninstaller leaves them, too."""


@pytest.fixture(scope="module")
def destroyed(demo: MeshStack, kubectl: Kubectl) -> MeshStack:
    demo.destroy()
    return demo


def test_destroy_leaves_the_crds_and_nothing_else_of_ours(destroyed: MeshStack, kubectl: Kubectl) -> None:
    planned = {
        item["metadata"]["name"] for item in base.objects(load({})) if item["kind"] == "CustomResourceDefinition"
    }
    assert planned
    assert kubectl.names("customresourcedefinitions") == planned
    eventually(
        lambda: kubectl.names("namespaces") & {"istio-system", "apps"}, lambda left: not left, "the namespaces are gone"
    )
    for kind in CLUSTER_SCOPED:
        assert not {name for name in kubectl.names(kind) if "istio" in name}, kind
    for kind in OURS:
        assert {name for name in kubectl.names(kind, "--all-namespaces") if "istio" in name} <= KEPT, kind


def test_up_after_destroy_works_over_another_versions_crds(destroyed: MeshStack, kubectl: Kubectl) -> None:
    older = toolchain.module_dir("istio-api-1.27") / "kubernetes" / "customresourcedefinitions.gen.yaml"
    kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(older))
    name = "virtualservices.networking.istio.io"
    before = kubectl.get("customresourcedefinition", name)
    mesh("up", "--stack", "demo")
    after = kubectl.get("customresourcedefinition", name)
    assert after["metadata"]["uid"] == before["metadata"]["uid"], "replaced would mean that its objects are gone"
    assert after["spec"] != before["spec"]
    destroyed.pulumi("up", "--yes", "--expect-no-changes")


def test_minimal_is_a_control_plane_without_gateways(
    cluster: clusters.Cluster, engine: runtime.PulumiRuntime, destroyed: MeshStack, kubectl: Kubectl
) -> None:
    if destroyed.resources():
        destroyed.destroy()
    done = mesh("up", "--stack", "minimal")
    assert "istiod" in done.stdout and "gateway" not in done.stdout
    assert kubectl.names("deployments", "--namespace", "istio-system") == {"istiod"}
    minimal = MeshStack.of("minimal", cluster, engine)
    minimal.pulumi("up", "--yes", "--expect-no-changes", "--refresh")
    minimal.destroy()


def test_plain_pulumi_does_the_same(
    engine: runtime.PulumiRuntime, destroyed: MeshStack, kubectl: Kubectl, tmp_path: Path
) -> None:
    """As the README tells those who have a CLI, a backend and a cluster: a clone, `stack init`, `up`."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "backend").mkdir()
    environment = destroyed.target.environment() | {
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": "of the user's own",
    }
    environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)

    def pulumi(*arguments: str) -> None:
        line = [str(engine.pulumi), *arguments, "--non-interactive"]
        done = subprocess.run(line, cwd=clone, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr

    if destroyed.resources():
        destroyed.destroy()
    pulumi("stack", "init", "minimal")
    pulumi("up", "--yes")
    try:
        assert kubectl.names("deployments", "--namespace", "istio-system") == {"istiod"}
        pulumi("up", "--yes", "--expect-no-changes")
    finally:
        pulumi("destroy", "--yes", "--skip-preview")
