"""Which stacks a project has, for a job for each: a matrix for GitHub, or a child pipeline for GitLab.

    python3 ci/scripts/list_stacks.py [--also REF] [--only "NAME NAME"] --as names|github|gitlab-preview|gitlab-drift

A stack is a file `stacks/Pulumi.<stack>.yaml`; with `--also` those count, too, that another commit has, so that a
change that removes an environment is previewed like any other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from errors import CiError, run
from names import stack_name

FOLDER = "stacks"
BEFORE, AFTER = "Pulumi.", ".yaml"
JOBS_FILE = "/ci/gitlab/mesh-jobs.yml"
"""Templates of the jobs of a child pipeline, from the repository's root."""

FORMS = ("names", "github", "gitlab-preview", "gitlab-drift")
MOST = 200
"""Jobs in one matrix: GitHub allows 256, GitLab 200."""


def main() -> int:
    """Write the stacks in the form that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--also", metavar="REF", help="count the stacks of this commit, too")
    parser.add_argument("--only", metavar="NAMES", default="", help="these alone, separated by spaces; empty: all")
    parser.add_argument("--as", dest="form", choices=FORMS, default=FORMS[0])
    given = parser.parse_args()
    stacks = chosen({*here(), *(at(given.also) if given.also else ())}, given.only.split())
    if given.form == "names":
        print("\n".join(stacks))
    elif given.form == "github":
        write_output("stacks", json.dumps(stacks))
    else:
        print(json.dumps(pipeline(stacks, given.form.removeprefix("gitlab-")), indent=2))
    return 0


def here() -> list[str]:
    """Return the stacks of the checkout."""
    return names(path.name for path in Path(FOLDER).glob(f"{BEFORE}*{AFTER}"))


def at(ref: str) -> list[str]:
    """Return the stacks of a commit.

    :raises CiError: when there is no such commit
    """
    command = ["git", "ls-tree", "-z", "--name-only", "--end-of-options", ref, f"{FOLDER}/"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CiError(f"--also {ref}: {done.stderr.strip() or 'git failed'}; is the checkout deep enough?")
    return names(Path(path).name for path in done.stdout.split("\0") if path)


def names(files: Iterable[str]) -> list[str]:
    """Return the stacks that files of these names belong to."""
    return [
        stack_name(name.removeprefix(BEFORE).removesuffix(AFTER))
        for name in files
        if name.startswith(BEFORE) and name.endswith(AFTER)
    ]


def chosen(stacks: set[str], only: list[str]) -> list[str]:
    """Return the stacks to work on, sorted.

    :raises CiError: when there is none, too many, or one that is asked for is not there
    """
    if unknown := sorted(set(only) - stacks):
        raise CiError(f"--only: there is no stack {', '.join(unknown)}; there are: {', '.join(sorted(stacks))}")
    found = sorted(set(only) or stacks)
    if not found:
        raise CiError(f"no {FOLDER}/{BEFORE}<stack>{AFTER} here: run this in the project's folder")
    if len(found) > MOST:
        raise CiError(f"{len(found)} stacks are more than a matrix can have ({MOST}); name some with --only")
    return found


def pipeline(stacks: list[str], purpose: str) -> dict[str, Any]:
    """Return a child pipeline with a job for each stack, and one that says what they found; JSON is YAML, too.

    :param purpose: `preview` or `drift`
    """
    work = f"mesh {purpose}"
    return {
        "include": [{"local": JOBS_FILE}],
        work: {"extends": f".mesh-{purpose}", "parallel": {"matrix": [{"STACK": stacks}]}},
        f"{work} report": {"extends": f".mesh-{purpose}-report", "needs": [{"job": work, "artifacts": True}]},
    }


def write_output(name: str, value: str) -> None:
    """Set a step's output, as GitHub's runner reads it, or print it where there is no runner."""
    line = f"{name}={value}\n"
    file = os.environ.get("GITHUB_OUTPUT")
    if file:
        with Path(file).open("a", encoding="utf-8") as output:
            output.write(line)
    print(line, end="")


if __name__ == "__main__":
    run(main)
