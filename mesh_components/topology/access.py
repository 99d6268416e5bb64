"""Whom AuthorizationPolicies let in where, and what Sidecars say is needed.

An edge goes from each workload that a policy lets in by its service account to each that the policy selects. Who is
let in by namespace, by pattern or by address, and what is for a whole namespace, stands in the policy's note alone.
So it is with Sidecars: those of some workloads have an edge to each host that they name, others a note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import EVERYWHERE, HERE
from ..analysis.kiali.authorization import trust_domains
from ..analysis.resource import Resource
from ..analysis.world import Workload, World
from .authorization_words import ALLOW, action_of, conditions, operations, source_text
from .draft import Draft
from .graph import Edge, EdgeKind
from .known import entries, items, known, texts
from .places import Places
from .protection import UNSAID, Protection
from .rules import Client
from .ways import Ways
from .workloads import account

CALLERS = 8
"""From how many workloads of one service account edges are drawn; more of them stand in the note alone."""
IDENTITIES = ("principals", "serviceAccounts")
NOWHERE = ("", "~")
"""Namespaces in a Sidecar's hosts that stand for no host."""


class Access:
    """Draws whom policies let in, and what is needed."""

    def __init__(self, world: World, places: Places, draft: Draft, ways: Ways, protection: Protection) -> None:
        self._places = places
        self._draft = draft
        self._ways = ways
        self._protection = protection
        self._domains = known(lambda: world.derived(trust_domains), frozenset())
        self._by_account: dict[tuple[str, str], list[Workload]] = defaultdict(list)
        for workload in places.workloads:
            if name := account(workload):
                self._by_account[workload.namespace, name].append(workload)

    def draw_allowed(self, policy: Resource, workloads: Sequence[Workload], attached: Sequence[str]) -> None:
        """Draw whom an AuthorizationPolicy lets in.

        :param workloads: those that it selects
        :param attached: nodes that it names
        """
        if policy.kind != kinds.AUTHORIZATION_POLICY or action_of(policy) != ALLOW:
            return
        targets: dict[str, Workload | None] = {self._places.node(one): one for one in workloads}
        targets.update(dict.fromkeys(attached))
        for index, rule in enumerate(items(policy.spec, "rules")):
            for caller, match in self._let_in(rule, policy.namespace):
                source, client = self._places.node(caller), self._client(caller)
                for target, workload in targets.items():
                    if source != target:
                        said = UNSAID if workload is None else self._protection.between(client, workload)
                        edge = Edge(
                            source,
                            target,
                            EdgeKind.ALLOWED,
                            self._draft.name(policy),
                            match,
                            tls=said.tls,
                            features=said.remarks,
                        )
                        self._draft.add_edge(edge, policy, ("spec", "rules", index))

    def _let_in(self, rule: Any, namespace: str) -> Iterator[tuple[Workload, tuple[str, ...]]]:
        """Return the workloads that a rule names by their accounts, and what else has to hold."""
        does = operations(rule)
        what = (" or ".join(does),) if does and all(does) else ()
        for one in items(rule, "from"):
            source = entries(one, "source")
            others = source_text({name: value for name, value in source.items() if name not in IDENTITIES})
            for workload in self._named(source, namespace):
                yield workload, (*what, *([others] if others else []), *conditions(rule))

    def _named(self, source: Mapping[str, Any], namespace: str) -> list[Workload]:
        by_principal = [account for name in texts(source, "principals") if (account := self._account(name))]
        by_account = [_in_namespace(name, namespace) for name in texts(source, "serviceAccounts")]
        # A source that has both asks for both.
        both = [one for one in by_principal if one in by_account]
        named = both if all(name in source for name in IDENTITIES) else [*by_principal, *by_account]
        found = [self._by_account.get(one, []) for one in dict.fromkeys(named)]
        return [workload for workloads in found if len(workloads) <= CALLERS for workload in workloads]

    def _account(self, principal: str) -> tuple[str, str] | None:
        """Return the namespace and name of the service account that a principal stands for, None for a pattern."""
        domain, is_principal, rest = principal.partition("/ns/")
        namespace, is_account, name = rest.partition("/sa/")
        is_plain = is_principal and is_account and "*" not in principal and domain in self._domains
        return (namespace, name) if is_plain else None

    def _client(self, workload: Workload) -> Client:
        return Client(workload.namespace, workload.labels, self._places.proxy(workload).there)

    def draw_needed(self, sidecar: Resource, workloads: Sequence[Workload]) -> None:
        """Draw which hosts the workloads of a Sidecar reach, as far as it names them one by one."""
        if sidecar.kind != kinds.SIDECAR:
            return
        for index, listener in enumerate(items(sidecar.spec, "egress")):
            for given in texts(listener, "hosts"):
                before, slash, host = given.partition("/")
                if not slash or before in NOWHERE or "*" in host or not host:
                    continue
                place = self._places.host(host, sidecar.namespace if before in (HERE, EVERYWHERE) else before)
                for workload in workloads:
                    source = self._places.node(workload)
                    if source != place.node:
                        said = self._ways.protected(self._ways.to(place, self._client(workload)))
                        edge = Edge(
                            source,
                            place.node,
                            EdgeKind.DEPENDS,
                            self._draft.name(sidecar),
                            tls=said.tls,
                            features=said.remarks,
                        )
                        self._draft.add_edge(edge, sidecar, ("spec", "egress", index))


def _in_namespace(name: str, namespace: str) -> tuple[str, str]:
    before, slash, after = name.partition("/")
    return (before, after) if slash else (namespace, before)
