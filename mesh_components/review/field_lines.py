"""A changed object as the lines of a diff."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from ..live.compare import ABSENT
from ..manifests.yaml_text import to_yaml
from .changes import DELETED, Field, ObjectChange

CONTEXT = 2
"""Lines around a change within a long text."""

LONGEST = 200
"""Characters of a value that is shown on one line."""

UNREAD = "CustomResourceDefinition"
"""A kind whose fields nobody reads in a review: they are generated from Istio's API, thousands of lines."""


def lines(change: ObjectChange) -> list[str]:
    """Return what becomes of an object, a line each that begins with ``+``, ``-``, ``@`` or a space."""
    if change.kind == UNREAD:
        return []
    if change.fields:
        return [line for field in change.fields for line in of_field(field)]
    sign = "-" if change.action == DELETED else "+"
    return [f"{sign} {line}" for line in to_yaml(change.manifest, sort_keys=False).splitlines()]


def of_field(field: Field) -> Iterator[str]:
    """Return the lines of one field: both values side by side, or a diff where they are long."""
    if is_short(field.before) and is_short(field.after):
        if field.before is not ABSENT:
            yield f"- {field.path}: {short(field.before)}"
        if field.after is not ABSENT:
            yield f"+ {field.path}: {short(field.after)}"
        return
    yield f"@@ {field.path} @@"
    difference = difflib.unified_diff(written(field.before), written(field.after), lineterm="", n=CONTEXT)
    for line in itertools.islice(difference, 3, None):  # the first three name the files and the first place
        yield "@@ … @@" if line.startswith("@@") else f"{line[0]} {line[1:]}"


def is_short(value: Any) -> bool:
    """Return whether a value fits into one line."""
    if value is ABSENT:
        return True
    if isinstance(value, str):
        return len(value) <= LONGEST and "\n" not in value
    return not value if isinstance(value, Mapping | list) else True


def short(value: Any) -> str:
    """Return a value on one line, as YAML has it."""
    text: str = to_yaml({"v": value}, sort_keys=False)
    return " ".join(text.removeprefix("v:").split())


def written(value: Any) -> list[str]:
    """Return a value's lines: a text's own, everything else as YAML."""
    if value is ABSENT:
        return []
    if isinstance(value, str):
        return value.splitlines()
    return to_yaml(value, sort_keys=False).splitlines()
