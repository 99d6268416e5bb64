"""Unpacks executables from Debian packages into the cache, without installing anything.

apt works on a state, a cache and a configuration of its own inside the cache folder: it uses the machine's package
sources, keys and download settings, and changes nothing outside. It is told that no package is installed, so it finds
the whole closure of what is asked for; `dpkg-deb` and `tar` unpack that. The executables are called through small
wrapper scripts that point at the unpacked libraries; glibc is always the machine's, since the packages are of its
release.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path

from local_cluster.paths import cache_dir
from local_cluster.toolchain import cache, tied
from local_cluster.toolchain.errors import ToolError
from local_cluster.toolchain.progress import Progress
from local_cluster.toolchain.table import DebianTool

MERGED = ("bin", "sbin", "lib", "lib64")
"""Folders that are links into `/usr` on a Debian with a merged `/usr`; older packages still name them."""

_PROGRAMS = ("apt-get", "apt-config", "dpkg-deb", "tar")
_GLIBC = "libc6_"
_LISTS_ARE_OLD_AFTER = 24 * 3600.0
_PROSE = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian")


def version_key(tool: DebianTool) -> str:
    """Return the version of an unpacked tool: the machine's Debian release and a digest of what is asked for."""
    inputs = [layer_key(), tool.packages, sorted(tool.executables.items()), sorted(tool.environment.items())]
    return f"{release()}-{hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:8]}"


def layer_key() -> str:
    """Return what decides, besides the packages asked for, what unpacking gives: machine, release and this code."""
    return f"{platform.machine()} {release()} {hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}"


def release() -> str:
    """Return the code name of the machine's distribution release, `unknown` where there is none."""
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", "unknown")
    except OSError:
        return "unknown"


def unavailable() -> str:
    """Return why Debian packages cannot be unpacked on this machine; the empty string when they can."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    return f"{', '.join(missing)} not found" if missing else ""


def unpack(name: str, tool: DebianTool, into: Path, progress: Progress) -> None:
    """Unpack a Debian tool into the folder `root` of `into`, with wrappers for its executables in `bin`."""
    with progress.step(f"Unpacking {name} from Debian packages", 10):
        root = into / "root"
        unpack_packages(name, tool.packages, root, glibc=False)
        (into / "bin").mkdir()
        for executable, path in tool.executables.items():
            if not (root / path).exists():
                raise ToolError(f"{name}: Debian's {', '.join(tool.packages)} has no /{path} in release {release()}")
            _wrap(into / "bin" / executable, root, path, tool.environment)


def unpack_packages(name: str, packages: tuple[str, ...], root: Path, *, glibc: bool) -> None:
    """Unpack Debian packages and all that they depend on into a folder with a merged `/usr`.

    Args:
        name: What it is for, in error messages.
        packages: Names of the packages.
        root: The folder; made here.
        glibc: Whether to unpack glibc too; without it the executables use the machine's.
    """
    if refusal := unavailable():
        raise ToolError(
            f"{name} is made of Debian packages ({', '.join(packages)}), and those cannot be unpacked here: {refusal}."
        )
    root.mkdir()
    for folder in MERGED:
        (root / "usr" / folder).mkdir(parents=True)
        (root / folder).symlink_to(f"usr/{folder}")
    archives = root.parent / "archives"
    (archives / "partial").mkdir(parents=True)
    _download(name, packages, archives)
    for archive in sorted(archives.glob("*.deb")):
        if glibc or not archive.name.startswith(_GLIBC):
            _extract(name, archive, root)
    shutil.rmtree(archives)
    remove(root, _PROSE)


def _extract(name: str, archive: Path, root: Path) -> None:
    # `dpkg-deb --extract` would put a folder in the place of a link such as /bin.
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as content:
        tar = ["tar", "--extract", "--keep-directory-symlink", "--directory", str(root)]
        ran = subprocess.run(
            tar, stdin=content.stdout, capture_output=True, text=True, check=False, preexec_fn=tied.to_parent
        )
    if content.returncode != 0 or ran.returncode != 0:
        raise ToolError(f"{name}: the Debian package {archive.name} could not be unpacked: {ran.stderr.strip()}")


def remove(root: Path, folders: tuple[str, ...]) -> None:
    """Remove folders from below `root`; those that are not there are passed over."""
    for folder in folders:
        shutil.rmtree(root / folder, ignore_errors=True)


def _download(name: str, packages: tuple[str, ...], archives: Path) -> None:
    with cache.lock("apt"):
        state = cache_dir() / "apt"
        _configure(state)
        options = ["-o", f"Dir::Cache::archives={archives}"]
        install = ["apt-get", *options, "--yes", "--quiet", "--no-install-recommends", "--download-only", "install"]
        updated = state / "updated"
        fresh = updated.exists() and time.time() - updated.stat().st_mtime < _LISTS_ARE_OLD_AFTER
        if not fresh:
            _update(name, updated)
        try:
            _run(name, [*install, *packages])
        except ToolError:
            if not fresh:
                raise
            # What the lists name may have been replaced on the mirror since.
            _update(name, updated)
            _run(name, [*install, *packages])


def _update(name: str, updated: Path) -> None:
    # One source out of several that cannot be reached is no reason to stop; a missing package is, later.
    _run(name, ["apt-get", "--quiet", "update"], may_fail=True)
    updated.touch()


def _configure(state: Path) -> None:
    """Write apt's own configuration; hooks of the machine's are left out, since they would act on the machine."""
    for folder in ("lists/partial", "cache", "none"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    download_settings = [line for line in dumped.splitlines() if line.startswith("Acquire::")]
    ours = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Etc::parts": state / "none",
        "Dir::Etc::main": state / "none.conf",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "Debug::NoLocking": "true",
    }
    lines = [*download_settings, *(f'{key} "{value}";' for key, value in ours.items())]
    (state / "apt.conf").write_text("\n".join(lines) + "\n")


def _run(name: str, command: list[str], *, may_fail: bool = False) -> None:
    environment = {**os.environ, "APT_CONFIG": str(cache_dir() / "apt" / "apt.conf"), "LC_ALL": "C"}
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, preexec_fn=tied.to_parent
    )
    if ran.returncode != 0 and not may_fail:
        said = "\n  ".join((ran.stderr or ran.stdout).strip().splitlines()[-8:])
        raise ToolError(f"{name}: `{command[0]}` failed (exit status {ran.returncode}):\n  {said}")


def _wrap(wrapper: Path, root: Path, path: str, environment: dict[str, str]) -> None:
    libraries = sorted((root / "usr/lib").glob("*-linux-gnu*"))
    if not any(folder.glob("*.so*") for folder in libraries):
        wrapper.symlink_to(f"../root/{path}")
        return
    folder = f"$root/usr/lib/{libraries[0].name}"
    exports = [f'export {variable}="{folder}/{place}"' for variable, place in environment.items()]
    lines = [
        "#!/bin/sh",
        # No other process is started: kube-proxy calls iptables often.
        'root="${0%/*}/../root"',
        f'export LD_LIBRARY_PATH="{folder}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"',
        *exports,
        f'exec "$root/{path}" "$@"',
    ]
    wrapper.write_text("\n".join(lines) + "\n")
    wrapper.chmod(0o755)
