"""Certificate requests and certificates, with the extensions that the bridged provider gives them.

Source of facts: RFC 5280, the documentation of terraform-provider-tls 4.x, and Go's crypto/x509, which it signs
with: key usage and basic constraints are critical, subject alternative names only without a subject; key
identifiers are SHA-1 of the public key; an issued certificate names its issuer's key identifier whenever the issuer
has one.
"""

import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from local_cluster.pulumi.tls_provider.keys import PemError, PrivateKey, PublicKey, signature_hash
from local_cluster.pulumi.tls_provider.types import EXTENDED_KEY_USAGES, KEY_USAGES

Extension = TypeVar("Extension", bound=x509.ExtensionType)

_SERIAL_BITS = 128
# In the order in which Go writes a distinguished name, which is the order that OpenSSL shows.
_SUBJECT_OIDS: dict[str, ObjectIdentifier] = {
    "country": NameOID.COUNTRY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "postalCode": NameOID.POSTAL_CODE,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}
# cryptography's names for the bits of the key usage extension, where they are not the provider's.
_USAGE_BITS = {"cert_signing": "key_cert_sign", "crl_signing": "crl_sign"}


@dataclass(frozen=True)
class Subject:
    """Whom a certificate is for.

    Attributes:
        name: The distinguished name; may be empty.
        public_key: The key that is certified.
        alternatives: Subject alternative names, None for none.
    """

    name: x509.Name
    public_key: PublicKey
    alternatives: x509.SubjectAlternativeName | None


@dataclass(frozen=True)
class Issuer:
    """Who signs: a distinguished name, a key, and the key identifier that the issuer's own certificate has, if any."""

    name: x509.Name
    key: PrivateKey
    key_identifier: x509.SubjectKeyIdentifier | None


@dataclass(frozen=True)
class Certificate:
    """An issued certificate and what is told about it: its serial number in decimal, and its validity (UTC)."""

    pem: str
    serial: str
    not_before: datetime
    not_after: datetime


def name(subject: Mapping[str, Any] | None) -> x509.Name:
    """Return the distinguished name for the `subject` property; street addresses share one relative name. Raises
    ValueError.
    """
    parts = []
    for field, oid in _SUBJECT_OIDS.items():
        value = (subject or {}).get(field)
        values = value if isinstance(value, list) else [value] if value is not None else []
        if values:
            parts.append(x509.RelativeDistinguishedName([x509.NameAttribute(oid, each) for each in values]))
    return x509.Name(parts)


def alternatives(values: Mapping[str, Any]) -> x509.SubjectAlternativeName | None:
    """Return the alternative names in `dnsNames`, `ipAddresses` and `uris`; None when there are none. Raises
    ValueError.
    """
    names: list[x509.GeneralName] = [
        *(x509.DNSName(each) for each in values.get("dnsNames") or ()),
        *(x509.IPAddress(ipaddress.ip_address(each)) for each in values.get("ipAddresses") or ()),
        *(x509.UniformResourceIdentifier(each) for each in values.get("uris") or ()),
    ]
    return x509.SubjectAlternativeName(names) if names else None


def parse_certificate(pem: str) -> x509.Certificate:
    """Return the one certificate in a PEM. Raises PemError."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise PemError("is not a certificate in PEM") from None
    if len(found) != 1:
        raise PemError(f"has to hold one certificate, and holds {len(found)}")
    return found[0]


def parse_request(pem: str) -> x509.CertificateSigningRequest:
    """Return the certificate request in a PEM. Raises PemError."""
    try:
        return x509.load_pem_x509_csr(pem.encode())
    except ValueError:
        raise PemError("is not a certificate request in PEM") from None


def is_authority(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate says that it is an authority's."""
    constraints = _extension(certificate, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def issuer(certificate: x509.Certificate, key: PrivateKey) -> Issuer:
    """Return the issuer whose own certificate and key are given."""
    return Issuer(certificate.subject, key, _extension(certificate, x509.SubjectKeyIdentifier))


def requested(request: x509.CertificateSigningRequest) -> Subject:
    """Return whom a certificate request is for."""
    public_key = request.public_key()
    if not isinstance(public_key, PublicKey):
        raise PemError("is for a key that is neither RSA, nor ECDSA, nor ED25519")
    return Subject(request.subject, public_key, _extension(request, x509.SubjectAlternativeName))


def request(values: Mapping[str, Any], key: PrivateKey) -> x509.CertificateSigningRequest:
    """Return a signed certificate request for the properties of CertRequest. Raises ValueError."""
    subject = name(values.get("subject"))
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    names = alternatives(values)
    if names is not None:
        builder = builder.add_extension(names, critical=not list(subject))
    return builder.sign(key, signature_hash(key))


def issue(values: Mapping[str, Any], subject: Subject, authority: Issuer | None, key: PrivateKey) -> Certificate:
    """Issue a certificate.

    Args:
        values: Properties of SelfSignedCert or LocallySignedCert, with defaults.
        subject: Whom it is for.
        authority: Who signs it; None for a self-signed certificate.
        key: The key to sign with.

    Raises:
        ValueError: The properties contradict each other; the text says how.
    """
    now = datetime.now(UTC)
    end = _end(now, values["validityPeriodHours"])
    serial = secrets.randbelow((1 << _SERIAL_BITS) - 1) + 1
    identifier = _key_identifier(values, subject.public_key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject.name)
        .issuer_name(authority.name if authority else subject.name)
        .public_key(subject.public_key)
        .serial_number(serial)
        .not_valid_before(now)
        .not_valid_after(end)
    )
    for extension, critical in _extensions(values, subject, authority, identifier):
        builder = builder.add_extension(extension, critical=critical)
    signed = builder.sign(key, signature_hash(key))
    return Certificate(signed.public_bytes(Encoding.PEM).decode(), str(serial), now, end)


def usages(allowed: Sequence[str]) -> tuple[x509.KeyUsage | None, x509.ExtendedKeyUsage | None]:
    """Return the two usage extensions for `allowedUses`, None where none of its values belongs to one. Raises
    ValueError.
    """
    bits = {_USAGE_BITS.get(usage, usage): usage in allowed for usage in KEY_USAGES}
    if (bits["encipher_only"] or bits["decipher_only"]) and not bits["key_agreement"]:
        raise ValueError("encipher_only and decipher_only mean nothing without key_agreement")
    extended = [ObjectIdentifier(EXTENDED_KEY_USAGES[usage]) for usage in allowed if usage in EXTENDED_KEY_USAGES]
    return (
        x509.KeyUsage(**bits) if any(bits.values()) else None,
        x509.ExtendedKeyUsage(list(dict.fromkeys(extended))) if extended else None,
    )


def _extensions(
    values: Mapping[str, Any], subject: Subject, authority: Issuer | None, identifier: x509.SubjectKeyIdentifier | None
) -> list[tuple[x509.ExtensionType, bool]]:
    usage, extended = usages(values["allowedUses"])
    of_issuer = identifier if authority is None else authority.key_identifier
    if values.get("setAuthorityKeyId") and of_issuer is None:
        raise ValueError(
            "setAuthorityKeyId needs setSubjectKeyId or isCaCertificate: there is no key identifier to name"
        )
    # Self-signed: only on request. Issued by another: whenever that one has an identifier.
    names_issuer = values.get("setAuthorityKeyId") or (authority is not None and authority.name != subject.name)
    candidates: list[tuple[x509.ExtensionType | None, bool]] = [
        (usage, True),
        (extended, False),
        (x509.BasicConstraints(ca=values["isCaCertificate"], path_length=_path_length(values)), True),
        (identifier, False),
        (x509.AuthorityKeyIdentifier(of_issuer.digest, None, None) if names_issuer and of_issuer else None, False),
        (subject.alternatives, not list(subject.name)),
    ]
    return [(extension, critical) for extension, critical in candidates if extension is not None]


def _path_length(values: Mapping[str, Any]) -> int | None:
    length = values.get("maxPathLength")
    return length if values["isCaCertificate"] and length is not None and length >= 0 else None


def _key_identifier(values: Mapping[str, Any], key: PublicKey) -> x509.SubjectKeyIdentifier | None:
    if not values["isCaCertificate"] and not values["setSubjectKeyId"]:
        return None
    return x509.SubjectKeyIdentifier.from_public_key(key)


def _end(begin: datetime, hours: int) -> datetime:
    try:
        return begin + timedelta(hours=hours)
    except OverflowError:
        raise ValueError(f"validityPeriodHours is {hours}, which ends after the year 9999") from None


def _extension(of: x509.Certificate | x509.CertificateSigningRequest, kind: type[Extension]) -> Extension | None:
    try:
        return of.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
