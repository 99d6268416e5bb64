"""`plugin/`, run by the engine: its schema, and a JavaScript program that makes its components."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

import mesh_components
from local_cluster.pulumi import launchers
from local_cluster.pulumi.runtime import PulumiRuntime
from local_cluster.toolchain import cache
from mesh_components.component import PACKAGE
from mesh_components.outputs import NAMES
from mesh_components.settings import MeshSettings

from .conftest import Project

pytestmark = pytest.mark.tools

ROOT = Path(__file__).parents[2]
NODE = Path(__file__).parent / "nodejs"

PROGRAM = """
"use strict";
const pulumi = require("@pulumi/pulumi");

class Remote extends pulumi.ComponentResource {
    constructor(kind, name, args, opts) {
        super(`mesh-components:index:${kind}`, name, args, opts, true);
    }
}
class Provider extends pulumi.ProviderResource {
    constructor(name, args) { super("kubernetes", name, args); }
}
const cluster = new Provider("cluster", {renderYamlToDirectory: "rendered"});
const opts = {providers: {kubernetes: cluster}};
"""

MESH = """
const mesh = new Remote("Mesh", "mesh", {
    profile: "minimal",
    meshConfig: {accessLogFile: "/dev/stdout", defaultConfig: {concurrency: 2}},
    pilot: {autoscaleMin: 2, env: {FROM_ELSEWHERE: pulumi.output(Promise.resolve("later"))}},
    namespaces: [{name: "shop", injection: "enabled"}],
    version: undefined, trustDomain: undefined, caExpiry: undefined,
}, opts);
new Remote("Gateway", "edge", {
    direction: "ingress", mesh: {profile: "minimal"}, gateway: {name: "edge", namespace: "shop", type: "ClusterIP"},
}, {...opts, dependsOn: [mesh]});
exports.version = mesh.version;
exports.trustDomain = mesh.trustDomain;
exports.urn = mesh.urn;
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The plugin's folder as the engine would have it, but with this environment for an interpreter."""
    folder = tmp_path / "plugin"
    # Not its requirements, which the engine would install: the package is here.
    shutil.copytree(ROOT / "plugin", folder, ignore=shutil.ignore_patterns("__pycache__", "venv", "requirements.txt"))
    assert yaml.safe_load((folder / "PulumiPlugin.yaml").read_text()) == {"runtime": "python"}
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (folder / "PulumiPlugin.yaml").write_text(json.dumps({"runtime": runtime}))
    return folder


def test_the_schema_has_every_component_and_every_setting(project: Project, plugin: Path) -> None:
    schema = json.loads(project.run("package", "get-schema", str(plugin)).stdout)
    components = {name for name in mesh_components.__all__ if issubclass_of_component(name)}
    assert set(schema["resources"]) == {f"mesh-components:index:{name}" for name in components}
    mesh = schema["resources"]["mesh-components:index:Mesh"]
    assert mesh["isComponent"] is True and mesh["description"]
    assert set(mesh["inputProperties"]) == {field.alias or name for name, field in MeshSettings.model_fields.items()}
    assert set(mesh["properties"]) == set(NAMES.values())
    assert set(mesh["required"]) == set(mesh["properties"]) - {"rootCert", "caExpiry"}
    assert all(output["description"] for output in mesh["properties"].values())
    gateway = schema["resources"]["mesh-components:index:Gateway"]
    assert gateway["requiredInputs"] == ["direction", "gateway"]
    assert gateway["inputProperties"]["mesh"]["$ref"] == "#/types/mesh-components:index:ControlPlaneArgs"


def issubclass_of_component(name: str) -> bool:
    import pulumi

    found = getattr(mesh_components, name)
    return isinstance(found, type) and issubclass(found, pulumi.ComponentResource)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The npm packages of the test's program, kept in the cache, keyed by their lock file."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not on this machine: the plugin is not run from a JavaScript program")

    def fill(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, folder)
        line = ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(line, cwd=folder, check=True, timeout=600)

    key = hashlib.sha256((NODE / "package-lock.json").read_bytes()).hexdigest()[:12]
    return cache.entry("environments", f"nodejs-{key}", fill) / "node_modules"


@dataclass
class Program(Project):
    """A JavaScript program, and the host for it on PATH."""

    host: Path

    def environment(self) -> dict[str, str]:
        environment = super().environment()
        return {**environment, "PATH": os.pathsep.join([str(self.host), environment["PATH"]])}

    def program(self, text: str) -> None:
        (self.folder / "index.js").write_text(PROGRAM + text)


@pytest.fixture
def javascript(project: Project, runtime: PulumiRuntime, plugin: Path, node_modules: Path, tmp_path: Path) -> Program:
    launchers.write(tmp_path / "host" / "pulumi-language-nodejs", launchers.of_module("tests.engine.nodejs_host"))
    (project.folder / "node_modules").symlink_to(node_modules)
    plugins = {"providers": [{"name": PACKAGE, "path": str(plugin)}]}
    (project.folder / "Pulumi.yaml").write_text(
        json.dumps({"name": "project", "runtime": "nodejs", "plugins": plugins})
    )
    return Program(project.folder, runtime, tmp_path / "host")


def test_a_javascript_program_makes_a_mesh(javascript: Program) -> None:
    javascript.program(MESH)
    made = javascript.changes("up")["create"]
    outputs = javascript.outputs()
    assert outputs["version"] == "1.31.0" and outputs["trustDomain"] == "cluster.local"
    assert outputs["urn"].endswith("::mesh-components:index:Mesh::mesh")
    resources = javascript.resources()
    kinds = {name.split("::")[0].rpartition("$")[2] for name in resources}
    assert {
        "mesh-components:index:Base",
        "mesh-components:index:ControlPlane",
        "kubernetes:apps/v1:Deployment",
    } <= kinds
    rendered = [yaml.safe_load(path.read_text()) for path in (javascript.folder / "rendered").rglob("*.yaml")]
    found = {(one["kind"], one["metadata"]["name"]): one for one in rendered}
    istiod = found["Deployment", "istiod"]
    environment = {one["name"]: one.get("value") for one in istiod["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert environment["FROM_ELSEWHERE"] == "later"
    assert found["HorizontalPodAutoscaler", "istiod"]["spec"]["minReplicas"] == 2
    assert ("Deployment", "edge") in found
    assert javascript.changes("up") == {"same": made}


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ('new Remote("Mesh", "mesh", {profil: "demo"}, opts)', ["profil: unknown key", "did you mean profile?"]),
        ('new Remote("Mesh", "mesh", {pilot: {replicaCount: "two"}}, opts)', ["pilot.replicaCount"]),
        ('new Remote("Gateway", "edge", {direction: "ingress", gatway: {}}, opts)', ["gateway"]),
    ],
    ids=["an unknown key", "a wrong value", "a missing input"],
)
def test_a_mistake_is_one_clear_error(javascript: Program, text: str, messages: list[str]) -> None:
    javascript.program(text)
    ran = javascript.run("preview", check=False)
    said = ran.stdout + ran.stderr
    assert ran.returncode != 0
    assert all(message in said for message in messages), said
    assert "Traceback" not in said
