"""The node's cgroup: the kubelet puts pods beneath it, `down` empties and removes it. cgroup v1 and v2."""

import os
import time
from pathlib import Path

from local_cluster.errors import ClusterError

MOUNT = Path("/sys/fs/cgroup")
V2_CONTROLLERS = ("cpu", "cpuset", "io", "memory", "pids")
"""Controllers that the kubelet wants to be delegated (cgroup v2)."""


def is_v2() -> bool:
    """Whether this machine has the unified hierarchy alone."""
    return (MOUNT / "cgroup.controllers").exists()


def hierarchies() -> list[Path]:
    """Return the roots of the cgroup trees: one with v2, one for each group of controllers with v1."""
    if is_v2():
        return [MOUNT]
    return sorted(path for path in MOUNT.iterdir() if path.is_dir() and not path.is_symlink())


def make(name: str) -> None:
    """Make the cgroup ``name`` at the root of each tree."""
    for root in hierarchies():
        group = root / name
        group.mkdir(exist_ok=True)
        if is_v2():
            available = (root / "cgroup.controllers").read_text().split()
            wanted = " ".join(f"+{controller}" for controller in V2_CONTROLLERS if controller in available)
            for folder in (root, group):
                (folder / "cgroup.subtree_control").write_text(wanted)
        elif (group / "cpuset.cpus").exists():
            # A new cpuset is empty, and nothing can run in it, until it is told.
            for setting in ("cpuset.cpus", "cpuset.mems"):
                if not (group / setting).read_text().strip():
                    (group / setting).write_text((root / setting).read_text())


def remove(name: str, patience: float = 20) -> None:
    """Remove the cgroup ``name`` and those below it, once their processes have ended.

    :raises ClusterError: when processes stay in it for ``patience`` seconds
    """
    deadline = time.monotonic() + patience
    for root in hierarchies():
        while (root / name).exists():
            try:
                for folder, _, _ in os.walk(root / name, topdown=False):
                    Path(folder).rmdir()
            except FileNotFoundError:
                continue
            except OSError as error:
                if time.monotonic() > deadline:
                    raise ClusterError(f"cannot remove the cgroup {root / name}: {error}") from error
                time.sleep(0.1)
