"""The real istiod as a process of its own, and its injection webhook."""

import base64
import json
import os
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from local_cluster.toolchain.table import TOOLS, GoTool
from mesh_components.settings import DEFAULT_VERSION

from . import api_server
from .istioctl import Settings

_PORTS = ("httpAddr", "httpsAddr", "grpcAddr", "secureGRPCAddr", "monitoringAddr")


def is_built(version: str) -> bool:
    """Whether the toolchain has the istiod of a version."""
    return any(_program(version) in tool.packages for tool in TOOLS.values() if isinstance(tool, GoTool))


def _program(version: str) -> str:
    return "pilot-discovery" if version == DEFAULT_VERSION else f"pilot-discovery-{version}"


@contextmanager
def running(settings: Settings, *, kubeconfig: Path, environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Runs istiod against an API server; gives the URL of its injection webhook.

    Args:
        settings: what its injector is configured with.
        kubeconfig: of the API server.
        environment: feature flags.
        folder: a place for files.
    """
    files = {
        "var/lib/istio/inject/config": yaml.safe_dump(settings.config),
        "var/lib/istio/inject/values": settings.values,
        "etc/istio/config/mesh": yaml.safe_dump(settings.mesh),
    }
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}}
    api_server.create(kubeconfig, "/api/v1/namespaces", namespace)
    ports = {name: api_server.free_port() for name in _PORTS}
    log = folder / "istiod.log"
    process = api_server.process(
        log,
        _program(settings.version),
        "discovery",
        f"--kubeconfig={kubeconfig}",
        *(f"--{name}=127.0.0.1:{port}" for name, port in ports.items()),
        environment={**os.environ, "POD_NAME": "istiod", "POD_NAMESPACE": "istio-system", **environment},
        folder=folder,
    )
    with process as started:
        api_server.wait(started, log, f"http://127.0.0.1:{ports['httpAddr']}/ready")
        yield f"https://127.0.0.1:{ports['httpsAddr']}/inject"


def inject(webhook: str, pod: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Sends a pod to the webhook as the API server does; returns it injected.

    Raises:
        RuntimeError: the webhook refused it.
    """
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {"uid": "1", "namespace": namespace, "operation": "CREATE", "object": pod},
    }
    request = urllib.request.Request(webhook, json.dumps(review).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=30) as answer:
        response = json.load(answer)["response"]
    if not response.get("allowed"):
        raise RuntimeError(response["status"]["message"])
    patch = json.loads(base64.b64decode(response.get("patch", "W10=")))
    injected: dict[str, Any] = _patched(pod, patch)
    return injected


def _patched(document: Any, patch: list[dict[str, Any]]) -> Any:
    """A copy of a document with a JSON patch (RFC 6902; the operations that istiod uses) applied."""
    document = json.loads(json.dumps(document))
    for operation in patch:
        *path, last = (part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:])
        parent = document
        for part in path:
            parent = parent[int(part)] if isinstance(parent, list) else parent[part]
        match operation["op"], parent:
            case "add", list():
                parent.insert(len(parent) if last == "-" else int(last), operation["value"])
            case "remove", list():
                del parent[int(last)]
            case "replace", list():
                parent[int(last)] = operation["value"]
            case "remove", _:
                del parent[last]
            case _:
                parent[last] = operation["value"]
    return document
