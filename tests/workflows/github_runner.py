"""Runs a job of a GitHub workflow on this machine: its `run` steps in bash, its actions by what stands in for them.

A step gets what GitHub's runner would give it and nothing else: no variable of this process that is not named here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml

from .expressions import Lenient, condition, filled

SHELLS = {None: ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
"""How GitHub runs a script by the step's `shell` (documentation of `jobs.<job_id>.steps[*].shell`)."""

SYSTEM_PATH = f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin"
"""Where a runner's programs are; this Python without what is installed in the environment of the tests."""

INSTALL, INSTALLER = "Install", "ci/scripts/install.sh"
"""The step that makes the Python environment, and all that it runs: it takes seconds, so tests run it once for all."""

Action = Callable[["Job", Mapping[str, Any]], None]


@dataclass
class Job:
    """A job that is running, or has run.

    Attributes:
        workspace: The checkout.
        temp: The runner's temporary folder.
        context: What expressions see.
        actions: What stands in for actions, by name without version.
        ok: Whether no step has failed so far.
        log: What steps printed.
        used: Actions that were used, with their inputs.
        environment: What steps see at last.
    """

    workspace: Path
    temp: Path
    context: dict[str, Any]
    actions: Mapping[str, Action]
    ok: bool = True
    log: str = ""
    used: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    seen: dict[str, dict[str, str]] = field(default_factory=dict)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return the functions that say how it goes."""
        return {
            "success": lambda: self.ok,
            "failure": lambda: not self.ok,
            "always": lambda: True,
            "cancelled": lambda: False,
        }

    @property
    def result(self) -> str:
        return "success" if self.ok else "failure"


def load(path: Path) -> dict[str, Any]:
    """Return a workflow; YAML reads its key `on` as true."""
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in found.items()}


def wanted(workflow: Mapping[str, Any], name: str, context: Mapping[str, Any]) -> bool:
    """Return whether a job runs, where all jobs that it needs went well."""
    needs = context.get("needs", {})
    well = all(each["result"] == "success" for each in needs.values())
    skipped_or_failed = {
        "success": lambda: well,
        "failure": lambda: any(each["result"] == "failure" for each in needs.values()),
        "always": lambda: True,
        "cancelled": lambda: False,
    }
    return condition(workflow["jobs"][name].get("if"), context, skipped_or_failed)


def run(
    workflow: Mapping[str, Any],
    name: str,
    folder: Path,
    context: Mapping[str, Any],
    actions: Mapping[str, Action],
    variables: Mapping[str, str],
    installed: Path | None = None,
) -> Job:
    """Run a job.

    :param folder: where its workspace and temporary files go; made here
    :param context: `github`, `vars`, `secrets`, `needs`, `matrix`
    :param variables: what the runner has in its environment beside GitHub's own
    :param installed: what a step `Install` made before, to be taken instead of running it
    """
    job = workflow["jobs"][name]
    workspace, temp = folder / "workspace", folder / "temp"
    for made in (workspace, temp, folder / "home"):
        made.mkdir(parents=True)
    runner = {"temp": str(temp), "arch": "X64", "os": "Linux"}
    running = Job(workspace, temp, {"secrets": Lenient(), "vars": Lenient(), **context, "runner": runner}, actions)
    running.context |= {"steps": {}, "env": {}}
    own = {
        "PATH": SYSTEM_PATH,
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(workspace),
        "RUNNER_TEMP": str(temp),
        **variables,
    }
    for number, step in enumerate(job["steps"]):
        if installed and step.get("name") == INSTALL:
            assert step["run"] == INSTALLER
            (workspace / installed.name).symlink_to(installed)
            continue
        _step(running, workflow, job, step, own, folder / f"step-{number}")
    running.outputs = {key: filled(value, running.context) for key, value in (job.get("outputs") or {}).items()}
    return running


def _step(
    job: Job,
    workflow: Mapping[str, Any],
    declared: Mapping[str, Any],
    step: Mapping[str, Any],
    own: Mapping[str, str],
    files: Path,
) -> None:
    named = step.get("name") or step.get("uses", "")
    if not condition(step.get("if"), job.context, job.functions()):
        return
    given: dict[str, str] = {}
    for level in (workflow, declared, step):
        given |= {key: _text(filled(str(value), job.context)) for key, value in (level.get("env") or {}).items()}
    if "uses" in step:
        action = step["uses"].partition("@")[0]
        inputs = {
            key: filled(value, job.context) if isinstance(value, str) else value
            for key, value in (step.get("with") or {}).items()
        }
        job.used.append((action, inputs))
        job.actions[action](job, inputs)
        return
    files.mkdir()
    output, summary, script = files / "output", files / "summary", files / "script.sh"
    output.touch()
    summary.touch()
    script.write_text(filled(step["run"], job.context), encoding="utf-8")
    shell = step.get("shell") or ((workflow.get("defaults") or {}).get("run") or {}).get("shell")
    environment = {**own, **given, "GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
    job.seen[named] = environment
    done = subprocess.run(
        [*SHELLS[shell], str(script)],
        cwd=job.workspace,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    job.log += f"--- {named}: {done.returncode}\n{done.stdout}"
    job.summary += summary.read_text(encoding="utf-8")
    outputs = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    if "id" in step:
        job.context["steps"][step["id"]] = {"outputs": outputs}
    job.ok = job.ok and (done.returncode == 0 or bool(step.get("continue-on-error")))


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def matrix(workflow: Mapping[str, Any], name: str, context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of a job's matrix."""
    (key, value), *more = workflow["jobs"][name]["strategy"]["matrix"].items()
    assert not more
    return [{key: each} for each in filled(value, context)]


