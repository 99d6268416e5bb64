# ruff: noqa: RUF012 (pydantic copies defaults)
"""Services outside the mesh, and the way there."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Labels, Name, Port, ServiceName
from ..message import ClientTls, ServicePort, WorkloadEndpoint
from ..model import Settings
from ..opaque import OpaqueStr
from ..placed import Placed
from .ingress import label

ENCRYPTED = ("TLS", "HTTPS")
"""Protocols of ports whose traffic the client encrypts: proxies see the name alone (SNI)."""
READ = ("HTTP", "HTTP2", "GRPC")
"""Protocols of ports whose requests proxies read."""


def _some(ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not ports:
        raise PydanticCustomError("too_short", "Input should not be empty")
    return ports


class EgressGatewaySettingsOfHost(Settings):
    """The egress gateway through which traffic leaves."""

    namespace: Name | None = None
    """Namespace of its pods and its Service; unset: the control plane's."""
    service: ServiceName = "istio-egressgateway"
    """Its Service."""
    selector: Labels = Field(default={"istio": "egressgateway"}, min_length=1)
    """Labels of its pods."""
    port: Port = 443
    """Port of its Service; between sidecars and it everything is under TLS."""


class ExternalServiceSettings(Placed):
    """Hosts outside the mesh: Istio's ServiceEntry, and what leads traffic there."""

    hosts: list[str] = Field(min_length=1)
    """Their names, such as ``api.example.com``."""
    name: Name | None = None
    """Name of the objects; unset: the first host's, with hyphens for its dots."""
    ports: Annotated[list[ServicePort], AfterValidator(_some)] = [{"number": 443, "name": "tls", "protocol": "TLS"}]
    """Istio's ServicePort; unset: 443 with TLS that the app itself speaks."""
    resolution: Literal["NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS"] | None = None
    """How addresses are found: from DNS, those of ``endpoints``, or the one that the app asked for (``NONE``); unset:
    ``NONE`` for hosts with a star, or else ``DNS``."""
    location: Literal["MESH_EXTERNAL", "MESH_INTERNAL"] = "MESH_EXTERNAL"
    """``MESH_INTERNAL``: workloads of the mesh that no Kubernetes Service has, such as virtual machines."""
    addresses: list[OpaqueStr] = []
    """Addresses by which apps ask for it; may arrive later."""
    endpoints: list[WorkloadEndpoint] = []
    """Istio's WorkloadEntry: where it really is; unset: at ``hosts``."""
    exportTo: list[str] = []
    """Namespaces that see the objects: ``.`` for their own; empty: the mesh's default, mostly all."""
    originateTls: ClientTls | None = None
    """TLS that a proxy makes of what apps send as plain HTTP: Istio's ClientTLSSettings, such as ``mode: SIMPLE``. For
    ports with HTTP, whose `targetPort` is the one with TLS."""
    egressGateway: EgressGatewaySettingsOfHost | None = None
    """The egress gateway that everything goes through, ``{}`` for Istio's own; unset: straight from the sidecars."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        protocols = [str(port.get("protocol", "")).upper() for port in self.ports]
        if self.originateTls is not None and not any(protocol in READ for protocol in protocols):
            text = "originateTls is for what apps send as plain HTTP, and no port has it; give one with protocol HTTP"
            raise PydanticCustomError("conflict", text)
        if self.egressGateway is not None:
            if other := [port for port in protocols if port not in (*ENCRYPTED, *READ)]:
                text = "through an egress gateway go ports with HTTP or TLS, told apart by host; {other} is neither"
                raise PydanticCustomError("conflict", text, {"other": other[0] or "a port without protocol"})
            kinds = {protocol in ENCRYPTED for protocol in protocols}
            if len(kinds) > 1:
                text = (
                    "through an egress gateway a host goes either with TLS of its own or as HTTP; the gateway tells "
                    "them apart by host alone, so keep ports of one sort"
                )
                raise PydanticCustomError("conflict", text)
            if starred := [host for host in self.hosts if host.startswith("*")]:
                text = "an egress gateway has to know where {host} is; name the hosts one by one"
                raise PydanticCustomError("conflict", text, {"host": starred[0]})
            if len(self.ports) > 1 and not all(kinds):
                text = "through an egress gateway HTTP goes by one port of a host; keep one"
                raise PydanticCustomError("conflict", text)
        return self

    @property
    def object_name(self) -> str:
        """Name of the objects."""
        return self.name or label(self.hosts[0])
