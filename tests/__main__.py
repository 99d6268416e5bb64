"""Every test, in two sessions side by side: ``python -m tests [pytest's arguments]``.

The tests on a cluster mostly wait, the others mostly compute: together they take little longer than the longer half.
Each line says which session it is from. To run some of them, ``python -m pytest`` with paths and ``-k``, as usual.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[1]
CLUSTER = ("tests/cluster",)
WIDTH = 8
"""Columns of the names of the sessions."""


class Session:
    """One run of pytest, its output passed on line by line."""

    def __init__(self, name: str, paths: Sequence[str], arguments: Sequence[str]) -> None:
        self.name = name
        colour = ["--color=yes"] if sys.stdout.isatty() else []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *colour, *arguments, *paths],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self.last = ""
        self._reader = Thread(target=self._pass_on)
        self._reader.start()

    def _pass_on(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.last = line.rstrip() or self.last
            print(f"{self.name:<{WIDTH}}| {line}", end="", flush=True)

    def end(self) -> int:
        """Wait for the end; return pytest's exit code."""
        code = self._process.wait()
        self._reader.join()
        return code


def main(arguments: Sequence[str]) -> int:
    """Run both sessions and return the worse exit code."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[str] = settings["tool"]["pytest"]["ini_options"]["testpaths"]
    sessions = [
        Session("cluster", CLUSTER, arguments),
        Session("others", [path for path in listed if path not in CLUSTER], arguments),
    ]
    try:
        codes = [session.end() for session in sessions]
    except KeyboardInterrupt:
        # Ctrl-C reached them, too.
        codes = [session.end() for session in sessions]
    for session in sessions:
        print(f"{session.name:<{WIDTH}}| {session.last}")
    return max(codes, default=pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
