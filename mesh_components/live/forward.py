"""A TCP connection to a port of a pod, through the API server, as `kubectl port-forward` makes it.

The protocol is Kubernetes' own over a websocket (``v4.channel.k8s.io``, ``portforward`` of the kubelet's streaming
server): two channels a port, data and errors; the first frame of each repeats the port's number. The `kubernetes`
package has a client of it, which drops what is still to be delivered when the pod hangs up first; so the websocket is
the package's, and what is pumped through it is here.
"""

from __future__ import annotations

import http.client
import json
import select
import socket
from dataclasses import dataclass
from threading import Thread
from typing import Any

from kubernetes.stream import ws_client
from urllib3.exceptions import HTTPError
from websocket import ABNF, WebSocketBadStatusException, WebSocketException

from .api import AUTHENTICATION, Api, LiveError, Refused, message_of

PROTOCOL = "v4.channel.k8s.io"
DATA, ERRORS = 0, 1
PORT_BYTES = 2
"""Length of what the first frame of each channel holds."""
CHUNK = 64 * 1024
AHEAD = 1024 * 1024
"""Bytes to hold for a side that does not take them, before the other side has to wait; and to keep for a replay."""
SECONDS = 10


@dataclass(frozen=True)
class Target:
    """A port of a pod."""

    namespace: str
    pod: str
    port: int

    def __str__(self) -> str:
        return f"pod {self.namespace}/{self.pod}, port {self.port}"


class Tunnel:
    """One connection to a port of a pod.

    :raises Refused: when the API server does not open it, as for a pod that is gone
    :raises LiveError: when it does not answer
    """

    def __init__(self, api: Api, target: Target) -> None:
        path = f"/api/v1/namespaces/{target.namespace}/pods/{target.pod}/portforward"
        host = api.client.configuration.host
        try:
            _, url, headers, *_ = api.client.param_serialize(
                "GET", path, query_params=[("ports", str(target.port))], auth_settings=AUTHENTICATION
            )
            lower = {key.lower(): value for key, value in headers.items()}
            self.websocket = ws_client.create_websocket(
                api.client.configuration,
                ws_client.get_websocket_url(url),
                {**lower, "sec-websocket-protocol": PROTOCOL},
            )
        except WebSocketBadStatusException as error:
            said = message_of(error.resp_body or b"") or f"status {error.status_code}"
            raise Refused(error.status_code, f"no connection to {target}: {said}") from error
        except (WebSocketException, HTTPError, OSError) as error:
            raise LiveError(f"the cluster at {host} does not answer: {error}") from error
        self.error = ""
        """What the kubelet says is wrong, such as a port on which nobody listens."""
        self.received = 0
        """Bytes that came from the pod."""
        self.said = b""
        """What the local side has said to a pod that has not answered yet: what another pod would have to be told."""
        self._greeted: set[int] = set()
        self._open = True

    @property
    def never_heard(self) -> bool:
        """Whether it failed before the pod saw anything, so that the same may be said to another pod."""
        return bool(self.error) and not self.received and len(self.said) < AHEAD

    def pump(self, local: socket.socket, first: bytes = b"") -> None:
        """Carry bytes both ways until one side is done. The local socket is left open.

        :param first: bytes to send before any other
        """
        local.setblocking(False)
        wire: Any = self.websocket.sock
        waiting = b""
        self._send(first)
        try:
            while self._open or waiting:
                readers = [local, *([wire] if self._open and len(waiting) < AHEAD else [])]
                # What TLS has decrypted already is nothing that select would see.
                decrypted = wire in readers and bool(getattr(wire, "pending", int)())
                ready, writable, _ = select.select(readers, [local] if waiting else [], [], 0 if decrypted else None)
                if decrypted or wire in ready:
                    waiting += self._receive()
                if writable:
                    waiting = waiting[local.send(waiting) :]
                if local in ready:
                    chunk = local.recv(CHUNK)
                    if not chunk:
                        break
                    self._send(chunk)
        except OSError:
            pass  # the local side hung up
        finally:
            self.close()

    def _send(self, content: bytes) -> None:
        if not self.received and len(self.said) < AHEAD:
            self.said += content
        if content and self._open:
            try:
                self.websocket.send(bytes([DATA]) + content, ABNF.OPCODE_BINARY)
            except (WebSocketException, OSError):
                self._open = False

    def _receive(self) -> bytes:
        """Return the data in the next frame; empty for every other kind of frame."""
        try:
            opcode, frame = self.websocket.recv_data_frame(True)
        except (WebSocketException, OSError):
            self._open = False
            return b""
        if opcode == ABNF.OPCODE_CLOSE:
            self._open = False
        if opcode != ABNF.OPCODE_BINARY or not frame.data:
            return b""
        channel, content = frame.data[0], bytes(frame.data[1:])
        if channel not in self._greeted and len(content) == PORT_BYTES:
            self._greeted.add(channel)
            return b""
        if channel == ERRORS:
            self.error += content.decode(errors="replace")
            self._open = False
            return b""
        self.received += len(content)
        return content

    def close(self) -> None:
        """Hang up."""
        self._open = False
        self.websocket.shutdown()


def fetch(api: Api, target: Target, path: str) -> bytes:
    """Return the body of an HTTP GET to a pod's port, as from within the pod.

    :raises LiveError: saying why there is none
    """
    tunnel = Tunnel(api, target)
    ours, theirs = socket.socketpair()
    pump = Thread(target=_pump_and_close, args=(tunnel, theirs), daemon=True)
    pump.start()
    connection = http.client.HTTPConnection("localhost", timeout=SECONDS)
    connection.sock = ours
    ours.settimeout(SECONDS)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise LiveError(f"{target} does not answer {path}: {tunnel.error.strip() or error}") from error
    finally:
        connection.close()
        ours.close()
        pump.join(SECONDS)
    if response.status >= http.HTTPStatus.BAD_REQUEST:
        raise Refused(response.status, f"{target} answers {path} with status {response.status}")
    return body


def fetch_json(api: Api, target: Target, path: str) -> Any:
    """Return the body of an HTTP GET to a pod's port, parsed.

    :raises LiveError: saying why there is none
    """
    body = fetch(api, target, path)
    try:
        return json.loads(body)
    except ValueError as error:
        raise LiveError(f"{target} answers {path} with something that is not JSON") from error


def _pump_and_close(tunnel: Tunnel, local: socket.socket) -> None:
    with local:
        tunnel.pump(local)
