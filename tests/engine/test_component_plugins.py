"""Component plugins in Python: a package of components that programs use without importing its code."""

import json
import sys
from pathlib import Path

import pytest

from .conftest import Project

pytestmark = pytest.mark.tools

COMPONENT = """
from typing import TypedDict

import pulumi
import pulumi_tls as tls


class GreeterArgs(TypedDict):
    whom: pulumi.Input[str]
    '''Whom to greet.'''


class Greeter(pulumi.ComponentResource):
    greeting: pulumi.Output[str]

    def __init__(self, name: str, args: GreeterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("greeter:index:Greeter", name, {}, opts)
        tls.PrivateKey(name, algorithm="ED25519", opts=pulumi.ResourceOptions(parent=self))
        self.greeting = pulumi.Output.from_input(args["whom"]).apply(lambda whom: f"hello, {whom}")
        self.register_outputs({"greeting": self.greeting})
"""
HOST = """
from pulumi.provider.experimental import component_provider_host
from components import Greeter

component_provider_host(name="greeter", components=[Greeter])
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    folder = tmp_path / "plugin"
    folder.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (folder / "PulumiPlugin.yaml").write_text(json.dumps({"runtime": runtime}), encoding="utf-8")
    (folder / "components.py").write_text(COMPONENT, encoding="utf-8")
    (folder / "__main__.py").write_text(HOST, encoding="utf-8")
    return folder


def test_schema_of_a_component_plugin(project: Project, plugin: Path) -> None:
    schema = json.loads(project.run("package", "get-schema", str(plugin)).stdout)
    assert schema["name"] == "greeter"
    resource = schema["resources"]["greeter:index:Greeter"]
    assert resource["isComponent"] is True
    assert resource["inputProperties"]["whom"]["type"] == "string"
    assert resource["requiredInputs"] == ["whom"]


def test_a_program_uses_a_component_plugin(project: Project, plugin: Path) -> None:
    settings = json.loads((project.folder / "Pulumi.yaml").read_text(encoding="utf-8"))
    settings["plugins"] = {"providers": [{"name": "greeter", "path": str(plugin)}]}
    (project.folder / "Pulumi.yaml").write_text(json.dumps(settings), encoding="utf-8")
    project.program("""
        import pulumi

        class Greeter(pulumi.ComponentResource):
            greeting: pulumi.Output[str]

            def __init__(self, name, whom):
                super().__init__("greeter:index:Greeter", name, {"whom": whom, "greeting": None}, remote=True)

        pulumi.export("greeting", Greeter("first", "mesh").greeting)
    """)
    assert project.changes("up") == {"create": 3}
    assert project.outputs() == {"greeting": "hello, mesh"}
    assert "greeter:index:Greeter$tls:index/privateKey:PrivateKey::first" in project.resources()
    assert project.changes("up") == {"same": 3}


def test_a_broken_component_plugin_shows_its_own_error(project: Project, plugin: Path) -> None:
    (plugin / "components.py").write_text("raise RuntimeError('components are broken')", encoding="utf-8")
    ran = project.run("package", "get-schema", str(plugin), check=False)
    assert ran.returncode != 0
    assert "components are broken" in ran.stdout + ran.stderr


def test_a_plugin_that_cannot_be_run_says_what_it_lacks(project: Project, plugin: Path) -> None:
    (plugin / "__main__.py").unlink()
    ran = project.run("package", "get-schema", str(plugin), check=False)
    assert ran.returncode != 0
    assert "neither a __main__.py nor a pyproject.toml" in ran.stdout + ran.stderr


def test_code_generation_says_what_it_needs(project: Project, plugin: Path) -> None:
    ran = project.run("package", "gen-sdk", str(plugin), "--language", "python", "--out", "sdk", check=False)
    assert ran.returncode != 0
    assert "GeneratePackage is not among what the stand-in does: install the Pulumi CLI" in ran.stdout + ran.stderr
