"""AuthorizationPolicies in words, and whom they let in where.

An edge goes from each workload that a policy lets in by its service account to each that the policy selects. Who is
let in by namespace, by pattern or by address, and what is for a whole namespace, stands in the policy's note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..analysis import kinds
from ..analysis.kiali.authorization import trust_domains
from ..analysis.resource import Resource
from ..analysis.world import Workload, World
from ..validation.unknown import IsUnknown
from .draft import Draft
from .graph import Edge, EdgeKind
from .known import items, known, text, texts
from .places import Places
from .words import some
from .workloads import account

CALLERS = 8
"""From how many workloads of one service account edges are drawn; more of them stand in the note alone."""
SHOWN_RULES = 3
"""How many rules a note tells."""
SOURCES = {
    "principals": "{}",
    "serviceAccounts": "{}",
    "requestPrincipals": "tokens of {}",
    "namespaces": "namespace {}",
    "trustDomains": "trust domain {}",
    "ipBlocks": "address {}",
    "remoteIpBlocks": "remote address {}",
}
OPERATIONS = {"methods": "{}", "paths": "{}", "hosts": "host {}", "ports": "port {}"}


def policy_text(policy: Resource) -> Iterator[str]:
    """Return what a policy does: ``ALLOW GET /api/* from shop/frontend``."""
    action = text(policy.spec, "action") or "ALLOW"
    given = known(lambda: list(policy.spec.get("rules", [])), None)
    if given is None:
        yield action
        return
    if not given:
        yield "ALLOW nothing" if action == "ALLOW" else f"{action} without rules"
        return
    told = [rule_text(rule) for rule in given[:SHOWN_RULES]]
    more = f"; and {len(given) - SHOWN_RULES} more rules" if len(given) > SHOWN_RULES else ""
    yield f"{action} {'; '.join(told)}{more}"


def rule_text(rule: Mapping[str, Any]) -> str:
    """Return one rule: what, from whom, when."""
    comes = [source_text(one.get("source", {})) for one in items(rule, "from") if isinstance(one, Mapping)]
    does = operations(rule)
    parts = (
        " or ".join(does) if does and all(does) else "all",
        f"from {' or '.join(part for part in comes if part)}" if any(comes) else "",
        *when(rule),
    )
    return " ".join(part for part in parts if part)


def operations(rule: Mapping[str, Any]) -> list[str]:
    """Return the operations that a rule is for, each in a text; ``""`` for one that is any."""
    given = [one.get("operation", {}) for one in items(rule, "to") if isinstance(one, Mapping)]
    return [_fields(one, OPERATIONS) for one in given]


def source_text(source: Any) -> str:
    """Return who a source is."""
    return _fields(source, SOURCES)


def when(rule: Mapping[str, Any]) -> list[str]:
    """Return a rule's further conditions."""
    found = []
    for one in items(rule, "when"):
        key = text(one, "key")
        wanted, excluded = texts(one, "values"), texts(one, "notValues")
        said = [f"is {some(wanted)}"] if wanted else []
        said += [f"is not {some(excluded)}"] if excluded else []
        found.append(f"when {key} {' and '.join(said)}".strip())
    return found


def _fields(given: Any, words: Mapping[str, str]) -> str:
    parts = []
    for field, word in words.items():
        for name, form in ((field, word), (f"not{field[0].upper()}{field[1:]}", f"not {word}")):
            if found := texts(given, name):
                parts.append(form.format(some([_short(one) for one in found])))
    return " ".join(parts)


def _short(principal: str) -> str:
    """Return a principal without its trust domain: ``shop/frontend``; anything else as it is."""
    _, found, rest = principal.partition("/ns/")
    namespace, is_account, name = rest.partition("/sa/")
    return f"{namespace}/{name}" if found and is_account and namespace and name else principal


class Callers:
    """Workloads by their service accounts."""

    def __init__(self, world: World, places: Places) -> None:
        self._domains = known(lambda: world.derived(trust_domains), frozenset(["cluster.local"]))
        self._by_account: dict[tuple[str, str], list[Workload]] = defaultdict(list)
        for workload in places.workloads:
            if (name := account(workload)) is not None:
                self._by_account[workload.namespace, name].append(workload)

    def of_source(self, source: Mapping[str, Any], namespace: str) -> list[Workload]:
        """Return the workloads that a source of a policy in a namespace names by their accounts."""
        accounts = [found for one in texts(source, "principals") if (found := self._account(one))]
        for name in texts(source, "serviceAccounts"):
            before, slash, after = name.partition("/")
            accounts.append((before, after) if slash else (namespace, before))
        found: list[Workload] = []
        for one in dict.fromkeys(accounts):
            workloads = self._by_account.get(one, [])
            found += workloads if len(workloads) <= CALLERS else []
        return found

    def _account(self, principal: str) -> tuple[str, str] | None:
        domain, found, rest = principal.partition("/ns/")
        namespace, is_account, name = rest.partition("/sa/")
        if not (found and is_account) or "*" in principal or domain not in self._domains:
            return None
        return namespace, name


def allowed(
    policy: Resource, targets: Sequence[str], callers: Callers
) -> Iterator[tuple[Workload, str, tuple[str, ...]]]:
    """Return whom a policy lets in by service account: the workload, the target's node, and under which conditions."""
    if policy.kind != kinds.AUTHORIZATION_POLICY or (text(policy.spec, "action") or "ALLOW") != "ALLOW":
        return
    for rule in items(policy.spec, "rules"):
        does = operations(rule)
        what = () if not all(does) or not does else (" or ".join(does),)
        for one in items(rule, "from"):
            source = one.get("source", {}) if isinstance(one, Mapping) else {}
            others = {
                name: value
                for name, value in (source.items() if isinstance(source, Mapping) else ())
                if name not in ("principals", "serviceAccounts")
            }
            also = (f"and {source_text(others)}",) if source_text(others) else ()
            for workload in callers.of_source(source, policy.namespace):
                for target in targets:
                    yield workload, target, (*what, *also, *when(rule))


def draw_allowed(
    policy: Resource,
    workloads: Sequence[Workload],
    nodes: Sequence[str],
    callers: Callers,
    places: Places,
    draft: Draft,
    protection: Any,
) -> None:
    """Draw whom a policy lets in to the workloads that it selects (nodes for those that are none)."""
    behind = {places.node(one): one for one in workloads}
    for caller, target, match in allowed(policy, [*behind, *nodes], callers):
        source = places.node(caller)
        if source == target:
            continue
        try:
            tls, told = protection(caller, behind.get(target))
        except IsUnknown:
            tls, told = "", ()
        edge = Edge(source, target, EdgeKind.ALLOWED, str(policy), match, tls=tls, features=told)
        draft.add_edge(edge, policy)
