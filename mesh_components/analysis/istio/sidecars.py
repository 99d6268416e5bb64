"""Sidecars: selectors that select nothing or the same as another's, and Sidecars where there are none.

Upstream: `pkg/config/analysis/analyzers/sidecar/selector.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..labelled import Labels, pods
from ..messages import ist
from ..resource import Resource
from ..texts import listed, some, written
from ..world import Workload, World
from .ambient import is_ambient, namespace_is_ambient

SELECTOR = ("spec", "workloadSelector", "labels")


def selector_of(sidecar: Resource) -> Labels:
    """Return the labels of the workloads that a Sidecar is for; none stands for the whole namespace."""
    found: Labels = sidecar.spec.get("workloadSelector", {}).get("labels", {})
    return found


@each("sidecar.SelectorAnalyzer", kinds.SIDECAR)
def selectors(sidecar: Resource, world: World) -> Iterator[Finding]:
    """Sidecars that select no workload, the same one as another does, or one that has no sidecar."""
    selector = selector_of(sidecar)
    if not selector:
        yield from of_namespace(sidecar, world)
        return
    selected = world.derived(pods).all_selected(selector, sidecar.namespace)
    if not selected:
        missing = ist.REFERENCED_RESOURCE_NOT_FOUND(sidecar, SELECTOR, reftype="selector", refval=written(selector))
        yield missing.unless_known(world.knows(sidecar.namespace))
    elif any(is_ambient(workload, world) for workload in selected):
        yield ist.INEFFECTIVE_POLICY(sidecar, SELECTOR, reason="a workload that it selects is in ambient mode")
    yield from of_workloads(sidecar, [workload for workload in selected if not is_ambient(workload, world)], world)


def of_namespace(sidecar: Resource, world: World) -> Iterator[Finding]:
    """Return what is wrong with a Sidecar that is for a whole namespace."""
    if namespace_is_ambient(world.namespace(sidecar.namespace)):
        yield ist.INEFFECTIVE_POLICY(sidecar, reason="its namespace is in ambient mode")
        return
    all_of_it = world.derived(Selecting).of_namespace(sidecar.namespace)
    if len(all_of_it) > 1:
        names = listed(one.name for one in some(all_of_it))
        yield ist.MULTIPLE_SIDECARS_WITHOUT_SELECTORS(sidecar, sidecars=names, namespace=sidecar.namespace)


def of_workloads(sidecar: Resource, workloads: Sequence[Workload], world: World) -> Iterator[Finding]:
    """Return which other Sidecars select the same workloads: one finding for each set of Sidecars."""
    selecting = world.derived(Selecting)
    by_sidecars: dict[int, list[Workload]] = defaultdict(list)
    for workload in workloads:
        by_sidecars[id(selecting.of(workload))].append(workload)
    for same in by_sidecars.values():
        sidecars = some(selecting.of(same[0]))
        if len(sidecars) > 1:
            yield ist.CONFLICTING_SIDECAR_SELECTORS(
                sidecar,
                SELECTOR,
                sidecars=listed(one.name for one in sidecars),
                namespace=sidecar.namespace,
                workload=listed(workload.resource.name for workload in some(same)),
            )


class Selecting:
    """Sidecars by the workloads and by the namespaces that they are for."""

    def __init__(self, world: World) -> None:
        by_workload: dict[int, list[Resource]] = defaultdict(list)
        self._by_namespace: dict[str, list[Resource]] = defaultdict(list)
        for sidecar in world.all(kinds.SIDECAR):
            with suppress(IsUnknown):
                hash(sidecar.full_name)
                selector = selector_of(sidecar)
                if not selector:
                    self._by_namespace[sidecar.namespace].append(sidecar)
                    continue
                for workload in world.derived(pods).selected(selector, sidecar.namespace):
                    by_workload[id(workload)].append(sidecar)
        same: dict[tuple[int, ...], list[Resource]] = {}
        self._by_workload = {
            workload: same.setdefault(tuple(map(id, sidecars)), sidecars) for workload, sidecars in by_workload.items()
        }

    def of(self, workload: Workload) -> Sequence[Resource]:
        """Return the Sidecars that select a workload: the same list for all workloads with the same Sidecars."""
        return self._by_workload.get(id(workload), ())

    def of_namespace(self, namespace: str) -> Sequence[Resource]:
        """Return the Sidecars of a namespace that select nothing in particular."""
        return self._by_namespace[namespace]
