"""Files that are either there whole or not at all, and a lock between concurrent commands."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from local_cluster.errors import ClusterError


def write(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Write a file atomically: a killed writer leaves the old content or the new, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.touch(mode=mode)
    partial.write_bytes(data)
    partial.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as JSON, atomically."""
    write(path, json.dumps(value, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """Return the JSON in a file, or None where the file is absent or is not JSON (a machine that lost power)."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


LOCK_SECONDS = 1.0
"""A command that was killed while it started a daemon leaves its lock with that for a moment."""


def _try_lock(file: TextIO) -> bool:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        else:
            return True


@contextmanager
def turn(path: Path) -> Iterator[None]:
    """Hold the exclusive lock of a file for the block, once nobody else does; the kernel drops it if we die."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the exclusive lock of a folder for the block, which may remove the folder; the kernel drops it if we die.

    :raises ClusterError: when another command holds it
    """
    path = folder / "lock"
    while True:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("a") as file:
            if not _try_lock(file):
                raise ClusterError(f"another `mesh cluster up` or `down` is at work on {folder}; wait for it to end")
            # The last holder may have removed the file between our opening and locking it.
            if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
                continue
            yield
            return
