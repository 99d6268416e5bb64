"""DestinationRules for hosts or workloads that there are not, and several rules for one host.

Upstream: `business/checkers/destinationrules/{multi_match,no_dest}_checker.go`. Unlike Kiali, rules that no
namespace sees together (`exportTo`), or that are for different workloads' clients (`workloadSelector`), do not collide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding, Severity
from ..graded import at
from ..hosts import Hosts
from ..labelled import pods, pods_and_machines
from ..messages import kia
from ..mtls import sent
from ..resource import Path, Resource
from ..selectors import contains
from ..world import World
from .mutual_tls import ISTIO_MUTUAL, WHOLE_MESH, whole_namespace
from .names import Host, Together, host_of, labels_text, mild, others_text, routes, scopes_of, wildcards_over

ALL, ANY = "~", "*"
"""Stand for the claim of a rule without subsets, and for all claims on a host."""
HOST: Path = ("spec", "host")
APP_LABELS = ("app", "app.kubernetes.io/name", "service.istio.io/canonical-name")
"""Labels that name an application; Kiali takes a workload's application for a host of its namespace."""


@dataclass(frozen=True)
class Claim:
    """A rule's hold on a host."""

    rule: Resource
    host: str
    subsets: frozenset[str]
    scopes: frozenset[str]


class Claims:
    """All claims, by host and subset; those on narrower hosts by each claimed wildcard over them."""

    def __init__(self, claims: Iterable[Claim]) -> None:
        given = list(claims)
        self._on: dict[tuple[str, str], Together[Resource]] = {}
        self._below: dict[tuple[str, str], Together[Resource]] = {}
        self._wildcards = frozenset(claim.host for claim in given if claim.host.startswith("*"))
        for claim in given:
            for subset in (*claim.subsets, ANY):
                self._on.setdefault((claim.host, subset), Together()).add(claim.rule, claim.scopes)
                for wildcard in self._over(claim.host):
                    self._below.setdefault((wildcard, subset), Together()).add(claim.rule, claim.scopes)

    def _over(self, host: str) -> list[str]:
        return [wildcard for wildcard in wildcards_over(host) if wildcard in self._wildcards]

    def against(self, claim: Claim) -> Iterator[Resource]:
        """Return the rules that claim the same; one may come several times."""
        wanted = (ANY,) if ALL in claim.subsets else (*claim.subsets, ALL)
        hosts = (claim.host, *self._over(claim.host))
        for subset in wanted:
            places = [self._on.get((host, subset)) for host in hosts]
            for place in (*places, self._below.get((claim.host, subset))):
                for rule in place.seen_with(claim.scopes) if place else ():
                    if rule is not claim.rule and _same_clients(rule, claim.rule):
                        yield rule


@whole("kiali.DestinationRuleMultiMatchChecker")
def several_rules(world: World) -> Iterator[Finding]:
    """Several DestinationRules for one host and subset."""
    made = []
    for rule in world.all(kinds.DESTINATION_RULE):
        with suppress(IsUnknown):
            if (claim := _claim(rule, world)) is not None:
                made.append(claim)
    claims = Claims(made)
    for claim in made:
        with suppress(IsUnknown):
            if others := others_text(claims.against(claim)):
                subset = "" if ALL in claim.subsets else f", subset {', '.join(sorted(claim.subsets))}"
                yield kia.SEVERAL_RULES(claim.rule, HOST, others=others, host=claim.host, subset=subset)


def _claim(rule: Resource, world: World) -> Claim | None:
    """Return what a rule claims; None for the rules that only turn on mutual TLS for a namespace or the mesh."""
    raw = rule.spec.get("host", "")
    if raw in (WHOLE_MESH, whole_namespace(rule.namespace)) and sent(rule) == ISTIO_MUTUAL:
        return None
    subsets = frozenset(subset.get("name", "") for subset in rule.spec.get("subsets", []))
    host = host_of(raw, rule.namespace, world).full
    return Claim(rule, host, subsets or frozenset([ALL]), scopes_of(rule))


def _same_clients(one: Resource, other: Resource) -> bool:
    same: bool = one.spec.get("workloadSelector", {}) == other.spec.get("workloadSelector", {})
    return same


