"""The demo stack with addons, brought up by the real command, and what the tests ask of them."""

from __future__ import annotations

import json
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local_cluster import metrics

from .kubectl import Kubectl, Manifest, eventually
from .mesh_stack import ROOT, mesh
from .test_dashboard import Opened
from .traffic_apps import NAMESPACE, account, deployment, rolled_out, versions

SYSTEM = "istio-system"

READ_AGAIN = 5.0
"""Seconds in which Prometheus has read everything twice."""

ADDONS: dict[str, Any] = {
    "prometheus": {"enabled": True, "scrapeInterval": "2s"},
    "jaeger": {"enabled": True, "samplingPercentage": 100},
    "kiali": {"enabled": True},
}

OUTSIDER = "outsider"
"""An app without a sidecar."""
EMPTY = "empty"
"""A Service that has no pods."""
ECHO = "echo"
"""A Service for what fortio's server does besides HTTP."""
TCP_ECHO, GRPC_PING = 8078, 8079
"""Ports on which it sends back what it gets."""


@contextmanager
def demo_with_addons(folder: Path, kubectl: Kubectl) -> Iterator[Path]:
    """Bring up the demo stack with addons, and apps; yield the project's folder.

    The addons stay until another module brings the stack up as its file says. The apps go, and so does the stand-in for
    Istio's stats filter, which `mesh up` puts into a mesh on this node that has a Prometheus.

    :param folder: an empty folder for the project
    """
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / file, folder / file)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "stacks").mkdir()
    stack = yaml.safe_load((ROOT / "stacks" / "Pulumi.demo.yaml").read_text())
    stack["config"]["mesh:addons"] = ADDONS
    (folder / "stacks" / "Pulumi.demo.yaml").write_text(yaml.safe_dump(stack))
    mesh("up", "--stack", "demo", folder=folder)
    try:
        kubectl.apply(*versions(), *_more_apps())
        rolled_out(kubectl, "server-v1", "server-v2", "client", OUTSIDER)
        yield folder
    finally:
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found")
        for each in metrics.objects(SYSTEM):
            kubectl("delete", each["kind"], each["metadata"]["name"], "--namespace", SYSTEM, "--ignore-not-found")


def _more_apps() -> list[Manifest]:
    return [
        _service(ECHO, "server", tcp=TCP_ECHO, grpc=GRPC_PING),
        _service(EMPTY, EMPTY, http=8080),
        account(OUTSIDER),
        deployment(OUTSIDER, {"app": OUTSIDER}, annotations={"sidecar.istio.io/inject": "false"}),
    ]


def _service(name: str, app: str, **ports: int) -> Manifest:
    """Return a Service with ports by protocol."""
    named = [{"name": f"{protocol}-1", "port": port, "appProtocol": protocol} for protocol, port in ports.items()]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": app}, "ports": named},
    }


Sample = tuple[dict[str, str], float]
"""Labels and value of one series."""
Sums = dict[tuple[str, ...], float]
"""Values by those of some labels."""


@dataclass(frozen=True)
class Prometheus:
    """Prometheus, behind a dashboard command."""

    board: Opened

    def api(self, path: str, **parameters: str) -> Any:
        """Return the data of an answer."""
        answer = json.loads(self.board.get(f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression: str) -> list[Sample]:
        """Return what an expression gives right now."""
        return [(each["metric"], float(each["value"][1])) for each in self.api("query", query=expression)["result"]]

    def by(self, expression: str, *labels: str) -> Sums:
        """Return the sums of metrics by some of their labels, those that are zero aside."""
        samples = self.query(f"sum by ({', '.join(labels)}) ({expression})")
        return {tuple(found.get(label, "") for label in labels): value for found, value in samples if value}

    def settled(self, expression: str, *labels: str) -> Sums:
        """Return those sums once they have not changed for so long that everything has been read again."""
        found = self.by(expression, *labels)
        for _ in range(20):
            time.sleep(READ_AGAIN)
            before, found = found, self.by(expression, *labels)
            if found == before:
                return found
        raise AssertionError(f"{expression} goes on changing: {found}")

    def grows(self, before: Sums, by: Sums, expression: str, *labels: str) -> None:
        """Wait until the sums have grown by this, and see that they grow no more."""

        def growth(after: Sums) -> Sums:
            return {key: grown for key, value in after.items() if (grown := value - before.get(key, 0))}

        eventually(
            lambda: growth(self.by(expression, *labels)),
            lambda found: found == by,
            f"{expression} grows by {by}",
            attempts=30,
            pause=1,
        )
        assert growth(self.settled(expression, *labels)) == by


class Kiali:
    """Kiali's API, behind a dashboard command, as somebody who has logged in."""

    def __init__(self, board: Opened, token: str | None) -> None:
        self.address = board.address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        if token is not None:
            self._send("authenticate", urllib.parse.urlencode({"token": token}).encode())

    def get(self, path: str, **parameters: str) -> Any:
        """Return what is below `api`.

        :raises urllib.error.HTTPError: when Kiali answers with an error
        """
        return self._send(f"{path}?{urllib.parse.urlencode(parameters)}")

    def create(self, path: str, item: Manifest) -> Any:
        """Have Kiali create an object."""
        return self._send(path, json.dumps(item).encode())

    def refuses(self, path: str, item: Manifest | None = None) -> str:
        """Return with which status, and which words, Kiali refuses to show or to create something."""
        try:
            answer = self.create(path, item) if item else self.get(path)
        except urllib.error.HTTPError as error:
            return f"{error.code} {error.read().decode()}"
        raise AssertionError(f"it answers {answer}")

    def _send(self, path: str, body: bytes | None = None) -> Any:
        with self._opener.open(f"{self.address}/api/{path}", body, timeout=60) as answer:
            return json.loads(answer.read())


def token_of(kubectl: Kubectl, account_name: str, namespace: str) -> str:
    """Return a token of a ServiceAccount, which Kubernetes makes for an hour."""
    return kubectl("create", "token", account_name, "--namespace", namespace).strip()
