"""A host at an ingress gateway: Gateway, VirtualService, and the Secret with its certificate.

Facts: names of the keys in a gateway's Secret are those that istiod reads (``pilot/pkg/credentials/kube/secrets.go``).
"""

from __future__ import annotations

import base64
from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.istio_object import NETWORKING, given, istio_object, service_host
from mesh_components.manifests.text import assemble
from mesh_components.settings import MeshSettings
from mesh_components.settings.opaque import OpaqueStr
from mesh_components.settings.placed import Noted
from mesh_components.settings.traffic.ingress import HostTlsSettings, IngressHostSettings

from . import routes


def steps(mesh: MeshSettings, one: IngressHostSettings) -> list[list[dict[str, Any]]]:
    """Return the objects, those that others refer to in an earlier step."""
    found = [secrets(mesh, one), [gateway(mesh, one)], virtual_services(mesh, one)]
    return [patches.apply(mesh, step) for step in found if step]


def secrets(mesh: MeshSettings, one: IngressHostSettings) -> list[dict[str, Any]]:
    """Return the Secret with the certificate, where the gateway's pods are, which alone may read it."""
    tls = one.tls
    if tls is None or tls.certificate is None or tls.privateKey is None:
        return []
    namespace = one.gateway.namespace or mesh.istio_namespace
    return [secret(one, credential(one, tls), namespace, tls.certificate, tls.privateKey, tls.caCertificate)]


def secret(
    noted: Noted, name: str, namespace: str, certificate: OpaqueStr, key: OpaqueStr, signers: OpaqueStr | None = None
) -> dict[str, Any]:
    """Return a Secret with a certificate and its key.

    :param signers: who signs the certificates of clients
    """
    files = {"tls.crt": certificate, "tls.key": key, "ca.crt": signers}
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if noted.labels:
        metadata["labels"] = dict(noted.labels)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": "kubernetes.io/tls",
        "data": {name: assemble(_base64, pem) for name, pem in files.items() if pem is not None},
    }


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def credential(one: IngressHostSettings, tls: HostTlsSettings) -> str:
    """Return the name of the Secret."""
    return tls.credentialName or one.object_name


def gateway(mesh: MeshSettings, one: IngressHostSettings) -> dict[str, Any]:
    """Return Istio's Gateway."""
    spec = {"selector": dict(one.gateway.selector), "servers": _servers(one)}
    return istio_object(mesh, one, NETWORKING, "Gateway", one.object_name, one.namespace, spec, "request_routing")


def _servers(one: IngressHostSettings) -> list[dict[str, Any]]:
    plain = {"port": {"number": one.httpPort, "name": "http", "protocol": "HTTP"}, "hosts": list(one.hosts)}
    if one.tls is None:
        return [plain]
    passes = one.tls.mode == "PASSTHROUGH"
    shown = {} if passes else {"credentialName": credential(one, one.tls)}
    encrypted = {
        "port": {"number": one.httpsPort, "name": "https", "protocol": "TLS" if passes else "HTTPS"},
        "hosts": list(one.hosts),
        "tls": {**one.tls.settings, "mode": one.tls.mode, **shown},
    }
    redirected = [{**plain, "tls": {"httpsRedirect": True}}] if one.httpRedirect else []
    return [*redirected, encrypted]


def virtual_services(mesh: MeshSettings, one: IngressHostSettings) -> list[dict[str, Any]]:
    """Return the VirtualService, unless another object says where requests go."""
    if one.service is None and not one.routes:
        return []

    def to(subset: str | None) -> dict[str, Any]:
        port = {"number": one.port} if one.port else None
        return given({"host": service_host(mesh, one.service or "", one.namespace), "subset": subset, "port": port})

    names = [host.rpartition("/")[2] for host in one.hosts]
    spec: dict[str, Any] = {"hosts": names, "gateways": [f"{one.namespace}/{one.object_name}"]}
    if one.tls is not None and one.tls.mode == "PASSTHROUGH":
        match = {"sniHosts": names, "port": one.httpsPort}
        spec["tls"] = [{"match": [match], "route": [{"destination": to(None)}]}]
    else:
        spec["http"] = routes.http(one.routes, None, one, to if one.service else None)
    return [
        istio_object(mesh, one, NETWORKING, "VirtualService", one.object_name, one.namespace, spec, "request_routing")
    ]
