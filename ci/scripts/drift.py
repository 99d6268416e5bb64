"""Looks whether a cluster still is as its stack declares it, into a folder that becomes the job's artifact.

    .venv/bin/python ci/scripts/drift.py --stack NAME --out DIR [--pulumi]

`mesh verify` holds the cluster against the stack's file; with `--pulumi`, `pulumi refresh --preview-only` holds it
against what the last `pulumi up` left, too. The folder gets `drift.json` (`stack`, `drifted`, `rows`, `refresh`) and
what the commands printed. Drift is a finding, so the exit code is 0; it is 1 when nobody can tell, or when the mesh is
not well for another reason.

The cluster is the kubeconfig's context that MESH_CONTEXT names, else the stack's `kubernetes:context`, else the current
one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from errors import CiError, run
from names import stack_file, stack_name
from preview import MESH, OPTIONAL

REPORT, VERIFY, REFRESH = "drift.json", "verify.json", "refresh.txt"
DRIFT = ("declared", "foreign")
"""Checks of `mesh verify` that hold declared objects against live ones; the others say how the mesh is."""

CHANGES = "no changes were expected"
"""What Pulumi ends with where `--expect-no-changes` meets changes; any other error has another text."""

REFRESHED = ("refresh", "--preview-only", "--expect-no-changes", "--diff", "--non-interactive", "--suppress-progress")
SECONDS = 900


def main() -> int:
    """Look, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", required=True, type=stack_name)
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("--pulumi", action="store_true", help="ask Pulumi's state, too")
    given = parser.parse_args()
    folder: Path = given.out
    folder.mkdir(parents=True, exist_ok=True)
    rows = verified(given.stack, folder / VERIFY)
    refreshed = refresh(given.stack, folder / REFRESH) if given.pulumi else False
    wrong = [row for row in rows if row["status"] == "error"]
    drifted = refreshed or any(row["check"] in DRIFT for row in wrong)
    report = {"stack": given.stack, "drifted": drifted, "refresh": refreshed, "rows": wrong}
    (folder / REPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    ill = [row for row in wrong if row["check"] not in DRIFT]
    for row in wrong:
        print(f"{row['check']}: {row['object']}: {row['what']}")
    print(f"{given.stack}: {'drift' if drifted else 'no drift'}{', and the mesh is not well' if ill else ''}")
    return 1 if ill else 0


def verified(stack: str, kept: Path) -> list[dict[str, Any]]:
    """Return the rows of `mesh verify`.

    :raises CiError: when it could not look
    """
    done = output([MESH, "verify", "--stack", stack, "--output", "json"], MESH_CONTEXT=context(stack))
    kept.write_text(done.stdout, encoding="utf-8")
    try:
        rows: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
    except (ValueError, KeyError, TypeError) as error:
        sys.stderr.write(done.stderr)
        raise CiError(f"mesh verify could not look (exit code {done.returncode}); what it says is above") from error
    return rows


def refresh(stack: str, kept: Path) -> bool:
    """Return whether Pulumi's state and the cluster differ.

    :raises CiError: when Pulumi could not look
    """
    done = output(["pulumi", *REFRESHED, "--stack", stack])
    kept.write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode == 0:
        return False
    if CHANGES in done.stdout + done.stderr:
        return True
    sys.stderr.write(done.stdout + done.stderr)
    raise CiError(f"pulumi refresh could not look (exit code {done.returncode}); what it says is above")


def output(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it printed.

    :raises CiError: where there is no such command, or it takes too long
    """
    environment = {name: value for name, value in os.environ.items() if value or not name.startswith(OPTIONAL)}
    try:
        return subprocess.run(
            command, env={**environment, **variables}, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise CiError(f"there is no {command[0]} here") from error
    except subprocess.TimeoutExpired as error:
        raise CiError(f"{command[0]} took longer than {SECONDS} s") from error


def context(stack: str) -> str:
    """Return the kubeconfig's context of a stack's cluster.

    :raises CiError: where none is named
    """
    config = (read(stack_file(stack)).get("config")) or {}
    files = [Path(part) for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    current = [read(file).get("current-context") for file in files]
    for name in (os.environ.get("MESH_CONTEXT"), config.get("kubernetes:context"), *current):
        if name:
            return str(name)
    raise CiError(
        f"which cluster is {stack}'s? Set `kubernetes:context` in its file, or a current context in KUBECONFIG"
    )


def read(file: Path) -> dict[str, Any]:
    """Return what a YAML file says.

    :raises CiError: where it is missing or none
    """
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        # The error's own text may quote the file, and a kubeconfig has keys in it.
        raise CiError(f"{file} cannot be read as YAML ({type(error).__name__})") from error
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    run(main)
