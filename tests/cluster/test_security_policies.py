"""Mutual TLS modes, identities that are allowed and denied, and tokens: declared as components, seen with requests."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .kubectl import Kubectl, eventually, namespace
from .traffic_apps import NAMESPACE, V1, V2, account, deployment, rolled_out
from .traffic_program import Program
from .traffic_requests import SERVER, ask

OUTSIDE = "outside"
ANSWERED = {V1, V2}
SELECTED = {"selector": {"app": "server"}}
ISSUER = "https://issuer.example.com"


@pytest.fixture(scope="module")
def apps(apps: None, kubectl: Kubectl) -> Iterator[None]:
    """In the mesh a second client, and one outside."""
    kubectl.apply(account("other"), deployment("other", {"app": "other"}))
    kubectl.apply(
        namespace(OUTSIDE), account("client", OUTSIDE), deployment("client", {"app": "client"}, where=OUTSIDE)
    )
    rolled_out(kubectl, "other")
    rolled_out(kubectl, "client", where=OUTSIDE)
    yield
    kubectl("delete", "namespace", OUTSIDE)


def status(
    kubectl: Kubectl, path: str = "/", *options: str, who: str = "client", where: str = NAMESPACE, port: int = 8080
) -> int:
    """Return the status of one request to the server; 0 where there is no answer."""
    return ask(kubectl, path, *options, url=SERVER.replace("8080", str(port)), where=where, who=who).status


def becomes(kubectl: Kubectl, wanted: set[int], what: str, *arguments: str, **more: Any) -> None:
    """Wait until requests have one of these statuses, some of them one after the other: two pods answer."""
    eventually(
        lambda: {status(kubectl, *arguments, **more) for _ in range(4)}, lambda found: found <= wanted, what, pause=0.2
    )


def test_mutual_tls_of_a_namespace_a_workload_and_a_port(program: Program, kubectl: Kubectl) -> None:
    strict = ("PeerAuthentication", "strict", {"namespace": NAMESPACE, "mode": "STRICT"})
    program.up(strict)
    becomes(kubectl, {0}, "without a certificate nobody is let in", where=OUTSIDE)
    becomes(kubectl, ANSWERED, "clients in the mesh are answered")

    lenient = {"namespace": NAMESPACE, "name": "server", **SELECTED, "mode": "PERMISSIVE"}
    program.up(strict, ("PeerAuthentication", "server", lenient))
    becomes(kubectl, ANSWERED, "the workload lets everybody in", where=OUTSIDE)

    # Port 8080 of the pods is that of both ports of the Service.
    port = {
        "namespace": NAMESPACE,
        "name": "server",
        **SELECTED,
        "mode": "STRICT",
        "portLevelMtls": {"8080": "DISABLE"},
    }
    program.up(strict, ("PeerAuthentication", "server", port))
    becomes(kubectl, ANSWERED, "the port takes plaintext", where=OUTSIDE)
    program.up(strict, ("PeerAuthentication", "server", {**port, "portLevelMtls": {"8080": "STRICT"}}))
    becomes(kubectl, {0}, "the port wants mutual TLS", where=OUTSIDE)
    assert set(program.up(strict, ("PeerAuthentication", "server", {**port, "portLevelMtls": {"8080": "STRICT"}}))) == {
        "same"
    }


def test_mutual_tls_of_the_whole_mesh(program: Program, kubectl: Kubectl) -> None:
    program.up(("PeerAuthentication", "mesh", {"mode": "STRICT"}))
    becomes(kubectl, {0}, "without a certificate nobody is let in", where=OUTSIDE)
    becomes(kubectl, ANSWERED, "clients in the mesh are answered")
    program.up()
    becomes(kubectl, ANSWERED, "everybody is let in again", where=OUTSIDE)


def test_an_apps_own_probes_go_on_under_strict(program: Program, kubectl: Kubectl) -> None:
    """The kubelet has no certificate; a pod that starts under STRICT gets ready, and stays so."""
    program.up(("PeerAuthentication", "strict", {"namespace": NAMESPACE, "mode": "STRICT"}))
    becomes(kubectl, {0}, "without a certificate nobody is let in", where=OUTSIDE)
    kubectl("rollout", "restart", "deployment/server-v1", "--namespace", NAMESPACE)
    rolled_out(kubectl, "server-v1")
    time.sleep(5)  # five probes of one a second
    for pod in kubectl.pods(NAMESPACE, "server"):
        assert all(one["ready"] and one["restartCount"] == 0 for one in pod["status"]["containerStatuses"])


def test_identities_that_are_allowed_and_denied(program: Program, kubectl: Kubectl) -> None:
    allow = {"clients": {**SELECTED, "rules": [{"serviceAccounts": ["client"], "methods": ["GET"]}]}}
    wanted = ("DefaultDeny", "traffic", {"namespace": NAMESPACE, "allow": allow})
    program.up(wanted)
    becomes(kubectl, {403}, "who is not named is denied", who="other")
    becomes(kubectl, ANSWERED, "who is named is allowed")
    assert status(kubectl, "/", "-payload", "x") == 403, "another method is not"
    assert status(kubectl, where=OUTSIDE) == 403, "nobody proves who is outside"

    refusal = {"namespace": NAMESPACE, "name": "no-admin", "action": "DENY", **SELECTED}
    program.up(
        wanted, ("AuthorizationPolicy", "no-admin", {**refusal, "rules": [{"paths": ["/admin*"], "ports": ["8080"]}]})
    )
    becomes(kubectl, {403}, "what is denied is denied to all", "/admin/page")
    assert status(kubectl) in ANSWERED

    other = {"namespace": NAMESPACE, "name": "same-namespace", **SELECTED, "rules": [{"namespaces": [NAMESPACE]}]}
    program.up(wanted, ("AuthorizationPolicy", "same-namespace", other))
    becomes(kubectl, ANSWERED, "the whole namespace is allowed", who="other")
    assert status(kubectl, where=OUTSIDE) == 403
    program.up()
    becomes(kubectl, ANSWERED, "without policies everybody is", where=OUTSIDE)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Somebody who signs tokens."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)

    def keys(self) -> str:
        """Return the public key as a JSON Web Key Set."""
        numbers = self._key.public_key().public_numbers()
        number = encoded(numbers.n.to_bytes(256, "big"))
        return json.dumps({"keys": [{"kty": "RSA", "kid": "one", "alg": "RS256", "n": number, "e": "AQAB"}]})

    def token(self, issuer: str = ISSUER, seconds: int = 300, **claims: Any) -> str:
        """Return a token that ends in some seconds."""
        now = int(time.time())
        head = {"alg": "RS256", "kid": "one", "typ": "JWT"}
        body = {"iss": issuer, "sub": "somebody", "iat": now - 600, "exp": now + seconds, **claims}
        signed = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(body).encode())}"
        return f"{signed}.{encoded(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def bearing(token: str) -> tuple[str, str]:
    return "-H", f"Authorization: Bearer {token}"


def test_tokens(program: Program, kubectl: Kubectl) -> None:
    issuer, stranger = Issuer(), Issuer()
    wanted: dict[str, Any] = {
        "namespace": NAMESPACE,
        **SELECTED,
        "jwtRules": [{"issuer": ISSUER, "jwks": issuer.keys(), "audiences": ["shop"]}],
    }
    good = issuer.token(aud="shop")
    program.up(("RequestAuthentication", "jwt", wanted))
    becomes(kubectl, {401}, "an expired token is refused", "/", *bearing(issuer.token(seconds=-120, aud="shop")))
    assert status(kubectl, "/", *bearing(good)) in ANSWERED
    assert status(kubectl, "/", *bearing(issuer.token("https://other.example.com", aud="shop"))) == 401, "wrong issuer"
    assert status(kubectl, "/", *bearing(issuer.token(aud="other"))) == 403, "wrong audience"
    assert status(kubectl, "/", *bearing(stranger.token(aud="shop"))) == 401, "signed by somebody else"
    assert status(kubectl) in ANSWERED, "none at all is let in"

    program.up(("RequestAuthentication", "jwt", {**wanted, "required": True, "exemptPaths": ["/healthz"]}))
    becomes(kubectl, {403}, "none at all is refused")
    assert status(kubectl, "/healthz") in ANSWERED
    assert status(kubectl, "/", *bearing(good)) in ANSWERED

    admins = {
        "namespace": NAMESPACE,
        "name": "admins",
        "action": "DENY",
        **SELECTED,
        "rules": [
            {
                "paths": ["/admin*"],
                "when": [{"key": "request.auth.claims[role]", "notValues": ["admin"]}],
                "ports": ["8080"],
            }
        ],
    }
    program.up(
        ("RequestAuthentication", "jwt", {**wanted, "required": True}), ("AuthorizationPolicy", "admins", admins)
    )
    becomes(kubectl, {403}, "who is no admin is refused", "/admin", *bearing(good))
    becomes(kubectl, ANSWERED, "an admin is let in", "/admin", *bearing(issuer.token(aud="shop", role="admin")))
