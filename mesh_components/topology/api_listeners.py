"""Listeners of Gateways of the Gateway API, those of ListenerSets among them, and which routes may be attached to them.

Upstream, istio/istio 1.31: `referenceAllowed`, `buildTLS` and `namespacesFromSelector` in
`pilot/pkg/config/kube/gateway/conversion.go`; the defaults are the API's (gateway.networking.k8s.io/v1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..analysis import kinds
from ..analysis.kinds import GATEWAY_API, Kind
from ..analysis.resource import Resource
from ..analysis.selectors import selects
from ..analysis.shapes import Schema, keep, types
from ..analysis.world import World
from ..schemas import gateway_api_crds, gateway_api_versions
from ..validation.unknown import IsUnknown, Unknown
from .known import entries, items, known, number, text
from .servers import FROM_THE_MESH, NONE, narrower

TLS_ROUTE, TCP_ROUTE = Kind(GATEWAY_API, "TLSRoute"), Kind(GATEWAY_API, "TCPRoute")
LISTENER_SET = Kind(GATEWAY_API, "ListenerSet")
OF_HTTP = (kinds.HTTP_ROUTE, kinds.GRPC_ROUTE)
TAKEN_BY = {"HTTP": OF_HTTP, "HTTPS": OF_HTTP, "TLS": (TLS_ROUTE, TCP_ROUTE), "TCP": (TCP_ROUTE,)}
"""Kinds of routes by a listener's protocol."""
HBONE = "HBONE"
"""The protocol of a waypoint's listener, by which the mesh's own workloads come in: mutual TLS always."""
TERMINATE_MODE = "gateway.istio.io/tls-terminate-mode"
"""The option of a listener's TLS that says more than the API can."""
MODES = {"ISTIO_SIMPLE": "SIMPLE", **{mode: mode for mode in ("MUTUAL", "OPTIONAL_MUTUAL", FROM_THE_MESH)}}
TERMINATE = "Terminate"
NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that every namespace has."""
SAME, ALL, SELECTOR = "Same", "All", "Selector"


@cache
def _shapes() -> Mapping[Kind, Schema]:
    """Return the types of the fields of the Gateway API's kinds, from the newest definitions that we have."""
    return {
        Kind(crd["spec"]["group"], crd["spec"]["names"]["kind"]): types(
            version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        )
        for crd in gateway_api_crds(gateway_api_versions()[-1], "experimental")
        for version in crd["spec"]["versions"]
        if version["storage"]
    }


def spec_of(resource: Resource) -> Mapping[str, Any]:
    """Return the `spec` of an object of the Gateway API, with what has another type than the API says left out.

    :raises IsUnknown: when it is not known
    """
    declared = resource.declared.get("spec", {})
    if isinstance(declared, Unknown):
        raise IsUnknown
    kept = keep(declared, _shapes().get(resource.kind, {}))
    return kept if isinstance(kept, Mapping) else {}


@dataclass(frozen=True)
class Listener:
    """One listener of a Gateway.

    Attributes:
        resource: The Gateway or the ListenerSet that has it.
        gateway: The Gateway.
        index: Its place there.
        name: Its name.
        host: The hosts that it takes, ``*`` for all.
        port: Its port; None when it is not known.
        protocol: What it speaks.
        mode: TLS mode in Istio's words; ``none`` without TLS, ``""`` when it is not known.
        allowed: `allowedRoutes`.
    """

    resource: Resource
    gateway: Resource
    index: int
    name: str
    host: str
    port: int | None
    protocol: str
    mode: str
    allowed: Mapping[str, Any]

    def takes(self, route: Resource, world: World) -> bool:
        """Return whether a route may be attached here, by its kind and its namespace.

        :raises IsUnknown: when that is not known
        """
        wanted = [(one.get("group", GATEWAY_API), one.get("kind", "")) for one in self.allowed.get("kinds", [])]
        if route.kind not in TAKEN_BY.get(self.protocol, ()) or (wanted and tuple(route.kind) not in wanted):
            return False
        where = {"from": SAME, **self.allowed.get("namespaces", {})}
        return accepts(where, self.resource.namespace, route.namespace, world)

    def fits(self, parent: Mapping[str, Any]) -> bool:
        """Return whether a route's reference to the Gateway means this listener, too.

        :raises IsUnknown: when that is not known
        """
        name, port = parent.get("sectionName", ""), parent.get("port", 0)
        return bool(name in ("", self.name) and port in (0, self.port))

    def common(self, hosts: Sequence[str]) -> list[str]:
        """Return the hosts that this listener and a route have in common; of two the narrower one."""
        return [both for host in hosts or ["*"] if (both := narrower(self.host, host)) is not None]


