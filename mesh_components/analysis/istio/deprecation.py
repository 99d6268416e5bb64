"""Kinds and fields that Istio has given up.

Upstream: `pkg/config/analysis/analyzers/deprecation` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..kinds import Kind
from ..messages import ist
from ..resource import Resource
from ..world import World

NAME = "deprecation.DeprecationAnalyzer"
REMOVED = frozenset(
    Kind("rbac.istio.io", name) for name in ("ClusterRbacConfig", "RbacConfig", "ServiceRole", "ServiceRoleBinding")
)
"""Kinds of which Istio no longer installs the definition."""


@each(NAME, kinds.VIRTUAL_SERVICE)
def virtual_services(resource: Resource, world: World) -> Iterator[Finding]:
    """No object uses a kind or field that Istio has given up."""
    for index, route in enumerate(resource.spec.get("http", [])):
        if route.get("fault", {}).get("delay", {}).get("percent", 0) > 0:
            path = ("spec", "http", index, "fault", "delay", "percent")
            yield ist.DEPRECATED(resource, path, detail="fault.delay.percent; fault.delay.percentage takes its place")
            return


@each(NAME, kinds.SIDECAR)
def sidecars(resource: Resource, world: World) -> Iterator[Finding]:
    """The same of Sidecars."""
    if "egressProxy" in resource.spec.get("outboundTrafficPolicy", {}):
        path = ("spec", "outboundTrafficPolicy", "egressProxy")
        yield ist.DEPRECATED(resource, path, detail="outboundTrafficPolicy.egressProxy is ignored")


@each(NAME, kinds.CUSTOM_RESOURCE_DEFINITION)
def definitions(resource: Resource, world: World) -> Iterator[Finding]:
    """The same of kinds."""
    kind = Kind(resource.spec.get("group", ""), resource.spec.get("names", {}).get("kind", ""))
    if kind in REMOVED:
        yield ist.DEPRECATED(
            resource, ("spec", "names", "kind"), detail=f"Istio no longer has {kind.name} of {kind.group}"
        )
