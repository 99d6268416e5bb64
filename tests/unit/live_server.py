"""As much of an API server as forwarding a port takes: a websocket that speaks Kubernetes' portforward protocol."""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubernetes import client

from mesh_components.live.api import Api

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, section 1.3."""
BINARY, CLOSE = 2, 8


class Wire:
    """The server's end of one websocket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, content: bytes, opcode: int = BINARY) -> None:
        size = len(content)
        length = (
            bytes([size])
            if size < 126
            else bytes([126]) + struct.pack(">H", size)
            if size < 1 << 16
            else bytes([127]) + struct.pack(">Q", size)
        )
        self.connection.sendall(bytes([0x80 | opcode]) + length + content)

    def data(self, content: bytes) -> None:
        """Send data of the port."""
        self.send(b"\x00" + content)

    def error(self, text: str) -> None:
        """Say that the port cannot be reached."""
        self.send(b"\x01" + text.encode())

    def receive(self) -> bytes:
        """Return the payload of the next frame; empty at the end."""
        head = self._exactly(2)
        if not head or head[0] & 0xF == CLOSE:
            return b""
        size = head[1] & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", self._exactly(8))
        mask = self._exactly(4)
        return bytes(byte ^ mask[n % 4] for n, byte in enumerate(self._exactly(size)))

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            chunk = self.connection.recv(size - len(found))
            if not chunk:
                return b""
            found += chunk
        return found


Pod = Callable[[Wire], None]
"""What a pod does with a connection to its port."""


class ApiServer:
    """Serves connections to pods by name; every other pod is not found."""

    def __init__(self, **pods: Pod) -> None:
        self.pods = pods
        self.asked: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._serve, daemon=True).start()

    @property
    def api(self) -> Api:
        """A client of it."""
        made = Api.__new__(Api)
        configuration = client.Configuration()
        configuration.host = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        made.client = client.ApiClient(configuration)
        return made

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            request, *lines = head.decode().split("\r\n")
            headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines)}
            url = urlsplit(request.split()[1])
            name = url.path.split("/")[-2]
            self.asked.append(name)
            if name not in self.pods:
                body = b'{"message": "pods \\"%s\\" not found"}' % name.encode()
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                return
            digest = hashlib.sha1((headers["sec-websocket-key"] + MAGIC).encode()).digest()
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: "
                + base64.b64encode(digest)
                + b"\r\n\r\n"
            )
            wire = Wire(connection)
            port = struct.pack("<H", int(parse_qs(url.query)["ports"][0]))
            wire.send(b"\x00" + port)
            wire.send(b"\x01" + port)
            self.pods[name](wire)


def answering(body: bytes, status: str = "200 OK") -> Pod:
    """Return a pod that answers one HTTP request and hangs up at once."""

    def serve(wire: Wire) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            chunk: Any = wire.receive()
            if not chunk:
                return
            request += chunk[1:]
        whole = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        for start in range(0, len(whole), 30_000):
            wire.data(whole[start : start + 30_000])
        wire.send(b"", CLOSE)

    return serve


def refusing(wire: Wire) -> None:
    """Serve as a pod on whose port nobody listens."""
    wire.error("failed to connect to localhost:15000 inside namespace: connect: connection refused")
    wire.send(b"", CLOSE)
    while wire.receive():
        pass  # as the API server does, which does not reset the connection
