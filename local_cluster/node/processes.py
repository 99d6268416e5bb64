"""Daemons and their records: which process is ours, is it still the same one, start it, end it.

A record is written by the new process itself before its program starts, so there is none without a process and no
process without one. A pid alone says little: it is used again. A record therefore has the start time too (field 22 of
/proc/<pid>/stat, clock ticks since boot; proc_pid_stat(5)) and the boot.
"""

import contextlib
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from local_cluster.errors import ClusterError
from local_cluster.node import files

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
UPTIME = Path("/proc/uptime")


@dataclass(frozen=True)
class Record:
    """One process that was started.

    :param pid: as this machine sees it
    :param started: clock ticks between boot and its start
    :param boot: which boot of the machine
    :param digest: of what it was started with; a different one means that it has to be started anew
    """

    pid: int
    started: int
    boot: str
    digest: str

    @property
    def gone(self) -> bool:
        """Whether this very process has ended: at most a zombie is left, or another process has its pid."""
        try:
            fields = _stat(self.pid)
        except (FileNotFoundError, ProcessLookupError):
            return True
        return fields[0] in ("Z", "X") or int(fields[19]) != self.started or self.boot != boot_id()

    @property
    def alive(self) -> bool:
        """Whether this very process runs and is not about to end (the first process of a namespace takes a while)."""
        try:
            Path(f"/proc/{self.pid}/exe").readlink()
        except (FileNotFoundError, ProcessLookupError):
            return False
        except PermissionError:
            pass  # it has a program, and somebody else's
        return not self.gone

    @property
    def uptime(self) -> float:
        """Seconds since it started."""
        return float(UPTIME.read_text().split()[0]) - self.started / os.sysconf("SC_CLK_TCK")


def boot_id() -> str:
    """Return what identifies this boot of the machine."""
    return BOOT_ID.read_text().strip()


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the third (state) on; the second may hold spaces and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def register_self(path: Path, digest: str) -> None:
    """Write the record of the calling process."""
    pid = int(Path("/proc/self").readlink().name)  # not getpid(), which is 1 in a new pid namespace
    files.write_json(path, asdict(Record(pid, int(_stat(pid)[19]), boot_id(), digest)))


def read(path: Path) -> Record | None:
    """Return the record in a file, or None where there is none, or where it is damaged or foreign."""
    value = files.read_json(path)
    try:
        return Record(**value)
    except TypeError:
        return None


def running(path: Path) -> Record | None:
    """Return the record of a process that runs, or None."""
    record = read(path)
    return record if record and record.alive else None


def stop(path: Path, patience: float = 10) -> None:
    """End the recorded process, and nothing else: SIGTERM, SIGKILL when ``patience`` seconds pass; drop the record.

    :raises ClusterError: when it survives even that (a process stuck in the kernel)
    """
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 30.0)):
        record = read(path)
        if record is None or record.gone:
            break
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)
        deadline = time.monotonic() + seconds
        while not record.gone and time.monotonic() < deadline:
            time.sleep(0.02)
    else:
        if record and not record.gone:
            raise ClusterError(f"process {record.pid} ({path.stem}) does not end, even when killed")
    path.unlink(missing_ok=True)
