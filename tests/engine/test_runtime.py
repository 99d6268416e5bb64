"""What `prepare` chooses: the user's own Pulumi where it is complete, else ours; whose backend, whose passphrase."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from local_cluster.paths import cache_dir
from local_cluster.pulumi import runtime as pulumi_runtime
from local_cluster.pulumi.runtime import PROVIDERS, PulumiRuntime, prepare

pytestmark = pytest.mark.tools


@pytest.fixture
def own(runtime: PulumiRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A complete Pulumi of the user's own, as its installer lays it out; returns its PULUMI_HOME."""
    home = tmp_path / "own"
    (home / "bin").mkdir(parents=True)
    shutil.copy2(runtime.pulumi, home / "bin" / "pulumi")
    shutil.copy2(runtime.pulumi.parent / "pulumi-language-python", home / "bin" / "pulumi-language-python")
    shutil.copytree(runtime.home / "plugins", home / "plugins")
    monkeypatch.setenv("PULUMI_HOME", str(home))
    monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return home


def test_a_complete_pulumi_of_the_user_is_used_untouched(own: Path) -> None:
    before = sorted(own.rglob("*"))
    found = prepare()
    assert (found.pulumi, found.standins, found.home) == (own / "bin" / "pulumi", [], own)
    assert not {"PATH", "PULUMI_HOME"} & {*found.env}
    assert sorted(own.rglob("*")) == before
    ran = subprocess.run([found.pulumi, "version"], env=found.environment(), capture_output=True, check=True, text=True)
    assert ran.stdout.startswith("v3.")


def test_without_a_language_host_ours_is_assembled(own: Path, runtime: PulumiRuntime) -> None:
    (own / "bin" / "pulumi-language-python").unlink()
    found = prepare()
    assert found.standins == ["pulumi-language-python", "pulumi-resource-tls"]
    assert found.home == runtime.home and found.env["PULUMI_HOME"] == str(runtime.home)
    assert cache_dir() in found.pulumi.parents


def test_what_we_assembled_is_not_taken_for_the_users_own(
    runtime: PulumiRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in runtime.env.items():
        monkeypatch.setenv(name, value)
    again = prepare()
    assert (again.pulumi, again.standins, again.home) == (runtime.pulumi, runtime.standins, runtime.home)
    assert again.env["PATH"].split(os.pathsep).count(str(runtime.pulumi.parent)) == 1


def test_plugins_are_laid_out_where_the_cli_finds_them(runtime: PulumiRuntime) -> None:
    ran = subprocess.run(
        [runtime.pulumi, "plugin", "ls", "--json"],
        env=runtime.environment(),
        capture_output=True,
        check=True,
        text=True,
    )
    for name in PROVIDERS:
        assert f'"name": "{name}"' in ran.stdout and pulumi_runtime.version(name) in ran.stdout


def test_passphrase_is_made_once_and_for_nobody_else(runtime: PulumiRuntime) -> None:
    path = Path(runtime.env["PULUMI_CONFIG_PASSPHRASE_FILE"])
    passphrase = path.read_text(encoding="ascii")
    assert len(passphrase) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    prepare()
    assert path.read_text(encoding="ascii") == passphrase


def test_backend_of_the_user_is_left_alone(runtime: PulumiRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://states")
    found = prepare()
    assert found.backend is None
    assert not {"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE"} & {*found.env}
    assert found.environment()["PULUMI_BACKEND_URL"] == "s3://states"


def test_passphrase_of_the_user_is_left_alone(runtime: PulumiRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "mine")
    found = prepare()
    assert found.backend == runtime.backend
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in found.env


def test_what_the_user_says_of_speed_holds(runtime: PulumiRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime.env["GOGC"] != "50"
    monkeypatch.setenv("GOGC", "50")
    assert prepare().env["GOGC"] == "50"


def test_what_the_provider_forgets_is_nobodys_but_ours_and_goes(runtime: PulumiRuntime) -> None:
    folder = Path(runtime.env["TMPDIR"])
    assert folder.stat().st_mode & 0o077 == 0
    old, new = folder / "kubeconfig1", folder / "kubeconfig2"
    for file in (old, new):
        file.touch()
    os.utime(old, (0, 0))
    prepare()
    assert not old.exists() and new.exists()
