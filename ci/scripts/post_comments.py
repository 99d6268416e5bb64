"""Posts previews as comments, one for each stack, each updated in place.

python3 ci/scripts/post_comments.py github              # in a workflow that a `workflow_run` event started
python3 ci/scripts/post_comments.py gitlab DIR           # in a merge request's pipeline; DIR/<stack>/comment.md
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import untrusted
import upsert
from errors import CiError, one_line, run
from forge import Thread
from github import GitHub, PullRequest
from gitlab import GitLab, MergeRequest
from http_api import ApiError
from names import PREVIEW_MARKER, first_line
from preview import ABOUT, COMMENT


def main() -> int:
    """Post what there is; a preview that cannot be posted does not keep the others back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    forges = parser.add_subparsers(dest="forge", required=True)
    forges.add_parser("github")
    forges.add_parser("gitlab").add_argument("folder", type=Path)
    given = parser.parse_args()
    return on_github(event()["workflow_run"]) if given.forge == "github" else on_gitlab(given.folder)


def event() -> dict[str, Any]:
    """Return the event that started the workflow, as GitHub wrote it.

    :raises CiError: where it is none of `workflow_run`
    """
    try:
        found: dict[str, Any] = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    except (KeyError, OSError, ValueError) as error:
        raise CiError("GITHUB_EVENT_PATH has no event: run this in a workflow") from error
    if "workflow_run" not in found:
        raise CiError("this is for workflows that `workflow_run` starts")
    return found


def on_github(ran: Mapping[str, Any]) -> int:
    """Post the previews that a workflow run left."""
    github = GitHub.of()
    found, refused = left_by(github, ran["id"])
    for number in sorted({left.request for left in found}):
        if not untrusted.is_of(pull_request(github, number), ran):
            print(f"pull request {number} is not, or no longer, at the commit that was previewed: nothing is posted")
            continue
        thread = PullRequest(github, number)
        room = untrusted.MOST_COMMENTS - count(thread)
        for left in found:
            if left.request == number:
                body = untrusted.disarmed(left.comment) if untrusted.is_fork(ran) else left.comment
                try:
                    done = upsert.comment(thread, left.marker, body, create=not left.quiet and room > 0)
                except CiError as error:
                    refused += 1
                    complain(error)
                    continue
                room -= done == "created"
                print(f"{left.stack}: {done}")
    return 1 if refused else 0


def left_by(github: GitHub, run_id: int) -> tuple[list[untrusted.Left], int]:
    """Return the previews that a workflow run left, and how many artifacts are none although they are called so."""
    refused = 0
    found: list[untrusted.Left] = []
    for artifact in list(github.artifacts(run_id)):
        name = str(artifact["name"])
        if not name.startswith(untrusted.ARTIFACT) or artifact.get("expired"):
            continue
        try:
            if len(found) >= untrusted.MOST_COMMENTS:
                raise CiError(f"artifact {name[:120]!r}: more than {untrusted.MOST_COMMENTS} in one run are not posted")
            found.append(untrusted.read(name, github.artifact(artifact["id"], untrusted.LARGEST_ARTIFACT)))
        except CiError as error:
            refused += 1
            complain(error)
    return found, refused


def pull_request(github: GitHub, number: int) -> dict[str, Any]:
    """Return a pull request, empty where there is none of that number."""
    try:
        return github.pull_request(number)
    except ApiError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return {}


def count(thread: Thread) -> int:
    """Return how many comments on previews there are."""
    return sum(entry.mine and bool(PREVIEW_MARKER.fullmatch(first_line(entry.body))) for entry in thread.comments())


def on_gitlab(folder: Path) -> int:
    """Post the previews of the same pipeline's jobs."""
    number = os.environ.get("CI_MERGE_REQUEST_IID", "")
    if not number.isdecimal():
        raise CiError("CI_MERGE_REQUEST_IID not set: run this in a merge request's pipeline")
    thread = MergeRequest(GitLab.of(), int(number))
    refused = 0
    for stack, comment, quiet in previews(folder):
        try:
            print(f"{stack}: {upsert.comment(thread, first_line(comment), comment, create=not quiet)}")
        except CiError as error:
            refused += 1
            complain(error)
    return 1 if refused else 0


def previews(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield the stacks of a folder with their comments, and whether there is nothing to say.

    :raises CiError: when there is none
    """
    found = sorted(folder.glob(f"*/{COMMENT}"))
    if not found:
        raise CiError(f"no preview in {folder}: did every preview job fail before it wrote one?")
    for file in found:
        about = json.loads(file.with_name(ABOUT).read_text(encoding="utf-8"))
        comment = file.read_text(encoding="utf-8")
        if not PREVIEW_MARKER.fullmatch(first_line(comment)):
            raise CiError(f"{file}: the first line is not a mark of a preview")
        yield file.parent.name, comment, bool(about["quiet"])


def complain(error: CiError) -> None:
    """Say what went wrong with one of several."""
    print(f"error: {one_line(str(error))}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
