"""The real Pulumi CLI on small programs, each in a folder of its own, with a file backend of its own."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_cluster.pulumi import runtime as pulumi_runtime
from local_cluster.pulumi.runtime import PulumiRuntime
from local_cluster.toolchain import cache
from tests.injection import api_server

PACK = Path(__file__).parent / "empty_policy_pack"
POLICIES = Path(__file__).parents[2] / "policy"


@dataclass
class Project:
    """A program on disk and its stack `dev`."""

    folder: Path
    runtime: PulumiRuntime

    def run(self, *arguments: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run(
            [self.runtime.pulumi, "--non-interactive", *arguments],
            cwd=self.folder,
            env={**self.environment(), **variables},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert not check or ran.returncode == 0, f"pulumi {' '.join(arguments)}:\n{ran.stdout}\n{ran.stderr}"
        return ran

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start pulumi in the background, for killing it."""
        return subprocess.Popen(
            [self.runtime.pulumi, "--non-interactive", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def environment(self) -> dict[str, str]:
        return self.runtime.environment()

    def program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(textwrap.dedent(text), encoding="utf-8")

    def changes(self, *arguments: str) -> dict[str, int]:
        """Run an update and return its number of resources by what was done to them."""
        ran = self.run(*arguments, "--yes", "--skip-preview", "--json")
        summaries = [json.loads(line) for line in ran.stdout.splitlines() if '"summaryEvent"' in line]
        changes: dict[str, int] = summaries[-1]["summaryEvent"]["resourceChanges"]
        return changes

    def outputs(self) -> dict[str, Any]:
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--json", "--show-secrets").stdout)
        return outputs

    @property
    def state_file(self) -> Path:
        assert self.runtime.backend is not None
        return self.runtime.backend / ".pulumi" / "stacks" / "project" / "dev.json"

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the stack's resources, as they lie in the backend, by `<type>::<name>`."""
        state = json.loads(self.state_file.read_text(encoding="utf-8"))
        listed = state["checkpoint"]["latest"].get("resources", [])
        return {"::".join(each["urn"].split("::")[2:]): each for each in listed}


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PulumiRuntime:
    """The project's Pulumi, with a state folder of its own."""
    monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path / "state"))
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_HOME"):
        monkeypatch.delenv(name, raising=False)
    return pulumi_runtime.prepare()


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    """Of a bare API server of the test's own."""
    folder = tmp_path / "api-server"
    folder.mkdir()
    with api_server.running(folder) as path:
        yield path


@pytest.fixture
def project(runtime: PulumiRuntime, tmp_path: Path) -> Iterator[Project]:
    """An empty project with a stack; whatever its engines left running is ended with it."""
    folder = tmp_path / "project"
    folder.mkdir()
    options = {"virtualenv": sys.prefix}
    (folder / "Pulumi.yaml").write_text(
        json.dumps({"name": "project", "runtime": {"name": "python", "options": options}}), encoding="utf-8"
    )
    made = Project(folder, runtime)
    made.run("stack", "init", "dev")
    yield made
    for pid in processes_of(runtime):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def processes_of(runtime: PulumiRuntime) -> list[int]:
    """Return the pids of all processes that were started with this runtime's environment, this one excepted."""
    mark = f"PULUMI_BACKEND_URL={runtime.env['PULUMI_BACKEND_URL']}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            zombie = (entry / "stat").read_bytes().rpartition(b") ")[2].startswith(b"Z")
            if not zombie and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


@pytest.fixture(scope="session")
def policy_environment() -> Path:
    """A virtual environment for policy packs, kept in the cache, keyed by its lock file."""
    requirements = POLICIES / "requirements.txt"

    def fill(folder: Path) -> None:
        venv.create(folder, with_pip=True, symlinks=True)
        install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"]
        subprocess.run([folder / "bin" / "python", *install, requirements], check=True)

    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    return cache.entry("environments", f"policy-{key}", fill)


@pytest.fixture
def policy_pack(policy_environment: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write a policy pack that runs in the packs' environment, and return its folder."""

    def write(program: str) -> Path:
        folder = tmp_path / "pack"
        folder.mkdir()
        options = {"name": "python", "options": {"virtualenv": str(policy_environment)}}
        (folder / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": options}), encoding="utf-8")
        (folder / "__main__.py").write_text(textwrap.dedent(program), encoding="utf-8")
        return folder

    return write
