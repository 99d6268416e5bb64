"""Which DestinationRule counts for a client of a host, as istiod finds it, and what it makes of a subset and a port.

Upstream, istio/istio 1.31: `destinationRule` in `pilot/pkg/model/push_context.go` (the client's namespace, the host's,
the root namespace), `mergeDestinationRule` in `pilot/pkg/model/destination_rule.go` (several rules for one host),
`MergeSubsetTrafficPolicy` in `pilot/pkg/networking/util/util.go` (subsets and ports).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import EVERYWHERE, HERE, fqdn
from ..analysis.labelled import Labels, match
from ..analysis.resource import Resource
from ..analysis.world import World
from ..validation.unknown import IsUnknown, Unknown
from .known import entries, known, text

Policy = Mapping[str, Any]
"""A `trafficPolicy`."""
OVERRIDING = ("connectionPool", "loadBalancer", "outlierDetection", "tls")
"""What a subset's policy and that of a port may take the place of."""


@dataclass(frozen=True)
class Client:
    """Who sends requests.

    Attributes:
        namespace: Its namespace.
        labels: Its pods' labels; None for whoever is in the namespace.
        has_proxy: Whether it has a proxy, without which no rule counts; None when that is not known.
    """

    namespace: str
    labels: Labels | None = None
    has_proxy: bool | None = True


@dataclass(frozen=True)
class Counting:
    """What rules for one host make together.

    Attributes:
        policy: What is for all subsets.
        subsets: By name.
    """

    policy: Policy = field(default_factory=dict)
    subsets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, subset: str, port: int | None) -> Policy:
        """Return the policy for a subset (``""`` for all) and a port (None when it is not said).

        :raises IsUnknown: when it is not known
        """
        own = self.subsets.get(subset, {}).get("trafficPolicy") if subset else None
        whole = _over({}, self.policy, port)
        return whole if own is None else _over(whole, own, port)


def _over(found: Policy, policy: Policy, port: int | None) -> Policy:
    """Return a policy with another one over it: field by field, but a port's own settings leave nothing of it."""
    for settings in policy.get("portLevelSettings", []):
        if port is not None and settings.get("port", {}).get("number", 0) == port:
            return {name: settings[name] for name in OVERRIDING if name in settings}
    return {**found, **{name: policy[name] for name in OVERRIDING if name in policy}}


class Rules:
    """All DestinationRules, by namespace and host."""

    def __init__(self, world: World) -> None:
        self._root: str | None = known(lambda: world.root_namespace, None)
        self._local, self._private, self._exported = indexes = Index(), Index(), Index()
        self._is_unplaced = kinds.DESTINATION_RULE in world.scope.unread
        for rule in sorted(world.given(kinds.DESTINATION_RULE), key=age):
            if isinstance(rule.namespace, Unknown):
                self._is_unplaced = True
                continue
            try:
                self._add(rule)
            except IsUnknown:
                for index in indexes:
                    index.unsure.add(rule.namespace)

    def _add(self, rule: Resource) -> None:
        host, exports = fqdn(rule.spec.get("host", ""), rule.namespace), _exports(rule)
        if EVERYWHERE in exports or rule.namespace in exports:
            self._local.add(host, rule)
        (self._private if exports == [rule.namespace] else self._exported).add(host, rule)

    def counting(self, host: str, namespace: str, client: Client) -> Counting:
        """Return what counts for a client of a host.

        :param namespace: the host's
        :raises IsUnknown: when that hangs on something that is not known
        """
        return consolidated(self._chosen(host, namespace, client), client)

    def _chosen(self, host: str, namespace: str, client: Client) -> Sequence[Resource]:
        if self._is_unplaced or self._root is None:
            raise IsUnknown
        # In the root namespace only what is for it alone goes before the host's own.
        index = self._private if client.namespace == self._root else self._local
        if local := index.most_specific(host, client.namespace):
            return local
        seen = (EVERYWHERE, client.namespace)
        for owner in dict.fromkeys((namespace, self._root)):
            exported = self._exported.most_specific(host, owner)
            if visible := [rule for rule in exported if any(to in seen for to in _exports(rule))]:
                return visible
        return ()


class Index:
    """Rules of each namespace by host.

    Attributes:
        unsure: Namespaces that have a rule of which the host is not known, or for whom it is.
    """

    def __init__(self) -> None:
        self._by_host: dict[tuple[str, str], list[Resource]] = {}
        self._with_wildcards: set[str] = set()
        self.unsure: set[str] = set()

    def add(self, host: str, rule: Resource) -> None:
        """Add a rule for a host."""
        self._by_host.setdefault((rule.namespace, host), []).append(rule)
        if host.startswith("*"):
            self._with_wildcards.add(rule.namespace)

    def most_specific(self, host: str, namespace: str) -> Sequence[Resource]:
        """Return a namespace's rules for a host, or else for the narrowest wildcard over it.

        :raises IsUnknown: when one that is not known may be for it
        """
        if namespace in self.unsure:
            raise IsUnknown
        for name in names_of(host) if namespace in self._with_wildcards else (host,):
            if found := self._by_host.get((namespace, name)):
                return found
        return ()


def names_of(host: str) -> Iterator[str]:
    """Return a host, and the wildcards over it, the narrowest first."""
    yield host
    whole = host.removeprefix("*")
    for start in range(len(whole) + 1):
        if f"*{whole[start:]}" != host:
            yield f"*{whole[start:]}"


def _exports(rule: Resource) -> list[str]:
    """Return the namespaces that see a rule; one for some clients only is for those of its own."""
    if "workloadSelector" in rule.spec:
        return [rule.namespace]
    return [rule.namespace if to == HERE else to for to in rule.spec.get("exportTo", [])] or [EVERYWHERE]


def consolidated(rules: Sequence[Resource], client: Client) -> Counting:
    """Return what several rules for one host make together: the first policy, and everybody's subsets.

    One that is for some clients only (`workloadSelector`) takes the place of all others, for those.
    """
    counting = [rule for rule in rules if "workloadSelector" not in rule.spec]
    for rule in rules:
        if "workloadSelector" in rule.spec and _is_for(rule, client):
            counting = [rule]
            break
    policy: Policy = next((rule.spec["trafficPolicy"] for rule in counting if "trafficPolicy" in rule.spec), {})
    subsets: dict[str, Mapping[str, Any]] = {}
    for rule in counting:
        for subset in rule.spec.get("subsets", []):
            subsets.setdefault(subset.get("name", ""), subset)
    return Counting(policy, subsets)


def _is_for(rule: Resource, client: Client) -> bool:
    """Return whether a rule for some clients is for this one.

    :raises IsUnknown: when that is not known
    """
    if client.labels is None or rule.namespace != client.namespace:
        return False
    found = match(client.labels, rule.spec["workloadSelector"].get("matchLabels", {}))
    if found is None:
        raise IsUnknown
    return found


def age(resource: Resource) -> tuple[str, str, str]:
    """Return what orders objects as istiod does: the oldest first, what is only planned last; then by name."""
    created = text(entries(resource.body, "metadata"), "creationTimestamp") or "~"
    name, namespace = ("~" if isinstance(part, Unknown) else part for part in (resource.name, resource.namespace))
    return created, name, namespace
