"""AuthorizationPolicies that allow or deny more than they seem to.

What matches: istio.io, "Authorization Policy"; a rule without conditions matches always, a policy without rules never.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..injection import in_mesh, injects
from ..messages import mesh
from ..resource import Resource
from ..world import World
from .environment import like_production, risk

ALLOW, DENY = "ALLOW", "DENY"
WHO = ("principals", "requestPrincipals", "namespaces", "serviceAccounts", "ipBlocks", "remoteIpBlocks")
"""Conditions on the caller."""
MESH_WIDE = ("principals", "namespaces")
"""Those of which a wildcard is every workload of the mesh."""
WHAT = ("hosts", "paths", "methods", "ports")
"""Conditions on the request."""


def action(policy: Resource) -> str:
    """Return what a policy does."""
    found: str = policy.spec.get("action", ALLOW)
    return found


def is_empty(rule: Any) -> bool:
    """Return whether a rule has no conditions: a part that is there but empty is none."""
    return not any(rule.get(part) for part in ("from", "to", "when"))


@each("security.Authorization", kinds.AUTHORIZATION_POLICY)
def rules(policy: Resource, world: World) -> Iterator[Finding]:
    """Policies without rules, and rules without conditions."""
    does, given = action(policy), policy.spec.get("rules", [])
    if does == ALLOW and not given:
        yield mesh.ALLOWS_NOTHING(policy, ("spec",))
    if does == DENY and not given:
        yield mesh.DENIES_NOTHING(policy, ("spec",))
    for index, rule in enumerate(given):
        if is_empty(rule) and does == ALLOW:
            yield risk(mesh.ALLOWS_EVERYTHING(policy, ("spec", "rules", index)), world)
        if is_empty(rule) and does == DENY:
            yield mesh.DENIES_EVERYTHING(policy, ("spec", "rules", index))


@each("security.Authorization", kinds.AUTHORIZATION_POLICY)
def callers(policy: Resource, world: World) -> Iterator[Finding]:
    """Rules that allow any caller, or all but some."""
    if action(policy) != ALLOW:
        return
    for index, rule in enumerate(policy.spec.get("rules", [])):
        for number, part in enumerate(rule.get("from", [])):
            source = part.get("source", {})
            path = ("spec", "rules", index, "from", number, "source")
            said = [field for field in WHO if source.get(field, [])]
            other = [f"not{field[0].upper()}{field[1:]}" for field in WHO]
            excluded = [field for field in other if source.get(field, [])]
            for field in MESH_WIDE:
                if said == [field] and not excluded and not rule.get("when", []) and "*" in source[field]:
                    found = mesh.ALLOWS_ANYBODY(policy, (*path, field), field=field, value="*")
                    yield risk(found, world)
            if excluded and not said and not rule.get("when", []):
                yield risk(mesh.ALLOWS_ALL_BUT(policy, path, fields=excluded), world)


@each("security.Authorization", kinds.AUTHORIZATION_POLICY)
def operations(policy: Resource, world: World) -> Iterator[Finding]:
    """Conditions on requests that match all of them."""
    for index, rule in enumerate(policy.spec.get("rules", [])):
        for number, part in enumerate(rule.get("to", [])):
            operation = part.get("operation", {})
            for field in WHAT:
                if "*" in operation.get(field, []):
                    path = ("spec", "rules", index, "to", number, "operation", field)
                    yield mesh.WILDCARD_OPERATION(policy, path, field=field)


class Defaults:
    """Namespaces in which what no policy selects is denied. Get it by ``world.derived(Defaults)``."""

    def __init__(self, world: World) -> None:
        self._namespaces: set[str] = set()
        self._unsure = False
        for policy in world.all(kinds.AUTHORIZATION_POLICY):
            try:
                selects = policy.spec.get("selector", {}).get("matchLabels", {}) or policy.spec.get("targetRefs", [])
                if action(policy) == ALLOW and not selects and not policy.spec.get("targetRef", {}):
                    self._namespaces.add(policy.namespace)
            except IsUnknown:
                self._unsure = True

    def deny(self, *namespaces: str) -> bool:
        """Return whether one of these namespaces has such a policy.

        :raises IsUnknown: when none has, and there are policies of which not all is known
        """
        found = any(namespace in self._namespaces for namespace in namespaces)
        if not found and self._unsure:
            raise IsUnknown
        return found


@each("security.Authorization", kinds.NAMESPACE)
def default_deny(namespace: Resource, world: World) -> Iterator[Finding]:
    """Namespaces in the mesh whose workloads anybody may call."""
    if not like_production(world) or not injects(namespace):
        return
    if not world.derived(Defaults).deny(namespace.name, world.root_namespace):
        yield mesh.NO_DEFAULT_DENY(namespace, root=world.root_namespace)


@whole("security.Authorization")
def shared_accounts(world: World) -> Iterator[Finding]:
    """Rules for a namespace's default identity, which several workloads have."""
    runners: dict[str, list[Resource]] = defaultdict(list)
    for workload in world.workloads:
        with suppress(IsUnknown):
            account = workload.spec.get("serviceAccountName", "")
            if account in ("", "default") and in_mesh(workload, world):
                runners[workload.namespace].append(workload.resource)
    for policy in world.all(kinds.AUTHORIZATION_POLICY):
        with suppress(IsUnknown):
            found = list(_shared(policy, runners))
            yield from found


def _shared(policy: Resource, runners: dict[str, list[Resource]]) -> Iterator[Finding]:
    if action(policy) != ALLOW:
        return
    for index, rule in enumerate(policy.spec.get("rules", [])):
        for number, part in enumerate(rule.get("from", [])):
            for place, principal in enumerate(part.get("source", {}).get("principals", [])):
                namespace, _, account = principal.partition("/ns/")[2].partition("/sa/")
                workloads = runners.get(namespace, [])
                if account == "default" and len(workloads) > 1:
                    yield mesh.SHARED_ACCOUNT(
                        policy,
                        ("spec", "rules", index, "from", number, "source", "principals", place),
                        principal=principal,
                        count=len(workloads),
                        workloads=[*map(str, workloads[:3]), *(["…"] if len(workloads) > 3 else [])],
                    )
