"""Where policies count: notes of the workloads that they select, of the namespace, of the mesh.

A policy without a selector is for its namespace; in the root namespace for the mesh, where it is noted on that
namespace. With a selector there, it is for workloads of all namespaces, if it is of a kind for which istiod has it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..analysis import kinds
from ..analysis.hosts import CLUSTER_DOMAIN
from ..analysis.kinds import Kind
from ..analysis.labelled import Labels
from ..analysis.resource import Resource
from ..analysis.world import Workload, World
from ..validation.unknown import IsUnknown, Unknown
from .authorization import Callers, draw_allowed
from .draft import Draft
from .graph import Edge, EdgeKind
from .known import entries, items, known, text, texts
from .places import Places
from .policy_words import WORDS, said
from .protection import combined
from .routing import Routing
from .rules import Client
from .words import selector_text
from .workloads import is_named

EVERYWHERE_FROM_ROOT = frozenset(
    {
        kinds.AUTHORIZATION_POLICY,
        kinds.REQUEST_AUTHENTICATION,
        kinds.TELEMETRY,
        kinds.WASM_PLUGIN,
        kinds.TRAFFIC_EXTENSION,
        kinds.ENVOY_FILTER,
    }
)
"""Kinds whose selectors in the root namespace select in all namespaces."""
BY_LABELS = (kinds.SIDECAR, kinds.ENVOY_FILTER)
"""Kinds that select by `workloadSelector.labels`; the others have `selector.matchLabels`."""


class Policies:
    """Policies in the picture."""

    def __init__(self, world: World, places: Places, draft: Draft, routing: Routing) -> None:
        self._world = world
        self._places = places
        self._draft = draft
        self._routing = routing
        self._callers = Callers(world, places)
        self._root = known(lambda: world.root_namespace, "")

    def draw(self) -> None:
        """Note every policy where it counts, and draw whom it lets in and what it says is needed."""
        for policy in self._world.given(*WORDS):
            if not isinstance(policy.namespace, Unknown):
                try:
                    self._draw(policy)
                except IsUnknown:
                    self._draft.add_note(f"Namespace {policy.namespace}", policy, self._told(policy))

    @staticmethod
    def _told(policy: Resource) -> str:
        return known(lambda: said(policy), "")

    def _draw(self, policy: Resource) -> None:
        told = self._told(policy)
        if policy.kind == kinds.DESTINATION_RULE:
            place = self._places.host(policy.spec.get("host", ""), policy.namespace, policy.spec.get("exportTo", []))
            self._draft.add_note(place.node, policy, told)
            return
        attached = self._attached(policy)
        labels = selector(policy)
        if not attached and not labels:
            self._draft.add_note(f"Namespace {policy.namespace}", policy, told)
            return
        workloads = [] if attached else list(self._selected(policy, labels))
        for node in dict.fromkeys([*attached, *map(self._places.node, workloads)]):
            self._draft.add_note(node, policy, told)
        if not attached and not workloads:
            chosen = f"for {selector_text(labels)}, which nothing here has: {told}"
            self._draft.add_note(f"Namespace {policy.namespace}", policy, chosen)
        if is_named(policy):
            draw_allowed(policy, workloads, attached, self._callers, self._places, self._draft, self._between)
            self._depend(policy, workloads)

    def _selected(self, policy: Resource, labels: Labels) -> Iterator[Workload]:
        if policy.namespace == self._root:
            if policy.kind == kinds.PEER_AUTHENTICATION:  # istiod heeds none with a selector there
                return iter(())
            if policy.kind in EVERYWHERE_FROM_ROOT:
                return self._places.selected(labels)
        return self._places.selected(labels, policy.namespace)

    def _attached(self, policy: Resource) -> list[str]:
        """Return the nodes that a policy names by `targetRefs`; those that are not there are left out."""
        given = [*items(policy.spec, "targetRefs"), *([policy.spec["targetRef"]] if "targetRef" in policy.spec else [])]
        found = [self._node(one, policy.namespace) for one in given]
        if given and not any(found):
            raise IsUnknown
        return [node for node in found if node]

    def _node(self, reference: Mapping[str, str], namespace: str) -> str:
        kind = Kind(text(reference, "group"), text(reference, "kind"))
        name = f"{kind.name} {text(reference, 'namespace') or namespace}/{text(reference, 'name')}"
        if kind == kinds.SERVICE:
            place = f"{text(reference, 'name')}.{text(reference, 'namespace') or namespace}.{CLUSTER_DOMAIN}"
            return self._places.host(place, namespace).node
        if kind == kinds.SERVICE_ENTRY:
            entry = self._world.find(kinds.SERVICE_ENTRY, namespace, text(reference, "name"))
            hosts = texts(entry.spec, "hosts") if entry else []
            return self._places.host(hosts[0], namespace).node if hosts else ""
        return name if kind == kinds.K8S_GATEWAY and name in self._draft.nodes else ""

    def _between(self, caller: Workload, target: Workload | None) -> tuple[str, tuple[str, ...]]:
        """Return what protects requests from one workload to another."""
        if target is None:
            return "", ()
        client = Client(caller.namespace, caller.labels, self._places.proxy(caller).there)
        taken = self._routing.taken(target)
        return combined(client, "", {self._places.node(target): taken}, self._routing.is_automatic)

    def _depend(self, policy: Resource, workloads: list[Workload]) -> None:
        """Draw which hosts the workloads of a Sidecar reach, as far as it names them one by one."""
        if policy.kind != kinds.SIDECAR:
            return
        for listener in items(policy.spec, "egress"):
            for given in texts(listener, "hosts"):
                before, slash, host = given.partition("/")
                if not slash or before in ("", "~") or "*" in host or not host:
                    continue
                namespace = policy.namespace if before in (".", "*") else before
                place = self._places.host(host, namespace)
                for workload in workloads:
                    source = self._places.node(workload)
                    if source != place.node:
                        client = Client(workload.namespace, workload.labels, self._places.proxy(workload).there)
                        behind = self._places.behind(place.destination)
                        tls, told = self._routing.protection(client, place, "", None, behind)
                        edge = Edge(source, place.node, EdgeKind.DEPENDS, str(policy), tls=tls, features=told)
                        self._draft.add_edge(edge, policy)


def selector(policy: Resource) -> Labels:
    """Return the labels that a policy selects by; none for its whole namespace.

    :raises IsUnknown: when they are not known
    """
    if policy.kind in BY_LABELS:
        found = policy.spec.get("workloadSelector", {}).get("labels", {})
    else:
        found = policy.spec.get("selector", {}).get("matchLabels", {})
    if len(found) != len(texts(list(found.values()))):
        raise IsUnknown
    return entries(found)
