"""Keys and certificates, judged by OpenSSL, OpenSSH's rules and cryptography's verifier."""

import base64
import hashlib
import ipaddress
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import verification
from hypothesis import given, settings
from hypothesis import strategies as st

from local_cluster.pulumi.tls_provider import certificates, keys
from local_cluster.pulumi.tls_provider.types import EXTENDED_KEY_USAGES, KEY_USAGES

KINDS = [
    *(("RSA", bits, "P224") for bits in (1024, 2048)),
    *(("ECDSA", 0, curve) for curve in ("P224", "P256", "P384", "P521")),
    ("ED25519", 0, "P224"),
]
CERTIFICATE: dict[str, Any] = {
    "validityPeriodHours": 24,
    "allowedUses": ["cert_signing"],
    "earlyRenewalHours": 0,
    "isCaCertificate": False,
    "setSubjectKeyId": False,
}
KEY = keys.generate("ECDSA", 0, "P256")


def openssl(*arguments: str | Path, given: str = "") -> str:
    program = shutil.which("openssl")
    assert program, "openssl is the judge of this test"
    ran = subprocess.run([program, *arguments], input=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def self_signed(**changes: Any) -> x509.Certificate:
    values = {**CERTIFICATE, "subject": {"commonName": "root"}, **changes}
    subject = certificates.Subject(
        certificates.name(values["subject"]), KEY.public_key(), certificates.alternatives(values)
    )
    return x509.load_pem_x509_certificate(certificates.issue(values, subject, None, KEY).pem.encode())


def extension(certificate: x509.Certificate, kind: type[Any]) -> Any:
    return certificate.extensions.get_extension_for_class(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_encoding_is_of_the_same_key(kind: tuple[str, int, str]) -> None:
    key = keys.generate(*kind)
    outputs = keys.outputs(key)
    assert keys.algorithm(key) == kind[0]
    for name in ("privateKeyPem", "privateKeyPemPkcs8"):
        parsed = keys.read(outputs[name])
        assert parsed.public_key() == key.public_key() and keys.algorithm(parsed) == kind[0]
        assert openssl("pkey", "-pubout", given=outputs[name]) == outputs["publicKeyPem"]
    assert outputs["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----\n")
    preamble = {"RSA": "RSA PRIVATE KEY", "ECDSA": "EC PRIVATE KEY", "ED25519": "PRIVATE KEY"}[kind[0]]
    assert outputs["privateKeyPem"].startswith(f"-----BEGIN {preamble}-----\n")


@pytest.mark.parametrize("kind", KINDS)
def test_openssh_outputs(kind: tuple[str, int, str]) -> None:
    key = keys.generate(*kind)
    outputs = keys.outputs(key)
    names = ("privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256")
    if kind[0] == "ECDSA" and kind[2] == "P224":
        assert [outputs[name] for name in names] == [""] * 4
        return
    private = serialization.load_ssh_private_key(outputs["privateKeyOpenssh"].encode(), None)
    assert private.public_key() == key.public_key()
    assert outputs["publicKeyOpenssh"].endswith("\n")
    blob = base64.b64decode(outputs["publicKeyOpenssh"].split()[1])
    assert outputs["publicKeyFingerprintMd5"] == ":".join(f"{byte:02x}" for byte in hashlib.md5(blob).digest())
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    assert outputs["publicKeyFingerprintSha256"] == f"SHA256:{digest}"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[1] != 1024])
def test_a_chain_verifies(kind: tuple[str, int, str], tmp_path: Path) -> None:
    root_key, key = keys.generate(*kind), keys.generate("ECDSA", 0, "P256")
    values = {**CERTIFICATE, "isCaCertificate": True, "setAuthorityKeyId": True, "subject": {"commonName": "root"}}
    subject = certificates.Subject(certificates.name(values["subject"]), root_key.public_key(), None)
    root = certificates.issue(values, subject, None, root_key)
    request = certificates.request({"dnsNames": ["a.example.com"], "uris": ["spiffe://td/ns/a/sa/b"]}, key)
    issuer = certificates.issuer(certificates.parse_certificate(root.pem), root_key)
    leaf_values = {**CERTIFICATE, "allowedUses": ["digital_signature", "server_auth"]}
    leaf = certificates.issue(leaf_values, certificates.requested(request), issuer, root_key)
    (tmp_path / "root").write_text(root.pem, encoding="ascii")
    (tmp_path / "leaf").write_text(leaf.pem, encoding="ascii")
    judge = ("verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "a.example.com")
    openssl(*judge, "-CAfile", tmp_path / "root", tmp_path / "leaf")
    if kind[2] != "P224" or kind[0] != "ECDSA":
        # The web PKI's profile, which this verifier judges by, has no P-224 and no Ed25519.
        if kind[0] == "ED25519":
            return
        store = verification.Store([x509.load_pem_x509_certificate(root.pem.encode())])
        verifier = verification.PolicyBuilder().store(store).build_server_verifier(x509.DNSName("a.example.com"))
        verifier.verify(x509.load_pem_x509_certificate(leaf.pem.encode()), [])


def test_basic_constraints_and_path_length() -> None:
    for ca, given_length, expected in (
        (True, 0, 0),
        (True, 3, 3),
        (True, -1, None),
        (True, None, None),
        (False, 3, None),
    ):
        certificate = self_signed(isCaCertificate=ca, maxPathLength=given_length)
        constraints = extension(certificate, x509.BasicConstraints)
        assert (constraints.value.ca, constraints.value.path_length, constraints.critical) == (ca, expected, True)


def test_subject_key_identifier_is_given_to_authorities_and_on_request() -> None:
    expected = hashlib.sha1(
        KEY.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    ).digest()
    for changes in ({"isCaCertificate": True}, {"setSubjectKeyId": True}):
        identifier = extension(self_signed(**changes), x509.SubjectKeyIdentifier)
        assert (identifier.value.digest, identifier.critical) == (expected, False)
    with pytest.raises(x509.ExtensionNotFound):
        extension(self_signed(), x509.SubjectKeyIdentifier)


def test_authority_key_identifier() -> None:
    with pytest.raises(x509.ExtensionNotFound):
        extension(self_signed(isCaCertificate=True), x509.AuthorityKeyIdentifier)
    both = self_signed(isCaCertificate=True, setAuthorityKeyId=True)
    assert (
        extension(both, x509.AuthorityKeyIdentifier).value.key_identifier
        == extension(both, x509.SubjectKeyIdentifier).value.digest
    )
    with pytest.raises(ValueError, match="setAuthorityKeyId needs"):
        self_signed(setAuthorityKeyId=True)
    request = certificates.requested(certificates.request({"subject": {"commonName": "leaf"}}, KEY))
    for root, named in ((both, True), (self_signed(), False)):
        leaf = certificates.issue(CERTIFICATE, request, certificates.issuer(root, KEY), KEY)
        found = x509.load_pem_x509_certificate(leaf.pem.encode()).extensions
        assert any(isinstance(each.value, x509.AuthorityKeyIdentifier) for each in found) == named


def test_alternative_names_are_critical_only_without_a_subject() -> None:
    names = {"dnsNames": ["a.b"], "ipAddresses": ["10.0.0.1", "::1"], "uris": ["spiffe://td/x"]}
    for subject, critical in (({"commonName": "x"}, False), ({}, True)):
        found = extension(self_signed(subject=subject, **names), x509.SubjectAlternativeName)
        assert found.critical == critical
        assert found.value.get_values_for_type(x509.DNSName) == ["a.b"]
        assert found.value.get_values_for_type(x509.IPAddress) == [
            ipaddress.ip_address("10.0.0.1"),
            ipaddress.ip_address("::1"),
        ]
        assert found.value.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://td/x"]
    with pytest.raises(x509.ExtensionNotFound):
        extension(self_signed(), x509.SubjectAlternativeName)


def test_whole_subject_in_openssls_eyes(tmp_path: Path) -> None:
    subject = {
        "commonName": "cn",
        "country": "DE",
        "emailAddress": "a@example.com",
        "locality": "l",
        "organization": "o",
        "organizationalUnit": "ou",
        "postalCode": "12345",
        "province": "st",
        "serialNumber": "7",
        "streetAddresses": ["street 1", "street 2"],
    }
    (tmp_path / "pem").write_bytes(self_signed(subject=subject).public_bytes(serialization.Encoding.PEM))
    shown = openssl("x509", "-in", tmp_path / "pem", "-noout", "-subject", "-nameopt", "RFC2253,-dn_rev")
    assert shown.strip() == (
        "subject=C=DE,O=o,OU=ou,L=l,ST=st,street=street 1+street=street 2,postalCode=12345,CN=cn,serialNumber=7,"
        "emailAddress=a@example.com"
    )


def test_validity_and_serial_number() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    made = [self_signed(validityPeriodHours=876000) for _ in range(8)]
    for certificate in made:
        assert certificate.not_valid_before_utc >= before
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(hours=876000)
        assert 0 < certificate.serial_number < 1 << 128
    assert len({certificate.serial_number for certificate in made}) == len(made)
    with pytest.raises(ValueError, match="validityPeriodHours is 100000000, which ends after the year 9999"):
        self_signed(validityPeriodHours=100_000_000)


@given(st.lists(st.sampled_from([*KEY_USAGES, *EXTENDED_KEY_USAGES])))
@settings(max_examples=60, deadline=None)
def test_usages_are_exactly_those_allowed(allowed: list[str]) -> None:
    needs_agreement = {"encipher_only", "decipher_only"} & {*allowed} and "key_agreement" not in allowed
    if needs_agreement:
        with pytest.raises(ValueError, match="key_agreement"):
            self_signed(allowedUses=allowed)
        return
    found = {type(each.value): each for each in self_signed(allowedUses=allowed).extensions}
    bits = [usage for usage in KEY_USAGES if usage in allowed]
    usage = found.get(x509.KeyUsage)
    assert (usage is not None) == bool(bits)
    if usage is not None:
        names = {"cert_signing": "key_cert_sign", "crl_signing": "crl_sign"}
        dependent = () if usage.value.key_agreement else ("encipher_only", "decipher_only")
        set_bits = [
            each for each in KEY_USAGES if each not in dependent and getattr(usage.value, names.get(each, each))
        ]
        assert (set_bits, usage.critical) == (bits, True)
    extended = found.get(x509.ExtendedKeyUsage)
    expected = [EXTENDED_KEY_USAGES[each] for each in dict.fromkeys(allowed) if each in EXTENDED_KEY_USAGES]
    assert ([oid.dotted_string for oid in extended.value] if extended else []) == expected
    assert extended is None or not extended.critical


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        ("", "is not a private key in PEM"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "is not a private key in PEM"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is not a usable private key in PEM"),
    ],
)
def test_what_is_no_private_key_is_refused(pem: str, reason: str) -> None:
    with pytest.raises(keys.PemError, match=reason):
        keys.parse(pem)


def test_encrypted_and_foreign_private_keys_are_refused() -> None:
    encrypted = KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.BestAvailableEncryption(b"x"),
    ).decode()
    with pytest.raises(keys.PemError, match="is not a usable private key"):
        keys.parse(encrypted)
    with pytest.raises(keys.PemError, match="neither an RSA"):
        keys.parse(openssl("genpkey", "-algorithm", "X25519"))
