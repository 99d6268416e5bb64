"""Kiali's guide: its stack files make plans, its program runs, its table of versions is right."""

from __future__ import annotations

import re
from typing import Any

import pytest

import mesh_components
from mesh_components.manifests import mesh
from mesh_components.observability.kiali import Kiali
from mesh_components.settings.observability.kiali import OURS
from mesh_components.versions.addons import ADDONS
from tests.guides import blocks, settings_of, text
from tests.unit.test_components import run

PAGE = "kiali.md"
TEXT, STACKS = text(PAGE), blocks(PAGE, "yaml")


@pytest.mark.parametrize("block", STACKS, ids=range(len(STACKS)))
def test_a_stack_file_makes_a_plan_with_kiali(block: str) -> None:
    names = {f"{item['kind']}/{item['metadata']['name']}" for item in mesh.objects(settings_of(block))}
    assert names & {"Deployment/kiali", "Kiali/kiali"}


def test_the_program_runs() -> None:
    (block,) = blocks(PAGE, "python")
    names: dict[str, Any] = {"Kiali": mesh_components.Kiali}
    assert mesh_components.Kiali is Kiali
    engine = run(lambda: exec(compile(block, "docs/kiali.md", "exec"), names))
    assert engine.one("Deployment::kiali:istio-system/kiali")


def test_the_versions_are_those_of_istios_addons() -> None:
    istio, kiali = (re.search(rf"\| {name} \|(.*)\|\n", TEXT) for name in ("Istio", "Kiali"))
    assert istio and kiali
    pairs = zip(*(found[1].replace(" ", "").split("|") for found in (istio, kiali)), strict=True)
    assert dict(pairs) == {version: one.kiali.tag for version, one in ADDONS.items()}


def test_our_own_settings_are_named() -> None:
    for key in OURS:
        assert f"`{key}`" in TEXT
