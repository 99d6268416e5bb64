"""What these scripts end with instead of a traceback: one message, and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable


class CiError(Exception):
    """Something that the message explains, with what to do about it."""


def run(main: Callable[[], int]) -> None:
    """Run a script and leave with its exit code; an expected error is one line and exit code 1."""
    try:
        sys.exit(main())
    except CiError as error:
        print(f"error: {one_line(str(error))}", file=sys.stderr)
        sys.exit(1)


def one_line(text: str) -> str:
    """Return a text on one line: a line of its own that begins with `::` would be a command to GitHub's runner."""
    return " ".join(text.split())
