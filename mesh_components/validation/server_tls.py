"""TLS of servers: gateways and a sidecar's ingress (``validateTLSOptions`` in ``validation.go``)."""

from __future__ import annotations

from typing import Final

from .checks import Object, check, each
from .problem import Path, Problem, Problems, show, warning

_CIPHERS: Final = frozenset(
    {
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA", "DES-CBC3-SHA",
    }
)  # fmt: skip
"""Cipher suites that BoringSSL has (``pkg/config/security/security.go``)."""

_OWN: Final = (
    "serverCertificate", "privateKey", "caCertificates", "tlsCertificates", "credentialName", "credentialNames",
)  # fmt: skip
"""What brings certificates."""
_TERMINATING: Final = ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL")


@check
def server_tls(parent: Object, path: Path) -> Problems:
    """Yield what is wrong with ``tls`` of a server."""
    tls = parent.get("tls")
    if tls is None:
        return
    path = (*path, "tls")
    mode = tls.get("mode") or "PASSTHROUGH"
    yield from _ciphers(tls, path)
    if mode == "ISTIO_MUTUAL":
        for name in _OWN:
            if tls.get(name):
                yield Problem(
                    (*path, name), f"mode ISTIO_MUTUAL uses Istio's own certificates, so {name} cannot be set"
                )
        return
    yield from _unused(tls, path, mode)
    yield from _one_source(tls, path)
    if mode in _TERMINATING and (tls.get("credentialName") or tls.get("credentialNames")):
        return
    yield from _certificates(tls, path, mode)
    yield from _revocation(tls, path, mode)


@check
def _ciphers(tls: Object, path: Path) -> Problems:
    if tls.get("minProtocolVersion") in ("TLSV1_0", "TLSV1_1") and not tls.get("cipherSuites"):
        yield warning((*path, "minProtocolVersion"), "versions below TLSV1_2 need cipherSuites that they can use")
    seen: set[str] = set()
    for cipher, place in each(tls, "cipherSuites", path):
        if cipher not in _CIPHERS and cipher not in ("", "ALL") and cipher[0].isalnum():
            yield warning(place, f"{show(cipher)} is not a cipher suite that Envoy knows, and is ignored")
        elif cipher in seen:
            yield warning(place, f"{show(cipher)} is listed twice")
        seen.add(cipher)


@check
def _unused(tls: Object, path: Path, mode: str) -> Problems:
    if mode in ("PASSTHROUGH", "AUTO_PASSTHROUGH"):
        for name in (*_OWN, "caCrl"):
            if tls.get(name):
                yield warning((*path, name), f"mode {mode} uses no certificates, so {name} is ignored")


@check
def _one_source(tls: Object, path: Path) -> Problems:
    sources = [name for name in ("credentialName", "credentialNames", "tlsCertificates") if tls.get(name)]
    if tls.get("serverCertificate") and tls.get("privateKey"):
        sources.append("serverCertificate with privateKey")
    if len(sources) > 1:
        yield Problem(path, f"certificates come from {' and '.join(sources)}; one source is allowed")


@check
def _certificates(tls: Object, path: Path, mode: str) -> Problems:
    if mode not in _TERMINATING:
        return
    if mode != "SIMPLE" and not tls.get("caCertificates"):
        yield Problem((*path, "caCertificates"), f"mode {mode} needs caCertificates, or credentialName")
    listed = bool(tls.get("tlsCertificates"))
    for certificate, place in each(tls, "tlsCertificates", path) if listed else ((tls, path),):
        for name in ("serverCertificate", "privateKey"):
            if not certificate.get(name):
                yield Problem((*place, name), f"mode {mode} needs {name}, or credentialName")


@check
def _revocation(tls: Object, path: Path, mode: str) -> Problems:
    if tls.get("caCrl"):
        if tls.get("credentialName"):
            yield Problem((*path, "caCrl"), "a revocation list is part of credentialName and cannot be set beside it")
        if mode == "SIMPLE":
            yield Problem((*path, "caCrl"), "a revocation list has no use in mode SIMPLE")
