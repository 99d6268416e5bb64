"""The node's first process: makes its mounts, then collects orphans until it is killed; all else ends with it.

Run as a script by `node.py`, as pid 1 of new namespaces, with one argument: JSON of the fields of `Plan`. It imports
nothing of ours, so that it starts with any interpreter state. It writes `ready` to the descriptor that the plan names.

Facts: mount(2); the kernel settings are those that the kubelet insists on and otherwise *writes*, for the whole machine
(Kubernetes 1.34, pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables): it is shown its wish instead.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TypedDict

MS_BIND, MS_REC, MS_PRIVATE, MS_SHARED = 0x1000, 0x4000, 0x40000, 0x100000

SHADOWED = ("/var", "/run", "/tmp")
"""Folders of the machine in whose place the node has its own."""

KERNEL_SETTINGS = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
}


class Plan(TypedDict):
    """What the node's init is told.

    hostname: the node's host name. folder: its state folder; folders there take the place of those in SHADOWED.
    keep: folders that have to stay visible even when they are below one of those. ready: file to create when done.
    """

    hostname: str
    folder: str
    keep: list[str]
    ready: str


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Call mount(2); raises OSError naming the target."""
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = (source.encode(), target.encode(), kind and kind.encode(), flags, data and data.encode())
    if libc.mount(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"cannot mount {source} at {target}: {os.strerror(code)}")


def arrange(plan: Plan) -> None:
    """Give the node its own /var, /run, /tmp, /proc and view of the kernel settings."""
    folder = Path(plan["folder"])
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    shadows = {Path(real): folder / real.strip("/") for real in SHADOWED}
    for shadow in shadows.values():
        shadow.mkdir(parents=True, exist_ok=True)
    for name, mode in (("/run", "755"), ("/tmp", "1777")):
        mount("tmpfs", str(shadows[Path(name)]), "tmpfs", 0, f"mode={mode}")
    var = shadows[Path("/var")]
    for name in ("lib", "log", "cache", "lock"):
        (var / name).mkdir(exist_ok=True)
    (var / "tmp").mkdir(exist_ok=True, mode=0o1777)
    if not (var / "run").is_symlink():
        (var / "run").symlink_to("/run")
    for real, shadow in shadows.items():
        for kept in plan["keep"]:
            if Path(kept).is_relative_to(real):
                place = shadow / Path(kept).relative_to(real)
                place.mkdir(parents=True, exist_ok=True)
                mount(kept, str(place), None, MS_BIND | MS_REC)
    # By descriptor: once /var is another, a shadow below /var has another path, without what is mounted in it.
    opened = {real: os.open(shadow, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC) for real, shadow in shadows.items()}
    for real, descriptor in opened.items():
        mount(f"/proc/self/fd/{descriptor}", str(real), None, MS_BIND | MS_REC)
        os.close(descriptor)
    mount("proc", "/proc", "proc", 0)
    for name, value in KERNEL_SETTINGS.items():
        shown = Path("/run/kernel-settings") / name
        shown.parent.mkdir(parents=True, exist_ok=True)
        shown.write_text(value + "\n")
        mount(str(shown), f"/proc/sys/{name}", None, MS_BIND)
    # Volumes with mount propagation need a shared root, as systemd makes it; shared among the node's own mounts only.
    mount("none", "/", None, MS_REC | MS_SHARED)
    socket.sethostname(plan["hostname"])


def collect_orphans() -> None:
    """Wait for every process whose parent died, until SIGTERM."""
    signals = {signal.SIGCHLD, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
        if signal.sigwait(signals) == signal.SIGTERM:
            return


if __name__ == "__main__":
    the_plan: Plan = json.loads(sys.argv[1])
    try:
        arrange(the_plan)
    except OSError as problem:
        sys.exit(f"node init: {problem}")
    Path(the_plan["ready"]).touch()
    collect_orphans()
