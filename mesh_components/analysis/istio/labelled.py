"""Things found by labels, without looking at each of them: what a selector selects, what selects a thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from ...validation.unknown import IsUnknown, Unknown
from ..selectors import contains
from ..world import Workload, World

T = TypeVar("T")
Labels = Mapping[str, str]


class Labelled(Generic[T]):
    """Things with labels. Those of which some label is not known are kept apart: a selector may select them."""

    def __init__(self) -> None:
        self._all: list[tuple[Labels, T]] = []
        self._by_label: dict[tuple[str, str], list[tuple[Labels, T]]] = defaultdict(list)
        self._uncertain: list[Labels | None] = []

    def add(self, thing: T, labels: Labels) -> None:
        """Add a thing."""
        entry = labels, thing
        try:
            lists = [self._by_label[pair] for pair in labels.items()]
        except IsUnknown:
            self.add_uncertain(labels)
            return
        for entries in (self._all, *lists):
            entries.append(entry)

    def add_uncertain(self, labels: Labels | None) -> None:
        """Add something that may be selected, and may not even be there; None when nothing is known of its labels."""
        self._uncertain.append(None if isinstance(labels, Unknown) else labels)

    def selected(self, selector: Labels) -> Iterator[T]:
        """Return the things that have all of these labels, as far as their labels are known."""
        lists = [self._by_label.get(pair, []) for pair in selector.items()]
        for labels, thing in min(lists, key=len, default=self._all):
            if contains(labels, selector):
                yield thing

    def all_selected(self, selector: Labels) -> list[T]:
        """Return the things that have all of these labels.

        :raises IsUnknown: when one more may have them
        """
        self.make_sure(selector)
        return list(self.selected(selector))

    def any_selected(self, selector: Labels) -> bool:
        """Return whether something has all of these labels.

        :raises IsUnknown: when nothing is known to have them, and something may
        """
        for _ in self.selected(selector):
            return True
        self.make_sure(selector)
        return False

    def make_sure(self, selector: Labels) -> None:
        """Refuse to say what these labels select while something may have them of which that is not known.

        :raises IsUnknown: then
        """
        if any(labels is None or _may_contain(labels, selector) for labels in self._uncertain):
            raise IsUnknown


def _may_contain(labels: Labels, wanted: Labels) -> bool:
    return all(key in labels and (isinstance(labels[key], Unknown) or labels[key] == wanted[key]) for key in wanted)


class Workloads:
    """Workloads by labels. Get it by ``world.derived(Workloads)``."""

    def __init__(self, world: World) -> None:
        self.anywhere: Labelled[Workload] = Labelled()
        self._by_namespace: dict[str, Labelled[Workload]] = defaultdict(Labelled)
        self._placeless: list[Labels] = []
        for workload in world.workloads:
            self.anywhere.add(workload, workload.labels)
            if isinstance(workload.namespace, Unknown):
                self._placeless.append(workload.labels)
            else:
                self._by_namespace[workload.namespace].add(workload, workload.labels)

    def within(self, namespace: str) -> Labelled[Workload]:
        """Return the workloads of a namespace.

        :raises IsUnknown: when one more may be there
        """
        if self._placeless:
            raise IsUnknown
        return self._by_namespace.get(namespace) or Labelled()


class Selectors(Generic[T]):
    """Things that select by labels: the reverse of `Labelled`. Those with an unknown selector are stepped over."""

    def __init__(self) -> None:
        self._by_label: dict[tuple[str, str] | None, list[tuple[Labels, T]]] = defaultdict(list)
        self.some_unknown = False

    def add(self, thing: T, selector: Labels) -> None:
        """Add a thing that selects."""
        try:
            # Any one of its labels will do to find it by, since what it selects has them all.
            for pair in selector.items():
                hash(pair)
            self._by_label[min(selector.items(), default=None)].append((selector, thing))
        except IsUnknown:
            self.some_unknown = True

    def selecting(self, labels: Labels) -> Iterator[T]:
        """Return the things that select something with these labels; an empty selector selects everything."""
        for pair in (None, *labels.items()):
            for selector, thing in self._by_label.get(pair, ()):
                if contains(labels, selector):
                    yield thing


def full_name(reference: str, namespace: str) -> tuple[str, str]:
    """Return the namespace and name of a reference, ``name`` or ``namespace/name``."""
    before, slash, after = reference.partition("/")
    return (before, after) if slash else (namespace, before)


def listed(names: list[str], most: int = 5) -> str:
    """Return names as they stand in a text, in order, the first few of many."""
    names = sorted(map(str, names))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def written(selector: Labels) -> str:
    """Return a selector as kubectl writes it: ``app=cart,version=v1``."""
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
