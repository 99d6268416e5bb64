"""A Pulumi program of the tests' own that declares the components it is told to, applied by the real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local_cluster.cluster import Cluster
from local_cluster.pulumi.runtime import PulumiRuntime

SECONDS = 300

PROGRAM = """
import json
from pathlib import Path

import pulumi
import mesh_components
from mesh_components import cluster_provider, observe

declared = observe()
opts = pulumi.ResourceOptions(providers=[cluster_provider()])
for component, name, args in json.loads(Path("wanted.json").read_text()):
    getattr(mesh_components, component)(name, args, opts)
pulumi.run(declared.judge)
"""

Wanted = tuple[str, str, Mapping[str, Any]]
"""A component, its name, and its arguments."""


@dataclass(frozen=True)
class Program:
    """The program, its stack, and the cluster that it is about."""

    folder: Path
    engine: PulumiRuntime
    cluster: Cluster

    @classmethod
    def made(cls, folder: Path, engine: PulumiRuntime, cluster: Cluster) -> Program:
        """Return a program with an empty stack."""
        (folder / "backend").mkdir(parents=True)
        project = {"name": "traffic", "runtime": {"name": "python", "options": {"virtualenv": sys.prefix}}}
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        (folder / "__main__.py").write_text(PROGRAM)
        program = cls(folder, engine, cluster)
        program.pulumi("stack", "init", "dev")
        return program

    def pulumi(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run pulumi and return what it said."""
        environment = self.engine.environment() | {
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'backend'}",
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "PATH": os.environ["PATH"],
        }
        line = [str(self.engine.pulumi), *arguments, "--non-interactive"]
        done = subprocess.run(line, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=SECONDS)
        assert not check or done.returncode == 0, f"pulumi {arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def up(self, *wanted: Wanted) -> dict[str, int]:
        """Declare these components and no others; return the number of resources by what was done to them."""
        (self.folder / "wanted.json").write_text(json.dumps(wanted))
        done = self.pulumi("up", "--yes", "--skip-preview", "--json")
        summaries = [json.loads(line) for line in done.stdout.splitlines() if '"summaryEvent"' in line]
        changes: dict[str, int] = summaries[-1]["summaryEvent"]["resourceChanges"]
        return changes

    def destroy(self) -> None:
        """Take everything away that the program has declared."""
        self.pulumi("destroy", "--yes", "--skip-preview")
