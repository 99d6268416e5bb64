"""What the commands write with: one console for people, one way to report a mistake."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

PIPE_WIDTH = 160
"""Columns to write where there is no terminal that has a width."""


def console(to_error: bool) -> Console:
    """Return a console that a pipe does not fold."""
    made = Console(stderr=to_error, highlight=False)
    return made if made.is_terminal else Console(stderr=to_error, highlight=False, width=PIPE_WIDTH)


out = console(to_error=False)
"""Results go to standard output, coloured when it is a terminal, plain text when it is not."""

err = console(to_error=True)
"""Progress and errors go to standard error, so that `--output json` stays clean."""


def fail(message: str, code: int = 1) -> int:
    """Write one clear error and return the exit code to leave with."""
    err.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)
    return code


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what starts, and how long it took when it is done; a failure is left to whoever catches it."""
    err.print(f"[bold]==>[/] {title}")
    started = time.monotonic()
    try:
        yield
    finally:
        if sys.exc_info()[0] is None:
            err.print(f"    [dim]{time.monotonic() - started:.0f} s[/]")
