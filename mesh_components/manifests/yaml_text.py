"""YAML that every reader understands the same way."""

from __future__ import annotations

import re
from typing import Any

import yaml

_PLAIN = re.compile(r"[A-Za-z_/][\w./@:-]*")
# YAML 1.1 reads these as booleans and null, and Go's reader does so with y and n too, which PyYAML does not quote.
_AMBIGUOUS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes multi-line text as it reads, and quotes what could be anything but a string."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _string(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else _quotes(text))


def _quotes(text: str) -> str | None:
    return None if _PLAIN.fullmatch(text) and text.lower() not in _AMBIGUOUS else '"'


_Dumper.add_representer(str, _string)


def to_yaml(value: Any, *, sort_keys: bool = True) -> str:
    """Render data as YAML in block style; with ``sort_keys``, equal data gives equal text."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=sort_keys, default_flow_style=False, width=1_000_000, allow_unicode=True
    )
    return text
