"""What to run as `pulumi`, and in which environment.

The user's own Pulumi is used untouched where it is complete: a CLI with its Python language host, and the provider
plugins at the versions of the installed SDKs, present or downloadable. Else one is assembled: CLI and Kubernetes
provider built from their Go modules (`local_cluster.toolchain`), with this project's stand-ins for the language
host and the TLS provider.

Either way stacks live in a file backend in our state folder, encrypted with a generated passphrase, unless the user
has chosen a backend with PULUMI_BACKEND_URL.
"""

import hashlib
import importlib.metadata
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_cluster import toolchain
from local_cluster.paths import cache_dir, state_dir
from local_cluster.pulumi import launchers

PROVIDERS = ("kubernetes", "tls")
"""Providers that the mesh needs; their versions are those of the SDKs `pulumi-<name>` that are installed with us."""
LANGUAGE_HOST = "pulumi-language-python"
STAND_INS = {
    LANGUAGE_HOST: "local_cluster.pulumi.language_host",
    "pulumi-resource-tls": "local_cluster.pulumi.tls_provider",
}
"""What we can stand in for, and the module that does."""
SPEED = {"GOGC": "400", "PULUMI_PARALLEL": "32"}
"""Variables that make runs shorter; the user's own win. Engine and providers are short-lived and copy objects as large
as CRDs many times: looking for garbage less often saves a fifth of their processor time for some 100 MB. And of the
operations that are going at once, 4 for each processor by default, most wait for the cluster."""
_ASSEMBLED = ".assembled-by-mesh-components"
_DOWNLOAD_SECONDS = 60
_FORGOTTEN_SECONDS = 3600
"""Age at which no run is still reading a temporary kubeconfig: a provider reads it when it starts."""


