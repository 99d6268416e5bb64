"""Strings made of values that may not be known yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mesh_components.settings.opaque import has_opaque


@dataclass(frozen=True)
class Assembled:
    """A string still to be made: ``fn(value)``, once every opaque leaf inside ``value`` has arrived.

    The Pulumi shell turns it into ``Output.from_input(value).apply(fn)``.
    """

    fn: Callable[[Any], str]
    """Makes the string. Pure."""
    value: Any
    """What it is made of."""

    def apply(self, func: Callable[[Any], Any], /) -> Assembled:
        """Return the string that ``func`` makes of this one, so that an assembled string is opaque in its turn."""
        return Assembled(lambda value: func(self.fn(value)), self.value)


def assemble(fn: Callable[[Any], str], value: Any) -> str | Assembled:
    """Return ``fn(value)``, or an ``Assembled`` of it while something inside ``value`` is opaque."""
    return Assembled(fn, value) if has_opaque(value) else fn(value)
