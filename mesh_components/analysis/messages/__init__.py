"""What analysis can say, by whose code it is: Istio's, Kiali's, this project's own."""

from __future__ import annotations

from types import ModuleType

from ..finding import Message
from . import ist, kia, mesh, plan

MODULES: tuple[ModuleType, ...] = (ist, plan, kia, mesh)


def catalogue() -> dict[str, Message]:
    """Return every message by its code.

    :raises ValueError: when two messages have one code
    """
    found: dict[str, Message] = {}
    for message in (value for module in MODULES for value in vars(module).values() if isinstance(value, Message)):
        if found.setdefault(message.code, message) is not message:
            raise ValueError(f"two messages have the code {message.code}")
    return found
