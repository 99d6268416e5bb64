"""What AuthorizationPolicies match by: namespaces, methods, hosts and principals that there are not.

Upstream: `business/checkers/authorization/{namespace_method,no_host,principals}_checker.go`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..hosts import Hosts
from ..messages import kia
from ..patterns import Names
from ..resource import Path, Resource
from ..world import World
from .names import Namespaces, host_of, matches, mild, wildcards_over

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE")
"""HTTP's methods; gRPC's is always POST."""


def sources(policy: Resource) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Return every source of a policy's rules, with its path."""
    for index, rule in enumerate(policy.spec.get("rules", [])):
        for number, part in enumerate(rule.get("from", [])):
            yield ("spec", "rules", index, "from", number, "source"), part.get("source", {})


def operations(policy: Resource) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Return every operation of a policy's rules, with its path."""
    for index, rule in enumerate(policy.spec.get("rules", [])):
        for number, part in enumerate(rule.get("to", [])):
            yield ("spec", "rules", index, "to", number, "operation"), part.get("operation", {})


@each("kiali.NamespaceMethodChecker", kinds.AUTHORIZATION_POLICY)
def source_namespaces(policy: Resource, world: World) -> Iterator[Finding]:
    """A rule for callers of a namespace that does not exist."""
    for path, source in sources(policy):
        for index, namespace in enumerate(source.get("namespaces", [])):
            if not world.derived(Namespaces).like(namespace):
                found = kia.SOURCE_NAMESPACE(policy, (*path, "namespaces", index), namespace=namespace)
                yield found.unless_known(world.scope.complete)


@each("kiali.NamespaceMethodChecker", kinds.AUTHORIZATION_POLICY)
def methods(policy: Resource, world: World) -> Iterator[Finding]:
    """A rule for a method that HTTP does not have."""
    for path, operation in operations(policy):
        for index, method in enumerate(operation.get("methods", [])):
            if not is_method(method):
                yield kia.METHOD(policy, (*path, "methods", index), method=method)


def is_method(pattern: str) -> bool:
    """Return whether a pattern matches an HTTP method."""
    wanted = pattern.strip().upper()
    return wanted != "" and any(matches(wanted, method) for method in METHODS)


@each("kiali.AuthorizationNoHostChecker", kinds.AUTHORIZATION_POLICY)
def hosts(policy: Resource, world: World) -> Iterator[Finding]:
    """A rule for a Service that does not exist; other hosts are what a Host header may hold, and not looked up."""
    for path, operation in operations(policy):
        for index, name in enumerate(operation.get("hosts", [])):
            if not name.strip() or name.startswith("*") or name.endswith("*") or name.count(".") >= 2:
                continue
            host = host_of(name, policy.namespace, world)
            if host.namespace and not _is_served(host.full, policy.namespace, world):
                found = kia.POLICY_HOST(policy, (*path, "hosts", index), host=name)
                yield mild(found, world).unless_known(host.known(world))


def _is_served(full: str, namespace: str, world: World) -> bool:
    routed = world.derived(RoutedHosts)
    return full in routed or world.derived(Hosts).find(full, namespace) is not None or routed.otherwise()


class RoutedHosts:
    """The hosts of all VirtualServices. Get it by ``world.derived(RoutedHosts)``."""

    def __init__(self, world: World) -> None:
        self._hosts: set[str] = set()
        self._unsure = False
        for routing in world.all(kinds.VIRTUAL_SERVICE):
            try:
                self._hosts |= {host_of(name, routing.namespace, world).full for name in routing.spec.get("hosts", [])}
            except IsUnknown:
                self._unsure = True

    def __contains__(self, full: str) -> bool:
        """Return whether a host is known to be routed."""
        return full in self._hosts or any(wildcard in self._hosts for wildcard in wildcards_over(full))

    def otherwise(self) -> bool:
        """Return False: what is not routed is not.

        :raises IsUnknown: when there are hosts that are not known
        """
        if self._unsure:
            raise IsUnknown
        return False


@each("kiali.PrincipalsChecker", kinds.AUTHORIZATION_POLICY)
def principals(policy: Resource, world: World) -> Iterator[Finding]:
    """A rule for callers that run as a service account which no workload has."""
    for path, source in sources(policy):
        for index, principal in enumerate(source.get("principals", [])):
            place = (*path, "principals", index)
            if principal == "*" or world.derived(Accounts).like(principal):
                continue
            domain, slash, rest = principal.partition("/ns/")
            if "*" not in principal and slash and domain not in world.derived(trust_domains):
                continue  # of another mesh, of which nothing is known
            namespace = rest.partition("/")[0]
            known = world.knows(namespace) if slash and "*" not in principal else world.scope.complete
            yield kia.PRINCIPAL(policy, place, principal=principal).unless_known(known)


def trust_domains(world: World) -> frozenset[str]:
    """Return the trust domains whose principals are this mesh's."""
    config = world.mesh_config
    return frozenset(["cluster.local", config.get("trustDomain") or "cluster.local"]) | frozenset(
        config.get("trustDomainAliases") or ()
    )


class Accounts:
    """The principals of all workloads. Get it by ``world.derived(Accounts)``."""

    def __init__(self, world: World) -> None:
        known: set[str] = set()
        self._unsure = False
        for namespace, spec in self._runners(world):
            try:
                known.add(f"/ns/{namespace}/sa/{spec.get('serviceAccountName') or 'default'}")
            except IsUnknown:
                self._unsure = True
        for account in world.all(kinds.SERVICE_ACCOUNT):
            try:
                known.add(f"/ns/{account.namespace}/sa/{account.name}")
            except IsUnknown:
                self._unsure = True
        self._principals = Names(f"{domain}{end}" for domain in trust_domains(world) for end in known)

    @staticmethod
    def _runners(world: World) -> Iterator[tuple[str, Any]]:
        for workload in world.workloads:
            yield workload.namespace, workload.spec
        for entry in world.all(kinds.WORKLOAD_ENTRY):
            yield entry.namespace, {"serviceAccountName": entry.spec.get("serviceAccount", "")}
        for group in world.all(kinds.WORKLOAD_GROUP):
            account = group.spec.get("template", {}).get("serviceAccount", "")
            yield group.namespace, {"serviceAccountName": account}

    def like(self, principal: str) -> bool:
        """Return whether a principal, or one that a pattern matches, is known.

        :raises IsUnknown: when none is, and there are accounts whose names are not known
        """
        found = self._principals.like(principal)
        if not found and self._unsure:
            raise IsUnknown
        return found
