"""Entry point: `python -m local_cluster.pulumi.tls_provider <engine address>`, started by the engine.

The engine reads one line from standard output, the port of our server.
"""

import os
import signal
import sys

# The engine interrupts its plugins when it is done, be it while they still import.
signal.signal(signal.SIGINT, lambda *_: os._exit(0))

import asyncio  # noqa: E402
import importlib.metadata  # noqa: E402

import grpc  # noqa: E402
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS  # noqa: E402
from pulumi.runtime.proto import provider_pb2_grpc  # noqa: E402

from local_cluster.pulumi.language_host import liveness  # noqa: E402
from local_cluster.pulumi.tls_provider.server import TlsServicer  # noqa: E402


async def serve(engine: str) -> None:
    """Serve until the engine interrupts us or is gone. An empty `engine` is none: the provider then says nothing to
    it.
    """
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave.set)

    def orphaned() -> None:
        loop.call_soon_threadsafe(leave.set)

    liveness.on_orphaned(orphaned)
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    servicer = TlsServicer(engine, importlib.metadata.version("pulumi-tls"))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await leave.wait()
    await server.stop(grace=None)


if __name__ == "__main__":
    # The engine's address is the last argument; flags for logging and tracing may stand before it.
    asyncio.run(serve(next((each for each in reversed(sys.argv[1:]) if not each.startswith("-")), "")))
