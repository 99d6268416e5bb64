"""The runners of these tests are right about what they stand in for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from . import github_runner, gitlab_runner
from .expressions import Lenient, UnknownError, condition, evaluate, filled

CONTEXT: dict[str, Any] = {
    "github": {"actor": "octocat", "event": {"pull_request": None}},
    "vars": Lenient(A="true"),
    "needs": {"a": {"result": "success"}, "b": {"result": "skipped"}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.actor", "octocat"),
        ("github['actor']", "octocat"),
        ("github.actor == 'OctoCat'", True),
        ("!(github.actor != 'octocat') && vars.A", "true"),
        ("vars.A == 'true' && '--pulumi' || ''", "--pulumi"),
        ("vars.B == 'true' && '--pulumi' || ''", ""),
        ("github.event.pull_request.head.sha == null", True),
        ("join(needs.*.result, ' ')", "success skipped"),
        ("contains(needs.*.result, 'failure')", False),
        ("fromJSON('[1, 2]')", [1, 2]),
        ("format('{0}-{1}', 'a', 2)", "a-2"),
        ("'it''s'", "it's"),
        ("true || github.nothing", True),
    ],
)
def test_expressions_have_githubs_values(text: str, value: Any) -> None:
    assert evaluate(text, CONTEXT) == value


@pytest.mark.parametrize("text", ["github.nothing", "steps.a", "hashFiles('x')", "github.actor ==", "a b", "1 = 1"])
def test_what_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(UnknownError):
        evaluate(text, CONTEXT)


def test_texts_are_filled_and_types_kept() -> None:
    assert filled("x-${{ vars.A }}-${{ vars.B }}.", CONTEXT) == "x-true-."
    assert filled("${{ fromJSON('[1]') }}", CONTEXT) == [1]


@pytest.mark.parametrize(
    ("text", "ok", "runs"),
    [(None, False, False), ("vars.A", False, False), ("vars.A", True, True), ("!cancelled() && vars.A", False, True)],
)
def test_a_condition_asks_for_success_unless_it_says_otherwise(text: str | None, ok: bool, runs: bool) -> None:
    functions = {"success": lambda: ok, "cancelled": lambda: False}
    assert condition(text, CONTEXT, functions) is runs


def test_a_step_fails_as_on_github(tmp_path: Path) -> None:
    steps = [
        {"id": "a", "run": 'echo x=1 >> "$GITHUB_OUTPUT"', "env": {"Z": "${{ matrix.z }}"}},
        {"run": "false | true; echo went on"},
        {"run": "false | true; echo went on", "shell": "bash"},
        {"run": "echo not run"},
        {"run": "echo run after all", "if": "failure()"},
    ]
    workflow = {"jobs": {"j": {"steps": steps, "outputs": {"x": "${{ steps.a.outputs.x }}"}}}}
    job = github_runner.run(workflow, "j", tmp_path / "job", {"matrix": {"z": 1}}, {}, {})
    assert job.outputs == {"x": "1"} and not job.ok
    assert job.log.count("went on") == 1 and "not run" not in job.log and "run after all" in job.log


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$A", True),
        ("$E", False),
        ("$N", False),
        ('$A == "1"', True),
        ("$A == $B", False),
        ("$N == $N2", True),
        ('$E == "" || $N', True),
        ('$A == "1" && $B == "1" || $B == "2"', True),
        ('$A != "1" && $B', False),
    ],
)
def test_rules_hold_as_on_gitlab(text: str, value: bool) -> None:
    assert gitlab_runner.holds(text, {"A": "1", "B": "2", "E": ""}) is value


def test_a_job_extends_another_as_on_gitlab() -> None:
    pipeline = {
        ".a": {"variables": {"X": "1", "Y": "1"}, "script": ["a"], "stage": "test"},
        ".b": {"extends": ".a", "variables": {"Y": "2"}},
        "c": {"extends": ".b", "script": ["c"]},
    }
    assert gitlab_runner.job(pipeline, "c") == {
        "variables": {"X": "1", "Y": "2"},
        "script": ["c"],
        "stage": "test",
    }