def accepts(where: Mapping[str, Any], own: str, namespace: str, world: World) -> bool:
    """Return whether what is in a namespace may be attached to something, by the namespaces that this lets in.

    :param where: `from`, and perhaps `selector`
    :param own: the namespace of what is attached to
    :raises IsUnknown: when that is not known
    """
    if where["from"] == SELECTOR:
        return selects(where.get("selector", {}), _labels(namespace, world))
    return bool(where["from"] == ALL or (where["from"] == SAME and namespace == own))


def _labels(namespace: str, world: World) -> Mapping[str, str]:
    """Return a namespace's labels.

    :raises IsUnknown: when they are not known
    """
    found = world.namespace(namespace)
    if found is None and not world.scope.complete:
        raise IsUnknown
    return {NAME_LABEL: namespace, **(found.labels if found else {})}


def listeners(resource: Resource, gateway: Resource) -> Iterator[Listener]:
    """Return the listeners of which enough is known that a Gateway has of its own, or from a ListenerSet."""
    frontend = entries(known(spec_of, {}, gateway), "tls", "frontend")
    for index, given in enumerate(items(known(spec_of, {}, resource), "listeners")):
        if (made := known(_listener, None, resource, gateway, index, given, frontend)) is not None:
            yield made


def set_of(listener_set: Resource, world: World) -> Resource | None:
    """Return the Gateway whose listeners a ListenerSet adds to; None when that lets none in, as it does by default.

    :raises IsUnknown: when that is not known
    """
    parent = spec_of(listener_set).get("parentRef", {})
    kind = Kind(parent.get("group", GATEWAY_API), parent.get("kind", "Gateway"))
    namespace, name = parent.get("namespace", listener_set.namespace), parent.get("name", "")
    found = world.find(kind, namespace, name) if kind == kinds.K8S_GATEWAY else None
    if found is None:
        return None
    where = {"from": "None", **spec_of(found).get("allowedListeners", {}).get("namespaces", {})}
    return found if accepts(where, found.namespace, listener_set.namespace, world) else None


def _listener(
    resource: Resource, gateway: Resource, index: int, given: Mapping[str, Any], frontend: Mapping[str, Any]
) -> Listener:
    host = f"{given.get('hostname', ''):s}" or "*"
    name, protocol = f"{given.get('name', ''):s}", f"{given.get('protocol', ''):s}"
    mode, allowed = known(_mode, "", given, frontend, resource), entries(given, "allowedRoutes")
    if not allowed and given.get("allowedRoutes", {}):
        raise IsUnknown
    return Listener(resource, gateway, index, name, host, number(given, "port"), protocol, mode, allowed)


def _mode(given: Mapping[str, Any], frontend: Mapping[str, Any], resource: Resource) -> str:
    """Return a listener's TLS mode: by an option of Istio's, or else by whether clients' certificates are verified."""
    tls = given.get("tls")
    if given.get("protocol", "") == HBONE:
        return ""
    if tls is None:
        return NONE
    options = tls.get("options", {})
    if tls.get("mode", TERMINATE) != TERMINATE:
        return "AUTO_PASSTHROUGH" if _is_automatic(given, options, resource.labels) else "PASSTHROUGH"
    said = options.get(TERMINATE_MODE, "")
    if said in MODES:
        return MODES[said]
    verified = _verified(frontend, given.get("port", 0))
    if not verified.get("caCertificateRefs", []):
        return "SIMPLE"
    return "OPTIONAL_MUTUAL" if verified.get("mode", "") == "AllowInsecureFallback" else "MUTUAL"


def _is_automatic(given: Mapping[str, Any], options: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Return whether a listener passes on by itself what comes from another network (`IsAutoPassthrough` upstream)."""
    if options.get("gateway.istio.io/listener-protocol", "") == "auto-passthrough":
        return True
    port = labels.get("networking.istio.io/gatewayPort", "15443")
    return "topology.istio.io/network" in labels and str(given.get("port", 0)) == port


def _verified(frontend: Mapping[str, Any], port: int) -> Mapping[str, Any]:
    """Return how clients' certificates are verified at a port."""
    at_port = [one.get("tls", {}) for one in frontend.get("perPort", []) if one.get("port", 0) == port]
    found: Mapping[str, Any] = (at_port[0] if at_port else frontend.get("default", {})).get("validation", {})
    return found


def class_of(gateway: Resource) -> str:
    """Return the name of a Gateway's class, ``""`` when it is not known."""
    return text(gateway.spec, "gatewayClassName")
