"""The GitLab pipelines, job by job: a child pipeline for the stacks, previews as comments, drift as issues."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import gitlab_runner as runner
from .conftest import GITLAB, LOOSER, Repository
from .forge_server import Forge
from .kubernetes_server import empty_cluster, write

PARENT: dict[str, Any] = yaml.safe_load((GITLAB / "mesh.yml").read_text(encoding="utf-8"))
TEMPLATES: dict[str, Any] = yaml.safe_load((GITLAB / "mesh-jobs.yml").read_text(encoding="utf-8"))

PROD = "<!-- mesh preview: mesh/prod -->"
MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_IID": "5",
    "CI_MERGE_REQUEST_PROJECT_ID": "7",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7",
}
SCHEDULE = {"CI_PIPELINE_SOURCE": "schedule", "MESH_DRIFT": "true", "CI_PROJECT_ID": "7"}


@dataclass
class Pipeline:
    """A pipeline of the project, or of a fork."""

    repository: Repository
    forge: Forge
    folder: Path
    installed: Path
    variables: dict[str, str]
    artifacts: Path = field(init=False)
    runs: int = 0

    def __post_init__(self) -> None:
        self.artifacts = self.folder / "artifacts"

    def checkout(self) -> Path:
        """Clone what the pipeline is for, with what jobs before have left."""
        self.runs += 1
        folder = self.folder / f"job-{self.runs}"
        shutil.copytree(self.repository.work, folder)
        if self.artifacts.exists():
            shutil.copytree(self.artifacts, folder, dirs_exist_ok=True)
        return folder

    def keep(self, folder: Path, declared: Mapping[str, Any]) -> None:
        """Keep a job's artifacts for those after it."""
        for path in declared.get("artifacts", {}).get("paths", []):
            left = folder / path
            if left.is_dir():
                shutil.copytree(left, self.artifacts / path, dirs_exist_ok=True)

    def child(self, purpose: str) -> dict[str, Any]:
        """Run the job that lists the stacks, and return the child pipeline."""
        parent = runner.job(PARENT, f"mesh stacks of the {purpose}")
        folder = self.checkout()
        done = runner.run(parent, folder, self.variables)
        assert done.ok, done.log
        listed = json.loads((folder / "mesh-pipeline.yml").read_text())
        assert (self.repository.work / listed["include"][0]["local"].lstrip("/")).name == "mesh-jobs.yml"
        return {**TEMPLATES, **listed}

    def run(self, child: Mapping[str, Any], name: str, **more: str) -> runner.Job:
        declared = runner.job(child, name)
        folder = self.checkout()
        # In a child pipeline the source is another, and the merge request's variables are there.
        variables = {**self.variables, "CI_PIPELINE_SOURCE": "parent_pipeline", **more}
        installed = None if "report" in name else self.installed
        done = runner.run(declared, folder, variables, installed)
        self.keep(folder, declared)
        return done

    def each(self, child: Mapping[str, Any], name: str) -> dict[str, runner.Job]:
        """Run a job for each stack."""
        (matrix,) = child[name]["parallel"]["matrix"]
        return {stack: self.run(child, name, STACK=stack) for stack in matrix["STACK"]}


def access(forge: Forge) -> dict[str, str]:
    return {"CI_API_V4_URL": f"{forge.url}/api/v4", "MESH_GITLAB_TOKEN": forge.token}


