"""Reads what a pull request's job left, as data that anybody may have made.

A pull request from a fork runs the fork's own version of the workflow, so nothing in its artifact can be believed: not
the file names, not the sizes, not the pull request's number. Nothing of it is unpacked to disk, run, or taken for a
file's name.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from errors import CiError
from names import PREVIEW_MARKER, STACK, first_line
from preview import ABOUT, COMMENT

ARTIFACT = "mesh-preview-"
"""How the names of artifacts with a preview begin; the stack's name follows."""

LARGEST_ARTIFACT = 20_000_000
LARGEST_ABOUT = 2_000
LARGEST_COMMENT = 65_000
"""Characters; GitHub takes 65,536 in a comment. `mesh preview` stays under 64,000."""

MOST_COMMENTS = 60
"""Comments of ours that a pull request may have: a fork could name as many stacks as it likes."""

INVISIBLE = "\u200b"
"""A space of no width: what it stands in is read as before, and means nothing to the forge."""

AT = re.compile(r"(@|&#0*64;|&#[xX]0*40;|&commat;)(?=[A-Za-z0-9_-])")
"""What the forge reads as the beginning of a name to notify, entities included: it reads what Markdown has become."""

COMMAND = re.compile(r"^([ \t]*)/(?=\w)", re.MULTILINE)
"""What bots read as a command to them."""

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, those that turn the direction of text included."""

READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, RuntimeError, EOFError, OSError)
"""What reading a broken or hostile archive raises."""


@dataclass(frozen=True)
class Left:
    """A preview that a job left.

    Attributes:
        stack: The stack's name.
        marker: The comment's first line.
        comment: The comment.
        request: The pull request that it claims to be for.
        quiet: Whether it claims that there is nothing to say.
    """

    stack: str
    marker: str
    comment: str
    request: int
    quiet: bool


def read(name: str, archive: bytes) -> Left:
    """Return what an artifact has.

    :raises CiError: when it is not what `preview.py` makes
    """
    stack = name.removeprefix(ARTIFACT)
    if not name.startswith(ARTIFACT) or not STACK.fullmatch(stack):
        raise CiError(f"artifact {name[:120]!r} is none of a stack")
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            # Line ends of one kind, so that the mark is a line of its own whoever counts lines.
            comment = "\n".join(member(packed, COMMENT, LARGEST_COMMENT * 4).splitlines()) + "\n"
            about = json.loads(member(packed, ABOUT, LARGEST_ABOUT))
    except NO_ARCHIVE as error:
        raise CiError(f"artifact {name}: {error}") from error
    if len(comment) > LARGEST_COMMENT:
        raise CiError(f"artifact {name}: the comment has {len(comment)} characters; allowed are {LARGEST_COMMENT}")
    marker = PREVIEW_MARKER.fullmatch(first_line(comment))
    if not marker or marker["stack"] != stack:
        raise CiError(f"artifact {name}: the comment does not begin with the mark of a preview of stack {stack}")
    if not isinstance(about, dict) or type(about.get("request")) is not int or about["request"] < 1:
        raise CiError(f"artifact {name}: {ABOUT} names no pull request")
    return Left(stack, marker[0], comment, about["request"], about.get("quiet") is True)


def member(packed: zipfile.ZipFile, name: str, limit: int) -> str:
    """Return a file's text.

    :raises CiError: when there is no such file, or it is larger than allowed, whatever the archive says of its size
    :raises ValueError: when it is no text
    """
    try:
        listed = packed.getinfo(name)
    except KeyError as error:
        raise CiError(f"the artifact has no {name}") from error
    if listed.compress_type not in READABLE:
        raise CiError(f"{name} in the artifact is packed in a way that upload-artifact does not use")
    with packed.open(listed) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise CiError(f"{name} in the artifact has more than {limit} bytes")
    return content.decode("utf-8")


def is_of(pull: Mapping[str, Any], run: Mapping[str, Any]) -> bool:
    """Return whether a pull request is the one that a workflow run was for, and still at the commit that ran.

    The number came with the artifact; what it is compared with came with the event, from GitHub itself. So a fork can
    name only a pull request of its own, at the very commit.

    :param pull: the pull request, as the API has it
    :param run: the event's `workflow_run`
    """
    head, source = pull.get("head") or {}, run.get("head_repository") or {}
    return (
        pull.get("state") == "open"
        and bool(head.get("sha"))
        and head.get("sha") == run.get("head_sha")
        and (head.get("repo") or {}).get("id") == source.get("id")
        and source.get("id") is not None
    )


def is_fork(run: Mapping[str, Any]) -> bool:
    """Return whether a workflow ran for another repository's code."""
    return (run.get("head_repository") or {}).get("id") != (run.get("repository") or {}).get("id")


def disarmed(comment: str) -> str:
    """Return a fork's comment such that it notifies nobody, gives no command to a bot, and says whose words it has."""
    marker, _, rest = comment.partition("\n")
    seen = UNSEEN.sub("", rest)
    quiet = COMMAND.sub(rf"\1{INVISIBLE}/", AT.sub(rf"\1{INVISIBLE}", seen))
    return f"{marker}\n> From a fork: made by the fork's own code, so it says what its author lets it say.\n\n{quiet}"
