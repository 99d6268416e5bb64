"""Private keys: made, read, and written in every encoding that the provider gives out."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_ALGORITHMS: dict[type[Any], str] = {
    rsa.RSAPrivateKey: "RSA",
    ec.EllipticCurvePrivateKey: "ECDSA",
    ed25519.Ed25519PrivateKey: "ED25519",
}
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "P224": ec.SECP224R1,
    "P256": ec.SECP256R1,
    "P384": ec.SECP384R1,
    "P521": ec.SECP521R1,
}
# Signature hash by size of the curve, as Go's crypto/x509 chooses it.
_HASHES: dict[int, hashes.HashAlgorithm] = {384: hashes.SHA384(), 521: hashes.SHA512()}
# Keys of this run by their PEM. Reading one checks it, for RSA with 4096 bits a quarter of a second, and a key is read
# for each resource that it signs, by check as by create.
_known: dict[str, PrivateKey] = {}
_PREAMBLES = ("RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY")


class PemError(ValueError):
    """A PEM that does not hold what it should; the text continues the property's name, and tells nothing secret."""


def generate(algorithm: str, rsa_bits: int, curve: str) -> PrivateKey:
    """Return a new key; `algorithm` and `curve` are names of `types.ALGORITHMS` and `types.CURVES`."""
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(_CURVES[curve]())
    return ed25519.Ed25519PrivateKey.generate()


def parse(pem: str) -> PrivateKey:
    """Return the private key in a PEM, from memory where it was made or read before. Raises PemError."""
    if pem not in _known:
        _known[pem] = read(pem)
    return _known[pem]


def read(pem: str) -> PrivateKey:
    """Return the private key in a PEM: PKCS#1, SEC 1 or PKCS#8, not encrypted. Raises PemError."""
    preamble = pem.strip().partition("\n")[0].removeprefix("-----BEGIN ").removesuffix("-----")
    if preamble not in _PREAMBLES:
        raise PemError(f"is not a private key in PEM: it has to begin with -----BEGIN {' or '.join(_PREAMBLES)}-----")
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PemError(f"is not a usable private key in PEM ({error})") from None
    if not isinstance(key, PrivateKey):
        raise PemError("is neither an RSA, nor an ECDSA, nor an ED25519 private key")
    return key


def algorithm(key: PrivateKey) -> str:
    """Return the name of a key's algorithm, one of `types.ALGORITHMS`."""
    return next(name for kind, name in _ALGORITHMS.items() if isinstance(key, kind))


def signature_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """Return the hash to sign with; None for ED25519, which brings its own."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    return _HASHES.get(key.key_size, hashes.SHA256())  # type: ignore[return-value]


def public_bytes(key: PublicKey) -> bytes:
    """Return a public key as a DER SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def outputs(key: PrivateKey) -> dict[str, str]:
    """Return a key in all its encodings: the computed outputs of PrivateKey. From here on, `parse` knows it.

    The OpenSSH ones are empty for curve P224, which OpenSSH does not have.
    """
    # PKCS#8 is the only form that ED25519 keys have.
    native = PrivateFormat.PKCS8 if isinstance(key, ed25519.Ed25519PrivateKey) else PrivateFormat.TraditionalOpenSSL
    public = key.public_key()
    openssh = _openssh(key)
    pem, pkcs8 = _private(key, native), _private(key, PrivateFormat.PKCS8)
    _known.update({pem: key, pkcs8: key})
    return {
        "privateKeyPem": pem,
        "privateKeyPemPkcs8": pkcs8,
        "publicKeyPem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        **openssh,
    }


def _openssh(key: PrivateKey) -> dict[str, str]:
    names = ("privateKeyOpenssh", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256")
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1):
        return dict.fromkeys(names, "")
    public = key.public_key()
    line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode() + "\n"
    md5 = serialization.ssh_key_fingerprint(public, hashes.MD5()).hex(":")
    sha256 = base64.b64encode(serialization.ssh_key_fingerprint(public, hashes.SHA256())).decode().rstrip("=")
    return dict(zip(names, (_private(key, PrivateFormat.OpenSSH), line, md5, f"SHA256:{sha256}"), strict=True))


def _private(key: PrivateKey, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def identifier(der: bytes) -> str:
    """Return the provider's identifier for something that has no serial number: the SHA-1 of its DER, in
    hexadecimal.
    """
    # The bridged provider trims white space as if the DER were text; an identifier has to be the same whoever made it.
    return hashlib.sha1(der.strip(b" \t\n\v\f\r"), usedforsecurity=False).hexdigest()
