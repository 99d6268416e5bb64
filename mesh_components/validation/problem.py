"""What is wrong with an object, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Path = tuple[str | int, ...]
"""Where something stands in an object: names of fields and positions in lists, from the top."""

REFUSED = "IST0106"
WARNED = "IST0133"
UNREACHABLE = "IST0130"
INEFFECTIVE = "IST0131"
"""Istio's codes for what its validation answers (``pkg/config/analysis/msg/messages.yaml``)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the API server or istiod's webhook would say of an object."""

    path: Path
    """Where in the object, such as ``("spec", "http", 0, "route", 1, "weight")``."""
    message: str
    """What is wrong, with the value and what is allowed, on one line."""
    is_warning: bool = False
    """Whether istiod takes the object all the same."""
    rule: str = ""
    """Code of the two findings about virtual services that have one of their own; empty for the rest."""

    @property
    def code(self) -> str:
        """Istio's code for it."""
        return self.rule or (WARNED if self.is_warning else REFUSED)


Problems = Iterator[Problem]


def warning(path: Path, message: str, rule: str = "") -> Problem:
    """Return a problem that istiod only warns of."""
    return Problem(path, message, True, rule)


def show(value: object) -> str:
    """Return a value as a message quotes it: on one line, not longer than a line."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        text = " ".join(repr(value).split("\n"))
    except RecursionError:
        text = f"a {type(value).__name__} nested too deeply to show"
    return text if len(text) <= 80 else f"{text[:76]}…{text[-1]}"
