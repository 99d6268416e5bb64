"""What proxies know of the mesh: Istio's Sidecar for whole namespaces."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from .kubernetes import Object


def _whole_namespace(spec: Object) -> Object:
    if "workloadSelector" in spec:
        raise PydanticCustomError(
            "conflict",
            "workloadSelector would make this a Sidecar of some workloads; declare that one beside the mesh",
        )
    return spec


SidecarSpec = Annotated[Object, AfterValidator(_whole_namespace)]
"""The ``spec`` of Istio's Sidecar, passed through whole: ``egress`` with ``hosts``, ``outboundTrafficPolicy`` …"""
