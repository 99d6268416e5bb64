"""How a check of istiod's webhook is written: a generator of problems, which stops where something is unknown.

Objects that hold unknown values are guarded before they are checked: to fetch an unknown value, or to ask whether it is
there, raises ``IsUnknown``, and ``check`` ends that check alone. So what a check has found before, it found by known
values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, ParamSpec

from .problem import Path, Problems
from .unknown import IsUnknown, Unknown
from .wire import DEEPEST

P = ParamSpec("P")
Object = Mapping[str, Any]


def check(function: Callable[P, Problems]) -> Callable[P, Problems]:
    """Make a generator of problems end where it meets an unknown value."""

    @wraps(function)
    def known(*args: P.args, **kwargs: P.kwargs) -> Problems:
        try:
            yield from function(*args, **kwargs)
        except IsUnknown:
            return

    return known


class _Mapping(dict[str, Any]):
    def __getitem__(self, key: str) -> Any:
        return _known(super().__getitem__(key))

    def get(self, key: str, default: Any = None) -> Any:
        return _known(super().get(key, default))

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) and _known(super().get(key)) is not _ABSENT  # type: ignore[call-overload]


class _List(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        return map(_known, super().__iter__())

    def __contains__(self, item: object) -> bool:
        return any(item == other for other in self)


_ABSENT = object()


def _known(value: Any) -> Any:
    if type(value) is Unknown:
        raise IsUnknown
    return value


def guarded(value: Any, depth: int = 0) -> Any:
    """Return a copy of an object that raises ``IsUnknown`` where an unknown value is asked for."""
    if depth > DEEPEST:
        return value
    if isinstance(value, Mapping):
        return _Mapping({key: guarded(item, depth + 1) for key, item in value.items()})
    if isinstance(value, list):
        return _List(guarded(item, depth + 1) for item in value)
    return value


def each(parent: Object, name: str, path: Path) -> Iterator[tuple[Any, Path]]:
    """Yield the known items of the list ``name`` with their paths."""
    items = parent.get(name)
    if items:
        for index, item in enumerate(list.__iter__(items)):
            if type(item) is not Unknown:
                yield item, (*path, name, index)


def entries(parent: Object, name: str, path: Path) -> Iterator[tuple[str, Any, Path]]:
    """Yield the keys and known values of the mapping ``name`` with their paths."""
    items = parent.get(name)
    if items:
        for key, item in dict.items(items):
            if type(item) is not Unknown:
                yield key, item, (*path, name, key)
