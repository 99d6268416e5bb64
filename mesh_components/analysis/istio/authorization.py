"""AuthorizationPolicies that are for no workload, or for requests from namespaces that are not there.

Upstream: `pkg/config/analysis/analyzers/authz/authorizationpolicies.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...validation.unknown import IsUnknown, Unknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..injection import in_mesh
from ..labelled import Labelled, Labels
from ..messages import ist
from ..patterns import Names
from ..resource import Resource
from ..texts import written
from ..world import Workload, World
from .ambient import is_ambient


@each("auth.AuthorizationPoliciesAnalyzer", kinds.AUTHORIZATION_POLICY)
def workloads(policy: Resource, world: World) -> Iterator[Finding]:
    """AuthorizationPolicies that no workload in the mesh comes under.

    Other than upstream, one with targetRefs is not taken for one of the namespace's pods.
    """
    if policy.spec.get("targetRefs", []) or "targetRef" in policy.spec:
        return
    everywhere = policy.namespace == world.root_namespace
    if everywhere and "selector" not in policy.spec:
        return
    selector: Labels = policy.spec.get("selector", {}).get("matchLabels", {})
    if not world.derived(meshed).any_selected(selector, None if everywhere else policy.namespace):
        path = ("spec", "selector") if "selector" in policy.spec else ()
        missing = ist.NO_MATCHING_WORKLOADS(policy, path, labels=written(selector) or "any, in its namespace")
        yield missing.unless_known(world.scope.complete if everywhere else world.knows(policy.namespace))


def meshed(world: World) -> Labelled[Workload]:
    """Return the workloads that have a sidecar or are in ambient mode, by labels."""
    found: Labelled[Workload] = Labelled()
    for workload in world.workloads:
        try:
            if in_mesh(workload, world) or is_ambient(workload, world):
                found.add(workload, workload.labels, workload.namespace)
        except IsUnknown:
            found.add_uncertain(workload.labels, workload.namespace)
    return found


@each("auth.AuthorizationPoliciesAnalyzer", kinds.AUTHORIZATION_POLICY)
def namespaces(policy: Resource, world: World) -> Iterator[Finding]:
    """Namespaces in an AuthorizationPolicy's sources that do not exist."""
    names = world.derived(NamespaceNames)
    for index, rule in enumerate(policy.spec.get("rules", [])):
        for number, source in enumerate(rule.get("from", [])):
            for field in ("namespaces", "notNamespaces"):
                for place, pattern in enumerate(source.get("source", {}).get(field, [])):
                    if not names.have(pattern):
                        path = ("spec", "rules", index, "from", number, "source", field, place)
                        missing = ist.REFERENCED_RESOURCE_NOT_FOUND(policy, path, reftype="namespace", refval=pattern)
                        yield missing.unless_known(world.scope.complete)


class NamespaceNames:
    """Names of namespaces, and whether a pattern matches any."""

    def __init__(self, world: World) -> None:
        declared = [namespace.name for namespace in world.all(kinds.NAMESPACE)]
        known = [name for name in declared if not isinstance(name, Unknown)]
        self._names = Names([*known, *world.scope.owned])
        self._some_unknown = len(known) < len(declared)

    def have(self, pattern: str) -> bool:
        """Return whether some namespace has a name, or one that begins or ends as a pattern with a star says.

        :raises IsUnknown: when none is known, and not all names are
        """
        with_star = pattern.startswith("*") or pattern.endswith("*")
        found = pattern == "*" or self._names.like(pattern if with_star else pattern.lower())
        if not found and self._some_unknown:
            raise IsUnknown
        return found
