"""What every workflow keeps to, so that a pull request cannot get at anything: rules, each a function to problems.

Sources: GitHub's "Security hardening for GitHub Actions" and GitHub Security Lab's "Preventing pwn requests".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .expressions import Lenient, UnknownError, condition, within

Workflow = Mapping[str, Any]
Rule = Callable[[Workflow, str], Iterator[str]]

PINNED = re.compile(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40}")
COMMENTED = re.compile(r"uses:\s*(\S+)\s+#\s*v\d+(?:\.\d+)+\s*$")

MAY_WRITE = {
    ("mesh comment", "comment"): {"pull-requests"},
    ("mesh drift", "issues"): {"issues"},
    ("release", "github"): {"contents"},
    ("release", "pypi"): {"id-token"},
}
"""The only jobs that may write anything, and what."""

COMMENT_JOB = ("actions/checkout",)
"""Actions that a workflow may use that `workflow_run` starts: it may write, and others' code is around."""

OURS = {"full_name": "octo/mesh"}
STRANGERS = {
    "a fork": ({"full_name": "mallory/mesh"}, "mallory"),
    "a fork that is gone": (None, "mallory"),
    "a fork of the same name": ({"full_name": "mallory/octo-mesh"}, "octocat"),
    "Dependabot": (OURS, "dependabot[bot]"),
}
"""Whose pull requests get no secret: the head's repository and the actor."""


def triggers(workflow: Workflow) -> set[str]:
    """Return the events that start a workflow."""
    on = workflow["on"]
    return {on} if isinstance(on, str) else set(on)


def steps(workflow: Workflow) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each step with its job's name."""
    for name, job in workflow["jobs"].items():
        for step in job.get("steps", []):
            yield name, step


def no_trigger_that_mixes(workflow: Workflow, text: str) -> Iterator[str]:
    """`pull_request_target` and comments give strangers' events a token that may write."""
    for event in sorted(triggers(workflow) & {"pull_request_target", "issue_comment", "issues", "discussion"}):
        yield f"is started by {event}"
    if "workflow_run" in triggers(workflow) and triggers(workflow) != {"workflow_run"}:
        yield "is started by workflow_run and by something else"


def permissions_are_named(workflow: Workflow, text: str) -> Iterator[str]:
    """A workflow has no right unless a job asks for it."""
    if workflow.get("permissions") != {}:
        yield "permissions: {} is missing at the top"
    for name, job in workflow["jobs"].items():
        given = job.get("permissions")
        if not isinstance(given, Mapping):
            yield f"{name}: permissions are missing"
            continue
        allowed = MAY_WRITE.get((workflow["name"], name), set())
        for right, level in given.items():
            if level == "write" and right not in allowed:
                yield f"{name}: {right}: write"


def pull_requests_cannot_write(workflow: Workflow, text: str) -> Iterator[str]:
    """Code of a pull request never runs where anything can be written, and sees no token."""
    if "pull_request" not in triggers(workflow):
        return
    for name, job in workflow["jobs"].items():
        if "write" in (job.get("permissions") or {}).values():
            yield f"{name}: writes"
    if re.search(r"github\s*\.\s*token|secrets\s*\.\s*GITHUB_TOKEN", text):
        yield "uses the token"


def no_secret_for_strangers(workflow: Workflow, text: str) -> Iterator[str]:
    """Which job knows a secret does not run for a fork, and knows it in the steps that need it alone."""
    for level in (workflow, *workflow["jobs"].values()):
        if any("secrets" in found for found in within(level.get("env"))):
            yield "secrets in the environment of more than a step"
    if any("secrets" in found for name, step in steps(workflow) if "uses" in step for found in within(step)):
        yield "secrets for an action"
    if any(job.get("secrets") for job in workflow["jobs"].values()):
        yield "secrets handed to another workflow"
    if not {"pull_request", "workflow_run"} & triggers(workflow):
        return
    for name, job in workflow["jobs"].items():
        if any("secrets" in found for found in within(job)):
            for who, (source, actor) in STRANGERS.items():
                if runs(job, source, actor):
                    yield f"{name}: secrets for {who}"


