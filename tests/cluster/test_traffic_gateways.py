"""Hosts at the ingress gateway with a real chain of certificates, and ways out through the egress gateway."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .kubectl import Kubectl, eventually, namespace
from .mesh_stack import MeshStack
from .traffic_apps import NAMESPACE, V1, V2, account, deployment, rolled_out, service
from .traffic_certificates import Signed, sign
from .traffic_program import Program
from .traffic_requests import Answer, ask

HOST = "shop.example.com"
OUTSIDE = "outside.example.com"
VIRTUAL = "240.0.0.10"
"""Address by which the mesh knows what is outside: one that nothing else has (RFC 1112)."""


@pytest.fixture(scope="module")
def apps(apps: None, kubectl: Kubectl) -> Iterator[None]:
    """A server outside of the mesh, too."""
    kubectl.apply(namespace("outside"), account("server", "outside"), service("server", "outside"))
    kubectl.apply(deployment("server", {"app": "server"}, where="outside", status=204))
    rolled_out(kubectl, "server", where="outside")
    yield
    kubectl("delete", "namespace", "outside")


@pytest.fixture(scope="module")
def address(demo: MeshStack) -> str:
    found: str = demo.target.outputs()["gateways"]["istio-system/istio-ingressgateway"]
    return found


@pytest.fixture(scope="module")
def root() -> Signed:
    return sign("test root")


@pytest.fixture(scope="module")
def intermediate(root: Signed) -> Signed:
    return sign("test intermediate", root)


def trusting(root: Signed, shown: tuple[Path, Path] | None = None) -> ssl.SSLContext:
    """Return what verifies servers against one root alone.

    :param shown: files with a certificate and its key, for servers that ask
    """
    context = ssl.create_default_context(cadata=root.pem)
    if shown:
        context.load_cert_chain(*shown)
    return context


def over_tls(address: str, context: ssl.SSLContext, host: str = HOST) -> tuple[int, str]:
    """Send a request for a host, and return the status, or 0 and why there is none."""
    try:
        with (
            socket.create_connection((address, 443), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            secure.sendall(f"GET /debug HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            secure.settimeout(5)
            shown = b"".join(iter(lambda: secure.recv(65536), b"")).decode()
    except OSError as error:
        return 0, str(error)
    return (int(shown.split()[1]) if shown.startswith("HTTP/") else 0), shown


def plainly(address: str, host: str = HOST) -> tuple[int, str | None]:
    """Send a request without TLS, and return status and where it leads."""
    connection = http.client.HTTPConnection(address, 80, timeout=5)
    try:
        connection.request("GET", "/debug", headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("location")
    except OSError as error:
        return 0, str(error)
    finally:
        connection.close()


def test_a_host_with_tls_shows_its_chain(program: Program, address: str, root: Signed, intermediate: Signed) -> None:
    leaf = sign(HOST, intermediate, (HOST,))
    tls = {"certificate": leaf.pem + intermediate.pem, "privateKey": leaf.key_pem}
    wanted = {"namespace": NAMESPACE, "hosts": [HOST], "service": "server", "port": 8080, "tls": tls}
    program.up(("IngressHost", "shop", wanted))
    _, shown = eventually(
        lambda: over_tls(address, trusting(root)), lambda answer: answer[0] == 200, "an answer over TLS"
    )
    assert "istio-ingressgateway-service-account" in shown, "from the gateway on it is mutual TLS"
    status, why = over_tls(address, trusting(sign("another root")))
    assert status == 0 and "certificate verify failed" in why, "the chain ends at that root alone"
    assert plainly(address) == (301, f"https://{HOST}/debug")
    assert set(program.up(("IngressHost", "shop", wanted))) == {"same"}

    # A certificate that was renewed is shown without a restart.
    renewed = sign(HOST, intermediate, (HOST, "www.shop.example.com"))
    tls = {"certificate": renewed.pem + intermediate.pem, "privateKey": renewed.key_pem}
    program.up(("IngressHost", "shop", {**wanted, "tls": tls}))
    eventually(lambda: serial(address, root), lambda found: found == renewed.certificate.serial_number, "the new one")


def serial(address: str, root: Signed) -> int:
    """Return the serial number of the certificate that the gateway shows."""
    with (
        socket.create_connection((address, 443), timeout=5) as plain,
        trusting(root).wrap_socket(plain, server_hostname=HOST) as secure,
    ):
        found = secure.getpeercert()
    assert found
    return int(str(found["serialNumber"]), 16)


def test_clients_that_show_no_certificate_are_refused(
    program: Program, address: str, root: Signed, intermediate: Signed, tmp_path: Path
) -> None:
    leaf, client = sign(HOST, intermediate, (HOST,)), sign("client", root, ("client.example.com",))
    tls = {
        "mode": "MUTUAL",
        "certificate": leaf.pem + intermediate.pem,
        "privateKey": leaf.key_pem,
        "caCertificate": root.pem,
    }
    wanted = {"namespace": NAMESPACE, "hosts": [HOST], "service": "server", "port": 8080, "tls": tls}
    program.up(("IngressHost", "shop", wanted))
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    certificate.write_text(client.pem)
    key.write_text(client.key_pem)
    eventually(lambda: over_tls(address, trusting(root))[0], lambda status: status == 0, "who shows nothing is refused")
    eventually(
        lambda: over_tls(address, trusting(root, (certificate, key)))[0],
        lambda status: status == 200,
        "who shows a certificate is let in",
    )
    stranger = sign("stranger", sign("another root"), ("client.example.com",))
    certificate.write_text(stranger.pem)
    key.write_text(stranger.key_pem)
    assert over_tls(address, trusting(root, (certificate, key)))[0] == 0


def test_routes_of_a_service_at_a_gateway(program: Program, address: str) -> None:
    """The gateway alone from one component, the routes from the service's own."""
    public = {"namespace": NAMESPACE, "hosts": ["plain.example.com"], "name": "plain"}
    routes = [
        {
            "match": [{"gateways": [f"{NAMESPACE}/plain"], "uri": {"prefix": "/debug"}}],
            "directResponse": {"status": 418},
        },
        {"match": [{"gateways": ["mesh"]}], "weights": {"v2": 100}},
    ]
    traffic = {
        "service": "server",
        "namespace": NAMESPACE,
        "hosts": ["plain.example.com"],
        "gateways": [f"{NAMESPACE}/plain", "mesh"],
        "weights": {"v1": 100},
        "routes": routes,
    }
    program.up(("IngressHost", "plain", public), ("ServiceTraffic", "server", traffic))
    eventually(lambda: plainly(address, "plain.example.com")[0], lambda status: status == 418, "the gateway's route")
    assert plainly(address, "other.example.com")[0] == 404


