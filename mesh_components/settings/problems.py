"""What is wrong with settings, in words a user can act on."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .opaque import is_opaque

_LONGEST = 60
_SECRET = ("caKey", "accessToken", "dockerConfigJson", "signing_key", "password")


class SettingsError(ValueError):
    """The settings cannot be used. ``str()`` is one message that lists every problem; ``problems`` has them singly."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "The settings of the mesh have a problem:" if count == 1 else f"The settings have {count} problems:"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    path: str
    """The key in the user's spelling, such as ``ingressGateways[0].ports[1].port``; empty for the whole."""
    value: Any
    """What was given."""
    allowed: str
    """What would be right, without a full stop."""
    choices: tuple[str, ...] = ()
    """Names that would be right, among which the nearest is suggested."""
    unknown: bool = False
    """Whether the key itself is the problem."""
    text: str = ""
    """The whole explanation, where no value alone is wrong."""

    def __str__(self) -> str:
        where = self.path or "settings"
        if self.text:
            return f"{where}: {self.text}"
        if self.unknown:
            return f"{where}: unknown key (given: {shown(self.path, self.value)}); {self.allowed}"
        return f"{where}: {shown(self.path, self.value)} is not allowed; allowed: {self.allowed}{self._hint()}"

    def _hint(self) -> str:
        near = nearest(self.value, self.choices) if isinstance(self.value, str) else None
        return f"; did you mean {near}?" if near else ""


def nearest(word: str, choices: Sequence[str]) -> str | None:
    """Return the one of ``choices`` that looks most like ``word``, or None when none does."""
    lowered: dict[str, str] = {}
    for choice in choices:
        lowered.setdefault(choice.lower(), choice)
    plain = word.lower()
    found = difflib.get_close_matches(plain, lowered, 1, 0.6)
    if not found:
        found = difflib.get_close_matches(plain.replace("_", "").replace("-", ""), lowered, 1, 0.6)
    return lowered[found[0]] if found else None


def unknown_key(path: str, key: str, value: Any, allowed: Sequence[str], elsewhere: Sequence[str] = ()) -> Problem:
    """Return the problem of ``key``, at ``path``, not being one of ``allowed``.

    ``elsewhere``: full paths at which this very key exists.
    """
    near = nearest(key, allowed)
    if near:
        hint = f"did you mean {near}?"
    elif elsewhere:
        hint = f"did you mean {' or '.join(elsewhere[:3])}?"
    else:
        hint = "allowed: " + ", ".join(sorted(allowed))
    return Problem(path, value, hint, unknown=True)


def shown(path: str, value: Any) -> str:
    """Return ``value`` as it may stand in a message: short, and not at all when it may be secret."""
    if any(part in path for part in _SECRET) or "PRIVATE KEY" in str(value):
        return "(a secret value)"
    if is_opaque(value):
        return "(a value known only later)"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
