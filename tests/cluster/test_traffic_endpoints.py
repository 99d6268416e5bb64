"""Endpoints that proxies follow as pods come, fail their probes and go, seen with real requests."""

from __future__ import annotations

import time

from .kubectl import Kubectl, eventually
from .traffic_apps import NAMESPACE, V1, V2, deployment, rolled_out
from .traffic_program import Program
from .traffic_requests import ask, execute, load

SECONDS = 15
"""Within how many seconds proxies follow. Seen: one to three; the machine is shared."""


def seconds(kubectl: Kubectl, codes: set[int], what: str) -> float:
    """Wait until answers have these statuses alone, and return how long it took."""
    begun = time.monotonic()
    eventually(lambda: set(load(kubectl, 20).codes), lambda seen: seen == codes, what, pause=0.1)
    return time.monotonic() - begun


def test_endpoints_are_followed_as_pods_come_fail_their_probes_and_go(program: Program, kubectl: Kubectl) -> None:
    # Probes ask for what the server answers by default, so a pod that is told to answer otherwise fails them.
    probe = {"httpGet": {"path": "/probe", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
    program.up()
    kubectl("scale", "deployment/server-v2", "--namespace", NAMESPACE, "--replicas", "0")
    try:
        assert seconds(kubectl, {V1}, "the pod that went gets nothing") < SECONDS
        kubectl.apply(deployment("server-v2", {"app": "server", "version": "v2"}, status=V2, probe=probe))
        rolled_out(kubectl, "server-v2")
        assert seconds(kubectl, {V1, V2}, "the pod that came gets its share") < SECONDS
        answer_with(kubectl, 503)
        unready(kubectl)
        assert seconds(kubectl, {V1}, "the pod that fails its probes gets nothing") < SECONDS
        answer_with(kubectl, V2)
        rolled_out(kubectl, "server-v2")
        assert seconds(kubectl, {V1, V2}, "the pod that is well again gets its share") < SECONDS
    finally:
        kubectl.apply(deployment("server-v2", {"app": "server", "version": "v2"}, status=V2))
        kubectl("scale", "deployment/server-v2", "--namespace", NAMESPACE, "--replicas", "1")
        rolled_out(kubectl, "server-v2")


def answer_with(kubectl: Kubectl, status: int) -> None:
    """Tell the second version's server with what to answer, over its own loopback."""
    url = f"http://localhost:8080/fortio/flags/set?name=echo-server-default-params&value=status%3D{status}"
    said = execute(kubectl, "fortio", "curl", "-quiet", url, who="server-v2")
    assert "Success" in said


def unready(kubectl: Kubectl) -> None:
    """Wait until the kubelet has seen the second version fail."""

    def ready() -> list[bool]:
        pods = kubectl.get("pods", "--namespace", NAMESPACE, "--selector", "app=server,version=v2")["items"]
        return [
            condition["status"] == "True"
            for pod in pods
            for condition in pod["status"]["conditions"]
            if condition["type"] == "Ready"
        ]

    eventually(ready, lambda found: found == [False], "the pod is not ready")
    assert ask(kubectl, "/").status in (V1, 503)
