"""What selects a workload: Services and whatever else has a selector, found without a look at all of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from ..validation.unknown import IsUnknown
from . import kinds
from .resource import Resource
from .selectors import contains
from .world import Workload, World

Selecting = tuple[Resource, Mapping[str, str]]
"""An object, and the labels of the workloads that it selects in its namespace."""


class Selectors:
    """An index of objects by one label that each selects, the rarest.

    Those without labels to select by are left out, and those of which labels or the namespace are not known.
    """

    def __init__(self, given: Iterable[Selecting]) -> None:
        some = list(_known(given))
        common = Counter(label for _, selector in some for label in selector.items())
        self._by_label: dict[tuple[str, str, str], list[Selecting]] = defaultdict(list)
        for resource, selector in some:
            key, value = min(selector.items(), key=lambda label: common[label])
            self._by_label[resource.namespace, key, value].append((resource, selector))

    def of(self, workload: Workload) -> Iterator[Resource]:
        """Return the objects that select a workload.

        :raises IsUnknown: when a label of the workload is not known
        """
        for key, value in workload.labels.items():
            for resource, selector in self._by_label.get((workload.namespace, key, value), ()):
                if contains(workload.labels, selector):
                    yield resource


def _known(given: Iterable[Selecting]) -> Iterator[Selecting]:
    for resource, selector in given:
        with suppress(IsUnknown):
            hash((resource.namespace, *selector.items()))
            if selector:
                yield resource, selector


def services_of(world: World) -> Selectors:
    """Return the index of Services; ask for it by ``world.derived(services_of)``."""
    return Selectors(_services(world))


def _services(world: World) -> Iterator[Selecting]:
    for service in world.all(kinds.SERVICE):
        with suppress(IsUnknown):
            yield service, service.spec.get("selector", {})
