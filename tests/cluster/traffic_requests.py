"""Requests from a pod of the mesh, counted by fortio, and what counts they may have."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local_cluster import toolchain

from .kubectl import Kubectl
from .traffic_apps import NAMESPACE

SERVER = f"http://server.{NAMESPACE}:8080"

ERROR_PROBABILITY = 1e-6
"""How often a test of shares may fail though everything is right: once in a million, for each such assertion."""


@dataclass(frozen=True)
class Answers:
    """What became of a number of requests."""

    codes: dict[int, int]
    """How many had which status; -1: no answer."""
    durations: list[tuple[float, float, int]]
    """From how many seconds to how many, and how many requests took that."""

    @property
    def sent(self) -> int:
        """How many there were."""
        return sum(self.codes.values())

    def of(self, code: int) -> int:
        """Return how many had a status."""
        return self.codes.get(code, 0)

    def slower_than(self, seconds: float) -> int:
        """Return how many took longer; no bucket may reach over that limit."""
        return sum(count for start, _, count in self.durations if start >= seconds)


def load(kubectl: Kubectl, number: int, path: str = "/", *options: str, threads: int = 8, url: str = SERVER) -> Answers:
    """Send requests from the client, as fast as they are answered, and count the answers."""
    return _counted(execute(kubectl, "fortio", *_load(number, threads, options, f"{url}{path}")))


def load_from_here(number: int, url: str, *options: str, threads: int = 8) -> Answers:
    """Send requests from this machine, such as to a gateway's address, and count the answers.

    :param number: no fewer than ``threads``, or fortio sends as many as it can
    """
    line = [str(toolchain.ensure("fortio")), *_load(number, threads, options, url)]
    return _counted(subprocess.run(line, capture_output=True, text=True, timeout=120, check=True).stdout)


def _load(number: int, threads: int, options: tuple[str, ...], url: str) -> list[str]:
    line = ["load", "-n", str(number), "-c", str(threads), "-qps", "0", "-r", "0.01", "-timeout", "10s"]
    return [*line, "-allow-initial-errors", "-loglevel", "critical", *options, "-json", "-", url]


def _counted(shown: str) -> Answers:
    result, _ = json.JSONDecoder().raw_decode(shown, shown.index("{"))
    codes = {int(code): int(count) for code, count in result["RetCodes"].items()}
    data = result["DurationHistogram"]["Data"] or []
    return Answers(codes, [(each["Start"], each["End"], each["Count"]) for each in data])


def execute(kubectl: Kubectl, *line: str, where: str = NAMESPACE, who: str = "client") -> str:
    """Run something in the client's container."""
    return kubectl("exec", f"deployment/{who}", "--namespace", where, "--container", "app", "--", *line)


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int
    """0: none came."""
    text: str
    """Headers and body."""


def ask(
    kubectl: Kubectl, path: str = "/", *options: str, url: str = SERVER, where: str = NAMESPACE, who: str = "client"
) -> Answer:
    """Send one request from the client, and return the answer, whatever it is."""
    inside = ["exec", f"deployment/{who}", "--namespace", where, "--container", "app", "--"]
    line = [str(kubectl.binary), "--kubeconfig", str(kubectl.kubeconfig), *inside]
    line += ["fortio", "curl", "-timeout", "5s", "-loglevel", "critical", *options, f"{url}{path}"]
    # With most statuses it ends with an error, and writes everything to standard output; else headers go elsewhere.
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"HTTP/1\.\d (\d{3})", done.stderr + done.stdout)
    return Answer(int(found[1]) if found else 0, f"{done.stderr}\n{done.stdout}")


def bounds(number: int, share: float, error: float = ERROR_PROBABILITY) -> tuple[int, int]:
    """Return between which counts the successes of ``number`` independent trials are, but for an error probability.

    The exact binomial distribution: at most half the error on each side.
    """
    below = 0.0
    low, high = 0, number
    for count, probability in enumerate(_binomial(number, share)):
        if below + probability <= error / 2:
            low = count + 1
        below += probability
        if 1 - below <= error / 2:
            high = count
            break
    return low, high


def _binomial(number: int, share: float) -> Iterator[float]:
    for count in range(number + 1):
        if share in (0, 1):
            yield float(count == number * share)
            continue
        logarithm = (
            math.lgamma(number + 1)
            - math.lgamma(count + 1)
            - math.lgamma(number - count + 1)
            + count * math.log(share)
            + (number - count) * math.log1p(-share)
        )
        yield math.exp(logarithm)


def within(count: int, number: int, share: float) -> None:
    """Fail unless a count is one that a share of a number of independent trials has.

    :raises AssertionError: with the count and what it may be
    """
    low, high = bounds(number, share)
    assert low <= count <= high, f"{count} of {number}; a share of {share:g} gives {low} to {high}"


def lines_of(kubectl: Kubectl, deployment: str, text: str, where: str = NAMESPACE) -> list[dict[str, Any]]:
    """Return what an app's server has logged of requests with a text in their path."""
    shown = kubectl("logs", f"deployment/{deployment}", "--namespace", where, "--container", "app", "--tail", "-1")
    return [json.loads(line) for line in shown.splitlines() if text in line and '"url"' in line]


def proxied(kubectl: Kubectl, deployment: str, text: str, where: str = NAMESPACE) -> int:
    """Return how many requests with a text in their line an app's proxy has logged."""
    shown = kubectl(
        "logs", f"deployment/{deployment}", "--namespace", where, "--container", "istio-proxy", "--tail", "-1"
    )
    return sum(text in line for line in shown.splitlines())
