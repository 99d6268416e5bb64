"""A stack of the program on disk, run by the real CLI on the tests' node."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local_cluster.cluster import Cluster
from local_cluster.pulumi.runtime import PulumiRuntime
from mesh_components.cli.local_stack import LocalStack
from mesh_components.cli.stack_file import OVERLAY, merged
from mesh_components.cli.up import local_stack

ROOT = Path(__file__).parents[2]
MESH = Path(sys.executable).parent / "mesh"
SECONDS = 600


def mesh(*arguments: str, check: bool = True, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the `mesh` command in a folder, the checkout unless said otherwise."""
    done = subprocess.run([MESH, *arguments], cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert not check or done.returncode == 0, (
        f"mesh {arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
    return done


@dataclass(frozen=True)
class MeshStack:
    """A stack, and the settings it has in addition to those in its file."""

    target: LocalStack
    cluster: Cluster

    @classmethod
    def of(cls, name: str, cluster: Cluster, engine: PulumiRuntime, folder: Path = ROOT) -> MeshStack:
        """Return the stack ``name`` of the project in a folder, the checkout unless said otherwise."""
        return cls(local_stack(name, cluster, engine, folder), cluster)

    def configure(self, **settings: Any) -> MeshStack:
        """Give the stack settings over those in its file, for the next runs."""
        overlay = merged(
            yaml.safe_load(OVERLAY.read_text()), {"config": {f"mesh:{key}": v for key, v in settings.items()}}
        )
        file = self.target.home / "overlay.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(overlay))
        self.target.prepare(self.cluster.context, file)
        return self

    def pulumi(self, command: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a pulumi command on the program and return what it printed."""
        done = subprocess.run(
            self.target.program_line(command, *arguments),
            cwd=self.target.project.root,
            env=self.target.environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert not check or done.returncode == 0, (
            f"pulumi {command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done

    def up(self, *arguments: str) -> str:
        """Run `pulumi up` and return what it printed."""
        return self.pulumi("up", "--yes", "--skip-preview", *arguments).stdout

    def start_up(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `pulumi up` and return at once."""
        return subprocess.Popen(
            self.target.program_line("up", "--yes", "--skip-preview", *arguments),
            cwd=self.target.project.root,
            env=self.target.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def destroy(self) -> str:
        """Run `pulumi destroy` and return what it printed."""
        return self.pulumi("destroy", "--yes", "--skip-preview").stdout

    def resources(self) -> int:
        """Return how many resources the stack's state has."""
        return self.target.stacks().get(self.target.name, 0)


def take_down_stacks(cluster: Cluster, engine: PulumiRuntime) -> None:
    """Destroy those of the checkout's stacks that another module may have left up, for one that brings its own mesh."""
    for name in ("demo", "minimal"):
        stack = MeshStack.of(name, cluster, engine)
        if stack.target.home.is_dir() and stack.resources():
            stack.destroy()


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a process as a crash would, without any chance to clean up."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
