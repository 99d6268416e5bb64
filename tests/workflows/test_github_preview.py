"""The GitHub workflows for pull requests, run step by step: from a change to its comments, forks' included."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from local_cluster import toolchain
from local_cluster.pulumi import runtime as pulumi_runtime

from . import github_runner as runner
from .conftest import GITHUB, LOOSER, OFFLINE, STACK, Repository
from .expressions import Lenient, filled
from .forge_server import Forge
from .kubernetes_server import kubeconfig

PREVIEW = runner.load(GITHUB / "mesh-preview.yml")
COMMENT = runner.load(GITHUB / "mesh-comment.yml")

HERE, FORK = {"id": 1, "full_name": "octo/mesh"}, {"id": 2, "full_name": "mallory/mesh"}
PROD, PROD_EU = "<!-- mesh preview: mesh/prod -->", "<!-- mesh preview: mesh/prod-eu -->"


@dataclass
class PullRequest:
    """A pull request and what GitHub does for it."""

    repository: Repository
    forge: Forge
    folder: Path
    installed: Path
    source: Mapping[str, Any] = field(default_factory=lambda: HERE)
    variables: dict[str, str] = field(default_factory=dict)
    actor: str = "octocat"
    number: int = 7
    head: str = ""
    merged: str = ""
    runs: int = 0

    def push(self, files: Mapping[str, str | None]) -> None:
        self.head, self.merged = self.repository.pull_request(self.number, files)
        self.forge.pulls[self.number] = {
            "number": self.number,
            "state": "open",
            "head": {"sha": self.head, "repo": dict(self.source)},
        }
        self.forge.comments.setdefault(self.number, [])

    def context(self) -> dict[str, Any]:
        return {
            "github": {
                "event": {"pull_request": {"number": self.number, "head": {"repo": self.source}}},
                "repository": "octo/mesh",
                "actor": self.actor,
                "token": "read-only",
            },
            "vars": Lenient(self.variables),
        }

    def jobs(self) -> list[str]:
        """Return which jobs with a preview run."""
        context = self.context() | {"needs": {"stacks": {"result": "success"}}}
        return [name for name in ("rendered", "pulumi") if runner.wanted(PREVIEW, name, context)]

    def preview(self, *only: str) -> dict[str, runner.Job]:
        """Run the workflow `mesh preview` without credentials and return its jobs by stack.

        :param only: stacks to run a job for; none: all
        """
        self.runs += 1
        folder = self.folder / f"run-{self.runs}"
        artifacts: list[tuple[str, bytes]] = []
        self.forge.artifacts[self.runs] = artifacts
        actions = {
            "actions/checkout": runner.checkout(self.repository.origin, lambda: self.merged),
            "actions/setup-python": runner.nothing,
            "actions/upload-artifact": runner.upload(artifacts),
        }
        listed = runner.run(PREVIEW, "stacks", folder / "stacks", self.context(), actions, OFFLINE)
        assert listed.ok, listed.log
        context = self.context() | {"needs": {"stacks": {"outputs": listed.outputs, "result": "success"}}}
        assert runner.wanted(PREVIEW, "rendered", context)
        entries = runner.matrix(PREVIEW, "rendered", context)
        done = {}
        for stack in [entry["stack"] for entry in entries if entry["stack"] in (only or [entry["stack"]])]:
            seen = {**context, "matrix": {"stack": stack}}
            done[stack] = runner.run(PREVIEW, "rendered", folder / stack, seen, actions, OFFLINE, self.installed)
        return done

    def comment(self, **altered: Any) -> runner.Job:
        """Run the workflow `mesh comment` for the last run of `mesh preview`."""
        ran = {
            "id": self.runs,
            "event": "pull_request",
            "conclusion": "success",
            "head_sha": self.head,
            "head_branch": f"pull-{self.number}",
            "head_repository": dict(self.source),
            "repository": HERE,
            **altered,
        }
        context = {"github": {"event": {"workflow_run": ran}, "token": self.forge.token}}
        assert runner.wanted(COMMENT, "comment", context)
        assert filled(COMMENT["concurrency"]["group"], context)
        folder = self.folder / f"comment-{len(list(self.folder.glob('comment-*')))}"
        folder.mkdir(parents=True)
        event = folder / "event.json"
        event.write_text(json.dumps({"workflow_run": ran}))
        variables = {
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_REPOSITORY": "octo/mesh",
            "GITHUB_EVENT_PATH": str(event),
        }
        actions = {"actions/checkout": runner.checkout(self.repository.origin, lambda: self.repository.main)}
        return runner.run(COMMENT, "comment", folder, context, actions, variables)

    def bodies(self) -> list[str]:
        return self.forge.bodies(self.number)


@pytest.fixture
def pull(repository: Repository, forge: Forge, tmp_path: Path, installed: Path) -> PullRequest:
    return PullRequest(repository, forge, tmp_path / "runs", installed)


def test_a_change_gets_one_comment_for_each_stack_updated_in_place(pull: PullRequest, forge: Forge) -> None:
    # More comments than fit on a page come before ours, and one that only looks like ours.
    pull.push({"stacks/Pulumi.prod.yaml": LOOSER, "stacks/Pulumi.prod-eu.yaml": LOOSER})
    for number in range(130):
        forge.say(7, f"comment {number}", login="octocat", id=5)
    forged = forge.say(7, f"{PROD}\nnot from the bot", login="octocat", id=5)
    jobs = pull.preview()
    assert [job.result for job in jobs.values()] == ["success", "success"], [job.log for job in jobs.values()]
    assert list(jobs) == ["prod", "prod-eu"]
    posted = pull.comment()
    assert posted.ok, posted.log
    assert [body.splitlines()[0] for body in pull.bodies()] == [PROD, PROD_EU]
    assert "PeerAuthentication" in pull.bodies()[0]
    assert "prod: created" in posted.log and "prod-eu: created" in posted.log
    assert PROD in jobs["prod"].summary
    # The artifact has everything: comment, JSON and diff.
    assert [name for name, _ in forge.artifacts[1]] == ["mesh-preview-prod", "mesh-preview-prod-eu"]
    before = len(forge.comments[7])

    pull.push({"stacks/Pulumi.prod.yaml": LOOSER.replace("shop", "market")})
    pull.preview("prod")
    posted = pull.comment()
    assert posted.ok, posted.log
    assert "prod: updated" in posted.log
    first, second = pull.bodies()
    assert first.splitlines()[0] == PROD and "market" in first
    assert second.splitlines()[0] == PROD_EU and "market" not in second
    assert len(forge.comments[7]) == before
    assert forged["body"] == f"{PROD}\nnot from the bot"

    # Nothing new: nothing is written.
    forge.asked.clear()
    posted = pull.comment()
    assert "prod: unchanged" in posted.log and not forge.writes()


def test_a_fork_gets_its_comment_without_any_secret(pull: PullRequest, forge: Forge) -> None:
    pull.source = FORK
    pull.variables = {"MESH_PULUMI": "true"}
    pull.push({"stacks/Pulumi.prod.yaml": LOOSER.replace("shop", "market")})
    assert pull.jobs() == ["rendered"]
    jobs = pull.preview("prod")
    assert jobs["prod"].ok, jobs["prod"].log
    for environment in jobs["prod"].seen.values():
        assert not [name for name in environment if "TOKEN" in name or "PASSPHRASE" in name or "KUBECONFIG" in name]
    posted = pull.comment()
    assert posted.ok, posted.log
    (body,) = pull.bodies()
    assert body.splitlines()[:2] == [
        PROD,
        "> From a fork: made by the fork's own code, so it says what its author lets it say.",
    ]
    assert "market" in body


def test_an_environment_that_goes_is_previewed_too(pull: PullRequest) -> None:
    pull.push({"stacks/Pulumi.prod-eu.yaml": None})
    jobs = pull.preview("prod-eu")
    assert list(jobs) == ["prod-eu"] and jobs["prod-eu"].ok, jobs["prod-eu"].log
    pull.comment()
    (body,) = pull.bodies()
    assert body.splitlines()[0] == PROD_EU and "deleted" in body


def test_a_stack_without_changes_gets_no_comment_unless_it_has_one(pull: PullRequest) -> None:
    pull.push({"stacks/Pulumi.prod.yaml": LOOSER})
    pull.preview("prod-eu")
    assert "prod-eu: nothing to say" in pull.comment().log
    assert not pull.bodies()
    pull.push({"stacks/Pulumi.prod-eu.yaml": LOOSER})
    pull.preview("prod-eu")
    pull.comment()
    pull.push({"stacks/Pulumi.prod-eu.yaml": STACK})
    pull.preview("prod-eu")
    assert "prod-eu: updated" in pull.comment().log
    assert "no change" in pull.bodies()[0]


def test_a_stack_that_cannot_be_previewed_fails_its_job_and_says_so(pull: PullRequest) -> None:
    pull.push({"stacks/Pulumi.prod.yaml": STACK.replace("minimal", "minimol")})
    jobs = pull.preview("prod")
    assert jobs["prod"].result == "failure"
    assert pull.comment(conclusion="failure").ok
    (body,) = pull.bodies()
    assert body.splitlines()[0] == PROD and "could not be previewed" in body
    # The job to require in branch protection sees it.
    context = {
        "needs": {"stacks": {"result": "success"}, "rendered": {"result": "failure"}, "pulumi": {"result": "skipped"}}
    }
    assert not runner.run(PREVIEW, "result", pull.folder / "result", context, {}, {}).ok
    context["needs"]["rendered"]["result"] = "success"
    assert runner.run(PREVIEW, "result", pull.folder / "well", context, {}, {}).ok


def test_what_pulumi_is_asked_with_goes_to_members_only(pull: PullRequest) -> None:
    """Which of the two jobs runs, for everybody who may open a pull request."""
    assert pull.jobs() == ["rendered"]
    pull.variables = {"MESH_PULUMI": "true"}
    assert pull.jobs() == ["pulumi"]
    pull.actor = "dependabot[bot]"
    assert pull.jobs() == ["rendered"]
    pull.actor = "octocat"
    for source in (FORK, None):
        pull.source = source  # type: ignore[assignment]
        context = pull.context() | {"needs": {"stacks": {"result": "success"}}}
        if source is None:
            context["github"]["event"]["pull_request"]["head"]["repo"] = None
        assert runner.wanted(PREVIEW, "rendered", context) and not runner.wanted(PREVIEW, "pulumi", context)


@pytest.mark.tools
def test_the_job_that_asks_pulumi_keeps_its_secrets(pull: PullRequest, forge: Forge, tmp_path: Path) -> None:
    """Its steps with the real engine, whose backend does not know the stack."""
    pulumi_runtime.prepare()  # what is missing is built here, where a user's caches are
    pull.variables = {"MESH_PULUMI": "true", "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri()}
    (tmp_path / "backend").mkdir()
    pull.push({"stacks/Pulumi.prod.yaml": LOOSER})
    secrets = {"MESH_KUBECONFIG": kubeconfig("http://127.0.0.1:9"), "PULUMI_CONFIG_PASSPHRASE": "a-secret-passphrase"}
    artifacts: list[tuple[str, bytes]] = []
    forge.artifacts[1] = artifacts
    actions = {
        "actions/checkout": runner.checkout(pull.repository.origin, lambda: pull.merged),
        "actions/setup-python": runner.nothing,
        "pulumi/actions": runner.nothing,
        "actions/upload-artifact": runner.upload(artifacts),
    }
    variables = {"MESH_CACHE_DIR": str(toolchain.cache_dir()), "MESH_STATE_DIR": str(tmp_path / "state")}
    context = pull.context() | {"secrets": Lenient(secrets), "matrix": {"stack": "prod"}}
    context["needs"] = {"stacks": {"result": "success"}}
    assert runner.wanted(PREVIEW, "pulumi", context)
    job = runner.run(PREVIEW, "pulumi", tmp_path / "job", context, actions, variables, pull.installed)
    assert not job.ok
    assert stat.S_IMODE((job.temp / "kubeconfig").stat().st_mode) == 0o600
    # Secrets are for the steps that need them.
    assert "CONTENT" in job.seen["Kubeconfig"] and "CONTENT" not in job.seen["Preview"]
    assert job.seen["Preview"]["PULUMI_CONFIG_PASSPHRASE"] == "a-secret-passphrase"
    pull.runs = 1
    posted = pull.comment(conclusion="failure")
    assert posted.ok, posted.log
    (body,) = pull.bodies()
    assert body.splitlines()[0] == PROD and "no stack named 'prod' found" in body
    everything = (
        job.log
        + body
        + "".join(
            archive.read(name).decode()
            for _, content in artifacts
            for archive in [ZipFile(BytesIO(content))]
            for name in archive.namelist()
        )
    )
    for secret in ("a-secret-token", "a-secret-passphrase"):
        assert secret not in everything


def test_a_run_that_is_overtaken_posts_nothing(pull: PullRequest) -> None:
    pull.push({"stacks/Pulumi.prod.yaml": LOOSER})
    pull.preview("prod")
    before = pull.head
    pull.push({"stacks/Pulumi.prod.yaml": LOOSER.replace("shop", "market")})
    posted = pull.comment(head_sha=before)
    assert posted.ok and "nothing is posted" in posted.log
    assert not pull.bodies()


@pytest.mark.parametrize(
    ("altered", "runs"),
    [({}, True), ({"conclusion": "failure"}, True), ({"conclusion": "cancelled"}, False), ({"event": "push"}, False)],
)
def test_comments_follow_finished_runs_for_pull_requests_alone(altered: dict[str, str], runs: bool) -> None:
    ran = {"event": "pull_request", "conclusion": "success", **altered}
    assert runner.wanted(COMMENT, "comment", {"github": {"event": {"workflow_run": ran}}}) is runs
