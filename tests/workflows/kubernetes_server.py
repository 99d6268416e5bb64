"""A Kubernetes API server of a cluster in which there is nothing, not even the kinds that a mesh needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import yaml

from .forge_server import Handler

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.0",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2025-08-27T10:09:04Z",
    "goVersion": "go1.24.5",
    "compiler": "gc",
    "platform": "linux/amd64",
}


class Empty(Handler):
    """Answers what version it is, and that nothing is there."""

    def do_GET(self) -> None:
        if self.path.rstrip("/") == "/version":
            return self.reply(200, VERSION)
        return self.reply(404, {"kind": "Status", "code": 404, "message": "the server could not find the resource"})


@contextmanager
def empty_cluster() -> Iterator[str]:
    """Serve it, and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Empty)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def kubeconfig(address: str, name: str = "somewhere") -> str:
    """Return a kubeconfig for a cluster."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": address}}],
            "users": [{"name": name, "user": {"token": "a-secret-token"}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )


def write(folder: Path, address: str) -> Path:
    """Write a kubeconfig and return the file."""
    file = folder / "kubeconfig"
    file.write_text(kubeconfig(address), encoding="utf-8")
    return file
