"""Entry point: `python -m local_cluster.pulumi.language_host <engine address>`, started by the engine.

The engine reads one line from standard output, the port of our server; everything after that is shown to the user.
"""

import importlib.metadata
import os
import signal
import sys
import threading

# The engine interrupts its plugins when it is done, be it while they still import.
signal.signal(signal.SIGINT, lambda *_: os._exit(0))

from concurrent.futures import ThreadPoolExecutor  # noqa: E402

import grpc  # noqa: E402
from pulumi.runtime.proto import language_pb2_grpc  # noqa: E402

from local_cluster.pulumi.language_host import liveness  # noqa: E402
from local_cluster.pulumi.language_host.children import Children  # noqa: E402
from local_cluster.pulumi.language_host.policy import OPTIONS  # noqa: E402
from local_cluster.pulumi.language_host.server import LanguageHost  # noqa: E402

THREADS = 64
"""Calls served at once: each running program or plugin holds one."""


def main(arguments: list[str], kind: type[LanguageHost] = LanguageHost) -> int:
    """Serve until the engine interrupts us or is gone.

    :param kind: the host to serve
    """
    leave = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: leave.set())
    liveness.on_orphaned(leave.set)
    # The engine's address is the last argument; flags for logging and tracing may stand before it.
    addresses = [argument for argument in arguments if not argument.startswith("-")]
    children = Children()
    server = grpc.server(ThreadPoolExecutor(THREADS), options=OPTIONS)
    host = kind(addresses[-1] if addresses else "", importlib.metadata.version("pulumi"), children)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    leave.wait()
    children.stop()
    server.stop(grace=None)
    # Threads that serve a call may still wait for an engine that is gone.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
