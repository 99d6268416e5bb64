"""Processes of this machine, as /proc tells of them. Where there is no /proc, only whether a process lives, and its
name.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

GRACE_SECONDS = 5.0
"""How long a process has to leave after it was asked to, before it is killed."""
_PROC = Path("/proc")
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Process:
    """A live process (a zombie is not one).

    Attributes: pid: Its number. name: Its command's name, cut at 15 characters where the kernel does so. parent:
    Its parent's number, 0 where that is not known. ticks: Its start time as the kernel counts it, in clock ticks
    since boot; empty where that is not known. With the pid it is unique. began: Its start time in seconds since the
    epoch, to the second; None where that is not known. environment: The variables it was started with; empty where
    they cannot be read.
    """

    pid: int
    name: str
    parent: int = 0
    ticks: str = ""
    began: float | None = None
    environment: dict[str, str] = field(default_factory=dict, repr=False)


def find(pid: int) -> Process | None:
    """Return the process with that number, None when there is none."""
    if pid <= 0:
        return None
    return _from_proc(pid) if (_PROC / "self" / "stat").exists() else _from_ps(pid)


def all_of_this_user() -> Iterator[Process]:
    """Yield the processes whose environment this user may read; none where there is no /proc."""
    for entry in _PROC.glob("[0-9]*"):
        process = _from_proc(int(entry.name))
        if process is not None and process.environment:
            yield process


def end(processes: Iterable[Process]) -> list[Process]:
    """End processes: ask them to leave, kill those that do not. Return those that were still there to be ended."""
    ended = [process for process in processes if _signal(process, signal.SIGTERM)]
    deadline = time.monotonic() + GRACE_SECONDS
    remaining = ended
    while remaining and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        remaining = [process for process in remaining if _same(process)]
    for process in remaining:
        _signal(process, signal.SIGKILL)
    return ended


def _same(process: Process) -> bool:
    now = find(process.pid)
    return now is not None and now.ticks == process.ticks


def _signal(process: Process, number: signal.Signals) -> bool:
    # A descriptor keeps meaning the same process, whatever its number is given to.
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return False
    try:
        if not _same(process):
            return False
        signal.pidfd_send_signal(descriptor, number)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _from_proc(pid: int) -> Process | None:
    folder = _PROC / str(pid)
    try:
        stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name is in parentheses and may hold anything, parentheses too.
    name, _, rest = stat.partition("(")[2].rpartition(") ")
    state, parent, *others = rest.split()
    if state in ("Z", "X"):
        return None
    ticks = others[17]
    environment: dict[str, str] = {}
    with contextlib.suppress(OSError):
        raw = (folder / "environ").read_bytes().decode(errors="replace")
        environment = dict(entry.split("=", 1) for entry in raw.split("\0") if "=" in entry)
    began = _boot_time() + int(ticks) / os.sysconf("SC_CLK_TCK")
    return Process(pid, name, int(parent), ticks, began, environment)


def _boot_time() -> float:
    for line in (_PROC / "stat").read_text(encoding="ascii").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return 0.0


def _from_ps(pid: int) -> Process | None:
    ran = subprocess.run(["ps", "-p", str(pid), "-o", "stat=,comm="], capture_output=True, text=True, check=False)
    state, _, command = ran.stdout.strip().partition(" ")
    if ran.returncode or state.startswith("Z"):
        return None
    return Process(pid, Path(command.strip()).name)
