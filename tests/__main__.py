"""Every test, in three sessions side by side: ``python -m tests [pytest's arguments]``.

The tests on a cluster mostly wait, the others mostly compute. Those on a cluster have two nodes: one for what happens
to meshes, one for what happens to apps in a mesh; where the cluster is a kind one, there is one, and one session for
it. Where caches are empty they begin with what ``mesh up`` needs, while the tools that only the others, or the last
of them, need are still being built. Each line says which session it is from. To run some of them, ``python -m
pytest`` with paths and ``-k``, as usual.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import pytest

from local_cluster import kind
from local_cluster.cluster import kind_folder
from local_cluster.paths import state_dir

ROOT = Path(__file__).parents[1]
CLUSTER = "tests/cluster"
APPS = ("test_traffic_*.py", "test_security_*.py")
"""Tests of what happens to apps in a mesh, which one demo stack serves, or few."""
ADDONS = ("test_observability*.py", "test_shop.py", "test_dashboard.py", "test_cni.py")
"""Tests of meshes with addons, and of dashboards, which those open, too: a port of this machine is for one session. And
of what else is not built for each `mesh up`."""
TOOLS = (str(Path(sys.executable).parent / "mesh"), "cluster", "tools")
WIDTH = 8
"""Columns of the names of the sessions."""


class Session:
    """Commands one after the other, whatever becomes of them, their output passed on line by line.

    :param state: folder for the state of its clusters and stacks; None: as usual
    """

    def __init__(self, name: str, *commands: Sequence[str], state: Path | None = None) -> None:
        self.name = name
        self.last: list[str] = []
        self.code = 0
        self._environment = os.environ | ({"MESH_STATE_DIR": str(state)} if state else {})
        self._thread = Thread(target=self._run, args=(commands,))
        self._thread.start()

    def _run(self, commands: Sequence[Sequence[str]]) -> None:
        for command in commands:
            running = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            assert running.stdout
            self.last.append("")
            for line in running.stdout:
                self.last[-1] = line.rstrip() or self.last[-1]
                print(f"{self.name:<{WIDTH}}| {line}", end="", flush=True)
            self.code = max(self.code, abs(running.wait()))

    def end(self) -> int:
        """Wait for the end; return the worst exit code."""
        self._thread.join()
        return self.code


def on_clusters(tests: Sequence[str]) -> list[Session]:
    """Start the sessions of the tests on a cluster."""
    if kind.wanted(kind_folder()):
        return [Session("cluster", [*tests, CLUSTER])]
    apps, addons = (
        sorted(str(path) for pattern in patterns for path in (ROOT / CLUSTER).glob(pattern))
        for patterns in (APPS, ADDONS)
    )
    ours = state_dir()
    return [
        Session("cluster", [*tests, *(f"--ignore={path}" for path in (*apps, *addons)), CLUSTER]),
        # What addons are made of takes longer to build than one test may take.
        Session(
            "apps", [*tests, *apps], TOOLS, [*tests, *addons], state=ours.with_name(f"{ours.name}-apps") / ours.name
        ),
    ]


def main(arguments: Sequence[str]) -> int:
    """Run all sessions and return the worst exit code."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed: list[str] = settings["tool"]["pytest"]["ini_options"]["testpaths"]
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    tests = [sys.executable, "-m", "pytest", *colour, *arguments]
    if code := subprocess.run([*TOOLS, "--up"], cwd=ROOT, check=False).returncode:
        return code
    sessions = [
        *on_clusters(tests),
        Session("others", TOOLS, [*tests, *(path for path in listed if path != CLUSTER)]),
    ]
    try:
        codes = [session.end() for session in sessions]
    except KeyboardInterrupt:
        # Ctrl-C reached them, too.
        codes = [session.end() for session in sessions]
    for session in sessions:
        for line in session.last:
            print(f"{session.name:<{WIDTH}}| {line}")
    return max(codes, default=pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
