"""A user's repository with our workflows in it, and a forge beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from .forge_server import Forge, serving
from .github_runner import INSTALLER, SYSTEM_PATH

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "ci" / "scripts"
GITHUB = ROOT / "ci" / "github"
GITLAB = ROOT / "ci" / "gitlab"
OWN = ROOT / ".github" / "workflows"

OFFLINE = {"PIP_NO_INDEX": "1"}

STACK = """\
config:
  mesh:profile: minimal
  mesh:mtls: STRICT
  mesh:namespaces:
    - {name: shop, injection: enabled}
"""
LOOSER = STACK.replace("STRICT", "PERMISSIVE")


@dataclass(frozen=True)
class Repository:
    """A git repository as a forge has it, and a clone to make changes in.

    Attributes:
        origin: The bare repository.
        work: The clone, on `main`.
    """

    origin: Path
    work: Path

    def git(self, *arguments: str) -> str:
        identity = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@example.com"}
        identity |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in identity.items()}
        clean = {"PATH": os.environ["PATH"], "HOME": str(self.work), "GIT_CONFIG_NOSYSTEM": "1", **identity}
        done = subprocess.run(["git", *arguments], cwd=self.work, env=clean, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None]) -> str:
        """Write files, or remove those without a text, commit and return the commit."""
        for name, text in files.items():
            path = self.work / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "x")
        return self.git("rev-parse", "HEAD")

    def pull_request(self, number: int, files: Mapping[str, str | None]) -> tuple[str, str]:
        """Make a branch with changes and what merging it would give; return both commits.

        Made again, the branch grows.
        """
        branch = f"pull-{number}"
        known = self.git("branch", "--list", branch)
        self.git("checkout", "--quiet", *([branch] if known else ["-b", branch]))
        head = self.commit(files)
        self.git("checkout", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "merge", head)
        merged = self.git("rev-parse", "HEAD")
        self.git(
            "push", "--quiet", "--force", "origin", f"{head}:refs/heads/{branch}", f"{merged}:refs/pull/{number}/merge"
        )
        self.git("checkout", "--quiet", "main")
        return head, merged

    @property
    def main(self) -> str:
        """The newest commit of the default branch."""
        return self.git("rev-parse", "main")


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that is this checkout: its code and what it needs are taken from the environment of the tests.

    So `ci/scripts/install.sh` runs as it is, without a network and in seconds.
    """
    wheel = tmp_path_factory.mktemp("package") / "mesh_components-0.0.0-py3-none-any.whl"
    info = "mesh_components-0.0.0.dist-info"
    files = {
        "mesh_components_here.pth": f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: mesh-components\nVersion: 0.0.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nmesh = mesh_components.cli:app\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel


@pytest.fixture(scope="session")
def installed(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the step `Install` makes."""
    folder = tmp_path_factory.mktemp("installed")
    (folder / "requirements.txt").write_text(f"mesh-components @ {package.as_uri()}\n")
    environment = {"PATH": SYSTEM_PATH, "HOME": str(folder), **OFFLINE}
    done = subprocess.run([ROOT / INSTALLER], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / ".venv"


@pytest.fixture
def repository(tmp_path: Path, package: Path) -> Repository:
    """A project with two stacks, one of whose names begins with the other's, and with our scripts."""
    made = Repository(tmp_path / "origin.git", tmp_path / "work")
    subprocess.run(["git", "init", "--quiet", "--bare", made.origin], check=True, capture_output=True)
    # GitHub gives out any commit that it has.
    subprocess.run(["git", "-C", made.origin, "config", "uploadpack.allowAnySHA1InWant", "true"], check=True)
    made.work.mkdir()
    made.git("init", "--quiet", "--initial-branch", "main")
    made.git("remote", "add", "origin", str(made.origin))
    shutil.copytree(SCRIPTS, made.work / "ci" / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    made.commit(
        {
            "Pulumi.yaml": "name: mesh\nruntime: python\nstackConfigDir: stacks\n",
            "requirements.txt": f"mesh-components @ {package.as_uri()}\n",
            ".gitignore": ".venv/\n__pycache__/\n",
            "stacks/Pulumi.prod.yaml": STACK,
            "stacks/Pulumi.prod-eu.yaml": STACK,
        }
    )
    made.git("push", "--quiet", "origin", "main")
    return made


@pytest.fixture
def forge() -> Iterator[Forge]:
    """A forge, GitHub or GitLab, that answers."""
    with serving(Forge()) as served:
        yield served
