"""The working copy of a stack's file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mesh_components.cli.project import Project, ProjectError
from mesh_components.cli.stack_file import merged, write_working_copy


def test_an_overlay_reaches_into_mappings_and_replaces_everything_else() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merged(below, {"a": {"c": [3]}, "e": 5}) == {"a": {"b": 1, "c": [3]}, "d": 4, "e": 5}


def test_a_working_copy_has_the_overlay_the_context_and_what_pulumi_wrote(tmp_path: Path) -> None:
    source, copy, overlay = (tmp_path / name for name in ("Pulumi.demo.yaml", "copy.yaml", "overlay.yaml"))
    source.write_text("config:\n  mesh:profile: demo\n  mesh:pilot: {env: {A: x}}\n")
    overlay.write_text("config:\n  mesh:pilot: {env: {B: y}}\n")
    copy.write_text("encryptionsalt: v1:abc\nconfig:\n  mesh:profile: stale\n")
    before = source.read_text()
    write_working_copy(source, copy, "here", overlay)
    assert yaml.safe_load(copy.read_text()) == {
        "encryptionsalt": "v1:abc",
        "config": {"mesh:profile": "demo", "mesh:pilot": {"env": {"A": "x", "B": "y"}}, "kubernetes:context": "here"},
    }
    assert source.read_text() == before


def test_a_stack_without_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mesh\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.production.yaml").write_text("config: {}\n")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    with pytest.raises(ProjectError, match="did you mean 'production'"):
        Project.find(deep).stack_file("prodution")


def test_outside_of_a_project_it_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=str(tmp_path)):
        Project.find(tmp_path)


def test_a_working_copy_is_not_made_of_what_is_no_stack_file(tmp_path: Path) -> None:
    source, copy = tmp_path / "Pulumi.demo.yaml", tmp_path / "copy.yaml"
    for text in ("config: [a]\n", "config: {profile: demo}\n", "config: {a\n", "words\n"):
        source.write_text(text)
        with pytest.raises(ProjectError, match=r"Pulumi\.demo\.yaml"):
            write_working_copy(source, copy, "here", None)
        assert not copy.exists()
