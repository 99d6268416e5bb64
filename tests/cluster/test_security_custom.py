"""Requests that a service of one's own allows or denies: AuthorizationPolicy with the action CUSTOM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .kubectl import Kubectl, eventually
from .mesh_stack import MeshStack
from .traffic_apps import NAMESPACE, V1, V2, account, deployment, rolled_out, service
from .traffic_program import Program
from .traffic_requests import ask, execute

PROVIDER = "allows"
MESH: dict[str, Any] = {
    "meshConfig": {
        "extensionProviders": [
            {
                "name": PROVIDER,
                "envoyExtAuthzHttp": {
                    "service": f"judge.{NAMESPACE}.svc.cluster.local",
                    "port": 8080,
                    "includeRequestHeadersInCheck": ["x-caller"],
                },
            }
        ]
    }
}


@pytest.fixture(scope="module")
def demo(demo: MeshStack) -> Iterator[MeshStack]:
    """The demo stack, its mesh with a provider that judges requests."""
    demo.configure(**MESH).up()
    yield demo
    demo.configure().up()


@pytest.fixture(scope="module")
def apps(apps: None, kubectl: Kubectl) -> None:
    kubectl.apply(account("judge"), service("judge"), deployment("judge", {"app": "judge"}))
    rolled_out(kubectl, "judge")


def judge(kubectl: Kubectl, status: int) -> None:
    """Let the judge answer everything with a status."""
    url = f"http://localhost:8080/fortio/flags/set?name=echo-server-default-params&value=status%3D{status}"
    assert "Success" in execute(kubectl, "fortio", "curl", "-quiet", url, who="judge")


def test_a_service_of_ones_own_allows_and_denies(program: Program, kubectl: Kubectl) -> None:
    policy = {
        "mesh": MESH,
        "namespace": NAMESPACE,
        "name": "asked",
        "selector": {"app": "server"},
        "action": "CUSTOM",
        "provider": PROVIDER,
        "rules": [{"paths": ["/judged*"]}],
    }
    judge(kubectl, 403)
    program.up(("AuthorizationPolicy", "asked", policy))
    eventually(lambda: ask(kubectl, "/judged").status, lambda status: status == 403, "the judge denies")
    assert ask(kubectl, "/free").status in (V1, V2), "what is not judged passes"
    judge(kubectl, 200)
    eventually(lambda: ask(kubectl, "/judged").status, lambda status: status in (V1, V2), "the judge allows")
    program.up()
    judge(kubectl, 403)
    eventually(lambda: ask(kubectl, "/judged").status, lambda status: status in (V1, V2), "nobody is asked")
