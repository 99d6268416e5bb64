"""The processes that the language host starts: kept track of, so that none outlives it."""

import contextlib
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals

GRACE_SECONDS = 5.0
"""How long a process has to leave after it was asked to, before it is killed."""


class Children:
    """A set of running child processes. Safe to use from several threads."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def start(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        directory: str | Path | None,
        piped: bool,
    ) -> subprocess.Popen[bytes]:
        """Start `command`; `piped` connects its output to pipes, else it writes where the host writes.

        Raises OSError when it cannot be started, RuntimeError after `stop`.
        """
        output = subprocess.PIPE if piped else None
        with self._lock:
            if self._closed:
                raise RuntimeError("the language host is shutting down")
            process = subprocess.Popen(
                command, env=environment, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
            self._running.add(process)
        return process

    def wait(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for `process` to end and return its exit code (negative: the signal that ended it)."""
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        return code

    def end(self, process: subprocess.Popen[bytes], signal: Signals = SIGTERM) -> None:
        """Ask `process` to leave, and kill it when it does not within the grace period; nothing when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()

    def interrupt(self) -> None:
        """Interrupt all of them, as a user's Ctrl-C would, and return at once."""
        for process in self._snapshot():
            threading.Thread(target=self.end, args=(process, SIGINT), daemon=True).start()

    def stop(self) -> None:
        """End all of them and start no more."""
        with self._lock:
            self._closed = True
        ending = [threading.Thread(target=self.end, args=(process,)) for process in self._snapshot()]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()

    def _snapshot(self) -> list[subprocess.Popen[bytes]]:
        with self._lock:
            return list(self._running)
