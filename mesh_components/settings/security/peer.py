# ruff: noqa: RUF012 (pydantic copies defaults)
"""Mutual TLS that workloads ask for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Labels, ObjectName
from .selected import Everywhere

Mode = Literal["STRICT", "PERMISSIVE", "DISABLE", "UNSET"]
"""``mtls.mode`` of a PeerAuthentication; ``UNSET``: what holds for the namespace or the mesh."""


class PeerAuthenticationSettings(Everywhere):
    """Istio's PeerAuthentication, of the mesh, a namespace, or a workload and its ports."""

    name: ObjectName = "default"
    """Name of the object."""
    mode: Mode | None = None
    """Mutual TLS on every port; unset: what holds for the namespace or the mesh."""
    selector: Labels = {}
    """Labels of the workloads; empty: all."""
    portLevelMtls: dict[str, Mode] = {}
    """Mutual TLS by port of the workload (not of its Service), in quotes, over ``mode``; with ``selector``."""

    @model_validator(mode="after")
    def _ports(self) -> Self:
        for port in self.portLevelMtls:
            if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
                allowed = "ports from 1 to 65535"
                raise PydanticCustomError(
                    "conflict", "portLevelMtls has {port}; its keys are {allowed}", {"port": port, "allowed": allowed}
                )
        if self.portLevelMtls and not self.selector:
            text = "portLevelMtls counts for single workloads alone; give their labels in selector"
            raise PydanticCustomError("incomplete", text)
        if self.portLevelMtls and self.namespace is None:
            text = "portLevelMtls counts for workloads of one namespace alone; give namespace"
            raise PydanticCustomError("incomplete", text)
        if self.mode is None and not self.portLevelMtls:
            raise PydanticCustomError("incomplete", "asks for nothing; give mode, or portLevelMtls")
        return self

    @model_validator(mode="after")
    def _workloads_of_a_namespace(self) -> Self:
        if self.selector and self.namespace is None:
            raise PydanticCustomError("incomplete", "selector chooses workloads of a namespace; give namespace")
        return self
