"""Things found by labels: what a selector selects, and what selects a thing, without a look at each of them.

What is not known may match: where that would change the answer, `IsUnknown` is raised.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from ..validation.unknown import IsUnknown, Unknown
from . import kinds
from .world import Workload, World, part

T = TypeVar("T")
Labels = Mapping[str, str]


class Labelled(Generic[T]):
    """Things with labels, by namespace.

    :param things: each with its labels and its namespace
    """

    def __init__(self, things: Iterable[tuple[T, Labels, str]] = ()) -> None:
        # None stands for all namespaces.
        self._all: dict[str | None, list[tuple[Labels, T]]] = defaultdict(list)
        self._by_label: dict[tuple[str | None, str, str], list[tuple[Labels, T]]] = defaultdict(list)
        self._doubtful: dict[str | None, list[tuple[Labels, bool]]] = defaultdict(list)
        """Labels of which some are not known, or of things that may not be there (False) at all."""
        self._anywhere: list[Labels] = []
        """Labels of things whose namespace is not known."""
        for thing in things:
            self.add(*thing)

    def add(self, thing: T, labels: Labels, namespace: str) -> None:
        """Add a thing."""
        if isinstance(labels, Unknown):
            self._doubt(labels, namespace, True)
            return
        if isinstance(namespace, Unknown) or any(isinstance(value, Unknown) for value in labels.values()):
            self._doubt(labels, namespace, True)
        entry = labels, thing
        for place in (None,) if isinstance(namespace, Unknown) else (None, namespace):
            self._all[place].append(entry)
            for key, value in labels.items():
                if not isinstance(value, Unknown):
                    self._by_label[place, key, value].append(entry)

    def add_uncertain(self, labels: Labels, namespace: str) -> None:
        """Add something that may not be there; its labels and its namespace need not be known, either."""
        self._doubt(labels, namespace, False)

    def _doubt(self, labels: Labels, namespace: str, is_there: bool) -> None:
        self._doubtful[None].append((labels, is_there))
        if isinstance(namespace, Unknown):
            self._anywhere.append(labels)
        else:
            self._doubtful[namespace].append((labels, is_there))

    def selected(self, selector: Labels, namespace: str | None = None) -> Iterator[T]:
        """Return the things that are known to have all of these labels.

        :param namespace: where to look; everywhere by default
        """
        lists = [self._by_label.get((namespace, key, value), []) for key, value in selector.items()]
        for labels, thing in min(lists, key=len) if lists else self._all.get(namespace, []):
            if match(labels, selector):
                yield thing

    def all_selected(self, selector: Labels, namespace: str | None = None) -> list[T]:
        """Return the things that have all of these labels.

        :raises IsUnknown: when one more may have them
        """
        self.make_sure(selector, namespace)
        return list(self.selected(selector, namespace))

    def any_selected(self, selector: Labels, namespace: str | None = None) -> bool:
        """Return whether something has all of these labels.

        :raises IsUnknown: when nothing is known to have them, and something may
        """
        for _ in self.selected(selector, namespace):
            return True
        self.make_sure(selector, namespace)
        return False

    def make_sure(self, selector: Labels, namespace: str | None = None) -> None:
        """Refuse to say what these labels select while something may have them of which that is not known.

        :raises IsUnknown: then
        """
        for labels, is_there in self._doubtful.get(namespace, ()):
            has = match(labels, selector)
            if has is None or (has and not is_there):
                raise IsUnknown
        if namespace is not None and any(match(labels, selector) is not False for labels in self._anywhere):
            raise IsUnknown


class Selectors(Generic[T]):
    """Things that select by labels, each in its namespace; one without labels selects everything there.

    :param things: each with its labels and its namespace
    """

    def __init__(self, things: Iterable[tuple[T, Labels, str]] = ()) -> None:
        self._by_label: dict[tuple[str, tuple[str, str] | None], list[tuple[Labels, T]]] = defaultdict(list)
        """By one label of each, the rarest: what is selected has them all."""
        self._keys: dict[str, set[str]] = defaultdict(set)
        self._doubtful: dict[str, list[Labels]] = defaultdict(list)
        self._anywhere: list[Labels] = []
        known = []
        for thing, selector, namespace in things:
            if isinstance(namespace, Unknown):
                self._anywhere.append(selector)
            elif isinstance(selector, Unknown) or any(isinstance(value, Unknown) for value in selector.values()):
                self._doubtful[namespace].append(selector)
            else:
                known.append((thing, selector, namespace))
        common = Counter(label for _, selector, _ in known for label in selector.items())
        for thing, selector, namespace in known:
            rarest = min(selector.items(), key=common.__getitem__, default=None)
            self._by_label[namespace, rarest].append((selector, thing))
            self._keys[namespace].update(selector)

    def selecting(self, labels: Labels, namespace: str) -> Iterator[T]:
        """Return the things that are known to select what has these labels."""
        for label in (None, *labels.items()):
            if label is None or not isinstance(label[1], Unknown):
                for selector, thing in self._by_label.get((namespace, label), ()):
                    if match(labels, selector):
                        yield thing

    def all_selecting(self, labels: Labels, namespace: str) -> list[T]:
        """Return the things that select what has these labels.

        :raises IsUnknown: when one more may select it
        """
        self.make_sure(labels, namespace)
        return list(self.selecting(labels, namespace))

    def any_selecting(self, labels: Labels, namespace: str) -> bool:
        """Return whether something selects what has these labels.

        :raises IsUnknown: when nothing is known to select it, and something may
        """
        for _ in self.selecting(labels, namespace):
            return True
        self.make_sure(labels, namespace)
        return False

    def make_sure(self, labels: Labels, namespace: str) -> None:
        """Refuse to say what selects these labels while something may of which that is not known.

        :raises IsUnknown: then
        """
        unsure = (*self._doubtful.get(namespace, ()), *self._anywhere)
        asked = self._keys.get(namespace, ())
        if any(match(labels, selector) is not False for selector in unsure) or any(
            isinstance(value, Unknown) and key in asked for key, value in labels.items()
        ):
            raise IsUnknown


def match(labels: Labels, selector: Labels) -> bool | None:
    """Return whether labels have all that a selector asks for; None when that is not known."""
    if isinstance(labels, Unknown) or isinstance(selector, Unknown):
        return None
    found: bool | None = True
    for key, value in selector.items():
        if key not in labels:
            return False
        if isinstance(labels[key], Unknown) or isinstance(value, Unknown):
            found = None
        elif labels[key] != value:
            return False
    return found


def pods(world: World) -> Labelled[Workload]:
    """Return pods and what makes pods; ask for them by ``world.derived(pods)``."""
    return Labelled((workload, workload.labels, workload.namespace) for workload in world.workloads)


def pods_and_machines(world: World) -> Labelled[Workload]:
    """Return all that a policy can select: WorkloadEntries and WorkloadGroups, too."""
    labels = [(entry, part(entry.spec, "labels")) for entry in world.all(kinds.WORKLOAD_ENTRY)]
    labels += [(group, part(part(group.spec, "metadata"), "labels")) for group in world.all(kinds.WORKLOAD_GROUP)]
    machines = [Workload(machine, ("spec",), found, {}, {}) for machine, found in labels]
    return Labelled((workload, workload.labels, workload.namespace) for workload in [*world.workloads, *machines])
