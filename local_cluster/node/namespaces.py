"""Linux namespaces: start a process in new ones, or in those of a process that runs.

`os.unshare` and `os.setns` came with Python 3.12; here they are the C library's. Facts: namespaces(7), setns(2).
"""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from local_cluster.errors import ClusterError

NEW = {"mnt": 0x00020000, "uts": 0x04000000, "ipc": 0x08000000, "pid": 0x20000000, "net": 0x40000000}
"""Kinds of namespace a node has of its own (names as in /proc/<pid>/ns) and their CLONE_NEW* flags (sched.h)."""

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _enter(pid: int, kind: str) -> None:
    descriptor = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.setns(descriptor, NEW[kind]), f"cannot enter the {kind} namespace of process {pid}")
    finally:
        os.close(descriptor)


def spawn(
    argv: list[str],
    *,
    environment: dict[str, str],
    log: Path,
    register: Callable[[], None],
    inside: int | None = None,
    isolate: bool = False,
) -> None:
    """Start a daemon: its own session, output to ``log``, no parent to wait for it.

    :param register: called in the new process, before the program replaces it, while /proc is still this machine's:
        so a process that runs is always on record, wherever its starter is killed
    :param inside: pid of a process whose namespaces to join
    :param isolate: make new namespaces, in which the process is pid 1
    :raises ClusterError: when the program cannot be started
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    failed, failure = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        _become(argv, environment, output, failure, register, inside, isolate)
    os.close(output)
    os.close(failure)
    os.waitpid(child, 0)
    with os.fdopen(failed, "rb") as pipe:
        message = pipe.read().decode(errors="replace")
    if message:
        raise ClusterError(f"cannot start {argv[0]}: {message}")


def _become(
    argv: list[str],
    environment: dict[str, str],
    output: int,
    failure: int,
    register: Callable[[], None],
    inside: int | None,
    isolate: bool,
) -> None:
    """Turn this forked child into the daemon's parent and then into the daemon; never returns."""
    try:
        # A pid namespace takes hold in the next child only, hence the second fork; it also orphans the daemon. The
        # third makes it an orphan *inside*: the node's init inherits it, and not whoever is pid 1 of this machine.
        if isolate:
            _check(
                _libc.unshare(sum(NEW.values())), "cannot make namespaces (in a container, that takes CAP_SYS_ADMIN)"
            )
        elif inside is not None:
            _enter(inside, "pid")
        if os.fork() != 0:
            os._exit(0)
        if inside is not None and os.fork() != 0:
            os._exit(0)
        os.setsid()
        register()
        if inside is not None:
            for kind in NEW:
                if kind not in ("pid", "mnt"):
                    _enter(inside, kind)
            _enter(inside, "mnt")
        os.chdir("/")
        null = os.open("/dev/null", os.O_RDONLY)
        for source, target in ((null, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.execve(argv[0], argv, environment)
    except BaseException as error:
        os.write(failure, (str(error) or repr(error)).encode())
    finally:
        os._exit(127)
