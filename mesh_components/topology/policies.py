"""Where policies count: notes of the workloads that they select, of the namespace, of the mesh.

A policy without a selector is for its namespace; in the root namespace for the mesh, where it is noted on that
namespace. With a selector there, it is for workloads of all namespaces, if it is of a kind for which istiod has it so.
One that selects nothing here is noted on its namespace, with what it would select.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..analysis import kinds
from ..analysis.hosts import CLUSTER_DOMAIN
from ..analysis.kinds import Kind
from ..analysis.labelled import Labels
from ..analysis.resource import Resource
from ..analysis.world import Workload, World
from ..validation.unknown import IsUnknown, Unknown
from .access import Access
from .draft import Draft
from .known import items, known, text, texts
from .places import Places, api_gateways
from .policy_words import WORDS, said
from .words import joined, labels_text
from .workloads import is_named

EVERYWHERE_FROM_ROOT = frozenset(
    {
        kinds.AUTHORIZATION_POLICY,
        kinds.ENVOY_FILTER,
        kinds.REQUEST_AUTHENTICATION,
        kinds.TELEMETRY,
        kinds.TRAFFIC_EXTENSION,
        kinds.WASM_PLUGIN,
    }
)
"""Kinds whose selectors in the root namespace select in all namespaces."""
BY_WORKLOAD_SELECTOR = (kinds.SIDECAR, kinds.ENVOY_FILTER)
"""Kinds that select by `workloadSelector.labels`; the others have `selector.matchLabels`."""


class Policies:
    """Draws policies."""

    def __init__(self, world: World, places: Places, draft: Draft, access: Access) -> None:
        self._world = world
        self._places = places
        self._draft = draft
        self._access = access
        self._root: str = known(lambda: world.root_namespace, "")

    def draw(self) -> None:
        """Note every policy where it counts, and draw whom it lets in and what it says is needed."""
        for policy in self._world.given(*WORDS):
            if not isinstance(policy.namespace, Unknown):
                try:
                    self._draw(policy)
                except IsUnknown:
                    self._note_on_namespace(policy)

    def _note_on_namespace(self, policy: Resource, *whom: str) -> None:
        self._draft.add_note(f"Namespace {policy.namespace}", policy, joined(*whom, said(policy), by=": "))

    def _draw(self, policy: Resource) -> None:
        if policy.kind == kinds.DESTINATION_RULE:
            self._draw_rule(policy)
            return
        attached, labels = self._attached(policy), selector(policy)
        if not attached and not labels:
            self._note_on_namespace(policy)
            return
        workloads = [] if attached else list(self._selected(policy, labels))
        if not attached and not workloads:
            self._note_on_namespace(policy, f"for {labels_text(labels)}, which nothing here has")
            return
        for node in dict.fromkeys([*attached, *map(self._places.node, workloads)]):
            self._draft.add_note(node, policy, said(policy))
        if is_named(policy):
            self._access.draw_allowed(policy, workloads, attached)
            self._access.draw_needed(policy, workloads)

    def _draw_rule(self, rule: Resource) -> None:
        """Note a DestinationRule at its host, one for a wildcard that is no host itself on its namespace."""
        host, export_to = f"{rule.spec.get('host', ''):s}", tuple(rule.spec.get("exportTo", []))
        if "*" in host and not self._places.has(host, rule.namespace, export_to):
            self._note_on_namespace(rule, f"for {host}")
        else:
            self._draft.add_note(self._places.host(host, rule.namespace, export_to).node, rule, said(rule))

    def _selected(self, policy: Resource, labels: Labels) -> Iterator[Workload]:
        if policy.namespace == self._root:
            if policy.kind == kinds.PEER_AUTHENTICATION:  # istiod heeds none with a selector there
                return iter(())
            if policy.kind in EVERYWHERE_FROM_ROOT:
                return self._places.selected(labels)
        return self._places.selected(labels, policy.namespace)

    def _attached(self, policy: Resource) -> list[str]:
        """Return the nodes that a policy names by `targetRefs`.

        :raises IsUnknown: when it names some, and none of them is here
        """
        given = items(policy.spec, "targetRefs") or [
            policy.spec[name] for name in ("targetRef",) if name in policy.spec
        ]
        found = [node for one in given for node in self._named(one, policy.namespace)]
        if not found and ("targetRefs" in policy.spec or "targetRef" in policy.spec):
            raise IsUnknown
        return found

    def _named(self, reference: object, namespace: str) -> Iterator[str]:
        kind = Kind(text(reference, "group"), text(reference, "kind"))
        namespace, name = text(reference, "namespace") or namespace, text(reference, "name")
        if kind == kinds.SERVICE:
            yield self._places.host(f"{name}.{namespace}.{CLUSTER_DOMAIN}", namespace).node
        elif kind == kinds.SERVICE_ENTRY:
            entry = self._world.find(kind, namespace, name)
            for host in texts(entry.spec, "hosts") if entry else ():
                yield self._places.host(host, namespace).node
        elif kind == kinds.K8S_GATEWAY:
            gateway = self._world.derived(api_gateways).get((namespace, name))
            yield from [self._places.api_gateway(gateway)] if gateway else ()


def selector(policy: Resource) -> Labels:
    """Return the labels that a policy selects by; none for its whole namespace.

    :raises IsUnknown: when they are not known
    """
    by_workload = policy.kind in BY_WORKLOAD_SELECTOR
    field, inner = ("workloadSelector", "labels") if by_workload else ("selector", "matchLabels")
    found: Labels = policy.spec.get(field, {}).get(inner, {})
    labels_text(found)
    return found
