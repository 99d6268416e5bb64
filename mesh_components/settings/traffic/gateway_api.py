# ruff: noqa: RUF012 (pydantic copies defaults)
"""The Gateway API's counterparts: Gateway, HTTPRoute, GRPCRoute."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import ObjectName, Port, ServiceName
from ..message import (
    GatewayAddress,
    GrpcRouteFilter,
    GrpcRouteMatch,
    GrpcRouteRule,
    HttpRouteFilter,
    HttpRouteMatch,
    HttpRouteRule,
    HttpRouteTimeouts,
    Infrastructure,
    Listener,
    ParentRef,
)
from ..model import Settings
from ..placed import Placed
from .ingress import CertificatePem, PrivateKeyPem

Shares = Annotated[dict[ServiceName, Annotated[int, Field(ge=0, le=1000000)]], Field(min_length=1)]
"""Weights by Service; they count in proportion to each other, and need not add up to anything."""


class CertificateSettings(Settings):
    """A certificate and its key, as a Secret."""

    certificate: CertificatePem
    """Certificate and those that sign it, as PEM."""
    privateKey: PrivateKeyPem
    """Its private key as PEM."""


class K8sGatewaySettings(Placed):
    """The Gateway API's Gateway, for which istiod makes the proxy."""

    name: ObjectName
    """Its name; Deployment and Service are called ``<name>-<class>``."""
    gatewayClassName: ObjectName = "istio"
    """Its class: ``istio``, ``istio-waypoint`` …"""
    listeners: list[Listener] = Field(min_length=1)
    """What it listens for."""
    addresses: list[GatewayAddress] = []
    """Addresses that it asks for."""
    infrastructure: Infrastructure | None = None
    """Labels and annotations of what istiod makes for it."""
    certificates: dict[ObjectName, CertificateSettings] = {}
    """Secrets to declare beside it, by name, for the `certificateRefs` of listeners."""


class K8sRouteSettings(Placed):
    """A route of the Gateway API: what all kinds have in common."""

    name: ObjectName
    """Its name."""
    gateway: str | None = None
    """The Gateway API's Gateway that it belongs to, ``name`` or ``namespace/name``."""
    service: ServiceName | None = None
    """The Service of ``namespace`` whose traffic inside the mesh it is for; instead of ``gateway``."""
    parentRefs: list[ParentRef] = []
    """What it belongs to, as the Gateway API has it; besides ``gateway`` and ``service``."""
    hostnames: list[str] = []
    """Names by which clients ask; empty: those of the gateway's listeners."""
    backends: Shares | None = None
    """Services that get the requests, with their weights; with ``port``."""
    port: Port | None = None
    """Port of the Services in ``backends``."""

    @model_validator(mode="after")
    def _attached(self) -> Self:
        if self.gateway is None and self.service is None and not self.parentRefs:
            raise PydanticCustomError("incomplete", "belongs to nothing; give gateway, service or parentRefs")
        return self

    @model_validator(mode="after")
    def _with_port(self) -> Self:
        if (self.backends is None) != (self.port is None):
            missing = "port" if self.port is None else "backends"
            raise PydanticCustomError("incomplete", "has no {missing}; give both", {"missing": missing})
        return self


class K8sHTTPRouteSettings(K8sRouteSettings):
    """The Gateway API's HTTPRoute."""

    matches: list[HttpRouteMatch] = []
    """Which requests go to ``backends``, any one of these; none: all that no rule takes."""
    filters: list[HttpRouteFilter] = []
    """What happens to these requests: headers, redirect, rewrite, mirror."""
    timeouts: HttpRouteTimeouts | None = None
    """How long an answer to them may take."""
    rules: list[HttpRouteRule] = []
    """More rules, whole, before that one."""

    @model_validator(mode="after")
    def _some_rule(self) -> Self:
        if not self.rules and self.backends is None and not self.filters:
            raise PydanticCustomError("incomplete", "routes nothing; give backends and port, or rules")
        return self


class K8sGRPCRouteSettings(K8sRouteSettings):
    """The Gateway API's GRPCRoute."""

    matches: list[GrpcRouteMatch] = []
    """Which calls go to ``backends``, any one of these; none: all that no rule takes."""
    filters: list[GrpcRouteFilter] = []
    """What happens to these calls."""
    rules: list[GrpcRouteRule] = []
    """More rules, whole, before that one."""

    @model_validator(mode="after")
    def _some_rule(self) -> Self:
        if not self.rules and self.backends is None and not self.filters:
            raise PydanticCustomError("incomplete", "routes nothing; give backends and port, or rules")
        return self
