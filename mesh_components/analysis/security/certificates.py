"""Certificates that have expired, are about to, or are weak.

Looked at are Secrets that hold certificates as Istio, cert-manager and `kubectl create secret tls` write them. Without
the `cryptography` package nothing is said.
"""

from __future__ import annotations

import base64
import binascii
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import mesh
from ..resource import Path, Resource
from ..world import World

if TYPE_CHECKING:
    from cryptography import x509

KEYS = ("ca-cert.pem", "ca.crt", "cacert", "cert", "cert-chain.pem", "root-cert.pem", "tls.crt")
"""Where Secrets have certificates: `cacerts`, `istio-ca-secret`, and what a Gateway's credentialName names."""
SOON = timedelta(days=30)
SMALLEST_RSA = 2048
PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@each("security.Certificates", kinds.SECRET)
def certificates(secret: Resource, world: World) -> Iterator[Finding]:
    """Certificates in Secrets that have expired, expire soon, or are weak."""
    said = set()
    for field in ("data", "stringData"):
        for key in KEYS:
            with suppress(IsUnknown):
                for text in PEM.findall(plain(secret.body.get(field, {}).get(key, ""))):
                    if text not in said:
                        said.add(text)
                        yield from _judge(secret, (field, key), text)


def plain(value: str) -> str:
    """Return a Secret's value as text: base64 or, as in `stringData`, the text itself."""
    if "-----BEGIN" in value:
        return value
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _judge(secret: Resource, path: Path, text: str) -> Iterator[Finding]:
    try:
        from cryptography import x509
    except ImportError:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is not quite as it should be, but works
            certificate = x509.load_pem_x509_certificate(text.encode())
        subject, weakness = certificate.subject.rfc4514_string() or "(no name)", _weakness(certificate)
    except Exception:  # what a certificate can be wrong in, the library tells by many classes
        return
    key, time = path[-1], now()
    ends, begins = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if ends <= time:
        yield mesh.CERTIFICATE_EXPIRED(secret, path, subject=subject, key=key, problem=f"expired on {ends:%Y-%m-%d}")
    elif begins > time + timedelta(days=1):
        problem = f"is not valid before {begins:%Y-%m-%d}"
        yield mesh.CERTIFICATE_EXPIRED(secret, path, subject=subject, key=key, problem=problem)
    elif ends - time < SOON and ends - begins > SOON:  # one that is made to last shorter is somebody's to renew
        date, days = f"{ends:%Y-%m-%d}", (ends - time).days
        yield mesh.CERTIFICATE_EXPIRES(secret, path, subject=subject, key=key, date=date, days=days)
    if weakness:
        yield mesh.WEAK_CERTIFICATE(secret, path, subject=subject, key=key, problem=weakness)


def _weakness(certificate: x509.Certificate) -> str:
    """Return what is weak; a root's own signature is of no account."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    key, signature = certificate.public_key(), certificate.signature_hash_algorithm
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA:
        return f"has an RSA key of {key.key_size} bits"
    own = certificate.subject == certificate.issuer
    if signature is not None and signature.name in ("md5", "sha1") and not own:
        return f"is signed with {signature.name.upper()}"
    return ""
