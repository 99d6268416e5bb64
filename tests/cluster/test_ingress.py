"""A request from outside the cluster, through the ingress gateway."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from typing import Any

import pytest

from .kubectl import Kubectl, app, eventually
from .mesh_stack import MeshStack

HOST = "hello.example.com"

ROUTE: list[dict[str, Any]] = [
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "hello", "namespace": "apps"},
        "spec": {
            "selector": {"istio": "ingressgateway"},
            "servers": [{"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": [HOST]}],
        },
    },
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "hello", "namespace": "apps"},
        "spec": {
            "hosts": [HOST],
            "gateways": ["hello"],
            "http": [{"route": [{"destination": {"host": "hello", "port": {"number": 8080}}}]}],
        },
    },
]


def request(address: str, host: str) -> tuple[int, str]:
    """Send a request to the gateway and return status and body."""
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"http://{address}/debug", headers={"Host": host}), timeout=5
        ) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError as error:
        return 0, str(error)


def test_a_request_from_outside_reaches_an_app(demo: MeshStack, kubectl: Kubectl) -> None:
    address = demo.target.outputs()["gateways"]["istio-system/istio-ingressgateway"]
    service = kubectl.get("service", "istio-ingressgateway", "--namespace", "istio-system")
    assert service["status"]["loadBalancer"]["ingress"][0]["ip"] == address, "no request goes anywhere else"
    kubectl.apply(*app("hello", "apps"), *ROUTE)
    kubectl.rolled_out("apps", "hello")
    _, body = eventually(
        lambda: request(address, HOST), lambda answer: answer[0] == 200, "an answer through the gateway"
    )
    assert "istio-ingressgateway-service-account" in body, "the app sees the gateway's identity"
    assert request(address, "other.example.com")[0] == 404


def test_istiod_refuses_an_istio_object_that_is_not_valid(demo: MeshStack, kubectl: Kubectl) -> None:

    broken = {**ROUTE[1], "spec": {"hosts": [HOST], "http": [{"fault": {"abort": {"percentage": {"value": 10}}}}]}}
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        kubectl.apply({**broken, "metadata": {"name": "broken", "namespace": "apps"}})
    assert "validation.istio.io" in refusal.value.stderr
