"""Keeps one open issue for each stack whose cluster has drifted, and closes it when the drift is gone.

python3 ci/scripts/drift_issues.py github|gitlab DIR     # DIR/<…>/drift.json, from drift.py
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import upsert
from errors import CiError, run
from forge import Board
from github import GitHub
from gitlab import GitLab
from names import DRIFT_LABEL, drift_marker, stack_name

REPORT = "drift.json"
MOST_ROWS = 100
MOST_CHARACTERS = 300
"""Characters of one cell of the table: 100 rows of four stay below what GitHub takes."""
LIMIT = 60_000


def main() -> int:
    """Open, update and close issues as the reports say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("forge", choices=["github", "gitlab"])
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    found = list(reports(given.folder))
    board: Board = GitHub.of() if given.forge == "github" else GitLab.of()
    for report in found:
        stack = stack_name(report["stack"])
        body = issue(report) if report["drifted"] else ""
        gone = f"The cluster is as stack `{stack}` declares it again. {seen()}"
        print(f"{stack}: {upsert.issue(board, drift_marker(stack), DRIFT_LABEL, title(stack), body, gone)}")
    return 0


def reports(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what drift jobs found; a stack whose job could not tell has none, and its issue stays as it is."""
    for file in sorted(folder.glob(f"**/{REPORT}")):
        try:
            yield json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise CiError(f"{file} is not JSON: {error}") from error


def title(stack: str) -> str:
    """Return the title of a stack's issue."""
    return f"Drift: the cluster of stack {stack} is not as declared"


def issue(report: Mapping[str, Any]) -> str:
    """Return an issue's text."""
    stack = report["stack"]
    parts = [
        drift_marker(stack),
        f"The cluster of stack `{stack}` differs from what is declared.",
        table(report["rows"]),
        "`pulumi refresh --preview-only` finds changes against the stack's state, too; the job's artifact has its diff."
        if report["refresh"]
        else "",
        f"`mesh verify --stack {stack}` looks again; `pulumi up --stack {stack} --refresh` puts back what is declared. "
        "This issue is updated by each run of the drift job, and closed when nothing differs any more.",
        seen(),
    ]
    return cut("\n\n".join(part for part in parts if part) + "\n")


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what differs, as a table."""
    if not rows:
        return ""
    lines = ["| object | what | by | to do |", "|---|---|---|---|"]
    for row in rows[:MOST_ROWS]:
        cells = (row["object"], row["what"], row.get("owner", ""), row.get("todo", ""))
        lines.append("| " + " | ".join(code(str(cell)) for cell in cells) + " |")
    if len(rows) > MOST_ROWS:
        lines.append(f"| … and {len(rows) - MOST_ROWS} more, in the job's artifact | | | |")
    return "\n".join(lines)


def code(text: str) -> str:
    """Return a text as code in a table's cell: what a cluster holds is data, whoever wrote it there.

    Elements of HTML, because a backtick ends Markdown's code and a bar ends a cell.
    """
    short = re.sub(r"\s+", " ", text)
    short = short if len(short) <= MOST_CHARACTERS else short[: MOST_CHARACTERS - 1] + "…"
    escaped = "".join(f"&#{ord(char)};" if char in "&<>|`*_[]@#~\\$:/!" else char for char in short)
    return f"<code>{escaped}</code>" if short else ""


def seen() -> str:
    """Return when and where this was seen."""
    server, repository, number = (os.environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    place = f"{server}/{repository}/actions/runs/{number}" if number else os.environ.get("CI_PIPELINE_URL", "")
    return f"Seen {datetime.now(UTC):%Y-%m-%d %H:%M} UTC{f' by {place}' if place else ''}."


def cut(text: str) -> str:
    """Return a text that is not longer than an issue may be, at the end of a line."""
    if len(text) <= LIMIT:
        return text
    return text[:LIMIT].rpartition("\n")[0] + "\n\n… cut; the job's artifact has the rest.\n"


if __name__ == "__main__":
    run(main)
