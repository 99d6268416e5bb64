"""No pull request can get at a secret or write anything: the rules, and that each of them sees what it is for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import GITHUB, OWN
from .github_runner import load
from .rules import RULES, Rule
from .test_lint import WORKFLOWS

PREVIEW, COMMENT, DRIFT = (GITHUB / f"mesh-{name}.yml" for name in ("preview", "comment", "drift"))


def problems(path: Path, rule: Rule) -> list[str]:
    return list(rule(load(path), path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_keeps_the_rules(path: Path, rule: Rule) -> None:
    assert problems(path, rule) == []


CHECKOUT, SETUP_PYTHON = "3d3c42e5aac5ba805825da76410c181273ba90b1", "5fda3b95a4ea91299a34e894583c3862153e4b97"
SAME = "github.event.pull_request.head.repo.full_name == github.repository\n"
SPOILED = {
    "is started by pull_request_target": (PREVIEW, "  pull_request:", "  pull_request_target:"),
    "is started by issue_comment": (PREVIEW, "  pull_request:", "  pull_request:\n  issue_comment:"),
    "is started by workflow_run and by something else": (COMMENT, "on:\n", "on:\n  pull_request:\n"),
    "permissions: {} is missing at the top": (PREVIEW, "permissions: {}\n\nconcurrency", "concurrency"),
    "stacks: permissions are missing": (
        PREVIEW, "timeout-minutes: 5\n    permissions:\n      contents: read", "timeout-minutes: 5"),
    "comment: contents: write": (COMMENT, "contents: read", "contents: write"),
    "stacks: writes": (PREVIEW, "contents: read", "contents: write"),
    "uses the token": (PREVIEW, "          STACK:", "          GH_TOKEN: ${{ github.token }}\n          STACK:"),
    "secrets in the environment of more than a step": (PREVIEW, 'MESH_PREVIEW_ARGUMENTS: ""', "A: ${{ secrets.A }}"),
    "secrets for an action": (PREVIEW, "pulumi-version: 3.259.0", "pulumi-version: ${{ secrets.V }}"),
    "pulumi: secrets for a fork": (PREVIEW, SAME, "github.repository != ''\n"),
    "pulumi: secrets for a fork that is gone": (PREVIEW, SAME, "github.repository != ''\n"),
    "pulumi: secrets for a fork of the same name": (
        PREVIEW, SAME, "contains(github.event.pull_request.head.repo.full_name, 'octo')\n"),
    "pulumi: secrets for Dependabot": (PREVIEW, "&& github.actor != 'dependabot[bot]'", ""),
    "rendered: secrets for a fork": (PREVIEW, "          STACK:", "          A: ${{ secrets.A }}\n          STACK:"),
    "rendered: an expression in run: matrix.stack": (PREVIEW, '--stack "$STACK"', "--stack ${{ matrix.stack }}"),
    "comment: an expression in run: github.event.workflow_run.head_branch": (
        COMMENT, "post_comments.py github", "post_comments.py ${{ github.event.workflow_run.head_branch }}"),
    "actions/setup-python@v7 is not pinned to a commit": (
        PREVIEW, f"setup-python@{SETUP_PYTHON} # v7.0.0", "setup-python@v7"),
    f"actions/checkout@{CHECKOUT} has no version beside it": (PREVIEW, " # v7.0.1", ""),
    "stacks: persist-credentials: false is missing": (PREVIEW, "credentials: false", "credentials: true"),
    "comment: a checkout with ref": (
        COMMENT, "sparse-checkout: ci/scripts", "ref: ${{ github.event.workflow_run.head_sha }}"),
    "comment: uses actions/cache": (COMMENT, "actions/checkout@", "actions/cache@"),
    "comment: runs more than a script of ours": (COMMENT, "run: python3", "run: ci/scripts/install.sh && python3"),
    "concurrency is missing": (DRIFT, "concurrency:\n  group: mesh-drift\n  cancel-in-progress: false\n", ""),
    "stacks: timeout-minutes is missing": (DRIFT, "    timeout-minutes: 5\n", ""),
    "stacks: runs on self-hosted": (PREVIEW, "runs-on: ubuntu-24.04", "runs-on: self-hosted"),
}  # fmt: skip
"""Problem to the workflow that gets it, and how."""


@pytest.mark.parametrize("problem", SPOILED)
def test_a_spoiled_workflow_is_seen(problem: str, tmp_path: Path) -> None:
    path, before, after = SPOILED[problem]
    text = path.read_text(encoding="utf-8")
    assert before in text
    spoiled = tmp_path / path.name
    spoiled.write_text(text.replace(before, after), encoding="utf-8")
    assert problem in [found for rule in RULES for found in problems(spoiled, rule)]


def test_every_workflow_has_the_same_commit_of_an_action() -> None:
    """Ours are kept current by Dependabot, which does not know of those for users."""
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for action, pin in re.findall(r"uses: (\S+?)@(\S+ # \S+)", path.read_text(encoding="utf-8")):
            pins.setdefault(action, set()).add(pin)
    assert len(pins) > 5
    assert not {action: found for action, found in pins.items() if len(found) > 1}


def test_a_release_is_made_without_a_cache() -> None:
    """A pull request's run could have put something there."""
    build = load(OWN / "release.yml")["jobs"]["build"]
    assert build["steps"]
    for step in build["steps"]:
        assert not step.get("uses", "").startswith("actions/cache@")
        assert "cache" not in (step.get("with") or {})
