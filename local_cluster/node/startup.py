"""Brings the node's processes up, each when what it waits for is well, and mends those that died or hang."""

import os
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

from local_cluster.errors import ClusterError
from local_cluster.node import api, containerd, namespaces, processes
from local_cluster.node.components import Component
from local_cluster.node.config import NodeConfig
from local_cluster.node.containerd import Image
from local_cluster.node.images import bring
from local_cluster.toolchain import Progress

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

PATIENCE = 180.0
"""Seconds for anything to become ready; on two idle cores the slowest takes about ten."""

HUNG_AFTER = 15.0
"""Seconds without a good answer after which a process that was already running is started anew."""

POLL = 0.1
LOG_LINES = 5


def wait(done: Callable[[], bool], problem: Callable[[], str], patience: float = PATIENCE) -> None:
    """Return when ``done`` says so.

    :raises ClusterError: with what ``problem`` says, after ``patience`` seconds
    """
    deadline = time.monotonic() + patience
    while not done():
        if time.monotonic() > deadline:
            raise ClusterError(f"after {patience:.0f} s, {problem()}")
        time.sleep(POLL)


def answers(config: NodeConfig, init: int, health: str) -> bool:
    """Whether a component's health check (see `Component.health`) succeeds.

    :param init: pid of the node's init
    """
    if health.startswith("/"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            try:
                connection.connect(f"/proc/{init}/root{health}")
            except OSError:
                return False
            return True
    response = api.get(health, api.trusting(config) if health.startswith("https:") else None)
    return response is not None and response.status == HTTPStatus.OK


def spawn(
    config: NodeConfig,
    name: str,
    argv: tuple[str, ...],
    digest: str,
    environment: dict[str, str],
    inside: int | None = None,
    isolate: bool = False,
) -> None:
    """Start one process of the node, on record and with a log of its own; see `namespaces.spawn`."""
    namespaces.spawn(
        list(argv),
        environment=environment,
        log=config.logs / f"{name}.log",
        register=lambda: processes.register_self(config.processes / name, digest),
        inside=inside,
        isolate=isolate,
    )


def died(config: NodeConfig, name: str) -> str:
    """Return what to tell about a process that ended, with the last lines of its log."""
    log = config.logs / f"{name}.log"
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:] if log.exists() else []
    return "\n  ".join(
        [
            f"{name} ended by itself; if it does so again, `mesh cluster down` and `up` make a new cluster. "
            f"The last lines of {log}:",
            *lines,
        ]
    )


class Startup:
    """One run of `up` over the processes.

    :param init: pid of the node's init
    :param programs: executables by name; their folders make up PATH
    """

    def __init__(self, config: NodeConfig, init: int, programs: dict[str, Path], progress: Progress) -> None:
        self._config = config
        self._init = init
        self._progress = progress
        self._ctr = programs["ctr"]
        self._runtime = containerd.socket(init)
        folders = dict.fromkeys(str(path.parent) for path in programs.values())
        self._environment = {"PATH": os.pathsep.join([*folders, SYSTEM_PATH]), "HOME": str(Path.home())}

    def start(self, parts: list[Component], archives: list[Path], declare: Callable[[], None]) -> None:
        """Return when every process is well and every image is there.

        :param parts: in an order in which each comes after what it waits for
        :param declare: puts into the API what the components need there; called once the API server is well
        :raises ClusterError: when a process ends or does not become well
        """
        by_name = {part.name: part for part in parts}
        imported: Future[list[Image]] | None = None
        with ThreadPoolExecutor(1) as background:
            for part in parts:
                with self._progress.step(f"Starting {part.name}"):
                    for name in part.after:
                        self._until_well(by_name[name])
                    self._ensure_started(part)
                if part.name == "containerd":
                    self._until_well(part)
                    imported = background.submit(bring, self._ctr, self._runtime, archives)
                if part.name == "kube-apiserver":
                    self._until_well(part)
                    declare()
            with self._progress.step("Waiting until every process is well"):
                for part in parts:
                    self._until_well(part)
            with self._progress.step("Waiting until containerd has every image"):
                for image in imported.result() if imported else []:
                    self._progress.note(f"  imported {', '.join(image.names)}")

    def _ensure_started(self, part: Component) -> None:
        record_path = self._config.processes / part.name
        record = processes.running(record_path)
        if record and record.digest == part.digest:
            try:
                wait(lambda: self._settled(part), lambda: "", patience=HUNG_AFTER)
            except ClusterError:
                self._progress.note(f"{part.name} (pid {record.pid}) runs but does not answer; starting it anew")
            if processes.running(record_path) and self._well(part):
                return
        processes.stop(record_path, patience=2)
        spawn(self._config, part.name, part.argv, part.digest, self._environment | part.environment, self._init)

    def _settled(self, part: Component) -> bool:
        return self._well(part) or not processes.running(self._config.processes / part.name)

    def _until_well(self, part: Component) -> None:
        log = self._config.logs / f"{part.name}.log"
        wait(lambda: self._settled(part), lambda: f"{part.name} does not answer well at {part.health}; see {log}")
        if not processes.running(self._config.processes / part.name):
            raise ClusterError(died(self._config, part.name))

    def _well(self, part: Component) -> bool:
        return answers(self._config, self._init, part.health)
