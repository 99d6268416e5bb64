"""`mesh preview --pulumi` and `mesh graph --cluster` on a mesh that runs."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .mesh_stack import ROOT, MeshStack, mesh


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the program and its stacks, to be changed."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    declared["runtime"]["options"]["virtualenv"] = sys.prefix
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(declared), encoding="utf-8")
    shutil.copy(ROOT / "__main__.py", tmp_path)
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path


def previewed(project: Path, code: int) -> dict[str, Any]:
    done = mesh("preview", "--pulumi", "--stack", "demo", "--output", "json", folder=project, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    (found,) = json.loads(done.stdout)["environments"]
    assert isinstance(found, dict)
    return found


def test_a_preview_holds_the_checkout_against_what_is_deployed(demo: MeshStack, project: Path) -> None:
    before = demo.resources()
    same = previewed(project, 0)
    assert (same["status"], same["changes"], same["findings"]["new"]) == ("unchanged", [], [])
    assert same["findings"]["unchanged"]

    file = project / "stacks" / "Pulumi.demo.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["config"] |= {"mesh:mtls": "STRICT", "mesh:namespaces": []}
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    found = previewed(project, 0)
    assert {change["object"]: change["action"] for change in found["changes"]} == {
        "PeerAuthentication istio-system/default": "create",
        "Namespace apps": "delete",
    }
    assert "MESH0201" in [one["code"] for one in found["findings"]["fixed"]]
    changed = {one["name"]: one["change"] for one in found["topology"]["namespaces"]}
    assert changed["apps"] == "removed"
    assert "PRIVATE KEY" not in json.dumps(found)
    assert demo.resources() == before


def test_the_picture_of_a_cluster_has_what_runs_there(demo: MeshStack) -> None:
    picture = json.loads(mesh("graph", "--cluster", "--format", "json").stdout)
    kinds = {node["name"]: node["kind"] for node in picture["nodes"] if node["namespace"] == "istio-system"}
    assert kinds["istiod"] == "control plane"
    assert kinds["istio-ingressgateway"] == kinds["istio-egressgateway"] == "gateway"
    assert "apps" in [namespace["name"] for namespace in picture["namespaces"]]
