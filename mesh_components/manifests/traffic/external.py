"""Hosts outside the mesh, reached straight from sidecars or through an egress gateway.

Facts: Istio's tasks "Accessing External Services", "Egress TLS Origination" and "Egress Gateways". A gateway tells
hosts apart by the name in the TLS handshake, so sidecars and it speak TLS in either case: the app's own, or mutual TLS.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.istio_object import NETWORKING, given, istio_object, service_host
from mesh_components.settings import MeshSettings
from mesh_components.settings.traffic.external import (
    ENCRYPTED,
    READ,
    EgressGatewaySettingsOfHost,
    ExternalServiceSettings,
)

WIZARD = "request_routing"

CHECKS = ("caCertificates", "credentialName", "insecureSkipVerify")
"""Fields that say how a server's certificate is checked."""


def steps(mesh: MeshSettings, one: ExternalServiceSettings) -> list[list[dict[str, Any]]]:
    """Return the objects, those that others refer to in an earlier step."""
    found = [[service_entry(mesh, one), *origination(mesh, one)]]
    if one.egressGateway is not None:
        found += [[gateway(mesh, one, one.egressGateway), *hop(mesh, one, one.egressGateway)]]
        found += [[way(mesh, one, one.egressGateway)]]
    return [patches.apply(mesh, step) for step in found]


def service_entry(mesh: MeshSettings, one: ExternalServiceSettings) -> dict[str, Any]:
    """Return the ServiceEntry by which the mesh knows the hosts."""
    spec = {
        "hosts": list(one.hosts),
        "addresses": list(one.addresses),
        "ports": list(one.ports),
        "location": one.location,
        "resolution": one.resolution or ("NONE" if any(host.startswith("*") for host in one.hosts) else "DNS"),
        "endpoints": list(one.endpoints),
        "exportTo": list(one.exportTo),
    }
    return istio_object(mesh, one, NETWORKING, "ServiceEntry", one.object_name, one.namespace, spec)


def origination(mesh: MeshSettings, one: ExternalServiceSettings) -> list[dict[str, Any]]:
    """Return the rules by which what the app sends as plain HTTP goes out under TLS, one for each host."""
    if one.originateTls is None:
        return []
    return [
        istio_object(
            mesh,
            one,
            NETWORKING,
            "DestinationRule",
            one.object_name if host == one.hosts[0] else f"{one.object_name}-{index}",
            one.namespace,
            {
                "host": host,
                "trafficPolicy": {
                    "portLevelSettings": [
                        {"port": {"number": port["number"]}, "tls": _named(one.originateTls, host)}
                        for port in one.ports
                        if _reads(port)
                    ]
                },
                "exportTo": list(one.exportTo),
            },
            WIZARD,
        )
        for index, host in enumerate(one.hosts)
    ]


def _named(tls: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Return how a proxy reaches a host under TLS; its certificate is checked unless somebody says otherwise."""
    found = dict(tls)
    if not host.startswith("*"):
        found.setdefault("sni", host)
    if found.get("mode") in ("SIMPLE", "MUTUAL") and not any(key in found for key in CHECKS):
        found["caCertificates"] = "system"
    return found


def _reads(port: Mapping[str, Any]) -> bool:
    return str(port.get("protocol", "")).upper() in READ


def gateway(mesh: MeshSettings, one: ExternalServiceSettings, through: EgressGatewaySettingsOfHost) -> dict[str, Any]:
    """Return the Gateway by which the egress gateway takes these hosts."""
    passes = _is_encrypted(one)
    server = {
        "port": {
            "number": through.port,
            "name": "tls" if passes else "https",
            "protocol": "TLS" if passes else "HTTPS",
        },
        "hosts": list(one.hosts),
        "tls": {"mode": "PASSTHROUGH" if passes else "ISTIO_MUTUAL"},
    }
    spec = {"selector": dict(through.selector), "servers": [server]}
    return istio_object(mesh, one, NETWORKING, "Gateway", _egress_name(one), one.namespace, spec, WIZARD)


def hop(mesh: MeshSettings, one: ExternalServiceSettings, through: EgressGatewaySettingsOfHost) -> list[dict[str, Any]]:
    """Return the DestinationRule of the hop from a sidecar to the gateway: mutual TLS that asks for this host by name.

    It has a subset of its own, since other hosts go through the same gateway.
    """
    if _is_encrypted(one):
        return []
    tls = {"mode": "ISTIO_MUTUAL", "sni": one.hosts[0]}
    subset = {
        "name": _subset(one),
        "labels": dict(through.selector),
        "trafficPolicy": {"portLevelSettings": [{"port": {"number": through.port}, "tls": tls}]},
    }
    spec = {"host": _gateway_host(mesh, through), "subsets": [subset]}
    return [istio_object(mesh, one, NETWORKING, "DestinationRule", _egress_name(one), one.namespace, spec, WIZARD)]


def way(mesh: MeshSettings, one: ExternalServiceSettings, through: EgressGatewaySettingsOfHost) -> dict[str, Any]:
    """Return the VirtualService: from sidecars to the gateway, from the gateway to the host."""
    at_gateway = f"{one.namespace}/{_egress_name(one)}"
    subset = None if _is_encrypted(one) else _subset(one)
    hop_to = given({"host": _gateway_host(mesh, through), "subset": subset, "port": {"number": through.port}})
    spec: dict[str, Any] = {"hosts": list(one.hosts), "gateways": ["mesh", at_gateway], "exportTo": list(one.exportTo)}
    if _is_encrypted(one):
        spec["tls"] = [
            *(
                {
                    "match": [{"gateways": ["mesh"], "port": port["number"], "sniHosts": list(one.hosts)}],
                    "route": [{"destination": hop_to}],
                }
                for port in one.ports
            ),
            *(
                {
                    "match": [{"gateways": [at_gateway], "port": through.port, "sniHosts": [host]}],
                    "route": [{"destination": {"host": host, "port": {"number": one.ports[0]["number"]}}}],
                }
                for host in one.hosts
            ),
        ]
    else:
        number = one.ports[0]["number"]
        spec["http"] = [
            {"match": [{"gateways": ["mesh"], "port": number}], "route": [{"destination": hop_to}]},
            *(
                {
                    "match": [
                        {"gateways": [at_gateway], "port": through.port, "authority": {"prefix": host}}
                        if len(one.hosts) > 1
                        else {"gateways": [at_gateway], "port": through.port}
                    ],
                    "route": [{"destination": {"host": host, "port": {"number": number}}}],
                }
                for host in one.hosts
            ),
        ]
    return istio_object(mesh, one, NETWORKING, "VirtualService", one.object_name, one.namespace, spec, WIZARD)


def _is_encrypted(one: ExternalServiceSettings) -> bool:
    return all(str(port.get("protocol", "")).upper() in ENCRYPTED for port in one.ports)


def _egress_name(one: ExternalServiceSettings) -> str:
    return f"{one.object_name}-egress"


def _subset(one: ExternalServiceSettings) -> str:
    return one.object_name


def _gateway_host(mesh: MeshSettings, through: EgressGatewaySettingsOfHost) -> str:
    return service_host(mesh, through.service, through.namespace or mesh.istio_namespace)
