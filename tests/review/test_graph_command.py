"""`mesh graph`: what it draws, in which form, and what it says of mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .repository import Repository
from .test_previews import loosen, mesh, shift


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "team")


def test_forms_go_by_the_files_suffix(repository: Repository, tmp_path: Path) -> None:
    files = [tmp_path / "new" / f"mesh{suffix}" for suffix in (".svg", ".html", ".mmd", ".json", ".txt")]
    outputs = [part for file in files for part in ("--output", str(file))]
    mesh(repository, "graph", "apps", "--stack", "dev", *outputs)
    svg, html, mermaid, document, text = (file.read_text(encoding="utf-8") for file in files)
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert html.lower().startswith("<!doctype html>")
    assert mermaid.startswith("flowchart")
    assert "cart-v1" in text
    nodes = {node["id"]: node["kind"] for node in json.loads(document)["nodes"]}
    assert nodes["Service shop/cart"] == "service"
    assert nodes["Deployment istio-system/istio-ingressgateway"] == "gateway"
    for picture in (svg, html, mermaid, text):
        assert "90" in picture and "istio-ingressgateway" in picture


def test_files_alone_are_drawn_as_well(repository: Repository) -> None:
    shown = mesh(repository, "graph", "apps/shop.yaml").stdout
    assert "service cart" in shown and "istiod" not in shown


def test_a_picture_of_a_change(repository: Repository) -> None:
    shift(repository)
    picture = json.loads(
        mesh(repository, "graph", "apps", "--stack", "dev", "--diff", "main", "--format", "json").stdout
    )
    assert picture["compared"]
    changed = {edge["target"]: edge["weight"] for edge in picture["edges"] if edge["change"] != "same"}
    assert changed == {"Deployment shop/cart-v1": 50, "Deployment shop/cart-v2": 50}


def test_findings_that_a_change_brings_are_marked(repository: Repository) -> None:
    loosen(repository)
    shown = mesh(repository, "graph", "--stack", "production", "--diff", "main", "--format", "json").stdout
    added = {remark["code"] for remark in json.loads(shown)["remarks"] if remark["change"] == "added"}
    assert added == {"MESH0201"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--stack"),
        (("apps", "--diff", "main"), "--stack NAME"),
        (("--stack", "dve"), "did you mean 'dev'?"),
        (("--stack", "dve", "--diff", "main"), "did you mean 'dev'?"),
        (("--stack", "dev", "--output", "mesh.png"), ".svg"),
        (("--stack", "dev", "nowhere.yaml"), "nowhere.yaml"),
        (("--stack", "dev", "--output", "Pulumi.yaml/mesh.svg"), "Pulumi.yaml/mesh.svg"),
    ],
)
def test_mistakes_are_one_clear_message(repository: Repository, arguments: tuple[str, ...], said: str) -> None:
    done = mesh(repository, "graph", *arguments, code=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
