"""Access logs of proxies: as text, as JSON, and what Telemetry says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from .kubectl import Kubectl, NotYet, eventually
from .mesh_stack import MeshStack
from .traffic_apps import NAMESPACE, V1, V2
from .traffic_program import Program
from .traffic_requests import ask

SERVERS = ("server-v1", "server-v2")
ERRORS: dict[str, Any] = {
    "namespace": NAMESPACE,
    "name": "errors",
    "accessLogging": [{"providers": [{"name": "envoy"}], "filter": {"expression": "response.code >= 400"}}],
}


@pytest.fixture(scope="module")
def plain(demo: MeshStack) -> Iterator[None]:
    """The stack as its file says, once the module is done."""
    yield
    demo.configure().up()


def lines(kubectl: Kubectl, path: str) -> list[str]:
    """Return what the servers' proxies have logged of a path."""
    options = ("--namespace", NAMESPACE, "--container", "istio-proxy", "--tail", "-1")
    texts = (kubectl("logs", f"deployment/{name}", *options) for name in SERVERS)
    return [line for text in texts for line in text.splitlines() if path in line]


def logged(kubectl: Kubectl, status: int = 0, attempts: int = 30) -> list[str]:
    """Send a request, and return what the servers' proxies have logged of it, once they have written it.

    Proxies write every second (Envoy's ``--file-flush-interval-msec``); a second request of another path tells when.
    """
    path = f"/{uuid4().hex}"
    assert ask(kubectl, f"{path}?status={status}" if status else path).status in ({status} if status else {V1, V2})
    return eventually(lambda: lines(kubectl, path), bool, "the request is logged", attempts=attempts)


def test_as_text(program: Program, kubectl: Kubectl) -> None:
    program.up()
    [line] = logged(kubectl)
    assert '"GET /' in line and 'HTTP/1.1" 20' in line


def test_errors_alone(program: Program, kubectl: Kubectl) -> None:
    program.up(("Telemetry", "errors", ERRORS))

    def left_out() -> bool:
        path = f"/{uuid4().hex}"
        ask(kubectl, path)
        # By the time that an error is in the log, what was before it would be, too.
        logged(kubectl, 503)
        return not lines(kubectl, path)

    eventually(left_out, bool, "what goes well is not logged", attempts=20)
    [line] = logged(kubectl, 503)
    assert " 503 " in line
    assert set(program.up(("Telemetry", "errors", ERRORS))) == {"same"}


def test_none_of_one_workload(program: Program, kubectl: Kubectl) -> None:
    silent = {
        "namespace": NAMESPACE,
        "name": "silent",
        "selector": {"app": "server"},
        "accessLogging": [{"disabled": True}],
    }
    program.up(("Telemetry", "silent", silent))

    def silent_now() -> bool:
        path = f"/{uuid4().hex}"
        ask(kubectl, path)
        client = ("logs", "deployment/client", "--namespace", NAMESPACE, "--container", "istio-proxy", "--tail", "-1")
        eventually(lambda: path in kubectl(*client), bool, "the client's proxy logs it still", attempts=30)
        return not lines(kubectl, path)

    eventually(silent_now, bool, "the servers' proxies log nothing", attempts=20)


def test_as_json(plain: None, demo: MeshStack, program: Program, kubectl: Kubectl) -> None:
    program.up()
    demo.configure(meshConfig={"accessLogEncoding": "JSON"}).up()

    def entries() -> list[str]:
        try:
            return [line for line in logged(kubectl, attempts=6) if line.startswith("{")]
        except NotYet:
            # The proxies were silent before, and what they are asked before they hear of the change is never logged.
            return []

    [line] = eventually(entries, bool, "the log is JSON", attempts=20)
    entry = json.loads(line)
    assert (entry["method"], entry["response_code"] in (V1, V2)) == ("GET", True)
