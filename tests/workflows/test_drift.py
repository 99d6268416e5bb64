"""The nightly drift workflow, run step by step: it looks with the real `mesh verify`, opens one issue and closes it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from . import github_runner as runner
from .conftest import GITHUB, OFFLINE, Repository
from .expressions import Lenient
from .forge_server import Forge
from .kubernetes_server import empty_cluster, kubeconfig
from .scripts import call, module

DRIFT = runner.load(GITHUB / "mesh-drift.yml")
MARKER = "<!-- mesh drift: mesh/prod -->"
drift_issues: Any = module("drift_issues")

CHANGED = {
    "check": "declared",
    "object": "Deployment istio-system/istiod",
    "status": "error",
    "what": "spec.replicas is 9, declared 2",
    "todo": "mesh up --refresh puts it back",
    "owner": "kubectl-edit",
}


@dataclass
class Night:
    """A run of the workflow."""

    repository: Repository
    forge: Forge
    folder: Path
    cluster: str
    installed: Path
    variables: dict[str, str] = field(default_factory=lambda: {"MESH_DRIFT_STACKS": "prod"})
    runs: int = 0
    artifacts: list[tuple[str, bytes]] = field(default_factory=list)

    def look(self) -> dict[str, runner.Job]:
        """Run the jobs that look at clusters, and return them by stack."""
        self.runs += 1
        self.artifacts = []
        folder = self.folder / f"night-{self.runs}"
        actions = {
            "actions/checkout": runner.checkout(self.repository.origin, lambda: self.repository.main),
            "actions/setup-python": runner.nothing,
            "actions/upload-artifact": runner.upload(self.artifacts),
        }
        # A schedule's event says nothing of the repository.
        github = {"event": {"schedule": "23 4 * * *"}, "event_name": "schedule", "ref_name": "main"}
        context = {
            "github": github,
            "vars": Lenient(self.variables),
            "secrets": Lenient(MESH_KUBECONFIG=kubeconfig(self.cluster)),
        }
        assert runner.wanted(DRIFT, "stacks", context)
        listed = runner.run(DRIFT, "stacks", folder / "stacks", context, actions, OFFLINE)
        assert listed.ok, listed.log
        context["needs"] = {"stacks": {"outputs": listed.outputs, "result": "success"}}
        jobs = {}
        for entry in runner.matrix(DRIFT, "drift", context):
            name = entry["stack"]
            jobs[name] = runner.run(
                DRIFT, "drift", folder / name, {**context, "matrix": entry}, actions, OFFLINE, self.installed
            )
        return jobs

    def issues(self, drift: str = "success") -> runner.Job:
        """Run the job that keeps the issues."""
        needs = {"stacks": {"result": "success"}, "drift": {"result": drift}}
        context = {"github": {"token": self.forge.token}, "needs": needs}
        assert runner.wanted(DRIFT, "issues", context)
        actions = {
            "actions/checkout": runner.checkout(self.repository.origin, lambda: self.repository.main),
            "actions/download-artifact": runner.download(self.artifacts),
        }
        variables = {
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_SERVER_URL": "https://github.example.com",
            "GITHUB_REPOSITORY": "octo/mesh",
            "GITHUB_RUN_ID": "99",
        }
        folder = self.folder / f"issues-{len(list(self.folder.glob('issues-*')))}"
        return runner.run(DRIFT, "issues", folder, context, actions, variables)


@pytest.fixture
def night(repository: Repository, forge: Forge, tmp_path: Path, installed: Path) -> Iterator[Night]:
    with empty_cluster() as address:
        yield Night(repository, forge, tmp_path / "nights", address, installed)


def test_drift_opens_one_issue_which_is_updated(night: Night, forge: Forge) -> None:
    """The real `mesh verify`, on a cluster from which everything has gone."""
    jobs = night.look()
    job = jobs["prod"]
    # Nothing is there at all, so the mesh is not well either, which is more than drift.
    assert job.result == "failure" and "prod: drift, and the mesh is not well" in job.log, job.log
    written = Path(job.seen["Look"]["KUBECONFIG"])
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert "a-secret-token" not in job.log
    assert night.issues("failure").ok
    (issue,) = forge.open_issues()
    assert issue["title"] == "Drift: the cluster of stack prod is not as declared"
    assert issue["labels"] == ["mesh-drift"]
    assert issue["body"].splitlines()[0] == MARKER
    assert "istio-system&#47;istiod</code> | <code>missing</code>" in issue["body"]
    assert "by https://github.example.com/octo/mesh/actions/runs/99." in issue["body"]
    assert "a-secret-token" not in issue["body"]

    night.look()
    done = night.issues("failure")
    assert done.ok and f"updated #{issue['number']}" in done.log
    assert forge.open_issues() == [issue]


def test_a_cluster_that_does_not_answer_changes_no_issue(night: Night, forge: Forge) -> None:
    issue = forge.file("Drift", f"{MARKER}\nold", ["mesh-drift"])
    night.cluster = "http://127.0.0.1:9"
    jobs = night.look()
    assert jobs["prod"].result == "failure"
    assert "mesh verify could not look" in jobs["prod"].log and "does not answer" in jobs["prod"].log
    assert night.issues("failure").ok
    assert forge.open_issues() == [issue] and issue["body"] == f"{MARKER}\nold"


def test_a_secret_that_is_not_set_is_said(night: Night) -> None:
    night.cluster = ""
    context = {"secrets": Lenient(), "vars": Lenient(), "matrix": {"stack": "prod"}}
    workflow = {
        **DRIFT,
        "jobs": {"drift": {"steps": [s for s in DRIFT["jobs"]["drift"]["steps"] if s.get("name") == "Kubeconfig"]}},
    }
    job = runner.run(workflow, "drift", night.folder / "unset", context, {}, {})
    assert not job.ok and "::error::the secret MESH_KUBECONFIG is not set (docs/ci.md)" in job.log


def test_by_hand_it_is_for_the_default_branch(night: Night) -> None:
    event = {"repository": {"default_branch": "main"}}
    for branch, runs in (("main", True), ("feature", False)):
        context = {"github": {"event": event, "event_name": "workflow_dispatch", "ref_name": branch}}
        assert runner.wanted(DRIFT, "stacks", context) is runs


# --- issues, by what the jobs found ---


def report(folder: Path, stack: str, *rows: Any, refresh: bool = False) -> None:
    file = folder / "reports" / stack / "drift.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"stack": stack, "drifted": bool(rows) or refresh, "refresh": refresh, "rows": rows}))


def keep(forge: Forge, folder: Path, of: str = "github") -> Any:
    """Run the script that keeps the issues."""
    (folder / "Pulumi.yaml").write_text("name: mesh\n")
    variables = {
        "github": {"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": "octo/mesh", "GITHUB_TOKEN": forge.token},
        "gitlab": {
            "CI_API_V4_URL": f"{forge.url}/api/v4",
            "CI_PROJECT_ID": "7",
            "MESH_GITLAB_TOKEN": forge.token,
            "CI_PIPELINE_URL": "https://gitlab.example.com/octo/mesh/-/pipelines/9",
        },
    }
    return call("drift_issues", of, "reports", folder=folder, **variables[of])


@pytest.mark.parametrize("of", ["github", "gitlab"])
def test_one_issue_for_each_stack_closed_when_the_drift_is_gone(forge: Forge, tmp_path: Path, of: str) -> None:
    report(tmp_path, "prod", CHANGED)
    report(tmp_path, "prod-eu", refresh=True)
    report(tmp_path, "dev")
    done = keep(forge, tmp_path, of)
    assert done.returncode == 0, done.stderr
    prod, prod_eu = forge.open_issues()
    assert prod["body"].splitlines()[0] == MARKER and "kubectl-edit" in prod["body"]
    assert "pulumi refresh --preview-only" in prod_eu["body"]
    for _ in range(2):
        keep(forge, tmp_path, of)
    assert len(forge.issues) == 2
    report(tmp_path, "prod")
    done = keep(forge, tmp_path, of)
    assert f"prod: closed #{prod['number']}" in done.stdout
    assert forge.open_issues() == [prod_eu]
    assert forge.comments[prod["number"]][0]["body"].startswith(
        "The cluster is as stack `prod` declares it again. Seen "
    )
    report(tmp_path, "prod", CHANGED)
    keep(forge, tmp_path, of)
    assert len(forge.open_issues()) == 2 and len(forge.issues) == 3


def test_issues_are_found_on_every_page(forge: Forge, tmp_path: Path) -> None:
    for number in range(130):
        forge.file(f"{number}", "text", ["mesh-drift"], login="octocat", id=5)
    report(tmp_path, "prod", CHANGED)
    for _ in range(2):
        keep(forge, tmp_path)
    assert len([issue for issue in forge.issues if issue["user"] == forge.me]) == 1


def test_what_a_cluster_holds_cannot_get_out_of_its_cell(forge: Forge, tmp_path: Path) -> None:
    """Whoever may write into the cluster would otherwise write into the issue, with the bot's name."""
    nasty = "`x`|\n<!-- y -->\n@octocat <img src=x> </code> #1 https://example.com **b** &#64;z"
    report(tmp_path, "prod", {**CHANGED, "what": nasty, "object": nasty})
    keep(forge, tmp_path)
    (issue,) = forge.open_issues()
    rows = [line for line in issue["body"].splitlines() if line.startswith("| <code>")]
    assert len(rows) == 1
    cell = rows[0].split(" | ")[1]
    inner = cell.removeprefix("<code>").removesuffix("</code>")
    assert not set("`|<>@*") & set(inner) and "https://" not in inner and "&#64;octocat" in inner


