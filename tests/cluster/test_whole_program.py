"""Analysis sees everything that a program declares, the user's own resources included, and can stop it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime

from .kubectl import Kubectl

PROGRAM = """
import pulumi
import pulumi_kubernetes as k8s
from mesh_components import MeshNamespace, cluster_provider, observe

declared = observe()
opts = pulumi.ResourceOptions(provider=cluster_provider())
MeshNamespace("own", {"namespace": {"name": "own-program"}}, pulumi.ResourceOptions.merge(opts, None))
k8s.core.v1.ConfigMap("mine", metadata={"name": "same", "namespace": "default"}, data={"a": "1"}, opts=opts)
k8s.core.v1.ConfigMap("twin", metadata={"name": "NAME", "namespace": "default"}, data={"a": "2"}, opts=opts)
pulumi.run(declared.judge)
"""


def test_an_object_declared_twice_fails_the_preview_and_changes_nothing(
    cluster: clusters.Cluster, engine: runtime.PulumiRuntime, kubectl: Kubectl, tmp_path: Path
) -> None:
    (tmp_path / "backend").mkdir()
    project = {"name": "own", "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}}}
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    environment = engine.environment() | {
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'backend'}",
        "KUBECONFIG": str(cluster.kubeconfig),
    }

    def pulumi(*arguments: str) -> subprocess.CompletedProcess[str]:
        line = [str(engine.pulumi), *arguments, "--non-interactive"]
        return subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)

    assert pulumi("stack", "init", "dev").returncode == 0
    (tmp_path / "__main__.py").write_text(PROGRAM.replace("NAME", "same"))
    refused = pulumi("up", "--yes")
    assert refused.returncode != 0
    assert "ConfigMap default/same is declared 2 times" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    assert "own-program" not in kubectl.names("namespaces")
    assert "same" not in kubectl.names("configmaps", "--namespace", "default")

    (tmp_path / "__main__.py").write_text(PROGRAM.replace("NAME", "other"))
    try:
        done = pulumi("up", "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert {"same", "other"} <= kubectl.names("configmaps", "--namespace", "default")
    finally:
        assert pulumi("destroy", "--yes").returncode == 0
