"""Mutual TLS between apps, under the CA that the stack declares, changed while they run."""

from __future__ import annotations

import base64
import json
import re
import subprocess

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from local_cluster import toolchain

from .kubectl import Kubectl, app, eventually, namespace
from .mesh_stack import MeshStack

SERVER = "http://server.apps:8080"


@pytest.fixture(scope="module")
def apps(demo: MeshStack, kubectl: Kubectl) -> None:
    """A server and a client in the mesh, and a client outside."""
    kubectl.apply(namespace("outside"), *app("server", "apps"), *app("client", "apps"), *app("client", "outside"))
    for where, name in (("apps", "server"), ("apps", "client"), ("outside", "client")):
        kubectl.rolled_out(where, name)


def curl(kubectl: Kubectl, where: str, path: str = "/debug", url: str = SERVER) -> str:
    """Send one request from a client and return the response.

    :raises subprocess.CalledProcessError: when it fails, a status of 400 and more included
    """
    line = ["fortio", "curl", "-timeout", "5s", f"{url}{path}"]
    return kubectl("exec", "deployment/client", "--namespace", where, "--container", "app", "--", *line)


def refused(kubectl: Kubectl, where: str, url: str = SERVER) -> bool:
    try:
        curl(kubectl, where, url=url)
    except subprocess.CalledProcessError:
        return True
    return False


def test_the_server_sees_who_calls(apps: None, kubectl: Kubectl) -> None:
    seen = curl(kubectl, "apps")
    certificate = re.search(r"X-Forwarded-Client-Cert: (.*)", seen)
    assert certificate, seen
    assert "URI=spiffe://cluster.local/ns/apps/sa/client" in certificate[1]
    assert "By=spiffe://cluster.local/ns/apps/sa/server" in certificate[1]


def test_a_workloads_chain_ends_at_the_ca_that_the_stack_declared(
    apps: None, demo: MeshStack, kubectl: Kubectl
) -> None:
    pod = kubectl.pods("apps", "server")[0]["metadata"]["name"]
    istioctl = [str(toolchain.ensure("istioctl")), "--kubeconfig", str(kubectl.kubeconfig)]
    shown = subprocess.run(
        [*istioctl, "proxy-config", "secret", f"{pod}.apps", "--output", "json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    secrets = {item["name"]: item["secret"] for item in json.loads(shown)["dynamicActiveSecrets"]}
    chain = x509.load_pem_x509_certificates(inline(secrets["default"]["tlsCertificate"]["certificateChain"]))
    root = x509.load_pem_x509_certificate(demo.target.outputs()["rootCert"].encode())
    names = chain[0].extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert isinstance(names, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://cluster.local/ns/apps/sa/server"]
    for below, above in zip(chain, [*chain[1:], root], strict=True):
        below.verify_directly_issued_by(above)
    trusted = x509.load_pem_x509_certificates(inline(secrets["ROOTCA"]["validationContext"]["trustedCa"]))
    assert root in trusted


def inline(source: dict[str, str]) -> bytes:
    """Return the bytes of an Envoy data source."""
    return base64.b64decode(source["inlineBytes"])


def test_the_mode_changes_on_running_pods(apps: None, demo: MeshStack, kubectl: Kubectl) -> None:
    before = [(pod["metadata"]["uid"], restarts(pod)) for pod in kubectl.pods("apps", "server")]
    eventually(lambda: not refused(kubectl, "outside"), bool, "plaintext is accepted while nothing says STRICT")
    try:
        demo.configure(namespaces=[{"name": "apps", "injection": "enabled", "mtls": "STRICT"}]).up()
        eventually(lambda: refused(kubectl, "outside"), bool, "plaintext is refused under STRICT")
        assert "X-Forwarded-Client-Cert" in curl(kubectl, "apps")
        demo.configure(namespaces=[{"name": "apps", "injection": "enabled", "mtls": "PERMISSIVE"}]).up()
        eventually(lambda: not refused(kubectl, "outside"), bool, "plaintext is accepted under PERMISSIVE")
        assert "X-Forwarded-Client-Cert" in curl(kubectl, "apps")
    finally:
        demo.configure().up()
    assert [(pod["metadata"]["uid"], restarts(pod)) for pod in kubectl.pods("apps", "server")] == before


def test_the_mode_of_the_whole_mesh(apps: None, demo: MeshStack, kubectl: Kubectl) -> None:
    try:
        demo.configure(mtls="STRICT").up()
        assert kubectl.get("peerauthentication", "default", "--namespace", "istio-system")["spec"]["mtls"] == {
            "mode": "STRICT"
        }
        eventually(lambda: refused(kubectl, "outside"), bool, "plaintext is refused in the whole mesh")
        assert "X-Forwarded-Client-Cert" in curl(kubectl, "apps")
    finally:
        demo.configure().up()
    eventually(lambda: not refused(kubectl, "outside"), bool, "plaintext is accepted again")


def restarts(pod: dict[str, dict[str, list[dict[str, int]]]]) -> int:
    return sum(status["restartCount"] for status in pod["status"]["containerStatuses"])
