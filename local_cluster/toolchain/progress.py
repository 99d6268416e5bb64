"""Progress of long steps: a spinner with the time gone by on a terminal, plain lines anywhere else."""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress(Protocol):
    """Where the toolchain says what it is doing."""

    def step(self, what: str, usual_seconds: float = 0) -> AbstractContextManager[None]:
        """Show one step while the context is open. `usual_seconds` is how long it usually takes, 0 for not long."""

    def note(self, text: str) -> None:
        """Show one line."""


class PlainProgress:
    """Lines on a stream: one when a step begins, one when it is done."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    @contextmanager
    def step(self, what: str, usual_seconds: float = 0) -> Iterator[None]:
        """Show one step; see `Progress.step`."""
        self.note(f"{what}{_usually(usual_seconds)} ...")
        begun = time.monotonic()
        yield
        self.note(f"{what}: done in {duration(time.monotonic() - begun)}")

    def note(self, text: str) -> None:
        """Show one line."""
        print(text, file=self._stream or sys.stderr, flush=True)


class TerminalProgress:
    """A spinner and a clock on a terminal; a line stays for each step that is done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = False

    @contextmanager
    def step(self, what: str, usual_seconds: float = 0) -> Iterator[None]:
        """Show one step; see `Progress.step`."""
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        begun = time.monotonic()
        if self._live:
            # A terminal has room for one spinner: the outer step keeps it.
            yield
        else:
            self._live = True
            try:
                with RichProgress(*columns, console=self._console, transient=True) as live:
                    live.add_task(f"{what}{_usually(usual_seconds)}", total=None)
                    yield
            finally:
                self._live = False
        self.note(f"{what}: done in {duration(time.monotonic() - begun)}")

    def note(self, text: str) -> None:
        """Show one line."""
        self._console.print(text, markup=False, highlight=False)


def default_progress() -> Progress:
    """Return the progress for standard error: live on a terminal, else plain lines."""
    console = Console(stderr=True)
    return TerminalProgress(console) if console.is_terminal else PlainProgress()


def duration(seconds: float) -> str:
    """Return a length of time as people say it: `8 s`, `6 min 54 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _usually(seconds: float) -> str:
    if seconds < 5:
        return ""
    about = f"{round(seconds / 60)} min" if seconds >= 90 else f"{round(seconds)} s"
    return f" (usually about {about} the first time)"
