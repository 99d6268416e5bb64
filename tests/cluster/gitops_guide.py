"""What `docs/gitops.md` and `docs/render.md` tell people to do, read out of them: the tests do it, word for word."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

DOCS = Path(__file__).parents[2] / "docs"

STACK = "staging"
FOLDER = f"rendered/{STACK}"
"""The stack, and its folder, that the guides write of."""


@dataclass(frozen=True)
class Rule:
    """A row of the guide's table of fields that others write; ``[]`` stands for any item of a list."""

    kind: str
    field: str
    writer: str


def section(title: str, page: str = "gitops.md") -> str:
    """Return the text below a heading, up to the next one."""
    text = (DOCS / page).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return str(found)


def blocks(language: str, text: str) -> list[str]:
    """Return the fenced blocks of a language, those inside of lists included."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


def commands(block: str) -> list[str]:
    """Return the commands of a console block."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def manifests(title: str) -> list[Any]:
    """Return the Kubernetes objects in a section."""
    (block,) = blocks("yaml", section(title))
    return list(yaml.safe_load_all(block))


def rules() -> set[Rule]:
    """Return the table of fields that others write."""
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \|", section("Fields that others write"), re.MULTILINE)
    return {Rule(*row) for row in rows}
