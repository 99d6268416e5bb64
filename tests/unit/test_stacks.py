"""Every stack file is a mesh that can be planned, and names that tools can tell apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mesh_components.analysis.finding import Severity
from mesh_components.analysis.messages.__main__ import page
from mesh_components.analysis.reports.text import lines
from mesh_components.analysis.resource import Named
from mesh_components.judge import Judge
from mesh_components.manifests import mesh
from mesh_components.settings import load

FILES = sorted((Path(__file__).parents[2] / "stacks").glob("Pulumi.*.yaml"))


WARNED = {"default": ("MESH0201",)}
"""Warnings that belong to a stack: plain Istio lets plain text in beside mutual TLS."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_can_be_planned(file: Path) -> None:
    config = yaml.safe_load(file.read_text())["config"]
    assert all(key.startswith("mesh:") for key in config)
    settings = load({key.removeprefix("mesh:"): value for key, value in config.items()})
    objects = mesh.objects(settings)
    assert len(objects) > 20
    stack = file.name.split(".")[1]
    findings = Judge.of(settings, stack).findings((item, Named(file.name)) for item in objects)
    meant = WARNED.get(stack, ())
    assert not lines(one for one in findings if one.severity > Severity.INFO and one.code not in meant)


def test_it_says_what_it_is_for() -> None:
    assert all(file.read_text().startswith("# ") for file in FILES)


def test_there_is_a_stack_for_each_purpose() -> None:
    wanted = {"demo", "minimal", "dev", "staging", "production", "performance", "default"}
    assert wanted <= {file.name.split(".")[1] for file in FILES}


def test_no_name_is_the_beginning_of_another() -> None:
    names = [file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in FILES]
    assert not [(a, b) for a in names for b in names if a != b and b.startswith(a)]


def test_pulumis_own_defaults_are_those_of_the_settings() -> None:
    listed = yaml.safe_load((FILES[0].parents[1] / "Pulumi.yaml").read_text())["config"]
    assert {key: value["default"] for key, value in listed.items()} == {key: getattr(load({}), key) for key in listed}


def test_the_page_of_messages_is_up_to_date() -> None:
    page_file = FILES[0].parents[1] / "docs" / "messages.md"
    assert page_file.read_text() == page(), "run python -m mesh_components.analysis.messages > docs/messages.md"
