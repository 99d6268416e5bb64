"""The examples, run by the engine as they stand: one with single components, one that reads the other's outputs."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from local_cluster.pulumi.runtime import PulumiRuntime
from mesh_components.outputs import NAMES

from .conftest import Project

pytestmark = pytest.mark.tools

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def apps(runtime: PulumiRuntime, tmp_path: Path) -> Project:
    return example("apps", runtime, tmp_path)


def example(name: str, runtime: PulumiRuntime, tmp_path: Path) -> Project:
    """Return an example's own program and stack, which writes YAML rather than asking a cluster."""
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder)
    settings = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    settings["runtime"]["options"]["virtualenv"] = sys.prefix
    (folder / "Pulumi.yaml").write_text(json.dumps(settings))
    project = Project(folder, runtime)
    project.run("stack", "init", "dev")
    project.run("config", "set", "kubernetes:renderYamlToDirectory", "rendered")
    return project


def rendered(project: Project) -> dict[tuple[str, str], dict[str, object]]:
    found = (yaml.safe_load(path.read_text()) for path in (project.folder / "rendered").rglob("*.yaml"))
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def test_single_components_and_a_stack_that_reads_their_outputs(
    apps: Project, runtime: PulumiRuntime, tmp_path: Path
) -> None:
    made = apps.changes("up")["create"]
    declared = rendered(apps)
    for wanted in (
        "CustomResourceDefinition virtualservices.networking.istio.io",
        "Deployment istiod",
        "Deployment edge",
    ):
        assert tuple(wanted.split()) in declared
    assert {("Deployment", "cart"), ("VirtualService", "cart"), ("Namespace", "shop")} <= declared.keys()
    assert declared["PeerAuthentication", "default"]["spec"] == {"mtls": {"mode": "STRICT"}}
    assert apps.changes("up") == {"same": made}

    shown = json.loads(apps.run("stack", "output", "--json").stdout)
    assert set(shown) >= set(NAMES.values()) - {"gateways"}
    assert "[secret]" not in shown.values() and "PRIVATE KEY" not in json.dumps(shown)
    assert "BEGIN CERTIFICATE" in shown["rootCert"]
    ends = datetime.fromisoformat(shown["caExpiry"]) - datetime.now(UTC)
    assert timedelta(hours=87599) < ends < timedelta(hours=87601)

    consumer = example("consumer", runtime, tmp_path)
    consumer.changes("up")
    read = rendered(consumer)
    assert read["Namespace", "orders"]["metadata"]["labels"]["istio-injection"] == "enabled"  # type: ignore[index]
    assert read["ConfigMap", "mesh-root"]["data"] == {"root-cert.pem": shown["rootCert"]}
    rules = json.dumps(read["AuthorizationPolicy", "from-shop"]["spec"])
    assert "cluster.local/ns/shop/sa/default" in rules
    assert consumer.outputs() == {"meshVersion": "1.31.0", "caExpiry": shown["caExpiry"]}


def test_a_stack_without_a_mesh_is_named(project: Project, runtime: PulumiRuntime, tmp_path: Path) -> None:
    project.program("import pulumi; pulumi.export('other', 1)")
    project.run("up", "--yes")
    consumer = example("consumer", runtime, tmp_path)
    consumer.run("config", "set", "consumer:mesh", "organization/project/dev")
    ran = consumer.run("preview", check=False)
    said = ran.stdout + ran.stderr
    assert ran.returncode != 0
    assert "stack organization/project/dev has no output" in said, said
