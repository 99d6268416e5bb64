"""Encrypted settings in a stack's file: which of them have another value than before. The values nobody sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mesh_components.live.plan import SECURE


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the encrypted settings that are new or have another value, by name.

    Pulumi encrypts with a new nonce each time, so one that was set again to what it was counts, too.

    :param before: settings of the stack's file as it was
    :param after: settings as they are
    """
    old = dict(_encrypted(before, ""))
    return sorted(name for name, text in _encrypted(after, "") if old.get(name) != text)


def _encrypted(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if set(value) == {SECURE}:
            yield name, str(value[SECURE])
            return
        for key, inner in value.items():
            yield from _encrypted(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _encrypted(inner, f"{name}[{index}]")
