"""What stands for an encrypted setting where a program has to run and nobody can decrypt it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from typing import Any

from mesh_components.live.plan import SECURE

PLACEHOLDER = "encrypted"
"""For every setting that may be any text."""

DOCKER_CONFIG = '{"auths": {}}'
"""Of the form that a docker config has."""

SIGNING_KEY = "0" * 32
"""As long as Kiali's key of sessions."""

CERTIFICATES = frozenset({"caCert", "rootCert", "certChain"})
KEY = "caKey"


def without_secrets(value: Any, name: str = "") -> Any:
    """Return settings with a placeholder for each encrypted one, of the form that the setting asks for.

    :param name: the setting's own name
    """
    if isinstance(value, Mapping):
        if set(value) == {SECURE}:
            return placeholder(name)
        return {key: without_secrets(inner, str(key)) for key, inner in value.items()}
    return [without_secrets(inner, name) for inner in value] if isinstance(value, list) else value


def placeholder(name: str) -> str:
    """Return what stands for the setting of that name."""
    if name == "dockerConfigJson":
        return DOCKER_CONFIG
    if name == "signing_key":
        return SIGNING_KEY
    if name in CERTIFICATES or name == KEY:
        return authority()[name == KEY]
    return PLACEHOLDER


@cache
def authority() -> tuple[str, str]:
    """Return a certificate and its key, PEM, that nobody trusts and that are forgotten with this process."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "placeholder")])
    begin = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return made.public_bytes(serialization.Encoding.PEM).decode(), pem
