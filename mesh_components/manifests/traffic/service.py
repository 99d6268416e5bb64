"""The traffic of one service: one VirtualService and one DestinationRule, named after it, as Kiali's wizards do.

Facts: names, hosts, subsets and the label are those of ``WizardActions.ts`` of Kiali 2.27.
"""

from __future__ import annotations

from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.istio_object import NETWORKING, given, istio_object, service_host
from mesh_components.settings import MeshSettings
from mesh_components.settings.traffic.route import Handling
from mesh_components.settings.traffic.service import (
    VERSION_LABEL,
    ServiceTrafficSettings,
    SubsetSettings,
    named_subsets,
)

from . import routes


def steps(mesh: MeshSettings, one: ServiceTrafficSettings) -> list[list[dict[str, Any]]]:
    """Return the objects, those that others refer to in an earlier step: subsets are there before routes name them."""
    rules = destination_rules(mesh, one)
    services = virtual_services(mesh, one)
    return [patches.apply(mesh, step) for step in (rules, services) if step]


def host(mesh: MeshSettings, one: ServiceTrafficSettings) -> str:
    """Return the host whose traffic it is, in full."""
    return one.host or service_host(mesh, one.service or "", one.namespace)


def destination_rules(mesh: MeshSettings, one: ServiceTrafficSettings) -> list[dict[str, Any]]:
    """Return the DestinationRule, if there is anything that only it can say."""
    sections = {
        "connectionPool": one.connectionPool,
        "outlierDetection": one.outlierDetection,
        "loadBalancer": one.loadBalancer,
    }
    spec = given({"trafficPolicy": given({**(one.trafficPolicy or {}), **sections}), "subsets": subsets(one)})
    if not spec:
        return []
    spec = {"host": host(mesh, one), **spec, "exportTo": list(one.exportTo)}
    return [_object(mesh, one, "DestinationRule", spec)]


def subsets(one: ServiceTrafficSettings) -> list[dict[str, Any]]:
    """Return the subsets: those that are listed, or else those that routes name."""
    listed = one.subsets or {name: SubsetSettings() for name in sorted({name for _, name in named_subsets(one.data())})}
    return [
        given(
            {
                "name": name,
                "labels": {VERSION_LABEL: name} if subset.labels is None else subset.labels,
                "trafficPolicy": subset.trafficPolicy,
            }
        )
        for name, subset in listed.items()
    ]


def virtual_services(mesh: MeshSettings, one: ServiceTrafficSettings) -> list[dict[str, Any]]:
    """Return the VirtualService, if requests are told apart or anything happens to them on the way."""

    def to(subset: str | None) -> dict[str, Any]:
        port = {"number": one.port} if one.port else None
        return given({"host": host(mesh, one), "subset": subset, "port": port})

    handled = any(getattr(one, key) is not None for key in Handling.model_fields)
    has_http = bool(one.routes or one.weights or handled or (one.gateways and not one.tcp and not one.tls))
    found = {
        "http": routes.http(one.routes, one.weights, one, to) if has_http else None,
        "tls": [routes.tcp(route, to) for route in one.tls],
        "tcp": [routes.tcp(route, to) for route in one.tcp],
    }
    if not given(found):
        return []
    spec = {"hosts": hosts(one), "gateways": list(one.gateways), **found, "exportTo": list(one.exportTo)}
    return [_object(mesh, one, "VirtualService", spec)]


def hosts(one: ServiceTrafficSettings) -> list[str]:
    """Return the names by which clients ask: the service's own where sidecars count, and those that are listed."""
    in_mesh = not one.gateways or "mesh" in one.gateways or not one.hosts
    return [*([one.service or one.host or ""] if in_mesh else []), *one.hosts]


def wizard(one: ServiceTrafficSettings) -> str:
    """Return which of Kiali's wizards can edit this."""
    if one.tcp:
        return "tcp_traffic_shifting"
    limits, faulty = (one.timeout, one.retries), one.fault is not None
    others = (one.routes, one.mirrors, one.headers, one.corsPolicy, one.rewrite)
    if not any(others):
        if faulty and not any(limits):
            return "fault_injection"
        if any(limits) and not faulty:
            return "request_timeouts"
    if one.weights and not one.routes and not faulty and not any(limits):
        return "traffic_shifting"
    return "request_routing"


def _object(mesh: MeshSettings, one: ServiceTrafficSettings, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return istio_object(mesh, one, NETWORKING, kind, one.object_name, one.namespace, spec, wizard(one))
