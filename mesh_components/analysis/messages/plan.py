"""Messages of this project's own: what only a plan can get wrong."""

from __future__ import annotations

from ..finding import Message, Severity

DECLARED_TWICE = Message(
    "MESH0001",
    "DeclaredTwice",
    Severity.ERROR,
    "{resource} is declared {count} times, and the last to be applied wins",
    "let one declaration have the object",
)
