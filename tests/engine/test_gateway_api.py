"""Definitions of the Gateway API: declared, or left to whoever brought them to the cluster. On a bare API server."""

import json
from pathlib import Path
from typing import Any

import pytest

from mesh_components import schemas
from mesh_components.live.api import Api
from mesh_components.live.drift import read, rows
from mesh_components.live.plan import plan
from mesh_components.live.row import Status
from mesh_components.settings import VERSIONS
from tests.validation.cluster import Server

from .conftest import Project

pytestmark = pytest.mark.tools

CONFIG: dict[str, Any] = {
    "components": {"pilot": {"enabled": False}},
    "profile": "minimal",
    "gatewayAPI": {"enabled": True},
}
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
OURS = VERSIONS["1.31.0"].gateway_api

PROGRAM = """
import pulumi
from mesh_components import Mesh, cluster_provider, configured_mesh

settings = configured_mesh()
Mesh("mesh", settings, pulumi.ResourceOptions(providers=[cluster_provider()]))
"""


def _set(project: Project, config: dict[str, Any], kubeconfig: Path) -> None:
    full = _prefixed(config) | {"kubernetes:kubeconfig": str(kubeconfig)}
    (project.folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": full}))


def _prefixed(config: dict[str, Any]) -> dict[str, Any]:
    return {f"project:{key}": value for key, value in config.items()}


def _names(minor: str, channel: str = "standard") -> set[str]:
    return {item["metadata"]["name"] for item in schemas.gateway_api_crds(minor, channel)}


def _declared(project: Project) -> set[str]:
    found = [item for item in project.resources().values() if item["type"].endswith(":CustomResourceDefinition")]
    return {item["inputs"]["metadata"]["name"] for item in found if "gateway.networking" in item["id"]}


def test_what_somebody_else_brought_is_left_alone_until_it_is_gone(project: Project, kubeconfig: Path) -> None:
    server = Server(kubeconfig)
    older = schemas.gateway_api_crds("1.4", "standard")
    for item in older:
        path = f"{DEFINITIONS}/{item['metadata']['name']}?fieldManager=platform"
        status, answer = server.send("PATCH", path, item, content="application/apply-patch+yaml")
        assert status == 201, answer
    project.program(PROGRAM)
    _set(project, CONFIG, kubeconfig)

    done = project.run("up", "--yes", "--skip-preview")
    assert f"Gateway API v1.4.0 is on the cluster already: {len(older)} definitions by platform" in done.stdout
    assert _declared(project) == _names(OURS) - _names("1.4")
    api, planned = Api(kubeconfig), plan(_prefixed(CONFIG), "project", "dev")
    assert {row.status for row in rows(read(api, planned), planned.manager)} == {Status.OK}

    server = Server(kubeconfig)  # the connection may have been idle for too long
    for item in older:
        server.send("DELETE", f"{DEFINITIONS}/{item['metadata']['name']}")
    done = project.run("up", "--yes", "--skip-preview")
    assert "already" not in done.stdout
    assert _declared(project) == _names(OURS)
    project.run("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert {row.status for row in rows(read(api, planned), planned.manager)} == {Status.OK}


def test_what_is_there_is_taken_over_where_that_is_asked_for(project: Project, kubeconfig: Path) -> None:
    server = Server(kubeconfig)
    name = "httproutes.gateway.networking.k8s.io"
    item = next(item for item in schemas.gateway_api_crds("1.4", "standard") if item["metadata"]["name"] == name)
    server.send("PATCH", f"{DEFINITIONS}/{name}?fieldManager=platform", item, content="application/apply-patch+yaml")
    project.program(PROGRAM)
    _set(
        project,
        CONFIG | {"gatewayAPI": {"enabled": True, "existing": "replace", "channel": "experimental"}},
        kubeconfig,
    )
    project.run("up", "--yes", "--skip-preview")
    assert _declared(project) == _names(OURS, "experimental")
    _, found = Server(kubeconfig).send("GET", f"{DEFINITIONS}/{name}")
    assert found["metadata"]["annotations"]["gateway.networking.k8s.io/channel"] == "experimental"


def test_a_cluster_that_does_not_answer_is_said(project: Project, tmp_path: Path) -> None:
    nobody = tmp_path / "kubeconfig"
    nobody.write_text("{}")
    project.program(PROGRAM)
    _set(project, CONFIG, nobody)
    done = project.run("preview", check=False)
    assert "planned as if it had none" in done.stdout + done.stderr
