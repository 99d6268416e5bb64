"""Cache entries that are either complete or absent, whatever happened to the process that made them.

An entry is a folder `<cache>/<kind>/<key>`. It is filled in a temporary folder beside its place and moved there by one
rename, so a folder with the final name is always complete. A lock file per entry keeps two processes from making the
same one twice; the kernel drops the lock when its holder dies, so a killed build never blocks the next.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local_cluster.paths import cache_dir


def entry(kind: str, key: str, fill: Callable[[Path], None], waiting: Callable[[], None] = lambda: None) -> Path:
    """Return the folder of a cache entry, making it with `fill` when it is absent.

    Args:
        kind: Folder under the cache for entries of this sort, for example `tools`.
        key: Name of the entry: what it is and its version. Another version is another entry.
        fill: Writes the content into the empty folder it is given. What it raises reaches the caller; nothing stays.
        waiting: Called once when another process is making the same entry, before waiting for it.
    """
    parent = cache_dir() / kind
    final = parent / key
    if final.is_dir():
        return final
    parent.mkdir(parents=True, exist_ok=True)
    with lock(f"{kind}-{key}", waiting):
        if final.is_dir():
            return final
        # Whoever left these is dead: this process holds the lock.
        for leftover in parent.glob(f".{key}.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=parent))
        try:
            fill(temporary)
            temporary.chmod(0o755)
            temporary.rename(final)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    return final


@contextmanager
def lock(name: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock `name` of this cache folder, across processes; calls `waiting` first if someone else holds it."""
    folder = cache_dir() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    # The file stays: removing it would let a third process lock a new file while a second one waits on the old.
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
