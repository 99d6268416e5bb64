"""How a cluster finds an istiod in another one: a Service, and the address behind it.

Facts: names, ports and conditions of Istio 1.31's istiod chart (``remote-istiod-service.yaml``,
``remote-istiod-endpointslices.yaml``).
"""

from __future__ import annotations

import re
from typing import Any

from mesh_components.settings import MeshSettings

from . import istiod
from .labels import metadata, revision
from .workloads import filled

XDS = {"port": istiod.PORTS["tls-xds"], "name": "tcp-istiod", "protocol": "TCP"}
WEBHOOK = {"port": istiod.PORTS["https-webhooks"], "name": "tcp-webhook", "protocol": "TCP"}

MANAGER = {"endpointslice.kubernetes.io/managed-by": "mesh-components"}
"""Says that no controller of Kubernetes' makes the slice, so that none takes it away."""

# As Istio tells an address from a host name.
_IPV4 = re.compile(r"([0-9]*\.){3}[0-9]*")
_IPV6 = re.compile(r"([0-9a-fA-F]*:)+[0-9a-fA-F]*")


def name(settings: MeshSettings) -> str:
    """Return the name of the Service: istiod's own, unless there is an istiod here besides, to inject sidecars."""
    own = istiod.name(settings)
    return f"{own}-remote" if settings.istiodRemote.enabledLocalInjectorIstiod else own


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return the Service, and its endpoints where the other istiod is known by an address instead of a name."""
    address = settings.global_.remotePilotAddress
    if not (address and settings.istiodRemote.enabled):
        return []
    family = _family(settings, str(address))
    named = {} if family else {"type": "ExternalName", "externalName": address}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(settings, name(settings), part=istiod.PART, labels=revision(settings)),
        "spec": {
            "ports": [XDS, {**WEBHOOK, "port": 443, "targetPort": WEBHOOK["port"]}],
            **named,
            **filled(ipFamilyPolicy=settings.global_.ipFamilyPolicy, ipFamilies=settings.global_.ipFamilies),
        },
    }
    return [service, *([_endpoints(settings, str(address), family)] if family else [])]


def _family(settings: MeshSettings, address: str) -> str:
    if _IPV4.fullmatch(address):
        return "IPv4"
    return "IPv6" if settings.istio.remote.ipv6 and _IPV6.fullmatch(address) else ""


def _endpoints(settings: MeshSettings, address: str, family: str) -> dict[str, Any]:
    if not settings.istio.remote.endpoint_slices:
        return {
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": metadata(settings, name(settings), part=istiod.PART),
            "subsets": [{"addresses": [{"ip": address}], "ports": [XDS, WEBHOOK]}],
        }
    labels = {"kubernetes.io/service-name": name(settings), **MANAGER}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": metadata(settings, name(settings), part=istiod.PART, labels=labels),
        "addressType": family,
        "endpoints": [{"addresses": [address]}],
        "ports": [XDS, WEBHOOK],
    }
