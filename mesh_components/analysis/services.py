"""Services by what they select: which of them send to a workload, without a look at every Service."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..validation.unknown import IsUnknown
from . import kinds
from .resource import Resource
from .selectors import contains
from .world import Workload, World

Label = tuple[str, str]


class ServicesOf:
    """An index of Services by one label that each selects, the rarest. Get it by ``world.derived(services_of)``.

    Services of which the selector or the namespace is not known are left out.
    """

    def __init__(self, selectors: Mapping[Resource, Mapping[str, str]]) -> None:
        self._selectors = selectors
        common = Counter(label for selector in selectors.values() for label in selector.items())
        self._by_label: dict[tuple[str, Label], list[Resource]] = defaultdict(list)
        for service, selector in selectors.items():
            rarest = min(selector.items(), key=lambda label: common[label])
            self._by_label[service.namespace, rarest].append(service)

    def of(self, workload: Workload) -> Iterator[Resource]:
        """Return the Services that send to a workload.

        :raises IsUnknown: when a label of the workload is not known
        """
        for label in workload.labels.items():
            for service in self._by_label.get((workload.namespace, label), ()):
                if contains(workload.labels, self._selectors[service]):
                    yield service


def services_of(world: World) -> ServicesOf:
    """Return the index of Services that select something."""
    return ServicesOf(dict(_selectors(world)))


def _selectors(world: World) -> Iterator[tuple[Resource, Mapping[str, str]]]:
    for service in world.all(kinds.SERVICE):
        with suppress(IsUnknown):
            selector = service.spec.get("selector", {})
            hash((service.namespace, *selector.items()))
            if selector:
                yield service, selector
