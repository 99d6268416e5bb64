"""What the commands write with: one console for people, one way to report a mistake."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

out = Console(highlight=False)
"""Results go to standard output, coloured when it is a terminal, plain text when it is not."""

err = Console(stderr=True, highlight=False)
"""Progress and errors go to standard error, so that `--output json` stays clean."""

USER_MISTAKE = 2
"""Exit code for input that the user has to change (as click and istioctl's flag errors use)."""


def fail(message: str, code: int = 1) -> int:
    """Write one clear error and return the exit code to leave with."""
    err.print(f"[bold red]error:[/] {message}", markup=True, soft_wrap=True)
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
