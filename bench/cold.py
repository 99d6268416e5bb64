"""`make up` in a fresh clone with empty caches, by phase."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rich.table import Table

CACHES = {
    "MESH_CACHE_DIR": "cache",
    "MESH_STATE_DIR": "state",
    "GOCACHE": "go-build",
    "GOMODCACHE": "go-mod",
    "PIP_CACHE_DIR": "pip",
}
"""What `make up` finds empty: environment variable to folder."""

PHASE = "==> "


@dataclass(frozen=True)
class Phase:
    """One phase of `make up`, as it names itself."""

    name: str
    seconds: float


def make_up(root: Path, folder: Path, say: Callable[[str], None]) -> list[Phase]:
    """Run `make up` in a clone below ``folder`` and return how long each phase took; the mesh is removed again."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
    environment = os.environ | {variable: str(folder / name) for variable, name in CACHES.items()}
    started = [time.perf_counter()]
    names = ["make"]
    with subprocess.Popen(
        ["make", "up"], cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            say(line.rstrip())
            if line.startswith(PHASE):
                names.append(line.removeprefix(PHASE).partition(":")[0].strip())
                started.append(time.perf_counter())
    started.append(time.perf_counter())
    subprocess.run(["make", "down"], cwd=clone, env=environment, stdout=sys.stderr, check=True)
    if process.returncode:
        sys.exit(f"make up ended with {process.returncode}")
    return [Phase(name, end - start) for name, (start, end) in zip(names, pairwise(started), strict=True)]


def table(phases: list[Phase]) -> Table:
    """Draw the phases with their share of the whole."""
    whole = sum(phase.seconds for phase in phases)
    drawn = Table("PHASE of make up, empty caches", "SECONDS", "SHARE", box=None, pad_edge=False)
    for phase in phases:
        drawn.add_row(phase.name, f"{phase.seconds:.0f}", f"{phase.seconds / whole:.0%}")
    return drawn
