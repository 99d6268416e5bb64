"""Picking up after a killed `pulumi up`: its lock on the stack, and the processes it left behind.

Only what is certainly dead and certainly ours is touched: locks of the file backend in our state folder whose
process is gone, and processes that carry the marks of our launchers (or were started with our backend) and whose
engine is gone. With a backend of the user's own nothing is unlocked.
"""

import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local_cluster.pulumi import processes
from local_cluster.pulumi.launchers import ENGINE_MARK, OWNER_MARK
from local_cluster.pulumi.processes import Process
from local_cluster.pulumi.runtime import PulumiRuntime

CLI = "pulumi"
"""Name of the CLI's process, which is the engine's too."""
_PLUGINS = ("pulumi-language", "pulumi-resource", "pulumi-analyzer")
# A boot time is known to the second, and a clock may have been set meanwhile.
_CLOCK_SECONDS = 5.0


@dataclass(frozen=True)
class Lock:
    """A lock file of the file backend.

    Attributes:
        path: The file.
        stack: Qualified name of the stack: `organization/<project>/<stack>`.
        pid: Process that holds it.
        hostname: Machine of that process.
        timestamp: When it was taken, in seconds since the epoch.
    """

    path: Path
    stack: str
    pid: int
    hostname: str
    timestamp: float


def recover(runtime: PulumiRuntime, stack: str) -> list[str]:
    """Undo what a killed `pulumi` left of itself, so that the next one can work on `stack`.

    Args: runtime: The Pulumi that was killed; see `runtime.prepare`. stack: `<stack>`, `<project>/<stack>` or
    `organization/<project>/<stack>`; without a project, that of every project.

    Returns: What was done, a sentence each; empty when there was nothing to do. A lock that a live process holds,
    or one of another machine, stays and is not mentioned: `pulumi` itself says who holds it.
    """
    return [*_end_survivors(runtime), *_remove_dead_locks(runtime, stack)]


def locks(backend: Path) -> list[Lock]:
    """Return the locks in a file backend. A lock file that cannot be read is left out."""
    root = backend / ".pulumi" / "locks"
    found = []
    for path in sorted(root.glob("**/*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            taken = datetime.fromisoformat(content["timestamp"]).timestamp()
            stack = path.parent.relative_to(root).as_posix()
            found.append(Lock(path, stack, int(content["pid"]), content["hostname"], taken))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def is_held(lock: Lock) -> bool:
    """Tell whether the process that took a lock may still be alive; always so for another machine's."""
    if lock.hostname != socket.gethostname():
        return True
    process = processes.find(lock.pid)
    if process is None or process.name != CLI:
        return False
    # A pid is used again: a process that began after the lock was taken did not take it.
    return process.began is None or process.began <= lock.timestamp + _CLOCK_SECONDS


def _remove_dead_locks(runtime: PulumiRuntime, stack: str) -> list[str]:
    if runtime.backend is None:
        return []
    done = []
    for lock in locks(runtime.backend):
        if not f"/{lock.stack}".endswith(f"/{stack}") or is_held(lock):
            continue
        for path in (lock.path, lock.path.with_name(f"{lock.path.name}.attrs")):
            path.unlink(missing_ok=True)
        done.append(f"Unlocked {lock.stack}: the pulumi that held it (pid {lock.pid}) is gone.")
    return done


def _end_survivors(runtime: PulumiRuntime) -> list[str]:
    survivors = [process for process in processes.all_of_this_user() if _is_survivor(process, runtime)]
    ended = processes.end(survivors)
    return [f"Ended {process.name} (pid {process.pid}), which outlived its pulumi." for process in ended]


def _is_survivor(process: Process, runtime: PulumiRuntime) -> bool:
    if process.pid == os.getpid():
        return False
    if process.environment.get(OWNER_MARK) == str(runtime.home):
        pid, _, began = process.environment.get(ENGINE_MARK, "").partition(":")
        engine = processes.find(int(pid)) if pid.isdigit() else None
        return engine is None or engine.ticks != began
    if runtime.standins or runtime.backend is None:
        return False
    # The user's own plugins bear no marks: known by their names, by our backend, and by a parent that is no engine.
    parent = processes.find(process.parent)
    return (
        process.name.startswith(_PLUGINS)
        and process.environment.get("PULUMI_BACKEND_URL") == runtime.env["PULUMI_BACKEND_URL"]
        and (parent is None or parent.name != CLI)
    )
