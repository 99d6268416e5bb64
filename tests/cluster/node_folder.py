"""What the tests of the node share: a node in a folder of its own, and what belongs to it on this machine."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kubernetes import client
from kubernetes import config as kubeconfig

from local_cluster.node import node, processes
from local_cluster.node.config import NodeConfig
from local_cluster.toolchain.progress import PlainProgress


@dataclass(frozen=True)
class NodeFolder:
    """A node of the test's own; other nodes on this machine do not notice it."""

    path: Path

    def up(self) -> NodeConfig:
        return node.up(self.path, False, PlainProgress(io.StringIO()))

    def down(self) -> bool:
        return node.down(self.path, PlainProgress(io.StringIO()))

    @property
    def config(self) -> NodeConfig:
        config = node.load(self.path)
        assert config is not None
        return config

    @property
    def states(self) -> dict[str, str]:
        """How each process is, by name."""
        return {health.name: health.state for health in node.status(self.config)}

    def record(self, name: str) -> processes.Record:
        record = processes.read(self.config.processes / name)
        assert record is not None
        return record

    @property
    def records(self) -> dict[str, processes.Record]:
        return {path.name: self.record(path.name) for path in self.config.processes.iterdir()}

    @cached_property
    def api(self) -> client.ApiClient:
        return kubeconfig.new_client_from_config(str(self.config.kubeconfig))

    def members(self) -> set[tuple[int, str]]:
        """Every process of the node, pods' included: its init and all that descends from it, as (pid, start time)."""
        parents: dict[int, tuple[int, str]] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    fields = (folder / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                parents[int(folder.name)] = (int(fields[1]), fields[19])
        init = self.record("init").pid
        found = set()
        for pid, (_, started) in parents.items():
            ancestor = pid
            while ancestor in parents and ancestor != init:
                ancestor = parents[ancestor][0]
            if ancestor == init:
                found.add((pid, started))
        return found


def alive(member: tuple[int, str]) -> bool:
    """Whether that very process is there; one that ended and that its parent has not asked after is not."""
    try:
        fields = Path(f"/proc/{member[0]}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return fields[0] != "Z" and fields[19] == member[1]


def echo_app(name: str) -> list[dict[str, Any]]:
    """An echo server of two pods, with a Service of type LoadBalancer on port 8080."""
    labels = {"app": name}
    container = {
        "name": "app",
        "image": "docker.io/local/fortio:1",
        "imagePullPolicy": "Never",
        "args": ["server"],
        "readinessProbe": {"httpGet": {"path": "/fortio/", "port": 8080}, "periodSeconds": 1},
    }
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"type": "LoadBalancer", "selector": labels, "ports": [{"name": "http", "port": 8080}]},
        },
    ]