@pytest.fixture
def pipeline(repository: Repository, forge: Forge, tmp_path: Path, installed: Path) -> Pipeline:
    """A merge request's pipeline, on a branch that changes one stack and removes the other."""
    base = repository.main
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit({"stacks/Pulumi.prod.yaml": LOOSER, "stacks/Pulumi.prod-eu.yaml": None})
    forge.comments[5] = []
    forge.me = {"id": 77, "login": "project_7_bot"}
    variables = {**MERGE_REQUEST, "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, **access(forge)}
    return Pipeline(repository, forge, tmp_path / "pipeline", installed, variables)


def test_a_merge_request_gets_one_comment_for_each_stack_updated_in_place(pipeline: Pipeline, forge: Forge) -> None:
    for number in range(130):
        forge.say(5, f"comment {number}", id=3)
    forged = forge.say(5, f"{PROD}\nnot ours", id=3)
    child = pipeline.child("preview")
    jobs = pipeline.each(child, "mesh preview")
    assert list(jobs) == ["prod", "prod-eu"]
    assert all(job.ok for job in jobs.values()), [job.log for job in jobs.values()]
    report = pipeline.run(child, "mesh preview report")
    assert report.ok, report.log
    ours = [note["body"] for note in forge.comments[5] if note["author"]["id"] == 77]
    assert [body.splitlines()[0] for body in ours] == [PROD, "<!-- mesh preview: mesh/prod-eu -->"]
    assert "PeerAuthentication" in ours[0] and "deleted" in ours[1]
    assert pipeline.run(child, "mesh preview report").log.count("unchanged") == 2
    assert forged["body"] == f"{PROD}\nnot ours"
    assert len(forge.comments[5]) == 133


def test_a_merged_results_pipeline_compares_with_the_target_branch(pipeline: Pipeline) -> None:
    """Where the branch was left is older than what it is merged into here."""
    pipeline.repository.git("checkout", "--quiet", "main")
    newest = pipeline.repository.commit({"stacks/Pulumi.new.yaml": "config: {}\n"})
    pipeline.repository.git("checkout", "--quiet", "feature")
    pipeline.repository.git("merge", "--quiet", "--no-edit", "main")
    pipeline.variables["CI_MERGE_REQUEST_TARGET_BRANCH_SHA"] = newest
    done = pipeline.run(pipeline.child("preview"), "mesh preview", STACK="new")
    assert done.ok and f"--diff {newest}" in done.log and "no change" in done.log, done.log


@pytest.mark.parametrize(
    ("altered", "engine", "comments"),
    [
        ({}, False, True),
        ({"MESH_PULUMI": "true"}, True, True),
        # A fork's pipeline runs in the fork; a member may run one here, too.
        ({"MESH_PULUMI": "true", "CI_PROJECT_ID": "9", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9"}, False, False),
        ({"MESH_PULUMI": "true", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9"}, False, False),
    ],
)
def test_a_forks_code_is_asked_without_the_cluster_and_gets_no_token_to_use(
    altered: dict[str, str], engine: bool, comments: bool
) -> None:
    variables = {**MERGE_REQUEST, **altered}
    preview = runner.rule(runner.job(TEMPLATES, ".mesh-preview"), variables)
    assert preview is not None
    assert ("ENGINE" in preview.get("variables", {})) is engine
    assert (runner.rule(runner.job(TEMPLATES, ".mesh-preview-report"), variables) is not None) is comments


@pytest.mark.parametrize(
    ("variables", "jobs"),
    [
        (MERGE_REQUEST, {"mesh stacks of the preview", "mesh preview"}),
        (SCHEDULE, {"mesh stacks of the drift", "mesh drift"}),
        ({"CI_PIPELINE_SOURCE": "schedule"}, set()),
        ({"CI_PIPELINE_SOURCE": "push"}, set()),
    ],
)
def test_which_pipeline_has_which_jobs(variables: dict[str, str], jobs: set[str]) -> None:
    named = [name for name in PARENT if not name.startswith(".")]
    assert {name for name in named if runner.rule(runner.job(PARENT, name), variables)} == jobs
    for name in named:
        trigger = PARENT[name].get("trigger")
        if trigger:
            (include,) = trigger["include"]
            assert include["job"] in PARENT[name]["needs"] and trigger["strategy"] == "depend"
            assert include["artifact"] in runner.job(PARENT, include["job"])["artifacts"]["paths"]


def test_drift_opens_one_issue(pipeline: Pipeline, forge: Forge) -> None:
    pipeline.repository.git("checkout", "--quiet", "main")
    with empty_cluster() as address:
        kubeconfig = write(pipeline.folder.parent, address)
        pipeline.variables = {
            **SCHEDULE,
            **access(forge),
            "MESH_DRIFT_STACKS": "prod",
            "KUBECONFIG": str(kubeconfig),
            "CI_PIPELINE_URL": "https://gitlab.example.com/octo/mesh/-/pipelines/9",
        }
        child = pipeline.child("drift")
        job = pipeline.each(child, "mesh drift")["prod"]
        assert not job.ok and "prod: drift, and the mesh is not well" in job.log, job.log
    for done in ("opened", "updated"):
        report = pipeline.run(child, "mesh drift report")
        assert report.ok and f"prod: {done}" in report.log, report.log
    (issue,) = forge.open_issues()
    assert issue["labels"] == ["mesh-drift"]
    assert "by https://gitlab.example.com/octo/mesh/-/pipelines/9." in issue["description"]
