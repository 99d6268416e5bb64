"""`mesh preview` with the real engine: policy packs without a cluster, and a preview against what is deployed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_cluster.pulumi.runtime import PulumiRuntime
from tests.review.repository import IDENTITY, ROOT, Repository

pytestmark = pytest.mark.tools

PACK = """
    from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

    def no_node_ports(args, report):
        if args.resource_type.endswith(":Service") and args.props["spec"].get("type") == "NodePort":
            report(f"{args.props['metadata']['name']} opens a port on every node")

    policy = ResourceValidationPolicy(
        name="no-node-ports",
        description="Services are not of type NodePort.",
        validate=no_node_ports,
        enforcement_level=EnforcementLevel.MANDATORY,
    )
    PolicyPack(name="ports", policies=[policy])
"""

PROVIDED = """\
  mesh:certificateAuthority:
    mode: provided
    caCert: {secure: AAABAAAB}
    caKey: {secure: AAABAAAC}
    rootCert: {secure: AAABAAAD}
    certChain: {secure: AAABAAAE}
"""

NODE_PORT = "  mesh:ingressGateways:\n    - {name: istio-ingressgateway, type: NodePort}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with our program in it."""
    made = Repository(tmp_path / "team")
    made.write("__main__.py", (ROOT / "__main__.py").read_text(encoding="utf-8"))
    made.write(
        "Pulumi.yaml",
        json.dumps(
            {
                "name": "mesh",
                "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}},
                "stackConfigDir": "stacks",
            }
        ),
    )
    made.commit("The program")
    return made


def added(settings: str) -> Callable[[str], str]:
    """Return an edit that adds settings to a stack's file; pulumi adds lines of its own at the end."""
    return lambda text: text.replace("config:\n", f"config:\n{settings}")


def previewed(repository: Repository, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Return the environments of a preview by stack."""
    program = "from mesh_components.cli import app; app(prog_name='mesh')"
    done = subprocess.run(
        [sys.executable, "-c", program, "preview", *arguments, "--output", "json"],
        cwd=repository.folder,
        env={**os.environ, **IDENTITY, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return {one["stack"]: one for one in json.loads(done.stdout)["environments"]} if done.stdout else {"": done.stderr}


def test_policy_packs_need_no_cluster_and_no_secrets(
    runtime: PulumiRuntime, repository: Repository, policy_pack: Callable[..., Path]
) -> None:
    secret = "  mesh:pullSecrets:\n    - {name: pull, dockerConfigJson: {secure: AAABAAAA}}\n" + PROVIDED
    repository.edit("stacks/Pulumi.dev.yaml", added(NODE_PORT + secret))
    repository.edit("stacks/Pulumi.dev.yaml", lambda text: f"encryptionsalt: v1:nobody:knows:it\n{text}")
    pack = str(policy_pack(PACK))
    found = previewed(repository, "--all", "--policy-pack", pack, code=79)
    (violation,) = found["dev"]["violations"]
    assert violation["policy"] == "no-node-ports"
    assert violation["enforcement"] == "mandatory"
    assert violation["message"] == "istio-ingressgateway opens a port on every node"
    assert "Service::mesh:istio-system/istio-ingressgateway" in violation["resource"]
    assert found["production"]["violations"] == []
    assert any(note.startswith("Encrypted settings") for note in found["dev"]["notes"])


def test_a_pack_that_does_not_run_is_a_failure(
    runtime: PulumiRuntime, repository: Repository, policy_pack: Callable[..., Path]
) -> None:
    pack = str(policy_pack("raise RuntimeError('this pack is broken')"))
    found = previewed(repository, "--stack", "dev", "--policy-pack", pack, code=1)["dev"]
    assert found["status"] == "failed"
    assert "this pack is broken" in found["error"]


def test_what_is_deployed_is_what_the_engine_compares_with(
    runtime: PulumiRuntime, repository: Repository, tmp_path: Path, policy_pack: Callable[..., Path]
) -> None:
    """The provider writes files here, so that there is a state without a cluster; tests/cluster has one with."""
    rendered = f"  kubernetes:renderYamlToDirectory: {tmp_path / 'rendered'}\n"
    authority = "  mesh:certificateAuthority: {mode: declared}\n"
    repository.edit("stacks/Pulumi.dev.yaml", added(rendered + authority))
    environment = {**runtime.environment(), **IDENTITY}
    environment.pop("KUBECONFIG", None)

    def pulumi(*arguments: str) -> None:
        line = [str(runtime.pulumi), "--non-interactive", *arguments, "--stack", "dev"]
        done = subprocess.run(line, cwd=repository.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    missing = previewed(repository, "--stack", "dev", "--pulumi", code=1)["dev"]
    assert "no stack named 'dev'" in missing["error"]
    pulumi("stack", "init")
    pulumi("up", "--yes", "--skip-preview")
    same = previewed(repository, "--stack", "dev", "--pulumi")["dev"]
    assert (same["status"], same["changes"]) == ("unchanged", [])
    assert same["engine"]

    repository.edit("stacks/Pulumi.dev.yaml", added("  mesh:mtls: DISABLE\n" + NODE_PORT))
    repository.edit(
        "stacks/Pulumi.dev.yaml", lambda text: text.replace("{name: shop, injection: enabled}", "{name: b}")
    )
    found = previewed(repository, "--stack", "dev", "--pulumi", "--policy-pack", str(policy_pack(PACK)), code=79)["dev"]
    actions = {change["object"]: change["action"] for change in found["changes"]}
    assert actions["PeerAuthentication istio-system/default"] == "create"
    assert actions["Namespace shop"] == "delete"
    assert actions["Namespace b"] == "create"
    assert actions["Service istio-system/istio-ingressgateway"] in ("update", "replace")
    (service,) = [
        change for change in found["changes"] if change["object"] == "Service istio-system/istio-ingressgateway"
    ]
    assert {"path": "spec.type", "before": "LoadBalancer", "after": "NodePort"} in service["fields"]
    assert [one["policy"] for one in found["violations"]] == ["no-node-ports"]
    assert "BEGIN" not in json.dumps(found)
    assert any(node["change"] != "same" for node in found["topology"]["nodes"] + found["topology"]["namespaces"])
