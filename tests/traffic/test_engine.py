"""The components through the real engine, which writes YAML instead of asking a cluster."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.engine.conftest import Project

from .programs import CASES, arguments

pytestmark = pytest.mark.tools

HEAD = """
import json
import pulumi
import mesh_components
from mesh_components import cluster_provider, observe

declared = observe()
opts = pulumi.ResourceOptions(providers=[cluster_provider(render_yaml_to_directory="rendered")])
"""


def everything() -> str:
    """A program with every component in each of its uses, each in a namespace of its own."""
    listed = {}
    for place, case in enumerate(CASES):
        args = json.loads(json.dumps(arguments(case)).replace("example.com", f"n{place}.example.com"))
        listed[case] = (CASES[case][0], {**args, "namespace": f"n{place}"})
    return HEAD + (
        f"for case, (component, args) in json.loads({json.dumps(listed)!r}).items():\n"
        "    getattr(mesh_components, component)(case.replace(' ', '-'), args, opts)\n"
    )


def test_a_program_with_everything_is_applied_and_a_second_run_changes_nothing(project: Project) -> None:
    project.program(everything())
    made = project.changes("up")
    assert set(made) == {"create"}
    assert project.changes("up") == {"same": made["create"]}
    written = [yaml.safe_load(path.read_text()) for path in (project.folder / "rendered").rglob("*.yaml")]
    assert {each["kind"] for each in written} >= {
        *(
            "VirtualService",
            "DestinationRule",
            "Gateway",
            "ServiceEntry",
            "Sidecar",
            "Secret",
            "HTTPRoute",
            "GRPCRoute",
        ),
        *("PeerAuthentication", "AuthorizationPolicy", "RequestAuthentication"),
    }
    assert project.changes("destroy") == {"delete": made["create"]}


def test_a_service_that_gets_a_second_concern_keeps_its_objects(project: Project) -> None:
    target = {"service": "reviews", "namespace": "shop", "weights": {"v1": 90, "v2": 10}}
    make = "getattr(mesh_components, {component!r})('reviews', {args!r}, opts)\n"
    project.program(HEAD + make.format(component="TrafficShifting", args=target))
    project.changes("up")
    before = objects(project)
    assert len(before) == 2
    project.program(HEAD + make.format(component="ServiceTraffic", args={**target, "timeout": "2s"}))
    changes = project.changes("up")
    # The component alone is another one; the objects stay, with a timeout and the label of another wizard.
    assert changes["delete"] == changes["create"] == 1
    assert changes["update"] == 2
    assert objects(project) == before


def objects(project: Project) -> dict[str, str]:
    return {
        name.rpartition("::")[2] + each["type"]: each["id"]
        for name, each in project.resources().items()
        if each["type"].startswith("kubernetes:")
    }


def test_a_mistake_is_shown_without_a_traceback_and_changes_nothing(project: Project) -> None:
    project.program(
        HEAD
        + "args = {'service': 'a', 'namespace': 'b', 'weights': {'v1': 90, 'v2': 20}}\n"
        + "mesh_components.TrafficShifting('a', args, opts)"
    )
    ran = project.run("up", "--yes", check=False)
    said = ran.stdout + ran.stderr
    assert ran.returncode != 0
    assert "TrafficShifting a: the arguments have a problem:" in said and "these add up to 110" in said
    assert "Traceback" not in said
