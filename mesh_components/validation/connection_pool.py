"""Connection pools of destination rules and sidecars (``validateConnectionPool`` in ``validation.go``)."""

from __future__ import annotations

from typing import Any, Final

from . import durations
from .checks import Object, check
from .problem import Path, Problem, Problems, show

_COUNTS: Final = {
    "http": (
        "http1MaxPendingRequests",
        "http2MaxRequests",
        "maxRequestsPerConnection",
        "maxRetries",
        "maxConcurrentStreams",
    ),
    "tcp": ("maxConnections",),
}


@check
def connection_pool(parent: Object, field: str, path: Path) -> Problems:
    """Yield what is wrong with the connection pool ``field``."""
    pool = parent.get(field)
    if pool is None:
        return
    path = (*path, field)
    if pool.get("http") is None and pool.get("tcp") is None:
        yield Problem(path, "a connection pool needs http or tcp")
    yield from _counts(pool, "http", path)
    yield from _counts(pool, "tcp", path)
    yield from _http(pool, path)
    yield from _tcp(pool, path)


@check
def _counts(pool: Object, part: str, path: Path) -> Problems:
    for name in _COUNTS[part] if pool.get(part) is not None else ():
        if (pool[part].get(name) or 0) < 0:
            yield Problem((*path, part, name), f"{show(pool[part][name])} is less than 0")


@check
def _http(pool: Object, path: Path) -> Problems:
    http = pool.get("http")
    if http is None:
        return
    path = (*path, "http")
    yield from durations.duration(http, "idleTimeout", path)
    yield from _keepalive(http, path)
    if http.get("h2UpgradePolicy") == "UPGRADE" and http.get("useClientProtocol"):
        yield Problem((*path, "useClientProtocol"), "the client's protocol cannot be used with h2UpgradePolicy UPGRADE")


@check
def _keepalive(http: Object, path: Path) -> Problems:
    keepalive: Any = http.get("http2KeepAlive")
    for name in ("interval", "timeout") if keepalive is not None else ():
        if keepalive.get(name) is None:
            yield Problem((*path, "http2KeepAlive", name), f"{name} is missing, and it is required")
        yield from durations.duration(keepalive, name, (*path, "http2KeepAlive"))


@check
def _tcp(pool: Object, path: Path) -> Problems:
    tcp: Any = pool.get("tcp")
    if tcp is None:
        return
    path = (*path, "tcp")
    yield from durations.duration(tcp, "connectTimeout", path)
    yield from durations.duration(tcp, "maxConnectionDuration", path)
    yield from _tcp_idle(tcp, path)
    for name in ("time", "interval"):
        yield from durations.duration(tcp.get("tcpKeepalive") or {}, name, (*path, "tcpKeepalive"))


@check
def _tcp_idle(tcp: Object, path: Path) -> Problems:
    """Zero, or what rounds to zero milliseconds, turns the timeout off."""
    idle = durations.known(tcp, "idleTimeout")
    if idle is None or abs(idle) >= 1_000_000:
        yield from durations.duration(tcp, "idleTimeout", path)
