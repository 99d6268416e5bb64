# ruff: noqa: RUF012 (pydantic copies defaults)
"""Hosts that clients outside the mesh reach through an ingress gateway."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Labels, Name, ObjectName, Port, ServiceName
from ..message import ServerTls
from ..model import Settings
from ..opaque import OpaqueStr, is_opaque
from ..placed import Placed
from .route import Handling, Routes

TlsMode = Literal["SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL", "PASSTHROUGH"]
"""Istio's ``tls.mode`` of a server, without those that are for traffic inside the mesh."""

CLIENT_CERTIFICATES = ("MUTUAL", "OPTIONAL_MUTUAL")
"""Modes in which clients show certificates."""


def _pem(what: str) -> AfterValidator:
    def check(value: OpaqueStr) -> OpaqueStr:
        if is_opaque(value) or (isinstance(value, str) and f"-----BEGIN {what}" in value):
            return value
        allowed = "PEM certificates" if what == "CERTIFICATE" else "a private key as PEM"
        raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})

    return AfterValidator(check)


CertificatePem = Annotated[OpaqueStr, _pem("CERTIFICATE")]
"""One or more certificates as PEM; may arrive later."""
PrivateKeyPem = Annotated[OpaqueStr, _pem("")]
"""A private key as PEM; may arrive later. A secret."""


LONGEST = 56
"""Characters of a name that is made of a host, so that what is added to it fits into a label's 63."""


def label(host: str) -> str:
    """Return a host as a DNS label, which is what the name of a Gateway has to be."""
    return host.removeprefix("*.").replace("*", "any").replace(".", "-")[:LONGEST].strip("-")


class GatewayPodsSettings(Settings):
    """Which gateway it is: its pods."""

    namespace: Name | None = None
    """Their namespace; unset: the control plane's."""
    selector: Labels = Field(default={"istio": "ingressgateway"}, min_length=1)
    """Labels of the pods."""


class HostTlsSettings(Settings):
    """TLS between clients and the gateway."""

    mode: TlsMode = "SIMPLE"
    """``SIMPLE``: the gateway shows a certificate; ``MUTUAL``: clients do, too; ``OPTIONAL_MUTUAL``: they may;
    ``PASSTHROUGH``: the service itself does, and the gateway sees nothing."""
    certificate: CertificatePem | None = None
    """Certificate of the host and those that sign it, as PEM: its Secret is declared in the gateway's namespace."""
    privateKey: PrivateKeyPem | None = None
    """Its private key as PEM."""
    caCertificate: CertificatePem | None = None
    """Who signs clients' certificates, as PEM, for the modes in which clients show them."""
    credentialName: ObjectName | None = None
    """Name of the Secret; without ``certificate``, of one that exists. Unset: the host's name."""
    settings: ServerTls = {}
    """What else Istio's ServerTLSSettings has: `minProtocolVersion`, `cipherSuites` …"""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.mode == "PASSTHROUGH":
            keys = ("certificate", "privateKey", "caCertificate", "credentialName")
            if given := [key for key in keys if getattr(self, key) is not None]:
                text = "with PASSTHROUGH the service ends TLS, so {given} cannot be set here; remove it"
                raise PydanticCustomError("conflict", text, {"given": " and ".join(given)})
            return self
        if (self.certificate is None) != (self.privateKey is None):
            missing = "privateKey" if self.privateKey is None else "certificate"
            raise PydanticCustomError("incomplete", "has no {missing}; give both", {"missing": missing})
        if self.certificate is None and self.credentialName is None:
            text = "shows no certificate; give certificate and privateKey, or credentialName of a Secret that exists"
            raise PydanticCustomError("incomplete", text)
        asks = self.mode in CLIENT_CERTIFICATES
        if self.caCertificate is not None and not asks:
            text = "caCertificate is for clients' certificates, and mode {mode} asks for none; choose MUTUAL"
            raise PydanticCustomError("conflict", text, {"mode": self.mode})
        if asks and self.certificate is not None and self.caCertificate is None:
            text = "mode {mode} asks clients for certificates, and says not who signs them; give caCertificate"
            raise PydanticCustomError("incomplete", text, {"mode": self.mode})
        return self


class IngressHostSettings(Placed, Handling):
    """A host at an ingress gateway: Istio's Gateway, a VirtualService where requests go on, a Secret."""

    hosts: list[str] = Field(min_length=1)
    """Names by which clients ask, such as ``shop.example.com``."""
    name: Name | None = None
    """Name of the objects; unset: the first host's, with hyphens for its dots."""
    gateway: GatewayPodsSettings = GatewayPodsSettings.model_construct()
    """The gateway; unset: Istio's ingress gateway."""
    tls: HostTlsSettings | None = None
    """TLS; unset: plain HTTP alone."""
    httpPort: Port = 80
    """The gateway's port for plain HTTP."""
    httpsPort: Port = 443
    """The gateway's port for TLS."""
    httpRedirect: bool = True
    """With TLS: whether requests without it are sent there; otherwise they are not answered."""
    service: ServiceName | None = None
    """Service in ``namespace`` that gets what no route takes."""
    port: Port | None = None
    """The Service's port; unset: the one port that it has."""
    routes: Routes = []
    """HTTP routes; the first that matches counts."""

    @model_validator(mode="after")
    def _known_end(self) -> Self:
        passes = self.tls is not None and self.tls.mode == "PASSTHROUGH"
        if passes and (self.routes or any(getattr(self, key) is not None for key in Handling.model_fields)):
            text = "with tls.mode PASSTHROUGH the gateway sees no requests: remove routes, and what is about requests"
            raise PydanticCustomError("conflict", text)
        if passes and self.service is None:
            raise PydanticCustomError("incomplete", "goes nowhere; give service")
        if passes and self.port is None:
            raise PydanticCustomError("incomplete", "with tls.mode PASSTHROUGH, port has to say where TLS is ended")
        if self.service is None:
            for index, route in enumerate(self.routes):
                if route.weights is not None or (route.is_sent_on and route.route is None):
                    text = "routes[{index}] goes to the service, and there is none; give service, or route"
                    raise PydanticCustomError("incomplete", text, {"index": index})
        if not self.routes and self.service is None:
            used = [key for key in Handling.model_fields if getattr(self, key) is not None]
            if used:
                text = "{used} is about requests that go on, and none do; give service or routes"
                raise PydanticCustomError("incomplete", text, {"used": " and ".join(used)})
        return self

    @property
    def object_name(self) -> str:
        """Name of the objects."""
        return self.name or label(self.hosts[0].rpartition("/")[2])
