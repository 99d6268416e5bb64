"""The node's certificate authority and what it signs. Names: Kubernetes' PKI documentation and RBAC defaults."""

import datetime
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local_cluster.node import files
from local_cluster.node.config import NodeConfig

LIFETIME = datetime.timedelta(days=3650)
RENEW_BEFORE = datetime.timedelta(days=30)


@dataclass(frozen=True)
class Subject:
    """What one certificate is for.

    :param common_name: the user, for Kubernetes
    :param organization: the group, for Kubernetes
    :param names: DNS names and IP addresses it serves under
    :param authority: which authority signs it
    """

    common_name: str
    organization: str = ""
    names: tuple[str, ...] = ()
    authority: str = "ca"


def subjects(config: NodeConfig) -> dict[str, Subject]:
    """Return every certificate of a node by file name."""
    api_names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
    local = ("localhost", "127.0.0.1", config.address)
    return {
        "apiserver": Subject("kube-apiserver", names=(*api_names, *local, str(config.services[1]))),
        "apiserver-kubelet-client": Subject("kube-apiserver-kubelet-client", "system:masters"),
        "front-proxy-client": Subject("front-proxy-client", authority="front-proxy-ca"),
        "node": Subject(f"system:node:{config.name}", "system:nodes", names=(config.name, *local)),
        "admin": Subject("kubernetes-admin", "system:masters"),
        "controller-manager": Subject("system:kube-controller-manager"),
        "scheduler": Subject("system:kube-scheduler"),
        "proxy": Subject("system:kube-proxy"),
        "load-balancer": Subject("mesh-components:load-balancer"),
    }


def ensure(config: NodeConfig) -> None:
    """Make what is missing, damaged, about to expire, for other names, or signed by an authority that is no more."""
    wanted = subjects(config)
    for authority in sorted({subject.authority for subject in wanted.values()}):
        path = config.pki / authority
        _ensure(path, partial(_make_authority, path, authority), None, ())
    for file, subject in wanted.items():
        path, signer = config.pki / file, config.pki / subject.authority
        _ensure(path, partial(_make_certificate, path, subject, signer), signer, subject.names)
    if not (config.pki / "service-accounts.key").exists():
        files.write(config.pki / "service-accounts.key", _pem(_new_key()))


def _ensure(path: Path, make: Callable[[], None], signer: Path | None, names: tuple[str, ...]) -> None:
    try:
        certificate = x509.load_pem_x509_certificate(path.with_suffix(".crt").read_bytes())
        key = _load_key(path)
        if signer:
            certificate.verify_directly_issued_by(
                x509.load_pem_x509_certificate(signer.with_suffix(".crt").read_bytes())
            )
        if (
            key.public_key() == certificate.public_key()
            and certificate.not_valid_after_utc > _now() + RENEW_BEFORE
            and _names(certificate) == set(names)
        ):
            return
    except (OSError, ValueError, TypeError, InvalidSignature):
        pass  # whatever is wrong with the files, the remedy is the same
    make()


def _make_authority(path: Path, name: str) -> None:
    key = _new_key()
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"mesh-components {name}")])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    certificate = (
        _builder(who, who, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _save(path, key, certificate)


def _make_certificate(path: Path, subject: Subject, signer: Path) -> None:
    key = _new_key()
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, subject.common_name)]
    if subject.organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, subject.organization))
    authority = x509.load_pem_x509_certificate(signer.with_suffix(".crt").read_bytes())
    builder = (
        _builder(x509.Name(attributes), authority.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
    )
    if subject.names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in subject.names]), critical=False
        )
    _save(path, key, builder.sign(_load_key(signer), hashes.SHA256()))


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(hours=1))
        .not_valid_after(_now() + LIFETIME)
    )


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        served = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in served}


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.with_suffix(".key").read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path}.key is not one of ours")
    return key


def _save(path: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    files.write(path.with_suffix(".key"), _pem(key))
    files.write(path.with_suffix(".crt"), certificate.public_bytes(serialization.Encoding.PEM))
