"""Which stacks there is a job for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Repository
from .scripts import call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stacks").mkdir()
    for name in ("Pulumi.prod.yaml", "Pulumi.prod-eu.yaml", "Pulumi.dev_1.2.yaml", "README.md", "Pulumi.yaml"):
        (tmp_path / "stacks" / name).touch()
    return tmp_path


def test_every_stack_with_a_file_is_listed(folder: Path) -> None:
    done = call("list_stacks", folder=folder)
    assert done.stdout.split() == ["dev_1.2", "prod", "prod-eu"]


def test_github_gets_one_line_of_json(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    call("list_stacks", "--as", "github", folder=folder, GITHUB_OUTPUT=str(output))
    assert output.read_text() == 'stacks=["dev_1.2", "prod", "prod-eu"]\n'


def test_gitlab_gets_a_child_pipeline(folder: Path) -> None:
    done = call("list_stacks", "--as", "gitlab-drift", "--only", "prod", folder=folder)
    assert json.loads(done.stdout) == {
        "include": [{"local": "/ci/gitlab/mesh-jobs.yml"}],
        "mesh drift": {"extends": ".mesh-drift", "parallel": {"matrix": [{"STACK": ["prod"]}]}},
        "mesh drift report": {"extends": ".mesh-drift-report", "needs": [{"job": "mesh drift", "artifacts": True}]},
    }


def test_stacks_of_another_commit_count(repository: Repository) -> None:
    repository.commit({"stacks/Pulumi.prod.yaml": None, "stacks/Pulumi.new.yaml": "config: {}\n"})
    done = call("list_stacks", "--also", "HEAD~1", folder=repository.work)
    assert done.stdout.split() == ["new", "prod", "prod-eu"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "prod prodd"], "error: --only: there is no stack prodd; there are: dev_1.2, prod, prod-eu"),
        (["--also", "no-such-commit"], "error: --also no-such-commit: "),
        (["--also", "--output=x"], "expected one argument"),
    ],
)
def test_mistakes_are_one_message(folder: Path, arguments: list[str], said: str) -> None:
    done = call("list_stacks", *arguments, folder=folder)
    assert done.returncode and said in done.stderr


@pytest.mark.parametrize("name", ["x\n::warning::y", 'a"b', "a b", "$(id)", "a`id`", "x" * 101])
def test_names_that_are_no_stacks_are_refused(folder: Path, name: str) -> None:
    """They come from a pull request and would go on to names of jobs and artifacts."""
    (folder / "stacks" / f"Pulumi.{name}.yaml").touch()
    done = call("list_stacks", "--as", "github", folder=folder)
    assert done.returncode == 1 and "cannot be a stack: allowed are" in done.stderr
    assert not [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("::")]


def test_no_stack_is_an_error(tmp_path: Path) -> None:
    done = call("list_stacks", folder=tmp_path)
    assert done.returncode == 1 and "no stacks/Pulumi.<stack>.yaml here" in done.stderr
