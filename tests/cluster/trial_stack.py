"""A stack of the tests' own, whose settings are what a test is about."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime

from .mesh_stack import ROOT, MeshStack, mesh, take_down_stacks

STACK = "trial"


class Trial:
    """A stack of its own, whose settings change from test to test."""

    def __init__(self, stack: MeshStack) -> None:
        self.stack = stack
        self.folder = stack.target.project.root

    def becomes(self, **settings: Any) -> None:
        """Give the stack these settings, no others, and run `mesh up`, which verifies it."""
        _write(self.folder, settings)
        self.mesh("up")

    def mesh(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return mesh(command, "--stack", STACK, *arguments, folder=self.folder)

    def wrong(self) -> list[dict[str, str]]:
        """Return what `mesh verify` has to say."""
        done = mesh("verify", "--stack", STACK, "--output", "json", check=False, folder=self.folder)
        return [row for row in json.loads(done.stdout)["rows"] if row["status"] != "ok"]


def _write(folder: Path, settings: dict[str, Any]) -> None:
    file = folder / "stacks" / f"Pulumi.{STACK}.yaml"
    file.write_text(yaml.safe_dump({"config": {f"mesh:{key}": value for key, value in settings.items()}}))


@contextmanager
def trying(folder: Path, cluster: clusters.Cluster, engine: runtime.PulumiRuntime) -> Iterator[Trial]:
    """Make the stack in a folder, on a cluster without a mesh; it is taken down and forgotten at the end."""
    take_down_stacks(cluster, engine)
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / file, folder / file)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "stacks").mkdir()
    _write(folder, {})
    stack = MeshStack.of(STACK, cluster, engine, folder).configure()
    yield Trial(stack)
    if stack.resources():
        stack.destroy()
    stack.target.remove()
    shutil.rmtree(stack.target.home)
