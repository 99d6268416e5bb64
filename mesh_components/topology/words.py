"""Small texts that several parts of the picture are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..validation.unknown import IsUnknown, Unknown
from .known import entries, known, text

SHOWN = 4
"""How many of many a text names."""
NOT_KNOWN = "a condition that is not known yet"
"""Stands for what somebody matches by while its value is still to come."""


def some(names: Sequence[str], joint: str = ", ") -> str:
    """Return names in the order given, the first few of many."""
    if len(names) <= SHOWN:
        return joint.join(names)
    return f"{joint.join(names[:SHOWN])} and {len(names) - SHOWN} more"


def percent(value: Any) -> str:
    """Return a percentage as it is said: ``12.5 %``."""
    return f"{share(value):g} %"


def share(value: Any) -> float:
    """Return a percentage, two digits behind the point."""
    if isinstance(value, Unknown):
        raise IsUnknown
    return round(float(value), 2)


def many(count: Any, one: str, more: str = "") -> str:
    """Return a count with its noun: ``1 retry``, ``3 retries``."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def string_match(given: Any) -> str:
    """Return how a value is compared: ``prefix /api``; ``present`` when anything will do.

    :raises IsUnknown: when that is not known
    """
    if isinstance(given, Unknown):
        raise IsUnknown
    for how in ("exact", "prefix", "regex"):
        if isinstance(given, Mapping) and how in given:
            return f"{how} {given[how]:s}"
    return "present"


def all_known(makers: Iterable[Any], *given: Any) -> list[str]:
    """Return the texts that functions make of something, without the empty ones and those of which too little is known."""
    found: list[str] = []
    for make in makers:
        found += known(lambda make=make: [part for part in make(*given) if part], [])
    return found


def selector_text(labels: Any) -> str:
    """Return labels as kubectl writes them, as far as they are known."""
    found = entries(labels)
    return ",".join(f"{name}={text(found, name)}" for name in sorted(found))
