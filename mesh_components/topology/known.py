"""Values of objects that may not be there, or not be known: what the picture then leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from ..validation.unknown import IsUnknown

T = TypeVar("T")
A = TypeVar("A")
O = TypeVar("O")  # noqa: E741


def known(make: Callable[..., T], otherwise: O, *given: Any) -> T | O:
    """Return what a function makes of something, something else when it looks at a value that is not known."""
    try:
        return make(*given)
    except IsUnknown:
        return otherwise


def each_known(things: Iterable[A], make: Callable[[A], T]) -> Iterator[T]:
    """Return what a function makes of things, without those of which too little is known."""
    for thing in things:
        try:
            yield make(thing)
        except IsUnknown:
            continue


def inside(whole: Any, *keys: str) -> Any:
    """Return a value inside maps; None where it is not there or not known."""
    for key in keys:
        if not is_map(whole):
            return None
        whole = whole.get(key)
    return whole


def is_map(value: Any) -> bool:
    """Return whether a value is a map; plain ones are told without a look at what else they could be."""
    return type(value) is dict or isinstance(value, Mapping)


def text(whole: Any, *keys: str) -> str:
    """Return a text inside maps; ``""`` where it is not there or not known."""
    found = inside(whole, *keys)
    return found if isinstance(found, str) else ""


def number(whole: Any, *keys: str) -> int | None:
    """Return a whole number inside maps; None where it is not there or not known."""
    found = inside(whole, *keys)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def items(whole: Any, *keys: str) -> list[Any]:
    """Return a list inside maps; an empty one where it is not there or not known."""
    found = inside(whole, *keys)
    return found if isinstance(found, list) else []


def entries(whole: Any, *keys: str) -> Mapping[str, Any]:
    """Return a map inside maps; an empty one where it is not there or not known."""
    found = inside(whole, *keys)
    return found if is_map(found) else {}


def texts(whole: Any, *keys: str) -> list[str]:
    """Return the texts of a list inside maps, without what is not known."""
    return [item for item in items(whole, *keys) if isinstance(item, str)]
