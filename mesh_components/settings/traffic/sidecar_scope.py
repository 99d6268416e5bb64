# ruff: noqa: RUF012 (pydantic copies defaults)
"""What sidecars know of the mesh, for a namespace, some of its workloads, or all."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Labels, Name, ObjectName
from ..message import ConnectionPool, EgressListener, IngressListener, OutboundPolicy
from ..placed import Noted


class SidecarScopeSettings(Noted):
    """Istio's Sidecar."""

    namespace: Name | None = None
    """Namespace whose sidecars it is for; unset: all that have no Sidecar of their own (it is in the root
    namespace)."""
    name: ObjectName = "default"
    """Name of the object."""
    selector: Labels = {}
    """Labels of the workloads that it is for; empty: all of the namespace."""
    hosts: list[str] = []
    """Services that these workloads know, as ``namespace/host``; empty: those of their own namespace and of the control
    plane's, ``./*`` and ``istio-system/*``. Not together with ``egress``."""
    egress: list[EgressListener] | None = None
    """Istio's egress listeners; instead of ``hosts``."""
    ingress: list[IngressListener] | None = None
    """Istio's ingress listeners; unset: the workload's ports."""
    outboundTrafficPolicy: OutboundPolicy | None = None
    """What becomes of requests to what they do not know; unset: the mesh's."""
    inboundConnectionPool: ConnectionPool | None = None
    """How many connections and requests these workloads take at once."""

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        if self.hosts and self.egress is not None:
            raise PydanticCustomError("conflict", "hosts and egress both say what workloads know; keep one")
        return self
