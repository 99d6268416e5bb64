"""What is waited for and updated: Pulumi's state has it as it was declared, not as it was before.

With the real engine, its provider and a real API server.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Project

pytestmark = pytest.mark.tools

MANY = 40
"""Services that are updated at once: the provider's watch is late for some of them."""

PROGRAM = """
import pulumi

from mesh_components import cluster_provider
from mesh_components.declare import Rule, declare

READY = {{"Service": Rule(wait_for="jsonpath={{.spec.clusterIP}}")}}
options = pulumi.ResourceOptions(providers=[cluster_provider()])
parent = pulumi.ComponentResource("test:index:Many", "many", None, options)
for number in range({many}):
    service = {{
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {{"name": f"service-{{number}}", "namespace": "default"}},
        "spec": {{"ports": [{{"port": {port}}}]}},
    }}
    declare(service, owner="many", parent=parent, rules=READY)
"""


def test_the_state_has_what_was_declared_last(project: Project, kubeconfig: Path) -> None:
    project.run("config", "set", "kubernetes:kubeconfig", str(kubeconfig))
    for port, done in enumerate(("create", "update", "update"), start=1):
        project.program(PROGRAM.format(many=MANY, port=port))
        assert project.changes("up")[done] >= MANY
        services = [one["outputs"] for key, one in project.resources().items() if "Service::" in key]
        assert [one["spec"]["ports"][0]["port"] for one in services] == [port] * MANY
    project.run("up", "--yes", "--skip-preview", "--expect-no-changes")
