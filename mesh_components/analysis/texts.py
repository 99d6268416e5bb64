"""Names and labels as they stand in texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SHOWN, LOOKED_AT = 5, 20
"""How many objects a text names, and how many are looked at for that."""


def full_name(reference: str, namespace: str) -> tuple[str, str]:
    """Return the namespace and name of a reference, ``name`` or ``namespace/name``."""
    before, slash, after = reference.partition("/")
    return (before, after) if slash else (namespace, before)


def listed(names: Iterable[str]) -> str:
    """Return names as they stand in a text, in order, the first few of many."""
    found = sorted(map(str, names))
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + (more if len(found) < LOOKED_AT else " and many more")


def some(things: Iterable[T]) -> list[T]:
    """Return things for `listed`, each once; not all where there are many, lest each of many be told of all others."""
    return list(islice(_distinct(things), LOOKED_AT))


def _distinct(things: Iterable[T]) -> Iterator[T]:
    seen: set[T] = set()
    for thing in things:
        if thing not in seen:
            seen.add(thing)
            yield thing


def written(selector: Mapping[str, str]) -> str:
    """Return a selector as kubectl writes it: ``app=cart,version=v1``."""
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
