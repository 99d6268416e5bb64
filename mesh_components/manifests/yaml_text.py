"""YAML that every reader understands the same way, be it one for YAML 1.1 or 1.2.

A writer of our own, for the few shapes that Kubernetes objects have: a general one takes longer over Istio's CRDs than
planning the whole mesh does, and does not quote what Go's reader takes for a boolean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_/][\w./@:-]*(?<!:)")
# YAML 1.1 reads these as booleans and null, and Go's reader does so with y and n too.
_AMBIGUOUS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# Quotes, control characters, line breaks, byte order marks.
_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_NOT_IN_BLOCKS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def to_yaml(value: Any, *, sort_keys: bool = True) -> str:
    """Render data (mappings, sequences, scalars) as YAML in block style, each list at its key's own indentation.

    :param sort_keys: so that equal data gives equal text; otherwise keys stay in their order
    """
    lines: list[str] = []
    _write(value, "", "", lines, sorted if sort_keys else list)
    return "\n".join(lines) + "\n"


def _write(value: Any, lead: str, indent: str, lines: list[str], order: Callable[[Any], list[Any]]) -> None:
    """Append the lines of ``value``; the first begins with ``lead``, the others with ``indent``."""
    if isinstance(value, Mapping) and value:
        for key in order(value):
            inner = value[key]
            name = f"{lead}{_text(key) if isinstance(key, str) else _scalar(key, indent)}:"
            lead = indent
            if isinstance(inner, Mapping | list | tuple) and inner:
                lines.append(name)
                deeper = f"{indent}  " if isinstance(inner, Mapping) else indent
                _write(inner, deeper, deeper, lines, order)
            else:
                lines.append(f"{name} {_scalar(inner, indent)}")
    elif isinstance(value, list | tuple) and value:
        for inner in value:
            _write(inner, f"{lead}- ", f"{indent}  ", lines, order)
            lead = indent
    else:
        # A block's lines are indented from the node that holds it: the list's dash, or the document.
        lines.append(lead + _scalar(value, indent[:-2] if lead else ""))


def _scalar(value: Any, indent: str) -> str:
    if isinstance(value, str):
        return _text(value) if "\n" not in value else _block(value, indent)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, Sequence):
        return "[]"
    raise TypeError(f"{type(value).__name__} is nothing that YAML for Kubernetes has: {value!r}")


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _AMBIGUOUS:
        return text
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found.group()
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def _block(text: str, indent: str) -> str:
    """Return text of several lines as it reads, where a block can hold it."""
    if _NOT_IN_BLOCKS.search(text) or not text.strip():
        return _text(text)
    # Readers find out the indentation from the first line, unless that begins with white space of its own.
    indicator = "2" if text[0].isspace() else ""
    body, chomping = (text, "-") if text[-1] != "\n" else (text[:-1], "+" if text.endswith("\n\n") else "")
    lines = (f"{indent}  {line}" if line else "" for line in body.split("\n"))
    return f"|{indicator}{chomping}\n" + "\n".join(lines)


def _float(number: float) -> str:
    if not math.isfinite(number):
        return ".nan" if math.isnan(number) else f"{'-' if number < 0 else ''}.inf"
    mantissa, exponent, power = repr(number).partition("e")
    # YAML 1.1 wants a point in a number with an exponent.
    return f"{mantissa}{'' if '.' in mantissa or not exponent else '.0'}{exponent}{power}"
