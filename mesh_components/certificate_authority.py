"""CertificateAuthority: the root and the intermediate that istiod signs with."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pulumi
import pulumi_tls as tls

from .args import CertificateAuthorityArgs
from .component import MeshComponent, check_keys, load_settings
from .manifests import certificate_authority
from .manifests.certificate_authority import Pems
from .settings import CertificateAuthoritySettings, MeshSettings
from .settings.certificate_authority import PEMS

CA_USES = ["cert_signing", "crl_signing", "digital_signature"]
"""Key usages of a certificate that signs others (RFC 5280, 4.2.1.3)."""


class CertificateAuthority(MeshComponent):
    """The mesh's CA as the Secret ``cacerts``, from which istiod signs workload certificates.

    ``declared``: a self-signed root, and an intermediate that it signs; only the intermediate's key reaches the
    cluster, the root's stays encrypted in Pulumi's state. Neither renews by itself: a new root is a change to plan for.
    ``provided``: an intermediate of the user's own. ``istiod``: nothing is declared, istiod makes its own root.

    :param args: see :class:`~mesh_components.args.CertificateAuthorityArgs`
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    root_cert: pulumi.Output[str | None]
    """PEM of the root, for everybody who has to trust the mesh; None where istiod makes its own."""
    ca_expiry: pulumi.Output[str | None]
    """When the first certificate from the intermediate to the root ends (RFC 3339, UTC); None as above."""

    def __init__(
        self,
        name: str,
        args: CertificateAuthorityArgs | MeshSettings,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        settings = args if isinstance(args, MeshSettings) else load_authority(args)
        super().__init__(name, opts)
        pems = self._pems(name, settings.certificateAuthority)
        if pems:
            self.declare([certificate_authority.cacerts(settings, pems)])
        root: Any = pems.rootCert if pems else None
        self.root_cert = pulumi.Output.from_input(root)
        certificates = [pems.rootCert, pems.certChain] if pems else []
        self.ca_expiry = pulumi.Output.all(*certificates).apply(first_end)
        self.register_outputs({"rootCert": self.root_cert, "caExpiry": self.ca_expiry})

    def _pems(self, name: str, authority: CertificateAuthoritySettings) -> Pems | None:
        if authority.mode == "istiod":
            return None
        if authority.mode == "provided":
            given = {name: getattr(authority, name) for name in PEMS}
            return Pems(**given | {"caKey": pulumi.Output.secret(given["caKey"])}, caCrl=authority.caCrl)
        return self._declared(name, authority)

    def _declared(self, name: str, authority: CertificateAuthoritySettings) -> Pems:
        here = pulumi.ResourceOptions(parent=self)  # nothing of the cluster is needed until there is a Secret
        root_key = tls.PrivateKey(f"{name}-root", opts=here, **_key(authority))
        root = tls.SelfSignedCert(
            f"{name}-root",
            private_key_pem=root_key.private_key_pem,
            subject=tls.SelfSignedCertSubjectArgs(
                common_name=authority.rootCommonName, organization=authority.organization
            ),
            validity_period_hours=authority.rootValidityPeriodHours,
            is_ca_certificate=True,
            set_subject_key_id=True,
            allowed_uses=CA_USES,
            opts=here,
        )
        key = tls.PrivateKey(f"{name}-intermediate", opts=here, **_key(authority))
        request = tls.CertRequest(
            f"{name}-intermediate",
            private_key_pem=key.private_key_pem,
            subject=tls.CertRequestSubjectArgs(
                common_name=authority.intermediateCommonName, organization=authority.organization
            ),
            opts=here,
        )
        intermediate = tls.LocallySignedCert(
            f"{name}-intermediate",
            cert_request_pem=request.cert_request_pem,
            ca_private_key_pem=root_key.private_key_pem,
            ca_cert_pem=root.cert_pem,
            validity_period_hours=authority.intermediateValidityPeriodHours,
            is_ca_certificate=True,
            set_subject_key_id=True,
            allowed_uses=CA_USES,
            opts=here,
        )
        return Pems(
            caCert=intermediate.cert_pem,
            caKey=pulumi.Output.secret(key.private_key_pem),
            rootCert=root.cert_pem,
            certChain=pulumi.Output.concat(intermediate.cert_pem, root.cert_pem),
        )


def first_end(pems: Iterable[str]) -> str | None:
    """Return when the first of the certificates in PEM texts ends, in UTC as RFC 3339 writes it; None without any.

    What is no certificate counts as none: analysis says what is wrong with it.
    """
    from cryptography import x509  # loads slowly, and most runs have no certificate to read

    found = []
    for pem in pems:
        with suppress(ValueError):
            found += x509.load_pem_x509_certificates(pem.encode())
    return min(one.not_valid_after_utc for one in found).strftime("%Y-%m-%dT%H:%M:%SZ") if found else None


def _key(authority: CertificateAuthoritySettings) -> dict[str, str | int]:
    if authority.keyAlgorithm == "RSA":
        return {"algorithm": "RSA", "rsa_bits": authority.rsaBits}
    return {"algorithm": "ECDSA", "ecdsa_curve": authority.ecdsaCurve}


def load_authority(args: CertificateAuthorityArgs) -> MeshSettings:
    """Return the settings of a mesh with this CA; without a mode it is ``declared``, or there is nothing to declare.

    :raises pulumi.RunError: for settings that are not valid
    """
    check_keys(args, CertificateAuthorityArgs)
    authority = {"mode": "declared", **args.get("authority", {})}
    return load_settings({**args.get("mesh", {}), "certificateAuthority": authority})
