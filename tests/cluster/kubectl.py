"""What the tests do on the cluster, through kubectl as a person would."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Manifest = dict[str, Any]
T = TypeVar("T")


class NotYet(AssertionError):
    """What was waited for did not come in time; the message shows what was there instead."""


def eventually(
    look: Callable[[], T], good: Callable[[T], bool], what: str, attempts: int = 120, pause: float = 0.5
) -> T:
    """Look until it is good, a bounded number of times, and return what was seen.

    :raises NotYet: with the last thing seen
    """
    seen: object = None
    for _ in range(attempts):
        try:
            found = look()
        except subprocess.CalledProcessError as error:
            seen = error.stderr
        else:
            if good(found):
                return found
            seen = found
        time.sleep(pause)
    raise NotYet(f"{what}: still {seen!r} after {attempts} looks")


@dataclass(frozen=True)
class Kubectl:
    """kubectl against one cluster."""

    binary: Path
    kubeconfig: Path

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = 180) -> str:
        """Run kubectl and return what it printed.

        :raises subprocess.CalledProcessError: with what it wrote to standard error
        """
        line = [str(self.binary), "--kubeconfig", str(self.kubeconfig), *arguments]
        done = subprocess.run(line, input=stdin, capture_output=True, text=True, timeout=timeout)
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, line, done.stdout, done.stderr)
        return done.stdout

    def get(self, kind: str, *arguments: str) -> Any:
        """Return objects as data."""
        return json.loads(self("get", kind, *arguments, "--output", "json"))

    def names(self, kind: str, *arguments: str) -> set[str]:
        """Return the names of a kind's objects."""
        return {item["metadata"]["name"] for item in self.get(kind, *arguments)["items"]}

    def apply(self, *manifests: Manifest) -> None:
        """Apply objects server-side, as a user of the cluster."""
        items = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self("apply", "--server-side", "--force-conflicts", "--filename", "-", stdin=json.dumps(items))

    def rolled_out(self, namespace: str, name: str) -> None:
        """Wait until a Deployment's rollout is complete."""
        self("rollout", "status", f"deployment/{name}", "--namespace", namespace, "--timeout", "150s", timeout=170)

    def pods(self, namespace: str, app: str) -> list[Any]:
        """Return the pods of an app that are not on their way out."""
        found = self.get("pods", "--namespace", namespace, "--selector", f"app={app}")["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def containers(self, namespace: str, app: str) -> set[str]:
        """Return the names of all containers of an app's pods, native sidecars included."""
        specs = [pod["spec"] for pod in self.pods(namespace, app)]
        return {item["name"] for spec in specs for item in (*spec["containers"], *spec.get("initContainers", []))}


def namespace(name: str, **labels: str) -> Manifest:
    """Return a Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def app(name: str, in_namespace: str, leave: int = 0) -> list[Manifest]:
    """Return an app: fortio's echo server with an account, a Deployment and a Service on port 8080.

    :param leave: seconds for which a pod goes on serving once it is to end, until everybody knows that it does
    """
    metadata = {"name": name, "namespace": in_namespace}
    labels = {"app": name, "version": "v1"}
    container = {
        "name": "app",
        "image": "docker.io/local/fortio:1",
        "imagePullPolicy": "Never",
        "args": ["server"],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/fortio/", "port": 8080}, "periodSeconds": 1},
        **({"lifecycle": {"preStop": {"sleep": {"seconds": leave}}}} if leave else {}),
    }
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {
                        "serviceAccountName": name,
                        "containers": [container],
                        "terminationGracePeriodSeconds": 1 + 2 * leave,
                    },
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 8080}]},
        },
    ]
