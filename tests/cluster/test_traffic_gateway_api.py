"""The Gateway API's components: a Gateway that istiod makes a proxy for, routes at it and inside the mesh."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from .kubectl import Kubectl, Manifest, eventually
from .mesh_stack import MeshStack
from .traffic_apps import NAMESPACE, V1, V2
from .traffic_certificates import sign
from .traffic_program import Program
from .traffic_requests import execute, load, load_from_here, proxied, within

HOST = "shop.example.com"
PING, CHECK = "/fgrpc.PingServer/Ping", "/grpc.health.v1.Health/Check"
GRPC = 8079
"""Port on which fortio serves gRPC."""
AT_GATEWAY: dict[str, Any] = {"namespace": NAMESPACE, "gateway": "public", "port": 8080}


@pytest.fixture(scope="module")
def demo(demo: MeshStack, kubectl: Kubectl) -> Iterator[MeshStack]:
    """The demo stack with the Gateway API's definitions, which are the cluster's to keep: here they go, too."""
    demo.configure(gatewayAPI={"enabled": True}).up()
    yield demo
    demo.configure().up()
    named = [name for name in kubectl.names("customresourcedefinitions") if name.endswith(".gateway.networking.k8s.io")]
    kubectl("delete", "customresourcedefinitions", *named)


@pytest.fixture(scope="module")
def apps(apps: None, kubectl: Kubectl) -> None:
    """A Service for each version: the Gateway API shares requests among Services."""
    kubectl.apply(one_version("v1"), one_version("v2"))


def one_version(version: str) -> Manifest:
    ports = [{"name": "http", "port": 8080}, {"name": "grpc", "port": GRPC}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"server-{version}", "namespace": NAMESPACE},
        "spec": {"selector": {"app": "server", "version": version}, "ports": ports},
    }


def public(*listeners: dict[str, Any], **more: Any) -> tuple[str, str, dict[str, Any]]:
    """Return a Gateway for our namespace's routes."""
    return "K8sGateway", "public", {"namespace": NAMESPACE, "name": "public", "listeners": list(listeners), **more}


HTTP = {"name": "http", "port": 80, "protocol": "HTTP"}


def address(kubectl: Kubectl) -> str:
    """Return the address that the Gateway has got, once its proxy serves."""

    def found() -> dict[str, Any]:
        status: dict[str, Any] = kubectl.get("gateways.gateway.networking.k8s.io", "public", "--namespace", NAMESPACE)[
            "status"
        ]
        return status

    def ready(status: dict[str, Any]) -> bool:
        conditions = {one["type"]: one["status"] for one in status.get("conditions", [])}
        return conditions.get("Programmed") == "True" and bool(status.get("addresses"))

    status = eventually(found, ready, "the Gateway is programmed")
    value: str = status["addresses"][0]["value"]
    return value


def test_weights_and_matches_at_a_gateway(program: Program, kubectl: Kubectl) -> None:
    shared = {**AT_GATEWAY, "name": "shop", "hostnames": [HOST], "backends": {"server-v1": 90, "server-v2": 10}}
    tester = {
        "matches": [{"headers": [{"name": "x-tester", "value": "yes"}]}],
        "backendRefs": [{"name": "server-v2", "port": 8080}],
    }
    moved = {
        "matches": [{"path": {"type": "PathPrefix", "value": "/old"}}],
        "filters": [{"type": "RequestRedirect", "requestRedirect": {"statusCode": 302, "hostname": "new.example.com"}}],
    }
    wanted = public(HTTP), ("K8sHTTPRoute", "shop", {**shared, "rules": [tester, moved]})
    program.up(*wanted)
    url, host = f"http://{address(kubectl)}", ("-H", f"Host: {HOST}")
    eventually(lambda: load_from_here(10, f"{url}/", *host).of(V1), bool, "the Gateway's proxy answers")
    answers = load_from_here(500, f"{url}/", *host)
    assert answers.of(V1) + answers.of(V2) == 500
    within(answers.of(V2), 500, 0.1)
    assert load_from_here(50, f"{url}/", *host, "-H", "X-Tester: yes").codes == {V2: 50}
    assert load_from_here(8, f"{url}/old/page", *host).codes == {302: 8}
    assert load_from_here(8, f"{url}/", "-H", "Host: other.example.com").codes == {404: 8}
    assert set(program.up(*wanted)) == {"same"}, "a second update changes nothing"

    program.up(public(HTTP), ("K8sHTTPRoute", "shop", {**shared, "backends": {"server-v2": 1}}))
    eventually(lambda: load_from_here(20, f"{url}/", *host).codes, lambda codes: codes == {V2: 20}, "all go to v2")


