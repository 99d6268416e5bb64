"""Requests that go on while something else happens, sent by fortio, which counts what became of each."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local_cluster import toolchain

from .kubectl import Kubectl

QPS = 40
"""Requests a second: many enough to meet a gap of a tenth of a second, few enough for two busy cores."""


@dataclass
class Load:
    """Requests under way; what became of them is known once they have ended."""

    codes: dict[str, int] = field(default_factory=dict)
    """Answers by status; -1 where there was no answer."""

    @property
    def sent(self) -> int:
        return sum(self.codes.values())

    @property
    def failed(self) -> dict[str, int]:
        """What was not answered with 200."""
        return {code: number for code, number in self.codes.items() if code != "200"}

    def ended(self, result: Any) -> None:
        self.codes = {str(code): int(number) for code, number in result["RetCodes"].items()}


@contextmanager
def from_outside(address: str, host: str) -> Iterator[Load]:
    """Send requests for a host to an address of the cluster, such as its ingress gateway's."""
    line = [str(toolchain.ensure("fortio")), "load", "-qps", str(QPS), "-c", "4", "-t", "0", "-timeout", "5s"]
    line += ["-allow-initial-errors", "-H", f"Host: {host}", "-json", "-", f"http://{address}/echo"]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    load = Load()
    try:
        yield load
    finally:
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate(timeout=30)
        result, _ = json.JSONDecoder().raw_decode(shown, shown.index("{"))
        load.ended(result)


@contextmanager
def from_app(kubectl: Kubectl, namespace: str, name: str, url: str) -> Iterator[Load]:
    """Send requests from a fortio server in a pod, through its sidecar where it has one."""
    rest = "http://localhost:8080/fortio/rest"
    inside = ("exec", f"deployment/{name}", "--namespace", namespace, "--container", "app", "--")
    run = f"{rest}/run?qps={QPS}&c=4&t=on&timeout=5s&nocatchup=on&url={url}"
    line = [str(kubectl.binary), "--kubeconfig", str(kubectl.kubeconfig), *inside]
    process = subprocess.Popen(
        [*line, "fortio", "curl", "-quiet", "-timeout", "900s", run],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    load = Load()
    try:
        yield load
    finally:
        kubectl(*inside, "fortio", "curl", "-quiet", "-timeout", "30s", f"{rest}/stop?wait=true")
        shown, _ = process.communicate(timeout=30)
        result, _ = json.JSONDecoder().raw_decode(shown, shown.index("{"))
        load.ended(result)
