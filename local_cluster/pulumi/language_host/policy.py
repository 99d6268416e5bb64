"""Policy packs: a pack reads its stack from environment variables, the engine tells it later, by a call.

So a stand-in for the pack answers the engine first. It learns the stack from `ConfigureStack` (or from any other
call, when no stack is configured, as in `pulumi policy publish`), the pack is then started with it, and every
further call is passed on to it unread. Source of facts: analyzer.proto and `pulumi.policy` of the Pulumi SDK 3.259.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import analyzer_pb2

from local_cluster.pulumi.language_host.streams import Channel

SERVICE = "pulumirpc.Analyzer"
START_SECONDS = 120.0
"""How long a pack may take until it serves."""
_MESSAGE_BYTES = 400 * 1024 * 1024
OPTIONS = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
"""The message size that Pulumi's own servers and clients agree on."""


class PolicyProxy:
    """The server that the engine talks to in place of the pack; see the module's text.

    `port` is known at once; `configuration` has a result when the pack can be started; `attach` passes on calls
    from then on.
    """

    def __init__(self) -> None:
        self.configuration: Future[analyzer_pb2.AnalyzerStackConfigureRequest | None] = Future()
        self._pack: Future[grpc.Channel] = Future()
        self._lock = threading.Lock()
        self._server = grpc.server(ThreadPoolExecutor(16), options=OPTIONS)
        self._server.add_generic_rpc_handlers((_Handler(self._handler),))
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def attach(self, port: int) -> None:
        """Pass calls on to the pack that serves on `port` of this machine's loopback."""
        self._pack.set_result(grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS))

    def close(self) -> None:
        """Stop serving; calls that still wait for the pack fail."""
        self._configure(None)
        if not self._pack.done():
            self._pack.set_exception(RuntimeError("the policy pack ended before it served"))
        elif not self._pack.exception():
            self._pack.result().close()
        self._server.stop(grace=None)

    def _configure(self, request: analyzer_pb2.AnalyzerStackConfigureRequest | None) -> None:
        with self._lock:
            if not self.configuration.done():
                self.configuration.set_result(request)

    def _handler(self, method: str) -> grpc.RpcMethodHandler | None:
        service, _, name = method.removeprefix("/").partition("/")
        if service != SERVICE:
            return None
        own = {"Handshake": self._handshake, "ConfigureStack": self._configure_stack}
        return grpc.unary_unary_rpc_method_handler(own.get(name) or self._forward(method))

    def _handshake(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        return bytes(analyzer_pb2.AnalyzerHandshakeResponse().SerializeToString())

    def _configure_stack(self, request: bytes, context: grpc.ServicerContext) -> bytes:
        self._configure(analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request))
        return bytes(analyzer_pb2.AnalyzerStackConfigureResponse().SerializeToString())

    def _forward(self, method: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def call(request: bytes, context: grpc.ServicerContext) -> bytes:
            self._configure(None)
            try:
                channel = self._pack.result(START_SECONDS)
                return bytes(channel.unary_unary(method)(request))
            except grpc.RpcError as error:
                context.abort(error.code(), error.details())
            except (RuntimeError, TimeoutError) as error:
                context.abort(grpc.StatusCode.UNAVAILABLE, str(error) or "the policy pack does not serve")
            raise AssertionError("abort returns to nobody")

        return call


class _Handler(grpc.GenericRpcHandler):  # type: ignore[misc]
    def __init__(self, choose: Callable[[str], grpc.RpcMethodHandler | None]) -> None:
        self._choose = choose

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        return self._choose(details.method)


def environment(configuration: analyzer_pb2.AnalyzerStackConfigureRequest | None) -> dict[str, str]:
    """Return the variables in which `pulumi.policy` looks for its stack; empty without a stack."""
    if configuration is None:
        return {}
    return {
        "PULUMI_ORGANIZATION": configuration.organization or "organization",
        "PULUMI_PROJECT": configuration.project,
        "PULUMI_STACK": configuration.stack,
        "PULUMI_DRY_RUN": "true" if configuration.dry_run else "false",
        "PULUMI_CONFIG": json.dumps(dict(configuration.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(configuration.config_secret_keys)),
    }


def serving(chunks: Iterator[tuple[Channel, bytes]], started: Callable[[int], None]) -> Iterator[tuple[Channel, bytes]]:
    """Pass on a pack's output, but for its first line: the port it serves on, which goes to `started`."""
    head = b""
    waiting = True
    for channel, chunk in chunks:
        if not waiting or channel == "stderr":
            yield channel, chunk
            continue
        head += chunk
        line, newline, rest = head.partition(b"\n")
        if newline and line.strip().isdigit():
            waiting = False
            started(int(line))
            if rest:
                yield channel, rest
        elif newline:
            # Something that the pack printed before it served.
            yield channel, line + newline
            head = rest
    if waiting and head:
        yield "stdout", head