@each("kiali.NoDestinationChecker", kinds.DESTINATION_RULE)
def host_not_found(rule: Resource, world: World) -> Iterator[Finding]:
    """A rule for a host that is in no registry."""
    host = host_of(rule.spec.get("host", ""), rule.namespace, world)
    if host.service.startswith("*") or _is_there(host, rule, world):
        return
    yield mild(kia.RULE_HOST(rule, HOST, host=host.full), world).unless_known(host.known(world))


def _is_there(host: Host, rule: Resource, world: World) -> bool:
    if world.derived(Hosts).find(host.full, rule.namespace, rule.spec.get("exportTo", [])) is not None:
        return True
    if host.namespace != rule.namespace:
        return False
    workloads = world.derived(pods)
    return any(workloads.any_selected({label: host.service}, rule.namespace) for label in APP_LABELS)


@each("kiali.NoDestinationChecker", kinds.DESTINATION_RULE)
def subsets(rule: Resource, world: World) -> Iterator[Finding]:
    """Subsets without labels, and subsets whose labels no workload of the host has."""
    host = host_of(rule.spec.get("host", ""), rule.namespace, world)
    if host.service.startswith("*") or not _is_there(host, rule, world):
        return
    without, some_match = [], False
    for index, subset in enumerate(rule.spec.get("subsets", [])):
        path: Path = ("spec", "subsets", index)
        labels: Mapping[str, str] = subset.get("labels", {})
        if not labels:
            without.append(kia.SUBSET_WITHOUT_LABELS(rule, path, subset=subset.get("name", "")))
        elif _has_workload(host, labels, rule, world):
            some_match = True
        else:
            name = subset.get("name", "")
            found = kia.SUBSET_LABELS(rule, path, host=host.full, subset=name, labels=labels_text(labels))
            used = world.derived(UsedSubsets).has(host.full, name)
            yield (found if used else at(found, Severity.INFO)).unless_known(host.known(world))
    for finding in without:
        yield at(finding, Severity.INFO) if some_match else finding


def _has_workload(host: Host, labels: Mapping[str, str], rule: Resource, world: World) -> bool:
    """Return whether a workload of the host has these labels; of a host that is no Service, any endpoint."""
    there = world.derived(Hosts).find(host.full, rule.namespace, rule.spec.get("exportTo", []))
    if there is None:
        return world.derived(pods).any_selected({**labels, "app": host.service}, rule.namespace)
    if there.resource.kind == kinds.SERVICE:
        selector: Mapping[str, str] = there.resource.spec.get("selector", {})
        if not selector:
            return True  # its endpoints come from elsewhere
        return _any_workload(selector, labels, there.resource.namespace, world)
    chosen: Mapping[str, str] = there.resource.spec.get("workloadSelector", {}).get("labels", {})
    if chosen:
        return _any_workload(chosen, labels, there.resource.namespace, world)
    return any(contains(end.get("labels", {}), labels) for end in there.resource.spec.get("endpoints", []))


def _any_workload(selector: Mapping[str, str], labels: Mapping[str, str], namespace: str, world: World) -> bool:
    """Return whether something that is selected has these labels, too."""
    fits = all(labels.get(key, value) == value for key, value in selector.items())
    return fits and world.derived(pods_and_machines).any_selected({**selector, **labels}, namespace)


class UsedSubsets:
    """Subsets that VirtualServices route to. Get it by ``world.derived(UsedSubsets)``."""

    def __init__(self, world: World) -> None:
        self._used: set[tuple[str, str]] = set()
        self._unsure = False
        for routing in world.all(kinds.VIRTUAL_SERVICE):
            for _, destinations in routes(routing):
                for destination in destinations:
                    self._add(destination.get("destination", {}), routing, world)

    def _add(self, destination: Mapping[str, str], routing: Resource, world: World) -> None:
        try:
            host = host_of(destination.get("host", ""), routing.namespace, world)
            self._used.add((host.full, destination.get("subset", "")))
        except IsUnknown:
            self._unsure = True

    def has(self, host: str, subset: str) -> bool:
        """Return whether a route goes to this subset.

        :raises IsUnknown: when none does, and there are routes whose destination is not known
        """
        if (host, subset) not in self._used and self._unsure:
            raise IsUnknown
        return (host, subset) in self._used