def pod_address(kubectl: Kubectl, where: str, selector: str) -> str:
    [pod] = kubectl.get("pods", "--namespace", where, "--selector", selector)["items"]
    found: str = pod["status"]["podIP"]
    return found


def outside(kubectl: Kubectl, **more: Any) -> dict[str, Any]:
    """Return arguments by which the mesh knows the pod that is no part of it."""
    return {
        "namespace": NAMESPACE,
        "hosts": [OUTSIDE],
        "addresses": [VIRTUAL],
        "ports": [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 8080}],
        "resolution": "STATIC",
        "endpoints": [{"address": pod_address(kubectl, "outside", "app=server")}],
        **more,
    }


def ask_outside(kubectl: Kubectl) -> Answer:
    return ask(kubectl, "/debug", "-H", f"Host: {OUTSIDE}", url=f"http://{VIRTUAL}")


def test_a_host_outside(program: Program, kubectl: Kubectl) -> None:
    program.up(("ExternalService", "outside", outside(kubectl)))
    answer = eventually(lambda: ask_outside(kubectl), lambda one: one.status == 200, "an answer from outside")
    assert f"from {pod_address(kubectl, NAMESPACE, 'app=client')}:" in answer.text, "straight from the client's pod"


def test_a_host_outside_through_the_egress_gateway(program: Program, kubectl: Kubectl) -> None:
    wanted = outside(kubectl, egressGateway={})
    program.up(("ExternalService", "outside", wanted))
    gateway = pod_address(kubectl, "istio-system", "app=istio-egressgateway")
    eventually(
        lambda: ask_outside(kubectl),
        lambda one: one.status == 200 and f"from {gateway}:" in one.text,
        "an answer that the egress gateway asked for",
    )
    assert set(program.up(("ExternalService", "outside", wanted))) == {"same"}


def test_a_scope_hides_what_is_elsewhere(program: Program, kubectl: Kubectl) -> None:
    """With REGISTRY_ONLY, what a workload does not know is refused; what it knows is not."""
    elsewhere = "http://server.outside:8080"
    program.up()
    eventually(lambda: ask(kubectl, "/", url=elsewhere).status, lambda status: status == 204, "it is reached")
    scope = {
        "namespace": NAMESPACE,
        "name": "client",
        "selector": {"app": "client"},
        "hosts": ["./*"],
        "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
    }
    program.up(("SidecarScope", "client", scope))
    eventually(lambda: ask(kubectl, "/", url=elsewhere).status, lambda status: status == 502, "it is not known")
    assert ask(kubectl).status in (V1, V2)
    program.up(("SidecarScope", "client", {**scope, "hosts": ["./*", "outside/*"]}))
    eventually(lambda: ask(kubectl, "/", url=elsewhere).status, lambda status: status == 204, "it is known again")
