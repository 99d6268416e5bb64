"""Every test, in two sessions side by side: ``python -m tests [pytest's arguments]``.

The tests on a cluster mostly wait, the others mostly compute: together they take little longer than the longer half.
Where caches are empty the ones on a cluster begin with what ``mesh up`` needs, while the tools that only the others, or
the last of them, need are still being built. Each line says which session it is from. To run some of them,
``python -m pytest`` with paths and ``-k``, as usual.
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
TOOLS = (str(Path(sys.executable).parent / "mesh"), "cluster", "tools")
WIDTH = 8
"""Columns of the names of the sessions."""


class Session:
    """Commands one after the other until one fails, their output passed on line by line."""

    def __init__(self, name: str, *commands: Sequence[str]) -> None:
        self.name = name
        self.last = ""
        self.code = 0
        self._thread = Thread(target=self._run, args=(commands,))
        self._thread.start()

    def _run(self, commands: Sequence[Sequence[str]]) -> None:
        for command in commands:
            running = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
            )
            assert running.stdout
            for line in running.stdout:
                self.last = line.rstrip() or self.last
                print(f"{self.name:<{WIDTH}}| {line}", end="", flush=True)
            self.code = running.wait()
            if self.code:
                return

    def end(self) -> int:
        """Wait for the end; return the exit code of the last command."""
        self._thread.join()
        return self.code


def main(arguments: Sequence[str]) -> int:
    """Run both sessions and return the worse exit code."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[str] = settings["tool"]["pytest"]["ini_options"]["testpaths"]
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    tests = [sys.executable, "-m", "pytest", *colour, *arguments]
    if code := subprocess.run([*TOOLS, "--up"], cwd=ROOT, check=False).returncode:
        return code
    sessions = [
        Session("cluster", [*tests, *CLUSTER]),
        Session("others", TOOLS, [*tests, *(path for path in listed if path not in CLUSTER)]),
    ]
    try:
        codes = [session.end() for session in sessions]
    except KeyboardInterrupt:
        # Ctrl-C reached them, too.
        codes = [session.end() for session in sessions]
    for session in sessions:
        print(f"{session.name:<{WIDTH}}| {session.last}")
    return max(map(abs, codes), default=pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