@dataclass(frozen=True)
class PulumiRuntime:
    """A Pulumi that works here.

    Attributes:
        env: Variables to set on top of the caller's environment; see `environment`.
        pulumi: The CLI.
        standins: Names of the plugins that are this project's stand-ins; empty when all of Pulumi is the user's own.
        home: PULUMI_HOME in use.
        backend: Folder of the file backend in our state folder; None when the user has chosen a backend.
    """

    env: dict[str, str]
    pulumi: Path
    standins: list[str] = field(default_factory=list)
    home: Path = Path()
    backend: Path | None = None

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the whole environment for running `pulumi`: `base` (this process's by default) with `env` on top."""
        return {**(os.environ if base is None else base), **self.env}


def prepare(progress: toolchain.Progress | None = None) -> PulumiRuntime:
    """Return a Pulumi that works, obtaining or building what is missing. Cheap when nothing is; safe to repeat and
    to kill.

    Raises `toolchain.ToolError` when a part cannot be had.
    """
    backend, variables = _backend()
    variables["TMPDIR"] = str(_temporary_folder())
    variables |= {name: os.environ.get(name, value) for name, value in SPEED.items()}
    released = _released(progress)
    if released:
        home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
        return PulumiRuntime({**variables, "PULUMI_SKIP_UPDATE_CHECK": "true"}, released, [], home, backend)
    home = state_dir() / "pulumi" / "home"
    folder = _assemble(home, progress)
    variables |= {
        "PATH": os.pathsep.join([str(folder), *_path_without_assembled()]),
        "PULUMI_HOME": str(home),
        # Nothing is to be fetched behind the user's back, or waited for where there is no network.
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    return PulumiRuntime(variables, folder / "pulumi", sorted(STAND_INS), home, backend)


def version(provider: str) -> str:
    """Return the version of a provider plugin that matches the installed SDK, for example `4.25.0`."""
    return importlib.metadata.version(f"pulumi-{provider}")


def _released(progress: toolchain.Progress | None) -> Path | None:
    """Return the user's own CLI when everything that belongs to it is there or can be downloaded."""
    path = os.pathsep.join(_path_without_assembled())
    found = shutil.which("pulumi", path=path)
    if not found:
        return None
    cli = Path(found).absolute()
    beside = cli.resolve().parent / LANGUAGE_HOST
    if not beside.is_file() and not shutil.which(LANGUAGE_HOST, path=path):
        return None
    return cli if all(_plugin_installed(cli, name, progress) for name in PROVIDERS) else None


def _plugin_installed(cli: Path, name: str, progress: toolchain.Progress | None) -> bool:
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    if (home / "plugins" / f"resource-{name}-v{version(name)}" / f"pulumi-resource-{name}").is_file():
        return True
    with (progress or toolchain.default_progress()).step(f"Downloading Pulumi's {name} provider {version(name)}"):
        try:
            ran = subprocess.run(
                [cli, "plugin", "install", "resource", name, version(name)],
                capture_output=True,
                timeout=_DOWNLOAD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return ran.returncode == 0


def _assemble(home: Path, progress: toolchain.Progress | None) -> Path:
    cli = toolchain.ensure("pulumi", progress=progress)
    kubernetes = toolchain.ensure("pulumi-resource-kubernetes", progress=progress)
    # Launchers name an interpreter: another virtual environment has its own folder.
    key = hashlib.sha256(f"{sys.prefix} {launchers.__file__}".encode()).hexdigest()[:12]
    folder = cache_dir() / "pulumi" / f"{importlib.metadata.version('pulumi')}-{key}" / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _ASSEMBLED).touch()
    launchers.write(folder / LANGUAGE_HOST, launchers.of_module(STAND_INS[LANGUAGE_HOST]))
    # The CLI looks for its language hosts in its own folder, and warns when it finds another on PATH.
    _link(cli, folder / "pulumi")
    scripts = {
        "kubernetes": launchers.of_program(kubernetes),
        "tls": launchers.of_module(STAND_INS["pulumi-resource-tls"]),
    }
    for name, script in scripts.items():
        launchers.write(home / "plugins" / f"resource-{name}-v{version(name)}" / f"pulumi-resource-{name}", script)
    _without_automatic_logs(home)
    return folder


def _without_automatic_logs(home: Path) -> None:
    """Keep the CLI from writing its automatic debug log, every property of every call, in every run.

    For objects as large as CRDs that is a quarter of what a preview computes. There is no switch for it (`StartLogging`
    in the CLI's `pkg/v3/logging/encrypted.go`), but the CLI goes on without where it cannot make the folder.
    """
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "logs").exists():
        (home / "logs").touch()


def _link(source: Path, target: Path) -> None:
    source = source.resolve()
    if target.exists() and (target.samefile(source) or target.stat().st_mtime_ns == source.stat().st_mtime_ns):
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copy2(source, temporary)
    temporary.replace(target)


def _path_without_assembled() -> list[str]:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [folder for folder in folders if not Path(folder, _ASSEMBLED).exists()]


def _backend() -> tuple[Path | None, dict[str, str]]:
    folder = state_dir() / "pulumi"
    backend = folder / "backend"
    url = f"file://{backend}"
    if os.environ.get("PULUMI_BACKEND_URL", url) != url:
        return None, {}
    backend.mkdir(parents=True, exist_ok=True, mode=0o700)
    variables = {"PULUMI_BACKEND_URL": url}
    if not any(os.environ.get(name) for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")):
        variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase(folder / "passphrase"))
    return backend, variables


def _temporary_folder() -> Path:
    """Return where Pulumi's processes write what they forget.

    The Kubernetes provider leaves a copy of the kubeconfig, keys included, of every run (pulumi-kubernetes 4.25,
    provider/pkg/provider/util.go). Here nobody else finds it, it goes with the stacks, and old ones go before.
    """
    folder = state_dir() / "pulumi" / "tmp"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob("kubeconfig*"):
        if time.time() - left.stat().st_mtime > _FORGOTTEN_SECONDS:
            left.unlink(missing_ok=True)
    return folder


def _passphrase(path: Path) -> Path:
    """Make the passphrase once. It is never replaced: stacks encrypted with it could not be read any more."""
    if path.exists():
        return path
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32))
    try:
        # Fails where another process was first, whose passphrase then holds.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path