def runs(job: Mapping[str, Any], source: Mapping[str, Any] | None, actor: str) -> bool:
    """Return whether a job would run for somebody's pull request, every variable being set."""
    context = {
        "github": {
            "event": {"pull_request": {"number": 1, "head": {"repo": source}}},
            "repository": OURS["full_name"],
            "actor": actor,
        },
        "vars": Lenient(MESH_PULUMI="true"),
    }
    well = {"success": lambda: True, "failure": lambda: False, "always": lambda: True, "cancelled": lambda: False}
    try:
        return condition(job.get("if"), context, well)
    except UnknownError:
        return True


def nothing_in_scripts(workflow: Workflow, text: str) -> Iterator[str]:
    """An expression in a script is text that becomes code; scripts take values from the environment."""
    for name, step in steps(workflow):
        for key in ("run", "shell", "working-directory"):
            for found in within(step.get(key)):
                yield f"{name}: an expression in {key}: {found}"
        for found in within((step.get("with") or {}).get("script")):
            yield f"{name}: an expression in a script: {found}"


def actions_are_pinned(workflow: Workflow, text: str) -> Iterator[str]:
    """A tag can be moved, a commit cannot; the version stands beside it."""
    used = [step["uses"] for _, step in steps(workflow) if "uses" in step]
    used += [job["uses"] for job in workflow["jobs"].values() if "uses" in job]
    commented = {found[1] for line in text.splitlines() if (found := COMMENTED.search(line))}
    for action in used:
        if action.startswith("./"):
            continue
        if not PINNED.fullmatch(action):
            yield f"{action} is not pinned to a commit"
        elif action not in commented:
            yield f"{action} has no version beside it"


def checkouts_leave_no_token(workflow: Workflow, text: str) -> Iterator[str]:
    """What runs afterwards would find it in .git/config; and nothing but the event's own commit is checked out."""
    for name, step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            given = step.get("with") or {}
            if given.get("persist-credentials") is not False:
                yield f"{name}: persist-credentials: false is missing"
            for key in sorted({"ref", "repository", "token", "ssh-key", "allow-unsafe-pr-checkout"} & set(given)):
                yield f"{name}: a checkout with {key}"


def what_may_write_runs_no_strangers_code(workflow: Workflow, text: str) -> Iterator[str]:
    """After a pull request's workflow: our own script from the default branch, no cache, no artifact unpacked."""
    if "workflow_run" not in triggers(workflow):
        return
    for name, step in steps(workflow):
        action = step.get("uses", "").partition("@")[0]
        if action and action not in COMMENT_JOB:
            yield f"{name}: uses {action}"
        script = step.get("run", "")
        if script and not re.fullmatch(r"python3 ci/scripts/\w+\.py [\w ]+\n?", script):
            yield f"{name}: runs more than a script of ours"


def everything_ends(workflow: Workflow, text: str) -> Iterator[str]:
    """Jobs have a time limit, workflows a concurrency group, and runners are GitHub's own."""
    if "concurrency" not in workflow:
        yield "concurrency is missing"
    for name, job in workflow["jobs"].items():
        if "uses" in job:
            continue
        if "timeout-minutes" not in job:
            yield f"{name}: timeout-minutes is missing"
        if not re.fullmatch(r"ubuntu-\d\d\.\d\d", str(job.get("runs-on"))):
            yield f"{name}: runs on {job.get('runs-on')}"


RULES: tuple[Rule, ...] = (
    no_trigger_that_mixes,
    permissions_are_named,
    pull_requests_cannot_write,
    no_secret_for_strangers,
    nothing_in_scripts,
    actions_are_pinned,
    checkouts_leave_no_token,
    what_may_write_runs_no_strangers_code,
    everything_ends,
)
