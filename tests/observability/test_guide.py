"""The guide: its programs run and its stack files load as they are written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import mesh_components
from mesh_components.manifests import mesh
from mesh_components.observability.grafana import Grafana
from mesh_components.observability.jaeger import Jaeger
from mesh_components.observability.prometheus import Prometheus
from mesh_components.observability.telemetry import Telemetry
from mesh_components.settings import load
from tests.unit.test_components import run

TEXT = (Path(__file__).parents[2] / "docs" / "observability.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return found


@pytest.mark.parametrize("block", blocks("yaml"), ids=range(len(blocks("yaml"))))
def test_a_stack_file_makes_a_plan(block: str) -> None:
    config = yaml.safe_load(block)["config"]
    settings = load({key.removeprefix("mesh:"): value for key, value in config.items()})
    assert mesh.objects(settings)


@pytest.mark.parametrize("block", blocks("python"), ids=range(len(blocks("python"))))
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

    for one in DASHBOARDS.values():
        assert f"| {one.title} |" in TEXT
