"""Previews one stack with `mesh preview`, into a folder that becomes the job's artifact.

    python3 ci/scripts/preview.py --stack NAME --out DIR [--diff REF] [--pulumi] [--request NUMBER]

The folder gets `comment.md` (the comment), `preview.json`, `preview.txt` (the whole diff) and `about.json` (which
stack, which pull request, whether there is anything to say). The exit code is `mesh preview`'s: 0, 79 for what would be
refused, 1 when it could not be previewed. A comment is there even then.

MESH_PREVIEW_ARGUMENTS has more arguments for `mesh preview`, such as policy packs, and MESH_PREVIEW_FILES the YAML
beside the stacks, `{stack}` standing for the name; both are quoted as in a shell. Pulumi's engine takes no files, so it
gets none.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from errors import CiError, run
from names import preview_marker, stack_file, stack_name

MESH = ".venv/bin/mesh"
COMMENT, DATA, DIFF, ABOUT = "comment.md", "preview.json", "preview.txt", "about.json"
SUMMARY_LIMIT = 1_000_000
"""Bytes of a step's summary on GitHub are limited to 1 MiB."""

OPTIONAL = ("PULUMI_", "KUBECONFIG", "MESH_")
"""Beginnings of variables that count as not set when they are empty: a secret that is not there is an empty text."""


def main() -> int:
    """Preview, and pass on the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", required=True, type=stack_name)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("--diff", metavar="REF", help="commit to compare with; default: mesh preview's own")
    parser.add_argument("--pulumi", action="store_true", help="compare with what is deployed instead")
    parser.add_argument("--request", type=int, default=0, metavar="NUMBER", help="number of the pull or merge request")
    given = parser.parse_args()
    folder: Path = given.out
    folder.mkdir(parents=True, exist_ok=True)
    command = [MESH, "preview", "--stack", given.stack, "--output", "text"]
    command += ["--comment", str(folder / COMMENT), "--json", str(folder / DATA)]
    # An environment that the change removes has no file any more for Pulumi to read; the commit has it.
    engine = given.pulumi and stack_file(given.stack).is_file()
    command += ["--pulumi"] if engine else ["--diff", given.diff] if given.diff else []
    code = ran(command + words("ARGUMENTS") + ([] if engine else words("FILES")), folder / DIFF)
    comment = folder / COMMENT
    if not comment.is_file() or not comment.stat().st_size:
        comment.write_text(apology(given.stack, code), encoding="utf-8")
        code = code or 1
    about = {"stack": given.stack, "request": given.request, "quiet": code == 0 and nothing_to_say(folder / DATA)}
    (folder / ABOUT).write_text(json.dumps(about) + "\n", encoding="utf-8")
    summarize(comment.read_text(encoding="utf-8"))
    return code


def words(what: str) -> list[str]:
    """Return the arguments that the user adds in a variable.

    :raises CiError: where quotes do not match
    """
    variable = f"MESH_PREVIEW_{what}"
    try:
        return shlex.split(os.environ.get(variable, ""))
    except ValueError as error:
        raise CiError(f"{variable}: {error}") from error


def ran(command: list[str], kept: Path) -> int:
    """Run a command, its output shown and kept, and return its exit code.

    :raises CiError: where there is no such command
    """
    given = {name: value for name, value in os.environ.items() if value or not name.startswith(OPTIONAL)}
    print("$", shlex.join(command), flush=True)
    try:
        with (
            subprocess.Popen(command, env=given, stdout=subprocess.PIPE, encoding="utf-8", errors="replace") as process,
            kept.open("w", encoding="utf-8") as file,
        ):
            assert process.stdout
            for line in process.stdout:
                file.write(line)
                print(line, end="", flush=True)
    except FileNotFoundError as error:
        raise CiError(f"there is no {command[0]}: run ci/scripts/install.sh first") from error
    return process.returncode


def nothing_to_say(data: Path) -> bool:
    """Return whether a preview found neither changes nor findings that are new or gone."""
    try:
        environments: list[dict[str, Any]] = json.loads(data.read_text(encoding="utf-8"))["environments"]
    except (OSError, ValueError, KeyError):
        return False
    return all(
        one["status"] == "unchanged"
        and not one["violations"]
        and not any(one["findings"][key] for key in ("new", "fixed", "suppressed"))
        for one in environments
    )


def apology(stack: str, code: int) -> str:
    """Return the comment for a preview that made none. What was printed stays in the job's log: not all may be said."""
    return (
        f"{preview_marker(stack)}\n## Mesh preview of `{stack}`: failed\n\n"
        f"`mesh preview` ended with exit code {code} and wrote no comment; the job's log says why.\n"
    )


def summarize(comment: str) -> None:
    """Put a comment on the job's page, where the runner has one."""
    if file := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(file).open("ab") as summary:
            summary.write(comment.encode()[:SUMMARY_LIMIT] + b"\n")


if __name__ == "__main__":
    run(main)
