"""Secrets that Gateways take their certificates from.

Upstream: `pkg/config/analysis/analyzers/gateway/secret.go` of istio/istio 1.31; what a Secret must hold:
`ExtractCertInfo` in `pilot/pkg/credentials/kube/secrets.go`, `ValidateCertificate` in `pilot/pkg/xds/sds.go`.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import ist
from ..resource import Resource
from ..texts import full_name, listed
from ..world import World
from .gateways import PodNamespaces, no_workload, selector_of

PAIRS = (("cert", "key"), ("tls.crt", "tls.key"))
"""Where a Secret may have a certificate and its key; the first that is there counts."""


@each("gateway.SecretAnalyzer", kinds.GATEWAY)
def secrets(gateway: Resource, world: World) -> Iterator[Finding]:
    """Secrets that a Gateway's servers name and that are not there, or hold no valid certificate.

    They are looked for where the Gateway's pods are; where those are in several namespaces, one of them will do.
    """
    namespaces = world.derived(PodNamespaces).of(selector_of(gateway))
    if not namespaces:
        yield no_workload(gateway, world)
        return
    for index, server in enumerate(gateway.spec.get("servers", [])):
        credential = server.get("tls", {}).get("credentialName", "")
        # Other sources than Secrets have a scheme: builtin://, configmap://, kubernetes-gateway://, sds://
        if credential == "" or "://" in credential:
            continue
        path = ("spec", "servers", index, "tls", "credentialName")
        places = [full_name(credential, namespace) for namespace in namespaces]
        found = [secret for place in places if (secret := world.find(kinds.SECRET, *place))]
        if not found:
            missing = ist.REFERENCED_RESOURCE_NOT_FOUND(gateway, path, reftype="credentialName", refval=credential)
            yield missing.unless_known(all(world.knows(namespace) for namespace, _ in places))
        elif problem := problem_of(found[0]):
            yield ist.INVALID_GATEWAY_CREDENTIAL(
                gateway, path, gateway=gateway.name, namespace=listed(namespaces), problem=problem
            )


def problem_of(secret: Resource) -> str:
    """Return what is wrong with the certificate in a Secret, nothing when it is good."""
    for names in PAIRS:
        certificate, key = (value_of(secret, name) for name in names)
        if certificate and key:
            return certificate_problem(certificate)
    return f"Secret {secret.full_name} has neither tls.crt and tls.key nor cert and key"


def value_of(secret: Resource, name: str) -> bytes:
    """Return one value of a Secret; empty when it has none."""
    plain, encoded = (str(secret.body.get(field, {}).get(name, "")) for field in ("stringData", "data"))
    try:
        return plain.encode() or base64.b64decode(encoded)
    except ValueError:  # neither UTF-8 nor base64
        return b""


def certificate_problem(pem: bytes) -> str:
    """Return what is wrong with a certificate, nothing when it is good."""
    # Slow to import, and only needed where a certificate is among the objects.
    from cryptography import x509

    try:
        # It warns of serial numbers that Go and Envoy take.
        with warnings.catch_warnings(action="ignore"):
            certificate = x509.load_pem_x509_certificate(pem)
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except ValueError:
        return "the certificate cannot be read"
    if datetime.now(UTC) > end:
        return f"the certificate expired on {end:%Y-%m-%d}"
    if datetime.now(UTC) < start:
        return f"the certificate is not valid before {start:%Y-%m-%d}"
    return ""
