"""A child process's output and exit code as one stream of chunks, for the calls that answer with a stream."""

import queue
import subprocess
import threading
from collections.abc import Iterator
from typing import IO, Literal

from local_cluster.pulumi.language_host.children import Children

CHUNK_BYTES = 64 * 1024
Channel = Literal["stdout", "stderr"]


def output(process: subprocess.Popen[bytes]) -> Iterator[tuple[Channel, bytes]]:
    """Yield what `process` (started with pipes) writes, as it writes it, until both its streams are closed."""
    chunks: queue.SimpleQueue[tuple[Channel, bytes]] = queue.SimpleQueue()
    pipes: list[tuple[Channel, IO[bytes] | None]] = [("stdout", process.stdout), ("stderr", process.stderr)]
    for channel, pipe in pipes:
        assert pipe is not None, "the process was started without pipes"
        threading.Thread(target=_pump, args=(channel, pipe, chunks), daemon=True).start()
    open_pipes = len(pipes)
    while open_pipes:
        channel, chunk = chunks.get()
        if chunk:
            yield channel, chunk
        else:
            open_pipes -= 1


def finish(children: Children, process: subprocess.Popen[bytes]) -> int:
    """Return the exit code of a process whose output has been read, as a shell would show it (128 + signal)."""
    code = children.wait(process)
    return code if code >= 0 else 128 - code


def _pump(channel: Channel, pipe: IO[bytes], chunks: "queue.SimpleQueue[tuple[Channel, bytes]]") -> None:
    with pipe:
        # read1: whatever is there, at once; the engine waits for a single line with a port number.
        while chunk := pipe.read1(CHUNK_BYTES):  # type: ignore[attr-defined]
            chunks.put((channel, chunk))
    chunks.put((channel, b""))