def test_a_very_long_report_fits(forge: Forge, tmp_path: Path) -> None:
    report(tmp_path, "prod", *[{**CHANGED, "what": "&" * 5000, "todo": "|" * 5000}] * 500)
    done = keep(forge, tmp_path)
    assert done.returncode == 0, done.stderr
    (issue,) = forge.open_issues()
    assert len(issue["body"]) <= drift_issues.LIMIT + 100
    assert issue["body"].splitlines()[0] == MARKER and "the job's artifact" in issue["body"]


def test_a_long_value_is_cut(forge: Forge, tmp_path: Path) -> None:
    report(tmp_path, "prod", {**CHANGED, "what": "w" * 5000})
    keep(forge, tmp_path)
    (issue,) = forge.open_issues()
    assert f"<code>{'w' * (drift_issues.MOST_CHARACTERS - 1)}…</code>" in issue["body"]


def test_no_report_changes_nothing(forge: Forge, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    assert keep(forge, tmp_path).returncode == 0
    assert not forge.asked


# --- which cluster ---


@pytest.mark.parametrize(
    ("variable", "file", "current", "expected"),
    [("a", "b", "c", "a"), ("", "b", "c", "b"), ("", "", "c", "c"), ("", "", "", None)],
)
def test_the_cluster_is_the_one_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, file: str, current: str, expected: str | None
) -> None:
    drift, errors = module("drift"), module("errors")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text(f"config: {{'kubernetes:context': '{file}'}}\n")
    (tmp_path / "kubeconfig").write_text(f"current-context: '{current}'\n")
    monkeypatch.chdir(tmp_path)
    for name, value in {"MESH_CONTEXT": variable, "KUBECONFIG": f"{tmp_path / 'kubeconfig'}{os.pathsep}"}.items():
        monkeypatch.setenv(name, value)
    if expected:
        assert drift.context("prod") == expected
    else:
        with pytest.raises(errors.CiError, match="which cluster is prod's"):
            drift.context("prod")


def test_a_kubeconfig_that_is_no_yaml_is_not_quoted(tmp_path: Path) -> None:
    drift, errors = module("drift"), module("errors")
    (tmp_path / "kubeconfig").write_text("token: 'sesame\n")
    with pytest.raises(errors.CiError) as refused:
        drift.read(tmp_path / "kubeconfig")
    assert "cannot be read as YAML" in str(refused.value) and "sesame" not in str(refused.value)
