"""Small texts that several parts of the picture are made of.

They are whole, however long: what is left out of a text would be left out of a comparison, too. Who draws them cuts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..analysis.texts import written
from ..validation.unknown import IsUnknown, Unknown
from .known import known

NOT_KNOWN = "a condition that is not known yet"
"""Stands for what somebody matches by while its value is still to come."""


def percent(value: float) -> str:
    """Return a percentage as it is said: ``12.5 %``."""
    return f"{value:g} %"


def share(value: Any) -> float:
    """Return a percentage, two digits behind the point.

    :raises IsUnknown: when it is not known
    """
    if isinstance(value, Unknown):
        raise IsUnknown
    return round(float(value), 2)


def shares(routes: Sequence[Mapping[str, Any]], otherwise: int) -> list[float] | None:
    """Return the percentages that destinations get by their weights; None when not all weights are known.

    :param otherwise: the weight of one that has none
    """

    def weights() -> list[int]:
        return [max(route.get("weight", otherwise), 0) for route in routes]

    found = known(weights, None)
    return None if found is None else [share(100 * weight / (sum(found) or 1)) for weight in found]


def many(count: int, one: str, more: str = "") -> str:
    """Return a count with its noun: ``1 retry``, ``3 retries``."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def string_match(given: Any) -> str:
    """Return how a value is compared: ``prefix /api``; ``present`` when anything will do.

    :raises IsUnknown: when that is not known
    """
    for how in ("exact", "prefix", "regex"):
        if how in given:
            return f"{how} {given[how]:s}"
    return "present"


def all_known(makers: Iterable[Callable[..., Iterable[str]]], *given: Any) -> list[str]:
    """Return the texts that functions make of something, but those that are empty or of which too little is known."""
    found: list[str] = []
    for make in makers:
        try:
            found += [text for text in make(*given) if text]
        except IsUnknown:
            continue
    return found


def hosts_text(hosts: Sequence[str]) -> str:
    """Return hosts as a condition: ``host a.com``, ``hosts a.com, b.com``."""
    return f"host{'' if len(hosts) == 1 else 's'} {', '.join(hosts)}"


def labels_text(labels: Mapping[str, str]) -> str:
    """Return labels as kubectl writes them.

    :raises IsUnknown: when one of them is not known
    """
    return written({name: f"{value:s}" for name, value in labels.items()})


def joined(*parts: str, by: str = ", ") -> str:
    """Return the texts that are not empty, one after the other."""
    return by.join(part for part in parts if part)
