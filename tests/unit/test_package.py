"""The package as pip builds and installs it: its version is its tag's, its files are complete, its types are seen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("mesh_components", "local_cluster")

CONSUMER = """
import pulumi
from mesh_components import Gateway, GatewayArgs, Mesh, MeshArgs, MeshNamespace, MeshOutputs, cluster_provider

args: MeshArgs = {"profile": "minimal", "namespaces": [{"name": "shop"}]}
mesh = Mesh("mesh", args, pulumi.ResourceOptions(providers=[cluster_provider()]))
ingress: GatewayArgs = {"direction": "ingress", "gateway": {"name": "shop"}}
address: pulumi.Output[str | None] = Gateway("shop", ingress).address
MeshNamespace("shop", {"namespace": {"name": "shop"}})
root: pulumi.Output[str | None] = MeshOutputs.of(pulumi.StackReference("organization/mesh/demo")).root_cert
"""


def run(line: Sequence[str | Path], folder: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHONPATH", "GIT_"))}
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")
    return run(["git", *name, *arguments], folder)


def build(source: Path, to: Path) -> Path:
    """Build a wheel of a source tree and return it."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--wheel-dir", str(to)]
    run([sys.executable, "-m", "pip", "wheel", *options, str(source)], to.parent)
    (wheel,) = to.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of this checkout in a repository of their own, with one commit and no tag."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what belongs to the package is not known")
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file() and name.split("/")[0] not in ("tests", "docs", "bench"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x")
    return folder


@pytest.fixture(scope="module")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of the tag v1.2.3, unpacked."""
    git(checkout, "tag", "v1.2.3")
    to = tmp_path_factory.mktemp("sdist")
    program = f"from setuptools.build_meta import build_sdist; print(build_sdist({str(to)!r}))"
    run([sys.executable, "-c", program], checkout)
    (packed,) = to.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(to, filter="data")
    return to / packed.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(sdist: Path) -> Path:
    """A wheel made of the source distribution, outside of any repository."""
    return build(sdist, sdist.parent / "wheels")


def version(folder: Path) -> str:
    return run([sys.executable, "-m", "setuptools_scm"], folder).strip()


def test_versions_come_from_tags(checkout: Path, sdist: Path, wheel: Path, tmp_path: Path) -> None:
    assert sdist.name == "mesh_components-1.2.3"
    assert wheel.name.startswith("mesh_components-1.2.3-py3-none-any")
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "more")
    assert version(checkout).startswith("1.2.4.dev1+g")
    untagged = tmp_path / "untagged"
    git(tmp_path, "clone", "--quiet", "--no-tags", str(checkout), str(untagged))
    assert version(untagged).startswith("0.0.1.dev2+g")


def test_a_wheel_has_every_file_and_nothing_else(wheel: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *PACKAGES], cwd=ROOT, capture_output=True, text=True
    )
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_the_plugin_takes_the_package_from_the_folder_above(sdist: Path) -> None:
    line = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--no-deps",
        "--no-build-isolation",
        "--ignore-installed",
    ]
    assert "Would install mesh-components-1.2.3" in run([*line, "-r", "requirements.txt"], sdist / "plugin")


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel in it, and with this one's packages below."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    options = ["--quiet", "--no-deps", "--disable-pip-version-check"]
    run([sys.executable, "-m", "pip", "--python", str(python), "install", *options, str(wheel)], folder)
    site = folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    # Below, by path alone: files that make this checkout importable are not read there.
    (site / "below.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def test_the_installed_command_works(python: Path, tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: mesh\n")
    (tmp_path / "stacks" / "Pulumi.own.yaml").write_text("config: {mesh:profile: minimal, mesh:version: 1.28.3}\n")
    mesh = python.with_name("mesh")
    assert "istiod" in run([mesh, "render", "--stack", "own"], tmp_path)
    where = run([python, "-c", "import mesh_components; print(mesh_components.__file__)"], tmp_path)
    assert where.startswith(str(python.parents[1])), "the checkout was imported, not the wheel"


def test_every_module_and_every_public_name_is_there(python: Path, tmp_path: Path) -> None:
    program = """
import importlib, pkgutil, mesh_components, local_cluster
for package in (mesh_components, local_cluster):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print(*(getattr(mesh_components, name).__name__ for name in mesh_components.__all__))
"""
    assert "MeshNamespace" in run([python, "-c", program], tmp_path)


def test_a_strict_type_checker_sees_the_types(python: Path, tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)
    strict = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "--cache-dir", "cache"]
    assert "Success" in run([*strict, "consumer.py"], tmp_path)
    (tmp_path / "wrong.py").write_text(CONSUMER.replace('"profile": "minimal"', '"profil": "minimal"'))
    wrong = subprocess.run([*strict, "wrong.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 'Extra key "profil"' in wrong.stdout
