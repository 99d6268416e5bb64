"""Tokens that are checked when they come, but need not come.

istio.io, "RequestAuthentication": a request without a token is let in, unless an AuthorizationPolicy asks for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import mesh
from ..resource import Resource
from ..world import World

ROUTING_BY_CLAIM = "@request.auth.claims"
"""How a VirtualService's match names a token's claims; a token may be there for that alone."""


class Required:
    """Policies that ask for tokens, and who routes by them. Get it by ``world.derived(Required)``."""

    def __init__(self, world: World) -> None:
        self.policies: dict[str, list[Resource]] = {}
        self.unsure = False
        for policy in world.all(kinds.AUTHORIZATION_POLICY):
            try:
                if asks_for_token(policy):
                    self.policies.setdefault(policy.namespace, []).append(policy)
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
    places = [namespace] if namespace != root else list(required.policies)
    policies = [policy for place in {*places, root} for policy in required.policies.get(place, ())]
    if any(_overlap(authentication, policy) for policy in policies):
        return
    if required.unsure:
        raise IsUnknown
    found = mesh.OPTIONAL_TOKENS(authentication, ("spec", "jwtRules"))
    known = world.scope.complete if namespace == root else world.knows(namespace) and world.knows(root)
    yield found.unless_known(known)


def _overlap(one: Resource, other: Resource) -> bool:
    """Return whether two policies may be for the same workload: no label is asked for with two values."""
    targets = _targets(one), _targets(other)
    if any(targets):
        return bool(targets[0] & targets[1]) or not all(targets)
    mine = one.spec.get("selector", {}).get("matchLabels", {})
    theirs = other.spec.get("selector", {}).get("matchLabels", {})
    return all(theirs.get(key, value) == value for key, value in mine.items())


def _targets(policy: Resource) -> set[tuple[str, str]]:
    listed: list[Any] = [*policy.spec.get("targetRefs", [])]
    if policy.spec.get("targetRef", {}):
        listed.append(policy.spec["targetRef"])
    return {(target.get("kind", ""), target.get("name", "")) for target in listed}