def checkout(origin: Path, commit: Callable[[], str]) -> Action:
    """Return what stands in for actions/checkout: a shallow clone of one commit.

    :param commit: the commit that the event would check out
    """

    def act(job: Job, inputs: Mapping[str, Any]) -> None:
        def git(*arguments: str) -> None:
            clean = {"PATH": os.environ["PATH"], "HOME": str(job.temp), "GIT_CONFIG_NOSYSTEM": "1"}
            subprocess.run(["git", *arguments], cwd=job.workspace, check=True, capture_output=True, env=clean)

        assert not {"ref", "repository"} & set(inputs), "a checkout of something else than the event's commit"
        git("init", "--quiet")
        git("remote", "add", "origin", origin.as_uri())
        if patterns := str(inputs.get("sparse-checkout", "")).split():
            git("sparse-checkout", "set", *patterns)
        git("fetch", "--quiet", "--depth", str(inputs.get("fetch-depth", 1)), "origin", commit())
        git("checkout", "--quiet", "FETCH_HEAD")

    return act


def upload(artifacts: list[tuple[str, bytes]]) -> Action:
    """Return what stands in for actions/upload-artifact: a zip archive of a folder."""

    def act(job: Job, inputs: Mapping[str, Any]) -> None:
        folder = job.workspace / inputs["path"]
        files = [file for file in sorted(folder.rglob("*")) if file.is_file()] if folder.is_dir() else []
        if not files:
            assert inputs.get("if-no-files-found") != "error"
            return
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(file, str(file.relative_to(folder)))
        artifacts.append((inputs["name"], packed.getvalue()))

    return act


def download(artifacts: list[tuple[str, bytes]]) -> Action:
    """Return what stands in for actions/download-artifact: each in a folder of its own."""

    def act(job: Job, inputs: Mapping[str, Any]) -> None:
        prefix = str(inputs["pattern"]).removesuffix("*")
        for name, content in artifacts:
            if name.startswith(prefix):
                with zipfile.ZipFile(BytesIO(content)) as archive:
                    archive.extractall(job.workspace / inputs["path"] / name)

    return act


def nothing(job: Job, inputs: Mapping[str, Any]) -> None:
    """Stand in for an action that prepares the runner: this machine is prepared."""
