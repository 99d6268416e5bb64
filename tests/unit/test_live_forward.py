"""Connections to pods, and what becomes of them when a pod goes."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from mesh_components.live import listener
from mesh_components.live.api import Api, LiveError, Refused
from mesh_components.live.dashboards import Resolve
from mesh_components.live.forward import Target, fetch, fetch_json
from mesh_components.live.listener import Forwarder, PortTaken, listen

from .live_server import ApiServer, Pod, Wire, answering, refusing

LONG = bytes(range(256)) * 20_000


@contextmanager
def serving(**pods: Pod) -> Iterator[ApiServer]:
    server = ApiServer(**pods)
    try:
        yield server
    finally:
        server.close()


def target(name: str) -> Target:
    return Target("apps", name, 15000)


def test_all_that_a_pod_says_arrives_though_it_hangs_up_at_once() -> None:
    with serving(one=answering(LONG)) as server:
        for _ in range(5):
            assert fetch(server.api, target("one"), "/") == LONG


def test_what_goes_wrong_is_said() -> None:
    with serving(refusing=refusing, failing=answering(b"no", "401 Unauthorized"), text=answering(b"text")) as server:
        with pytest.raises(Refused, match=r"apps/gone, port 15000: pods \"gone\" not found"):
            fetch(server.api, target("gone"), "/")
        with pytest.raises(LiveError, match="connection refused"):
            fetch(server.api, target("refusing"), "/debug")
        with pytest.raises(Refused, match="status 401"):
            fetch(server.api, target("failing"), "/")
        with pytest.raises(LiveError, match="not JSON"):
            fetch_json(server.api, target("text"), "/")
        api = server.api
    with pytest.raises(LiveError, match="does not answer"):
        fetch(api, target("one"), "/")


@contextmanager
def forwarding(api: Api, resolve: Resolve) -> Iterator[tuple[http.client.HTTPConnection, list[str]]]:
    """Run a forwarder; yield a connection to it and what it tells."""
    told: list[str] = []
    listening = listen(None, 0)
    Thread(target=Forwarder(api, resolve, told.append).serve, args=(listening,), daemon=True).start()
    try:
        host, port = listening.getsockname()
        yield http.client.HTTPConnection(host, port, timeout=20), told
    finally:
        listening.close()


def body(connection: http.client.HTTPConnection, content: bytes = b"") -> bytes:
    connection.request("POST", "/", content)
    return connection.getresponse().read()


def test_the_next_pod_is_asked_what_the_one_before_never_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "PAUSE", 0.01)
    pods = iter(["gone", "refusing", None, "next"])

    def resolve() -> Target | None:
        name = next(pods)
        return target(name) if name else None

    with serving(refusing=refusing, next=answering(b"here")) as server, forwarding(server.api, resolve) as (way, told):
        assert body(way, b"x" * 100_000) == b"here"
        assert server.asked == ["gone", "refusing", "next"]
    assert [any(word in line for line in told) for word in ("not found", "connection refused", "no pod", "next")] == [
        True
    ] * 4


def test_a_pod_that_hung_up_in_the_middle_is_not_asked_again_and_the_next_connection_is_served() -> None:
    times: list[float] = []

    def broken(wire: Wire) -> None:
        wire.receive()
        wire.data(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        times.append(time.monotonic())
        wire.error("lost connection to pod")

    with serving(one=broken) as server, forwarding(server.api, lambda: target("one")) as (way, _):
        with pytest.raises(http.client.IncompleteRead):
            body(way)
        assert len(times) == 1, "a request that a pod has seen is never repeated"
        server.pods["one"] = answering(b"again")
        assert body(http.client.HTTPConnection(way.host, way.port, timeout=20)) == b"again"


def test_a_long_way_to_a_pod_that_comes_back_in_time_and_one_that_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "PAUSE", 0.01)
    monkeypatch.setattr(listener, "PATIENCE", 0.3)
    with serving() as server, forwarding(server.api, lambda: None) as (way, told):
        started = time.monotonic()
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            body(way)
        assert time.monotonic() - started < 10
        assert told == ["no pod of it is ready; waiting for one"], "said once"


def test_many_connections_at_a_time() -> None:
    with serving(one=answering(LONG)) as server, forwarding(server.api, lambda: target("one")) as (way, _):
        found: list[bytes] = []
        threads = [
            Thread(target=lambda: found.append(body(http.client.HTTPConnection(way.host, way.port, timeout=60))))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(item) for item in found] == [len(LONG)] * 8


def test_the_port_to_listen_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {number}"):
            listen(number, 1)
        with listen(None, number) as other:
            assert other.getsockname()[1] not in (0, number)
    with listen(number, 1) as mine:
        assert mine.getsockname() == ("127.0.0.1", number)
