"""Workloads by their labels: what a selector selects, without a look at every workload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ..validation.unknown import IsUnknown, Unknown
from . import kinds
from .selectors import contains
from .world import Workload, World


class Labelled:
    """An index of workloads. Get it by ``world.derived(pods)`` or ``world.derived(pods_and_machines)``."""

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self._all: dict[str, list[Workload]] = defaultdict(list)
        self._by_label: dict[tuple[str, str], dict[str, list[Workload]]] = defaultdict(lambda: defaultdict(list))
        self._unsure: set[str] = set()
        self._placeless = False
        for workload in workloads:
            self._add(workload)

    def _add(self, workload: Workload) -> None:
        if isinstance(workload.namespace, Unknown):
            self._placeless = True
            return
        self._all[workload.namespace].append(workload)
        if isinstance(workload.labels, Unknown):
            self._unsure.add(workload.namespace)
            return
        for key, value in workload.labels.items():
            if isinstance(value, Unknown):
                self._unsure.add(workload.namespace)
            else:
                self._by_label[key, value][workload.namespace].append(workload)

    def selected(self, labels: Mapping[str, str], namespace: str | None = None) -> list[Workload]:
        """Return the workloads that have these labels, all of them when no label is asked for.

        :param namespace: where to look; everywhere by default
        :raises IsUnknown: when there is none, and there are workloads of which not all labels are known
        """
        found, unsure = [], self._may_be_more(namespace)
        for workload in self._candidates(labels, namespace):
            try:
                if contains(workload.labels, labels):
                    found.append(workload)
            except IsUnknown:
                unsure = True
        if unsure and not found:
            raise IsUnknown
        return found

    def some(self, labels: Mapping[str, str], namespace: str | None = None) -> bool:
        """Return whether `selected` returns any, without looking further than the first.

        :raises IsUnknown: as `selected`
        """
        unsure = self._may_be_more(namespace)
        for workload in self._candidates(labels, namespace):
            try:
                if contains(workload.labels, labels):
                    return True
            except IsUnknown:
                unsure = True
        if unsure:
            raise IsUnknown
        return False

    def _may_be_more(self, namespace: str | None) -> bool:
        return self._placeless or (bool(self._unsure) if namespace is None else namespace in self._unsure)

    def _candidates(self, labels: Mapping[str, str], namespace: str | None) -> Iterator[Workload]:
        places = [self._by_label.get(label, {}) for label in labels.items()] or [self._all]
        narrowest = min(places, key=lambda place: _size(place, namespace))
        if namespace is not None:
            yield from narrowest.get(namespace, ())
            return
        for workloads in narrowest.values():
            yield from workloads


def _size(place: Mapping[str, list[Workload]], namespace: str | None) -> int:
    return len(place.get(namespace, ())) if namespace is not None else sum(map(len, place.values()))


def pods(world: World) -> Labelled:
    """Return the index of pods and of what makes pods."""
    return Labelled(world.workloads)


def pods_and_machines(world: World) -> Labelled:
    """Return the index of all that a policy can select: WorkloadEntries and WorkloadGroups too."""
    entries = (
        Workload(entry, ("spec",), entry.spec.get("labels", {}), {}, {}) for entry in world.all(kinds.WORKLOAD_ENTRY)
    )
    groups = (
        Workload(group, ("spec",), group.spec.get("metadata", {}).get("labels", {}), {}, {})
        for group in world.all(kinds.WORKLOAD_GROUP)
    )
    return Labelled([*world.workloads, *entries, *groups])
