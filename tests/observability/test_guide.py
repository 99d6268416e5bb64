"""The guide: its programs run and its stack files load as they are written."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import mesh_components
from mesh_components.manifests import mesh
from mesh_components.observability.grafana import Grafana
from mesh_components.observability.jaeger import Jaeger
from mesh_components.observability.prometheus import Prometheus
from mesh_components.observability.telemetry import Telemetry
from tests.guides import blocks, settings_of, text
from tests.unit.test_components import run

PAGE = "observability.md"
STACKS, PROGRAMS = blocks(PAGE, "yaml"), blocks(PAGE, "python")


@pytest.mark.parametrize("block", STACKS, ids=range(len(STACKS)))
def test_a_stack_file_makes_a_plan(block: str) -> None:
    assert mesh.objects(settings_of(block))


@pytest.mark.parametrize("block", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_runs(block: str) -> None:
    names: dict[str, Any] = {one.__name__: one for one in (Prometheus, Grafana, Jaeger, Telemetry)}

    def program() -> None:
        exec(compile(block, "docs/observability.md", "exec"), {**names, "opts": pulumi.ResourceOptions()})

    assert run(program).objects


def test_components_are_called_by_their_public_names() -> None:
    for one in (Prometheus, Grafana, Jaeger, Telemetry):
        assert getattr(mesh_components, one.__name__) is one


def test_what_the_guide_says_of_the_dashboards_is_so() -> None:
    from mesh_components.manifests.observability.dashboards import DASHBOARDS

    written = text(PAGE)
    for one in DASHBOARDS.values():
        assert f"| {one.title} |" in written
