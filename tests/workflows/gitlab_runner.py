"""Runs a job of a GitLab pipeline on this machine: `extends`, `rules` and variables as GitLab documents them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .github_runner import INSTALLER, SYSTEM_PATH

Declared = Mapping[str, Any]

CONDITION = re.compile(r"\s*(?:\$(?P<variable>\w+)|\"(?P<text>[^\"]*)\"|(?P<sign>==|!=|&&|\|\|))")


@dataclass(frozen=True)
class Job:
    """A job that has run."""

    ok: bool
    log: str


def merged(below: Declared, above: Declared) -> dict[str, Any]:
    """Return what `extends` makes of two jobs: maps key by key, everything else replaced."""
    found = dict(below)
    for key, value in above.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = merged(found[key], value) if both else value
    return found


def job(pipeline: Declared, name: str) -> dict[str, Any]:
    """Return a job with all that it extends."""
    declared = dict(pipeline[name])
    parent = declared.pop("extends", None)
    return merged(job(pipeline, parent), declared) if parent else declared


def holds(text: str, variables: Mapping[str, str]) -> bool:
    """Return whether a rule's `if` holds; `&&` binds before `||`, and a variable alone means that it has a value."""
    tokens: list[Any] = []
    at, text = 0, " ".join(text.split())
    while at < len(text):
        found = CONDITION.match(text, at)
        assert found, f"cannot read {text[at:]!r} of {text!r}"
        at = found.end()
        if found["sign"]:
            tokens.append(found["sign"])
        else:
            tokens.append((variables.get(found["variable"]) if found["variable"] else found["text"],))
    return any(all(_term(term) for term in _split(part, "&&")) for part in _split(tokens, "||"))


def _split(tokens: list[Any], sign: str) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token == sign:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _term(tokens: list[Any]) -> bool:
    match tokens:
        case [(left,), "==", (right,)]:
            return bool(left == right)
        case [(left,), "!=", (right,)]:
            return bool(left != right)
        case [(value,)]:
            return bool(value)
    raise AssertionError(f"cannot read {tokens}")


def rule(declared: Declared, variables: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the first of a job's rules that holds, None where the job is not in the pipeline."""
    for each in declared.get("rules", [{}]):
        if "if" not in each or holds(each["if"], variables):
            return dict(each)
    return None


def run(declared: Declared, folder: Path, variables: Mapping[str, str], installed: Path | None = None) -> Job:
    """Run a job in a checkout, its rule's variables and its own beside those of the pipeline and the project.

    :param installed: what `ci/scripts/install.sh` made before, to be taken instead of running it
    """
    chosen = rule(declared, variables)
    assert chosen is not None and chosen.get("when") != "never", "the job is not in the pipeline"
    # The project's and the pipeline's variables win over those of a job.
    given = {**declared.get("variables", {}), **chosen.get("variables", {}), **variables}
    before = list(declared.get("before_script", []))
    if installed and before:
        assert before == [INSTALLER]
        (folder / installed.name).symlink_to(installed)
        before = []
    script = "\n".join([*before, *declared["script"]])
    environment = {"PATH": SYSTEM_PATH, "HOME": str(folder.parent), "LANG": "C.UTF-8", "CI": "true", **given}
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return Job(done.returncode == 0, done.stdout)
