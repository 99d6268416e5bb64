"""XML from texts that anybody may have written: nothing in them is markup."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from .layout_parts import number
from .text_words import plain

_QUOTED = {'"': "&quot;", "'": "&#39;"}


def text(value: str) -> str:
    """Return a text on one line as it stands between tags or between quotes; control characters as escapes."""
    return escape(plain(value), _QUOTED)


def lines(values: Iterable[str]) -> str:
    """Return several texts, a line each, as they stand between tags."""
    return "\n".join(text(value) for value in values if value)


def element(name: str, content: str = "", **attributes: str | float | None) -> str:
    """Return an element; ``content`` is markup already, attributes are not, and one that is None is left out.

    A trailing underscore of an attribute's name is dropped, and others are hyphens: ``class_``, ``data_node``.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{number(value) if isinstance(value, (int, float)) else text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"
