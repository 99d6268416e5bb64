"""The CA that istiod signs with, as the Secret ``cacerts``.

Facts: key names are those that istiod reads (``security/pkg/pki/ca/ca.go`` at 1.31); with some of them missing it does
not start.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from mesh_components.settings import MeshSettings
from mesh_components.settings.opaque import OpaqueStr

from .labels import metadata
from .text import assemble


@dataclass(frozen=True)
class Pems:
    """PEM texts of an intermediate CA; each may arrive later."""

    caCert: OpaqueStr
    """The intermediate certificate."""
    caKey: OpaqueStr
    """Its private key. A secret."""
    rootCert: OpaqueStr
    """The root certificate."""
    certChain: OpaqueStr
    """The chain from the intermediate to the root."""
    caCrl: OpaqueStr | None = None
    """The revocation list, if there is one."""


def cacerts(settings: MeshSettings, pems: Pems) -> dict[str, Any]:
    """Return the Secret ``cacerts`` in the control plane's namespace."""
    files = {
        "ca-cert.pem": pems.caCert,
        "ca-key.pem": pems.caKey,
        "root-cert.pem": pems.rootCert,
        "cert-chain.pem": pems.certChain,
        "ca-crl.pem": pems.caCrl,
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(settings, "cacerts", part="istiod"),
        "type": "Opaque",
        # Not stringData: the API server turns that into data, and what nobody can read back nobody can compare.
        "data": {name: assemble(_base64, pem) for name, pem in files.items() if pem is not None},
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
