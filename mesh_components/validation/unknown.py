"""A value that nobody knows yet, such as an output of a resource that Pulumi has still to create."""

from __future__ import annotations

from typing import Any, Final, Never, Self


class IsUnknown(Exception):
    """Raised where a check looks at a value that is not known: whatever it was about to find, it cannot know."""


class Unknown:
    """Stands for an unknown value: ``is`` and ``isinstance`` work; using it as a value raises ``IsUnknown``."""

    __slots__ = ()

    def _refuse(self, *_: object) -> Never:
        raise IsUnknown

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __hash__ = __bool__ = __iter__ = __len__ = __contains__ = __getitem__ = _refuse
    __str__ = __format__ = __bytes__ = __int__ = __float__ = __index__ = __call__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _refuse

    def __getattr__(self, name: str) -> Any:
        # What asks for a method with underscores asks what kind of thing this is, not for its value.
        if name.startswith("__"):
            raise AttributeError(name)
        raise IsUnknown

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""The only instance."""


def holds_unknown(value: object) -> bool:
    """Whether a value, a mapping or a list holds an unknown value anywhere."""
    return isinstance(value, Unknown) or unsettled(value)[0]


def unsettled(value: object) -> tuple[bool, bool]:
    """Return whether a mapping or a list holds an unknown value anywhere, and whether it holds None."""
    unknown = null = False
    left = [value]
    while left:
        part = left.pop()
        for item in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            kind = type(item)
            if kind is Unknown:
                unknown = True
            elif item is None:
                null = True
            elif kind is dict or kind is list or isinstance(item, dict | list):
                left.append(item)
    return unknown, null
