"""Hosts as Kiali reads them, and what can be said of namespaces.

Upstream: `kubernetes/host.go` of kiali/kiali 2.27. Unlike Istio, Kiali takes ``service.namespace`` for a Service when
there is such a namespace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from ...validation.unknown import IsUnknown, Unknown
from .. import kinds
from ..finding import Finding, Severity
from ..graded import at
from ..hosts import CLUSTER_DOMAIN
from ..patterns import Names
from ..resource import Path, Resource
from ..texts import LOOKED_AT, SHOWN
from ..world import World

T = TypeVar("T")


class Host(NamedTuple):
    """A host that an object names.

    Attributes:
        service: The Service's name, or the whole host when it is none's.
        namespace: The Service's namespace, ``""`` when it is none's.
    """

    service: str
    namespace: str

    @property
    def full(self) -> str:
        """The full host."""
        return f"{self.service}.{self.namespace}.{CLUSTER_DOMAIN}" if self.namespace else self.service

    def known(self, world: World) -> bool:
        """Return whether what is not found by this host is missing."""
        return world.knows(self.namespace) if self.namespace else world.scope.complete


class Namespaces:
    """Namespaces that there are. Get it by ``world.derived(Namespaces)``."""

    def __init__(self, world: World) -> None:
        namespaces = [resource.namespace for resource in world.resources]
        declared = [resource.name for resource in world.all(kinds.NAMESPACE)]
        self._unsure = any(isinstance(name, Unknown) for name in (*namespaces, *declared))
        known = (name for name in (*namespaces, *declared, *world.scope.owned) if not isinstance(name, Unknown))
        self.names = frozenset(name for name in known if name)
        self._patterns = Names(self.names)

    def __contains__(self, name: str) -> bool:
        """Return whether there is such a namespace: declared, or with an object in it."""
        return name in self.names or self._otherwise(False)

    def like(self, pattern: str) -> bool:
        """Return whether a namespace matches a name, a ``prefix*`` or a ``*suffix``."""
        return self._patterns.like(pattern) or self._otherwise(False)

    def _otherwise(self, found: bool) -> bool:
        if self._unsure:
            raise IsUnknown
        return found


def matches(pattern: str, value: str) -> bool:
    """Return whether a value matches as AuthorizationPolicies match: exactly, ``prefix*``, ``*suffix`` or ``*``."""
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    if pattern.startswith("*"):
        return value.endswith(pattern[1:])
    return pattern == value


def host_of(name: str, namespace: str, world: World) -> Host:
    """Return the host that a name stands for in an object of this namespace."""
    first, dot, rest = name.partition(".")
    if not dot:
        return Host(first, namespace)
    second, dot, domain = rest.partition(".")
    if domain in ("svc", CLUSTER_DOMAIN):
        return Host(first, second)
    if not dot and first != "*" and (second == namespace or second in world.derived(Namespaces)):
        return Host(first, second)
    return Host(name, "")


def within_wildcard(host: str, wildcard: str) -> bool:
    """Return whether a host, itself perhaps a wildcard, is one of those that a wildcard stands for."""
    return wildcard == "*" or (wildcard.startswith("*.") and host.endswith(wildcard[1:]))


def wildcards_over(host: str) -> Iterator[str]:
    """Return every wildcard that a host is one of, its own name left out."""
    first, dot, rest = host.partition(".")
    if first == "*":  # its own name is the first of them
        _, dot, rest = rest.partition(".")
    while dot:
        yield f"*.{rest}"
        _, dot, rest = rest.partition(".")
    if host != "*":
        yield "*"


def exported_to(resource: Resource, namespace: str) -> bool:
    """Return whether an object's `exportTo` makes it visible in a namespace."""
    wanted = resource.spec.get("exportTo", [])
    return not wanted or any(
        scope in ("*", namespace) or (scope == "." and namespace == resource.namespace) for scope in wanted
    )


def scopes_of(resource: Resource) -> frozenset[str]:
    """Return the namespaces that see an object, by its `exportTo`; ``*`` for all."""
    scopes = resource.spec.get("exportTo", []) or ["*"]
    return frozenset(resource.namespace if scope == "." else scope for scope in scopes) - {"~"}


class Together(Generic[T]):
    """Things that some namespace sees together, found without comparing each with each."""

    def __init__(self) -> None:
        self._by_scope: dict[str, list[T]] = {}

    def add(self, thing: T, scopes: Iterable[str]) -> None:
        """Add a thing that these namespaces see, ``*`` for all."""
        for scope in scopes:
            self._by_scope.setdefault(scope, []).append(thing)

    def seen_with(self, scopes: Collection[str]) -> Iterator[T]:
        """Return what one of these namespaces sees; a thing may come several times."""
        for scope in self._by_scope if "*" in scopes else (*scopes, "*") if scopes else ():
            yield from self._by_scope.get(scope, ())


def labels_text(labels: Mapping[str, str]) -> list[str]:
    """Return labels as kubectl writes them."""
    return [f"{key}={value}" for key, value in labels.items()]


def others_text(objects: Iterable[Resource]) -> list[str]:
    """Return names of objects, each once, in order; a few of many."""
    names = sorted({str(resource) for resource in islice(objects, LOOKED_AT)})
    return names if len(names) <= SHOWN else [*names[:SHOWN], "more"]


def routes(virtual_service: Resource) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """Return every route's destinations, with the route's path."""
    for protocol in ("http", "tcp", "tls"):
        for index, route in enumerate(virtual_service.spec.get(protocol, [])):
            yield ("spec", protocol, index, "route"), route.get("route", [])


def mild(finding: Finding, world: World) -> Finding:
    """Return the finding as a warning where the mesh says itself that unknown hosts are let through, as in Kiali."""
    policy = world.mesh_config.get("outboundTrafficPolicy")
    lets_through = isinstance(policy, Mapping) and policy.get("mode") == "ALLOW_ANY"
    return at(finding, Severity.WARNING) if lets_through else finding
