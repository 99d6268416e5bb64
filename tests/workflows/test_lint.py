"""What actionlint, shellcheck and the forges' own schemas say of every workflow, ours and those for users."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local_cluster import toolchain
from local_cluster.toolchain.table import PULUMI_VERSION

from .conftest import GITHUB, GITLAB, OWN, ROOT, SCRIPTS
from .github_runner import load
from .scripts import call

WORKFLOWS = sorted([*GITHUB.glob("*.yml"), *OWN.glob("*.yml")])

BAD = """\
name: bad
on: push
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - run: echo $HOME ${{ github.evnt }}
"""


def test_there_is_something_to_look_at() -> None:
    assert {path.name for path in WORKFLOWS} >= {"mesh-preview.yml", "mesh-comment.yml", "mesh-drift.yml", "check.yml"}


def actionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    linter, shellcheck = toolchain.ensure("actionlint"), toolchain.ensure("shellcheck")
    line: list[str | Path] = [linter, "-no-color", "-oneline", "-shellcheck", shellcheck, "-pyflakes=", *files]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.tools
def test_actionlint_finds_nothing() -> None:
    done = actionlint(*WORKFLOWS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.tools
def test_actionlint_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text(BAD)
    done = actionlint(tmp_path / "bad.yml")
    assert done.returncode == 1
    assert 'property "evnt" is not defined' in done.stdout
    assert "SC2086" in done.stdout, "shellcheck was not asked"


@pytest.mark.tools
def test_shellcheck_finds_nothing() -> None:
    files = [*SCRIPTS.glob("*.sh")]
    assert files
    done = subprocess.run([toolchain.ensure("shellcheck"), *files], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def schema(name: str, *files: Path) -> subprocess.CompletedProcess[str]:
    line: list[str | Path] = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", name, *files]
    return subprocess.run(line, capture_output=True, text=True)


def test_files_are_as_the_forges_schemas_say(tmp_path: Path) -> None:
    for name, files in (
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [ROOT / ".github" / "dependabot.yml"]),
        ("vendor.gitlab-ci", sorted(GITLAB.glob("*.yml"))),
    ):
        assert files
        done = schema(name, *files)
        assert done.returncode == 0, done.stdout


def test_schemas_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("mesh:\n  script: [1, 2]\n  retry: many\n")
    assert schema("vendor.gitlab-ci", tmp_path / "bad.yml").returncode == 1


@pytest.mark.parametrize("form", ["gitlab-preview", "gitlab-drift"])
def test_child_pipelines_are_as_gitlabs_schema_says(tmp_path: Path, form: str) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.prod.yaml").touch()
    done = call("list_stacks", "--as", form, folder=tmp_path)
    (tmp_path / "child.json").write_text(done.stdout)
    assert json.loads(done.stdout)
    found = schema("vendor.gitlab-ci", tmp_path / "child.json")
    assert found.returncode == 0, found.stdout


def test_workflows_install_the_pulumi_that_the_sdk_is_pinned_to() -> None:
    versions = {
        step["with"]["pulumi-version"]
        for path in WORKFLOWS
        for job in load(path)["jobs"].values()
        for step in job.get("steps", [])
        if step.get("uses", "").startswith("pulumi/actions")
    }
    assert versions == {PULUMI_VERSION}
    assert f"pulumi-python-3.11:{PULUMI_VERSION}" in (GITLAB / "mesh-jobs.yml").read_text()
