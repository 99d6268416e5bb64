"""Names of stacks and the marks by which comments and issues are found again."""

from __future__ import annotations

import re
from pathlib import Path

from errors import CiError

STACK = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""A stack's or a project's name, as Pulumi allows it."""

PREVIEW_MARKER = re.compile(rf"<!-- mesh preview: (?P<project>{STACK.pattern})/(?P<stack>{STACK.pattern}) -->")
"""First line of a comment of `mesh preview` on one stack."""

DRIFT_LABEL = "mesh-drift"
"""Label of the issues that the drift job opens."""


def stack_name(text: str) -> str:
    """Return a stack's name.

    :raises CiError: for what cannot be one
    """
    if not STACK.fullmatch(text):
        raise CiError(f"{text[:120]!r} cannot be a stack: allowed are 1 to 100 letters, digits, '_', '-' and '.'")
    return text


def stack_file(stack: str, root: Path = Path()) -> Path:
    """Return where a stack's file is."""
    return root / "stacks" / f"Pulumi.{stack}.yaml"


def preview_marker(stack: str, root: Path = Path()) -> str:
    """Return the first line of a stack's comment, as `mesh preview` writes it."""
    return f"<!-- mesh preview: {project_name(root)}/{stack} -->"


def drift_marker(stack: str, root: Path = Path()) -> str:
    """Return the first line of the issue on a stack's drift."""
    return f"<!-- mesh drift: {project_name(root)}/{stack} -->"


def project_name(root: Path = Path()) -> str:
    """Return the Pulumi project's name, from Pulumi.yaml in a folder.

    :raises CiError: where there is none
    """
    try:
        text = (root / "Pulumi.yaml").read_text(encoding="utf-8")
    except OSError as error:
        raise CiError(f"no Pulumi.yaml in {root.resolve()}: run this in the project's folder") from error
    found = re.search(r"^name:\s*[\"']?([A-Za-z0-9_.-]{1,100})[\"']?\s*(?:#.*)?$", text, re.MULTILINE)
    if not found:
        raise CiError("Pulumi.yaml has no line `name: <project>`")
    return found[1]


def first_line(text: str | None) -> str:
    """Return a text's first line, `""` where there is none; forges may give back other line ends than they got."""
    return ((text or "").splitlines() or [""])[0].rstrip()
