"""A server outside that speaks TLS: reached with the app's own TLS, and with TLS that a proxy makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .kubectl import Kubectl, Manifest, eventually, namespace
from .traffic_apps import NAMESPACE, account, deployment, rolled_out
from .traffic_certificates import Signed, sign
from .traffic_program import Program
from .traffic_requests import Answer, ask

HOST = "secure.example.com"
WHERE = "outside"
VIRTUAL = "240.0.0.11"
"""Address by which the mesh knows the server: one that nothing else has (RFC 1112)."""
TLS_PORT = 8443
ROOT_FILE = "/certificates/root.pem"


def secret(name: str, where: str, **texts: str) -> Manifest:
    data = {key.replace("_", "."): text for key, text in texts.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": where}, "stringData": data}


def with_certificates(manifest: Manifest, source: dict[str, Any], *arguments: str) -> Manifest:
    """Return a Deployment whose container has a folder with certificates, and more arguments."""
    pod = manifest["spec"]["template"]["spec"]
    pod["volumes"] = [{"name": "certificates", **source}]
    container = pod["containers"][0]
    container["volumeMounts"] = [{"name": "certificates", "mountPath": "/certificates"}]
    container["args"] = [*container["args"], *arguments]
    return manifest


@pytest.fixture(scope="module")
def root() -> Signed:
    return sign("outside root")


@pytest.fixture(scope="module")
def apps(apps: None, kubectl: Kubectl, root: Signed) -> Iterator[None]:
    """A server outside of the mesh that speaks TLS alone, and a client that knows its root."""
    leaf = sign(HOST, root, (HOST,))
    probe = {"tcpSocket": {"port": TLS_PORT}, "periodSeconds": 1}
    server = deployment("server", {"app": "server"}, where=WHERE, probe=probe)
    arguments = ["-http-port", str(TLS_PORT), "-cert", "/certificates/tls.crt", "-key", "/certificates/tls.key"]
    kubectl.apply(
        namespace(WHERE),
        account("server", WHERE),
        secret("server", WHERE, tls_crt=leaf.pem, tls_key=leaf.key_pem),
        with_certificates(server, {"secret": {"secretName": "server"}}, *arguments),
        secret("root", NAMESPACE, root_pem=root.pem),
        with_certificates(deployment("client", {"app": "client", "version": "v1"}), {"secret": {"secretName": "root"}}),
    )
    rolled_out(kubectl, "server", where=WHERE)
    rolled_out(kubectl, "client")
    yield
    kubectl("delete", "namespace", WHERE)


def address(kubectl: Kubectl, where: str, app: str) -> str:
    [pod] = kubectl.pods(where, app)
    found: str = pod["status"]["podIP"]
    return found


def outside(kubectl: Kubectl, port: dict[str, Any], **more: Any) -> tuple[str, str, dict[str, Any]]:
    """Return the component by which the mesh knows the server."""
    wanted = {
        "namespace": NAMESPACE,
        "hosts": [HOST],
        "addresses": [VIRTUAL],
        "ports": [port],
        "resolution": "STATIC",
        "endpoints": [{"address": address(kubectl, WHERE, "server")}],
        **more,
    }
    return "ExternalService", "secure", wanted


PASSED = {"number": 443, "name": "tls", "protocol": "TLS", "targetPort": TLS_PORT}
MADE = {"number": 80, "name": "http", "protocol": "HTTP", "targetPort": TLS_PORT}


def with_own_tls(kubectl: Kubectl) -> Answer:
    """Ask with TLS that the app itself makes and checks."""
    return ask(kubectl, "/debug", "-cacert", ROOT_FILE, "-resolve", VIRTUAL, url=f"https://{HOST}")


def plainly(kubectl: Kubectl) -> Answer:
    """Ask without TLS."""
    return ask(kubectl, "/debug", "-H", f"Host: {HOST}", url=f"http://{VIRTUAL}")


def came_from(address: str) -> str:
    return f"from {address}:"


def test_an_apps_own_tls_passes(program: Program, kubectl: Kubectl) -> None:
    program.up(outside(kubectl, PASSED))
    answer = eventually(lambda: with_own_tls(kubectl), lambda one: one.status == 200, "an answer from outside")
    assert came_from(address(kubectl, NAMESPACE, "client")) in answer.text, "straight from the client's pod"


def test_an_apps_own_tls_passes_the_egress_gateway(program: Program, kubectl: Kubectl) -> None:
    program.up(outside(kubectl, PASSED, egressGateway={}))
    gateway = address(kubectl, "istio-system", "istio-egressgateway")
    eventually(
        lambda: with_own_tls(kubectl),
        lambda one: one.status == 200 and came_from(gateway) in one.text,
        "an answer that came by the egress gateway, under the TLS of client and server",
    )


def test_a_sidecar_makes_tls(program: Program, kubectl: Kubectl) -> None:
    """Its own root is not among the usual ones, so without a word the server is refused, and reached unchecked."""
    program.up(outside(kubectl, MADE, originateTls={"mode": "SIMPLE"}))
    eventually(lambda: plainly(kubectl).status, lambda status: status == 503, "a server that nobody vouches for")
    program.up(outside(kubectl, MADE, originateTls={"mode": "SIMPLE", "insecureSkipVerify": True}))
    answer = eventually(lambda: plainly(kubectl), lambda one: one.status == 200, "an answer over TLS")
    assert "https TLS" in answer.text, "the server speaks TLS alone"


def test_the_egress_gateway_makes_tls_and_checks_the_chain(program: Program, kubectl: Kubectl, root: Signed) -> None:
    kubectl.apply(secret("secure-root", "istio-system", ca_crt=sign("another root").pem))
    try:
        tls = {"mode": "SIMPLE", "credentialName": "secure-root"}
        program.up(outside(kubectl, MADE, originateTls=tls, egressGateway={}))
        eventually(lambda: plainly(kubectl).status, lambda status: status == 503, "the chain ends at another root")
        kubectl.apply(secret("secure-root", "istio-system", ca_crt=root.pem))
        gateway = address(kubectl, "istio-system", "istio-egressgateway")
        eventually(
            lambda: plainly(kubectl),
            lambda one: one.status == 200 and came_from(gateway) in one.text,
            "an answer over TLS that the gateway made, and whose chain it checked",
        )
    finally:
        kubectl("delete", "secret", "secure-root", "--namespace", "istio-system")


def test_the_server_speaks_tls_alone(program: Program, kubectl: Kubectl) -> None:
    """Without which none of the above would prove anything."""
    url = f"http://{address(kubectl, WHERE, 'server')}:{TLS_PORT}"
    assert ask(kubectl, url=url).status == 400
