"""Hosts found by hosts, wildcards on both sides, without comparing each with each.

Upstream: `Name.Matches` in `pkg/config/host/name.go`: two hosts match when they are equal, or when one is a wildcard
and what stands behind its star is the end of the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class HostNames(Generic[T]):
    """Hosts, each with something that belongs to it."""

    def __init__(self) -> None:
        self._exact: dict[str, list[T]] = defaultdict(list)
        self._wildcards: dict[str, list[T]] = defaultdict(list)
        """By what stands behind the star."""
        self._ends: dict[str, list[T]] = defaultdict(list)
        """Every host by each of its ends that a wildcard can have: ``.b.c``, ``.c`` and nothing of ``a.b.c``."""

    def add(self, host: str, thing: T) -> None:
        """Add a host."""
        whole = host.removeprefix("*")
        (self._wildcards if whole != host else self._exact)[whole].append(thing)
        for end in {whole, *ends(whole)}:
            self._ends[end].append(thing)

    def matching(self, host: str) -> Iterator[T]:
        """Return what belongs to the hosts that match a host."""
        whole = host.removeprefix("*")
        if whole == host:
            yield from self._exact.get(host, ())
            shorter = ends(host)
        else:
            yield from self._ends.get(whole, ())
            shorter = (end for end in ends(whole) if end != whole)
        for end in shorter:
            yield from self._wildcards.get(end, ())


def ends(host: str) -> Iterator[str]:
    """Return the ends of a host that start with a dot, and the empty one."""
    for place, letter in enumerate(host):
        if letter == ".":
            yield host[place:]
    yield ""
