"""Write every message as a Markdown page: ``python -m mesh_components.analysis.messages > docs/messages.md``."""

from __future__ import annotations

from . import catalogue

HEAD = """# What analysis can say

`IST…` are Istio's codes and levels, `KIA…` Kiali's, `MESH…` this project's own; the words are ours. Names in braces are
filled in.

| code | level | name | what is wrong | what to do |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    rows = (
        f"| {code} | {message.severity} | {message.name} | {cell(message.text)} | {cell(message.remedy)} |\n"
        for code, message in sorted(catalogue().items())
    )
    return HEAD + "".join(rows)


def cell(text: str) -> str:
    """Return a text as it can stand in a table."""
    return text.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    print(page(), end="")
