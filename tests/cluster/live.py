"""What the tests of the commands that read a live cluster have in common."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from .kubectl import eventually
from .mesh_stack import mesh

Rows = list[dict[str, str]]


def verify(*arguments: str) -> tuple[int, Rows]:
    """Run `mesh verify` of the demo stack; return its exit code and its rows."""
    done = mesh("verify", "--stack", "demo", "--output", "json", *arguments, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    rows: Rows = json.loads(done.stdout)["rows"]
    return done.returncode, rows


def wrong(rows: Rows) -> Rows:
    """Return the rows that are not well."""
    return [row for row in rows if row["status"] != "ok"]


def is_well() -> None:
    """Wait until verify finds nothing at all: proxies need a moment after a restart."""
    eventually(lambda: wrong(verify()[1]), lambda found: not found, "everything is well", attempts=20, pause=2)


def refused(*arguments: str) -> str:
    """Return the one clear message with which a command refuses its input."""
    done: subprocess.CompletedProcess[str] = mesh(*arguments, check=False)
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr


def loaded(*arguments: str, code: int = 0) -> Any:
    """Return what a command prints as JSON."""
    done = mesh(*arguments, "--output", "json", check=False)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)
