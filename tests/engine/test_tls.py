"""The TLS provider under the real engine: made, kept, renewed, secret."""

import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import Project

pytestmark = pytest.mark.tools

CHAIN = """
import pulumi
import pulumi_tls as tls


class Authority(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Authority", name)
        mine = pulumi.ResourceOptions(parent=self)
        root_key = tls.PrivateKey("root", algorithm="ECDSA", ecdsa_curve="P384", opts=mine)
        root = tls.SelfSignedCert(
            "root",
            private_key_pem=root_key.private_key_pem,
            subject={"common_name": "Root", "organization": "Test"},
            is_ca_certificate=True,
            set_authority_key_id=True,
            validity_period_hours=87600,
            allowed_uses=["cert_signing", "crl_signing"],
            opts=mine,
        )
        key = tls.PrivateKey("intermediate", algorithm="RSA", rsa_bits=2048, opts=mine)
        request = tls.CertRequest(
            "intermediate",
            private_key_pem=key.private_key_pem,
            subject={"common_name": "Intermediate"},
            dns_names=["istiod.istio-system.svc"],
            opts=mine,
        )
        intermediate = tls.LocallySignedCert(
            "intermediate",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=root_key.private_key_pem,
            ca_cert_pem=root.cert_pem,
            is_ca_certificate=True,
            validity_period_hours=8760,
            early_renewal_hours=EARLY,
            allowed_uses=["cert_signing", "crl_signing"],
            opts=mine,
        )
        leaf_key = tls.PrivateKey("leaf", algorithm="ED25519", opts=mine)
        leaf_request = tls.CertRequest(
            "leaf",
            private_key_pem=leaf_key.private_key_pem,
            uris=["spiffe://cluster.local/ns/default/sa/app"],
            dns_names=["app.example.com"],
            opts=mine,
        )
        leaf = tls.LocallySignedCert(
            "leaf",
            cert_request_pem=leaf_request.cert_request_pem,
            ca_private_key_pem=key.private_key_pem,
            ca_cert_pem=intermediate.cert_pem,
            validity_period_hours=24,
            allowed_uses=["digital_signature", "server_auth", "client_auth"],
            opts=mine,
        )
        pulumi.export("root", root.cert_pem)
        pulumi.export("intermediate", intermediate.cert_pem)
        pulumi.export("leaf", leaf.cert_pem)
        pulumi.export("key", root_key.private_key_pem)


Authority("authority")
"""
PREFIX = "test:index:Authority$tls:index/"


def test_a_chain_that_openssl_verifies_and_the_next_update_keeps(project: Project, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    assert openssl, "openssl is the judge of this test"
    project.program(CHAIN.replace("EARLY", "0"))
    # Nine resources of the provider, the component and the stack.
    assert project.changes("up") == {"create": 10}
    outputs = project.outputs()
    for name in ("root", "intermediate", "leaf"):
        (tmp_path / name).write_text(outputs[name], encoding="ascii")
    verify = [openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "app.example.com"]
    chain = ["-CAfile", f"{tmp_path}/root", "-untrusted", f"{tmp_path}/intermediate", f"{tmp_path}/leaf"]
    verified = subprocess.run([*verify, *chain], capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stderr
    assert project.changes("up") == {"same": 10}
    assert project.changes("refresh") == {"same": 10}
    assert project.outputs() == outputs


def test_private_keys_are_encrypted_in_the_state(project: Project) -> None:
    project.program(CHAIN.replace("EARLY", "0"))
    project.run("up", "--yes")
    text = project.state_file.read_text(encoding="utf-8")
    assert "BEGIN CERTIFICATE" in text
    assert "PRIVATE KEY" not in text
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    key = project.resources()[f"{PREFIX}privateKey:PrivateKey::root"]
    for name in ("privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"):
        assert key["outputs"][name].items() >= secret.items() and "ciphertext" in key["outputs"][name]
    signed = project.resources()[f"{PREFIX}locallySignedCert:LocallySignedCert::leaf"]
    for values in (signed["inputs"], signed["outputs"]):
        assert values["caPrivateKeyPem"].items() >= secret.items()


def test_a_subject_replaces_and_early_renewal_renews(project: Project) -> None:
    project.program(CHAIN.replace("EARLY", "0"))
    project.run("up", "--yes")
    before = project.outputs()
    # A property that needs no new certificate, nor will it be due within this test.
    project.program(CHAIN.replace("EARLY", "24"))
    assert project.changes("up") == {"update": 1, "same": 9}
    assert project.outputs() == before
    # Within its last 8760 hours from the start: renewed, with what it has signed.
    project.program(CHAIN.replace("EARLY", "8760"))
    assert project.changes("up") == {"replace": 2, "same": 8}
    renewed = project.outputs()
    assert renewed["intermediate"] != before["intermediate"] and renewed["root"] == before["root"]
    project.program(CHAIN.replace("EARLY", "0").replace('"Intermediate"', '"Intermediate 2"'))
    assert project.changes("up") == {"replace": 3, "same": 7}


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ('tls.PrivateKey("key", algorithm="DSA")', "algorithm is 'DSA', and has to be one of: ECDSA, ED25519, RSA"),
        (
            'tls.SelfSignedCert("root", private_key_pem="x", validity_period_hours=1, allowed_uses=["cert_sign"])',
            "allowedUses[0] is 'cert_sign', and has to be one of: any_extended, cert_signing,",
        ),
        (
            'tls.CertRequest("request", private_key_pem="not a key")',
            "privateKeyPem is not a private key in PEM",
        ),
    ],
)
def test_a_bad_input_is_named_at_preview(project: Project, declaration: str, message: str) -> None:
    project.program(f"import pulumi_tls as tls\n{declaration}")
    ran = project.run("preview", check=False)
    shown = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert message in shown
    assert "Traceback" not in shown and "grpc" not in shown
