"""One stack of the program on disk, run by the pulumi CLI against a local backend, leaving the checkout clean.

`pulumi stack init` writes the stack's encryption salt beside Pulumi.yaml. So the stack is initialised in a folder kept
with the backend, which holds a project of the same name and the working copy of the stack's file; only the commands
that run the program are run in the checkout, with `--config-file` pointing at that copy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .project import Project
from .stack_file import write_working_copy


class PulumiFailed(Exception):
    """The pulumi CLI ended with an error, which it has already shown."""


@dataclass(frozen=True)
class LocalStack:
    """A stack of ``project``, its working folder, and the environment in which pulumi runs.

    :param home: folder for this stack's working copy, outside the checkout
    :param pulumi: the CLI to run
    :param env: what the CLI needs in its environment: backend, passphrase, plugins, KUBECONFIG
    """

    project: Project
    name: str
    home: Path
    pulumi: Path
    env: dict[str, str]

    @property
    def config_file(self) -> Path:
        """The working copy of the stack's file."""
        return self.home / f"Pulumi.{self.name}.yaml"

    def prepare(self, context: str, overlay: Path | None = None) -> None:
        """Make the working copy and, the first time, the stack in the backend.

        :param context: kubeconfig context of the cluster that the stack is for
        :param overlay: file with what this cluster needs besides
        """
        self.home.mkdir(parents=True, exist_ok=True)
        declared = yaml.safe_load((self.project.root / "Pulumi.yaml").read_text())
        (self.home / "Pulumi.yaml").write_text(yaml.safe_dump({"name": declared["name"], "runtime": "python"}))
        write_working_copy(self.project.stack_file(self.name), self.config_file, context, overlay)
        if self.name not in self.stacks():
            self.quietly("stack", "init", self.name, "--no-select")

    def stacks(self) -> dict[str, int]:
        """Return the backend's stacks of this project with the number of resources in each."""
        listed = json.loads(self.quietly("stack", "ls", "--json"))
        return {entry["name"]: entry.get("resourceCount") or 0 for entry in listed}

    def run(self, command: str, *arguments: str) -> None:
        """Run a command that needs the program (up, preview, refresh, destroy), with its output shown as it comes.

        :raises PulumiFailed: when the CLI ends with an error
        """
        line = self.program_line(command, *arguments)
        # What pulumi shows is progress here; standard output is for the command's own result.
        if subprocess.run(line, cwd=self.project.root, env=self.environment(), stdout=sys.stderr).returncode:
            raise PulumiFailed(f"pulumi {command} of stack {self.name} failed; what it printed above says why")

    def program_line(self, command: str, *arguments: str) -> list[str]:
        """Return the command line of a pulumi command that needs the program, to be run in the project's root."""
        shown = [] if sys.stderr.isatty() else ["--non-interactive", "--suppress-progress"]
        return [
            str(self.pulumi),
            command,
            "--stack",
            self.name,
            "--config-file",
            str(self.config_file),
            *shown,
            *arguments,
        ]

    def environment(self) -> dict[str, str]:
        """Return the whole environment that pulumi runs in."""
        return {**os.environ, **self.env}

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs, secrets masked."""
        return dict(json.loads(self.quietly("stack", "output", "--json", "--stack", self.name)))

    def remove(self) -> None:
        """Forget the stack, if there is one; its resources must be gone, or their cluster.

        :raises PulumiFailed: when it cannot be read, say
        """
        # Not looked up in the list of all stacks, which cannot be had while one of them cannot be read.
        try:
            self.quietly("stack", "rm", self.name, "--yes", "--force")
        except PulumiFailed as error:
            if "no stack named" not in str(error):
                raise

    def quietly(self, *arguments: str) -> str:
        """Run a command that does not need the program, in the working folder, and return what it printed.

        :raises PulumiFailed: with what it wrote to standard error
        """
        done = subprocess.run(
            [str(self.pulumi), *arguments, "--non-interactive"],
            cwd=self.home,
            env=self.environment(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise PulumiFailed(f"pulumi {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout
