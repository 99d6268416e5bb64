"""Certificates in PEM, read: which they are, whether they are still good, and whether one signed another."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes

SOON = timedelta(days=30)
"""How long before its end a CA is worth a warning: time to plan a rotation."""


def parse(pem: bytes) -> list[x509.Certificate]:
    """Return the certificates in a PEM text.

    :raises ValueError: when it holds none, or something else
    """
    return x509.load_pem_x509_certificates(pem)


def fingerprints(certificates: Iterable[x509.Certificate]) -> set[bytes]:
    """Return what tells certificates apart."""
    return {certificate.fingerprint(hashes.SHA256()) for certificate in certificates}


def subject(certificate: x509.Certificate) -> str:
    """Return the subject as RFC 4514 writes it."""
    return certificate.subject.rfc4514_string() or "(no subject)"


def signed(below: x509.Certificate, above: x509.Certificate) -> bool:
    """Whether ``above`` issued ``below``."""
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def remaining(certificate: x509.Certificate, now: datetime) -> timedelta:
    """Return how much longer a certificate is good; negative when it has ended."""
    return certificate.not_valid_after_utc - now


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def decoded(text: str) -> bytes:
    """Return what a base64 text holds.

    :raises ValueError: when it is not base64
    """
    return base64.b64decode(text, validate=True)