def test_a_timeout_at_a_gateway(program: Program, kubectl: Kubectl) -> None:
    slow = {**AT_GATEWAY, "name": "slow", "backends": {"server-v1": 1}, "timeouts": {"request": "300ms"}}
    program.up(public(HTTP), ("K8sHTTPRoute", "slow", slow))
    url = f"http://{address(kubectl)}"
    late = f"{url}/?delay=2s"
    eventually(lambda: load_from_here(8, late).codes, lambda codes: codes == {504: 8}, "the timeout fires")
    assert load_from_here(8, f"{url}/").codes == {V1: 8}


def test_a_gateway_shows_its_certificate(program: Program, kubectl: Kubectl) -> None:
    root = sign("test root")
    leaf = sign(HOST, root, (HOST,))
    https = {
        "name": "https",
        "port": 443,
        "protocol": "HTTPS",
        "hostname": HOST,
        "tls": {"mode": "Terminate", "certificateRefs": [{"name": "shop-tls"}]},
    }
    certificates = {"shop-tls": {"certificate": leaf.pem, "privateKey": leaf.key_pem}}
    route = {**AT_GATEWAY, "name": "shop", "hostnames": [HOST], "backends": {"server-v1": 1}}
    program.up(public(HTTP, https, certificates=certificates), ("K8sHTTPRoute", "shop", route))
    place = address(kubectl)
    context = ssl.create_default_context(cadata=root.pem)

    def status() -> int | str:
        try:
            with (
                socket.create_connection((place, 443), timeout=5) as plain,
                context.wrap_socket(plain, server_hostname=HOST) as secure,
            ):
                secure.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
                answer = http.client.HTTPResponse(secure)
                answer.begin()
                return answer.status
        except (OSError, http.client.HTTPException) as error:
            return str(error)

    eventually(status, lambda found: found == V1, "an answer over TLS, its chain ending at our root")


def test_a_route_of_a_service_inside_the_mesh(program: Program, kubectl: Kubectl) -> None:
    inside = {"namespace": NAMESPACE, "name": "server", "service": "server", "port": 8080}
    tester = {
        "matches": [{"headers": [{"name": "x-tester", "value": "yes"}]}],
        "backendRefs": [{"name": "server-v2", "port": 8080}],
    }
    shared = {**inside, "backends": {"server-v1": 80, "server-v2": 20}, "rules": [tester]}
    program.up(("K8sHTTPRoute", "server", shared))
    eventually(
        lambda: load(kubectl, 30, "/", "-H", "X-Tester: yes").codes, lambda codes: codes == {V2: 30}, "testers go to v2"
    )
    answers = load(kubectl, 500)
    assert answers.of(V1) + answers.of(V2) == 500
    within(answers.of(V2), 500, 0.2)


def test_grpc_calls_by_method(program: Program, kubectl: Kubectl) -> None:
    """The access logs of the versions' proxies tell who was called."""
    health = {
        "matches": [{"method": {"service": "grpc.health.v1.Health", "method": "Check"}}],
        "backendRefs": [{"name": "server-v2", "port": GRPC}],
    }
    route = {"namespace": NAMESPACE, "name": "server", "service": "server-v1", "rules": [health]}
    program.up(("K8sGRPCRoute", "server", {**route, "backends": {"server-v1": 1}, "port": GRPC}))

    def call(*options: str) -> None:
        execute(kubectl, "fortio", "grpcping", "-n", "1", *options, f"server-v1.{NAMESPACE}:{GRPC}")

    def checked() -> int:
        call("-health")
        return proxied(kubectl, "server-v2", CHECK)

    eventually(checked, bool, "health checks go to v2")
    before = {
        (name, method): proxied(kubectl, name, method)
        for name in ("server-v1", "server-v2")
        for method in (PING, CHECK)
    }
    for _ in range(5):
        call()
        call("-health")

    def more(name: str, method: str) -> int:
        return proxied(kubectl, name, method) - before[name, method]

    eventually(lambda: more("server-v2", CHECK), lambda count: count >= 5, "each check is logged")
    eventually(lambda: more("server-v1", PING), lambda count: count >= 5, "each ping is logged")
    assert (more("server-v1", CHECK), more("server-v2", PING)) == (0, 0)
