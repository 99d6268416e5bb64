"""`mesh dashboard`: a way into the cluster that outlives the pods at its other end.

Kiali and its kind are not on this node: a Service of that name and port, before an echo server, stands in for them.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from .kubectl import Kubectl, app, eventually, namespace
from .live import refused
from .mesh_stack import MESH, ROOT, MeshStack

SYSTEM = ("--namespace", "istio-system")


@dataclass(frozen=True)
class Opened:
    """A dashboard command that runs."""

    address: str
    process: subprocess.Popen[str]

    def get(self, path: str = "", seconds: float = 90) -> str:
        """Return what it serves."""
        base = self.address if not path else "/".join(self.address.split("/")[:3]) + path
        with urllib.request.urlopen(base, timeout=seconds) as response:
            found: bytes = response.read()
        return found.decode(errors="replace")


@contextmanager
def opened(*arguments: str) -> Iterator[Opened]:
    """Run a dashboard command, and end it as Ctrl-C does."""
    line = [str(MESH), "dashboard", *arguments]
    # Tests that run in a shell's background have Ctrl-C switched off, and what they start inherits that.
    process = subprocess.Popen(
        line,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stdout
        address = process.stdout.readline().strip()
        assert address.startswith("http://localhost:"), process.communicate()
        yield Opened(address, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors and "closed" in errors
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def boards(demo: MeshStack, kubectl: Kubectl) -> None:
    """The stand-in for Kiali: our echo server behind a Service of Kiali's name and port."""
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kiali", "namespace": "boards"},
        "spec": {"selector": {"app": "echo"}, "ports": [{"name": "http", "port": 20001, "targetPort": 8080}]},
    }
    kubectl.apply(namespace("boards"), *app("echo", "boards"), service)
    kubectl.rolled_out("boards", "echo")


def test_envoys_pages_outlive_their_pod(demo: MeshStack, kubectl: Kubectl) -> None:
    before = kubectl.pods("istio-system", "istio-egressgateway")[0]["metadata"]["name"]
    with opened("envoy", f"{before}.istio-system", "--no-browser") as board:
        assert board.get("/ready").strip() == "LIVE"
        assert f"{before}.istio-system" in board.get("/server_info")
        assert len(board.get("/config_dump")) > 50_000, "longer than one frame"
        kubectl("delete", "pod", before, *SYSTEM, "--grace-period", "1")
        after = eventually(
            lambda: board.get("/server_info"), lambda shown: before not in shown, "the next pod answers", attempts=30
        )
        assert "istio-egressgateway-" in after
    kubectl.rolled_out("istio-system", "istio-egressgateway")


def test_a_connection_that_is_made_while_there_is_no_pod_waits_for_the_next(demo: MeshStack, kubectl: Kubectl) -> None:
    with opened("envoy", "deployment/istio-egressgateway.istio-system", "--no-browser") as board:
        assert "LIVE" in board.get("/ready")
        kubectl("delete", "pod", "--selector", "app=istio-egressgateway", *SYSTEM, "--grace-period", "1")
        # One request alone, sent while nobody is there to answer.
        assert "LIVE" in board.get("/ready")
    kubectl.rolled_out("istio-system", "istio-egressgateway")


def test_istiods_debug_pages_go_on_after_a_rollout(demo: MeshStack, kubectl: Kubectl) -> None:
    with opened("istiod", "--no-browser") as board:
        assert board.address.endswith("/debug")
        assert "syncz" in board.get()
        kubectl("rollout", "restart", "deployment/istiod", *SYSTEM)
        kubectl.rolled_out("istio-system", "istiod")
        assert "istio-ingressgateway" in eventually(
            lambda: board.get("/debug/syncz"), lambda shown: "ingressgateway" in shown, "proxies connect to the next"
        )


def test_a_dashboard_behind_a_service(boards: None, kubectl: Kubectl) -> None:
    with opened("kiali", "--no-browser") as board:
        assert board.address == "http://localhost:20001/kiali"
        assert "echo" in board.get("/debug").lower()
        kubectl("delete", "pod", "--selector", "app=echo", "--namespace", "boards", "--wait")
        assert "host" in board.get("/debug").lower()


def test_the_port_is_the_users_choice(boards: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        said = refused("dashboard", "kiali", "--no-browser", "--port", str(number))
        assert f"port {number}" in said
    with opened("kiali", "--no-browser", "--port", str(number)) as board:
        assert board.address == f"http://localhost:{number}/kiali"
        # Nobody else on the network is served.
        addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), number, socket.AF_INET)}
        for address in addresses - {"127.0.0.1"}:
            with pytest.raises((urllib.error.URLError, OSError)):
                urllib.request.urlopen(f"http://{address}:{number}/debug", timeout=5)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("grafana",), "grafana is not installed in this cluster. Installed: kiali, istiod, envoy (of"),
        (("kiali", "--namespace", "apps"), "kiali is not installed in namespace apps"),
        (("kialy",), "did you mean 'kiali'"),
        (("envoy",), "of which pod?"),
        (("envoy", "nobody.istio-system"), "pods with a proxy there: istio-egressgateway-"),
        (("envoy", "deployment/nobody.istio-system"), "there is no deployment 'nobody' in namespace istio-system"),
        (("envoy", "deployment/echo.boards"), "has no proxy"),
        (("envoy", "secret/cacerts.istio-system"), "a pod, or one of"),
        (("istiod", "canary"), "there is no istiod of revision canary"),
        (("istiod", "--port", "0"), "port"),
        (("istiod", "--port", "http"), "port"),
        (("istiod", "--context", "nowhere"), "no context 'nowhere'"),
    ],
)
def test_a_mistake_is_one_clear_message(boards: None, arguments: tuple[str, ...], said: str) -> None:
    assert said in " ".join(refused("dashboard", *arguments, "--no-browser").split())
