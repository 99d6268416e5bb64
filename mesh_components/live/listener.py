"""A port on this machine that leads into the cluster, and finds the next pod when one is gone."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from threading import Lock, Thread

from .api import Api, LiveError
from .dashboards import Resolve
from .forward import Target, Tunnel

LOOPBACK = "127.0.0.1"
PATIENCE = 60
"""Seconds for which a connection waits for a pod that answers."""
PAUSE = 0.5


class PortTaken(Exception):
    """Somebody else listens on the port that was asked for."""


def listen(wanted: int | None, preferred: int) -> socket.socket:
    """Return a socket that listens on loopback alone.

    :param wanted: the port that the user asked for
    :param preferred: the port to take if nobody asked for one and it is free; else it is any
    :raises PortTaken: when the port that was asked for cannot be had
    """
    try:
        return _bound(wanted or preferred)
    except OSError as error:
        if wanted:
            raise PortTaken(f"cannot listen on port {wanted} of {LOOPBACK}: {error.strerror}") from error
        return _bound(0)


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # So that the port of a command that has just ended can be had again.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((LOOPBACK, port))
        made.listen()
    except OSError:
        made.close()
        raise
    return made


class Forwarder:
    """Serves connections, each through a tunnel of its own.

    :param resolve: finds the pod that answers right now
    :param tell: is told, once, of each thing that goes on: another pod, none, an error
    """

    def __init__(self, api: Api, resolve: Resolve, tell: Callable[[str], None]) -> None:
        self._api = api
        self._resolve = resolve
        self._tell = tell
        self._lock = Lock()
        self._target: Target | None = None
        self._told = ""

    def serve(self, listening: socket.socket) -> None:
        """Serve until the socket is closed or the command is interrupted."""
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            Thread(target=self._connection, args=(connection,), daemon=True).start()

    def _connection(self, connection: socket.socket) -> None:
        """Carry one connection. What is said to a pod that never hears it is said again to the next."""
        said = b""
        end = time.monotonic() + PATIENCE
        with connection:
            while time.monotonic() < end:
                target = self._current()
                try:
                    if target is None:
                        raise LiveError("no pod of it is ready; waiting for one")
                    tunnel = Tunnel(self._api, target)
                    tunnel.pump(connection, said)
                    if not tunnel.never_heard:
                        return
                    said = tunnel.said
                    raise LiveError(f"{target}: {tunnel.error.strip().splitlines()[-1]}")
                except LiveError as error:
                    self._lost(target, str(error))
                    time.sleep(PAUSE)

    def _current(self) -> Target | None:
        with self._lock:
            if self._target is None:
                try:
                    self._target = self._resolve()
                except LiveError as error:
                    self._say(str(error))
                if self._target:
                    self._say(f"connected to {self._target}")
            return self._target

    def _lost(self, target: Target | None, why: str) -> None:
        with self._lock:
            if self._target == target:
                self._target = None
            self._say(why)

    def _say(self, what: str) -> None:
        if what != self._told:
            self._told = what
            self._tell(what)
