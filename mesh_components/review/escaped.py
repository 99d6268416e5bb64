"""Text of anybody's in Markdown, where it must stay text: GitHub's and GitLab's, https://spec.commonmark.org/0.31.2/."""

from __future__ import annotations

import re

SPECIAL = re.compile(r"([\\`*_\[\]<>#|~$&])")
"""Characters that mean something within a line of Markdown, of its extensions, or of HTML."""

MENTION = re.compile(r"@(?=\w)")
UNSEEN = "\u2060"
"""Word joiner: takes no room, and keeps what stands around it from being one word, so that nobody is called by it."""


def prose(text: str) -> str:
    """Return text for the middle of a line of prose: nothing in it is markup, a reference or a mention."""
    return MENTION.sub(f"@{UNSEEN}", SPECIAL.sub(r"\\\1", " ".join(text.split())))


def code(text: str) -> str:
    """Return text as a code span; of several lines it makes one."""
    line = " ".join(text.split()).replace("|", "¦")
    fence = "`" * (longest(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """Return text as a fenced block."""
    fence = "`" * max(3, longest(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def longest(text: str) -> int:
    """Return how many backticks stand side by side, at most."""
    return max((len(found) for found in re.findall(r"`+", text)), default=0)
