"""Names found by the patterns of AuthorizationPolicies, without a look at each of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence


class Names:
    """Names, by how they begin and by how they end."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._forwards = sorted(self._names)
        self._backwards = sorted(name[::-1] for name in self._names)

    def like(self, pattern: str) -> bool:
        """Return whether one is as a pattern says: exactly, ``prefix*``, ``*suffix`` or ``*``."""
        if pattern.endswith("*"):
            return _some_begins(self._forwards, pattern[:-1])
        if pattern.startswith("*"):
            return _some_begins(self._backwards, pattern[:0:-1])
        return pattern in self._names


def _some_begins(names: Sequence[str], start: str) -> bool:
    place = bisect_left(names, start)
    return place < len(names) and names[place].startswith(start)
