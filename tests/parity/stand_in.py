"""As much of an API server as istioctl asks about revisions and their tags: it lists objects and takes updates."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .compare import Object

KINDS: Mapping[str, tuple[str, str]] = {
    "services": ("v1", "Service"),
    "mutatingwebhookconfigurations": ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    "validatingwebhookconfigurations": ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
}
"""API version and kind of what is served, by the name in its address."""


def selected(labels: Mapping[str, str], selector: str) -> bool:
    """Say whether ``labels`` are selected: ``key``, ``!key`` and ``key=value``, joined by commas."""
    for term in filter(None, (part.strip() for part in selector.split(","))):
        key, _, value = term.removeprefix("!").partition("=")
        if term.startswith("!"):
            if key in labels:
                return False
        elif key not in labels or (value and labels[key] != value):
            return False
    return True


class StandIn:
    """Serves ``objects`` and notes what is updated."""

    def __init__(self, objects: Iterable[Object]) -> None:
        self.objects = [copy.deepcopy(item) for item in objects]
        self.updated: list[Object] = []

    def listing(self, resource: str, selector: str) -> Object:
        """Return the list of objects under the address's last part."""
        version, kind = KINDS[resource]
        items = [
            item
            for item in self.objects
            if item["kind"] == kind and selected(item["metadata"].get("labels") or {}, selector)
        ]
        return {"apiVersion": version, "kind": f"{kind}List", "metadata": {"resourceVersion": "1"}, "items": items}


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = parse_qs(address.query)
            resource = address.path.rpartition("/")[2]
            if "watch" in query:
                self._answer(200, {})  # a watch that ends at once
            elif resource in KINDS:
                self._answer(200, stand_in.listing(resource, query.get("labelSelector", [""])[0]))
            else:
                self._answer(404, {"apiVersion": "v1", "kind": "Status", "reason": "NotFound", "code": 404})

        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stand_in.updated.append(body)
            self._answer(200, body)

        def _answer(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode() if content else b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def serving(objects: Iterable[Object], folder: Path) -> Iterator[tuple[StandIn, Path]]:
    """Serve ``objects`` on the loopback interface; yield the server and a kubeconfig in ``folder`` that leads there."""
    stand_in = StandIn(objects)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand_in))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    named = {"name": "stand-in"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "stand-in",
        "clusters": [{**named, "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "users": [{**named, "user": {}}],
        "contexts": [{**named, "context": {"cluster": "stand-in", "user": "stand-in"}}],
    }
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps(config), encoding="utf-8")
    try:
        yield stand_in, kubeconfig
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
