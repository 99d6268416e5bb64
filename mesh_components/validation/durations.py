"""Durations where istiod takes them (``pkg/config/validation/agent/validation.go``)."""

from __future__ import annotations

from . import go_duration
from .checks import Object, check
from .problem import Path, Problem, Problems, show


def known(parent: Object, name: str) -> int | None:
    """Return the duration ``name`` in nanoseconds; None when it is not there, or none."""
    text = parent.get(name)
    return None if text is None else go_duration.nanoseconds(text)


@check
def readable(parent: Object, name: str, path: Path) -> Problems:
    """Yield when ``name`` is there and not a duration at all."""
    text = parent.get(name)
    if text is not None and go_duration.nanoseconds(text) is None:
        yield Problem((*path, name), f"{show(text)} is not a duration such as 1.5s, 100ms or 1h")


@check
def duration(parent: Object, name: str, path: Path) -> Problems:
    """Yield when ``name`` is there and not a duration of whole milliseconds, one at least."""
    yield from readable(parent, name, path)
    found = known(parent, name)
    if found is not None and found < go_duration.MILLISECOND:
        yield Problem((*path, name), f"{show(parent.get(name))} is shorter than 1ms")
    elif found is not None and found % go_duration.MILLISECOND:
        yield Problem((*path, name), f"{show(parent.get(name))} is finer than a millisecond")
