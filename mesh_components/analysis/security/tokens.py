"""Tokens that are checked when they come, but need not come.

istio.io, "RequestAuthentication": a request without a token is let in, unless an AuthorizationPolicy asks for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import mesh
from ..resource import Resource
from ..world import World

Labels = Mapping[str, str]

ROUTING_BY_CLAIM = "@request.auth.claims"
"""How a VirtualService's match names a token's claims; a token may be there for that alone."""


class Asking:
    """Policies of one namespace that ask for tokens, by what they are for."""

    def __init__(self) -> None:
        self._targets: set[tuple[str, str]] = set()
        self._some_without_targets = False
        self._by_keys: dict[frozenset[str], list[Labels]] = {}
        self._values: dict[tuple[frozenset[str], frozenset[str]], set[frozenset[tuple[str, str]]]] = {}

    def add(self, policy: Resource) -> None:
        """Add a policy."""
        targets, labels = targets_of(policy), labels_of(policy)
        self._targets |= targets
        self._some_without_targets |= not targets
        if not targets:
            self._by_keys.setdefault(frozenset(labels), []).append(labels)

    def may_meet(self, authentication: Resource) -> bool:
        """Return whether a policy may be for a workload that the authentication is for.

        They are for different ones when they name different targets, or ask for one label with two values.
        """
        targets = targets_of(authentication)
        if targets:
            return bool(targets & self._targets) or self._some_without_targets
        return bool(self._targets) or any(self._fits(keys, labels_of(authentication)) for keys in self._by_keys)

    def _fits(self, keys: frozenset[str], labels: Labels) -> bool:
        common = keys.intersection(labels)
        if (keys, common) not in self._values:
            values = {frozenset((key, theirs[key]) for key in common) for theirs in self._by_keys[keys]}
            self._values[keys, common] = values
        return frozenset((key, labels[key]) for key in common) in self._values[keys, common]


class Required:
    """Policies that ask for tokens, and who routes by them. Get it by ``world.derived(Required)``."""

    def __init__(self, world: World) -> None:
        self.by_namespace: dict[str, Asking] = {}
        self.unsure = False
        for policy in world.all(kinds.AUTHORIZATION_POLICY):
            try:
                if asks_for_token(policy):
                    self.by_namespace.setdefault(policy.namespace, Asking()).add(policy)
            except IsUnknown:
                self.unsure = True
        self.by_claims = any(_routes_by_claim(routing) for routing in world.all(kinds.VIRTUAL_SERVICE))


def asks_for_token(policy: Resource) -> bool:
    """Return whether what a policy decides hangs on a request's token; one with CUSTOM asks somebody else."""
    if policy.spec.get("action", "ALLOW") == "CUSTOM":
        return True
    for rule in policy.spec.get("rules", []):
        sources = [part.get("source", {}) for part in rule.get("from", [])]
        if any(source.get("requestPrincipals", []) or source.get("notRequestPrincipals", []) for source in sources):
            return True
        if any(condition.get("key", "").startswith("request.auth.") for condition in rule.get("when", [])):
            return True
    return False


def _routes_by_claim(routing: Resource) -> bool:
    with suppress(IsUnknown):
        return any(
            name.startswith(ROUTING_BY_CLAIM)
            for route in routing.spec.get("http", [])
            for match in route.get("match", [])
            for field in ("headers", "withoutHeaders")
            for name in match.get(field, {})
        )
    return True


@each("security.Tokens", kinds.REQUEST_AUTHENTICATION)
def optional(authentication: Resource, world: World) -> Iterator[Finding]:
    """Tokens that no policy asks for."""
    required = world.derived(Required)
    if not authentication.spec.get("jwtRules", []) or required.by_claims:
        return
    namespace, root = authentication.namespace, world.root_namespace
    places = {namespace, root} if namespace != root else set(required.by_namespace)
    if any(required.by_namespace[place].may_meet(authentication) for place in places & set(required.by_namespace)):
        return
    if required.unsure:
        raise IsUnknown
    found = mesh.OPTIONAL_TOKENS(authentication, ("spec", "jwtRules"))
    known = world.scope.complete if namespace == root else world.knows(namespace) and world.knows(root)
    yield found.unless_known(known)


def labels_of(policy: Resource) -> Labels:
    """Return the labels that a policy selects by."""
    found: Labels = policy.spec.get("selector", {}).get("matchLabels", {})
    return found


def targets_of(policy: Resource) -> set[tuple[str, str]]:
    """Return the kinds and names of what a policy is attached to."""
    listed: list[Any] = [*policy.spec.get("targetRefs", [])]
    if policy.spec.get("targetRef", {}):
        listed.append(policy.spec["targetRef"])
    return {(target.get("kind", ""), target.get("name", "")) for target in listed}
