"""`mesh graph`: the declared mesh as a picture, and what a change does to it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from local_cluster.errors import UserMistake
from mesh_components.topology.compare import compare
from mesh_components.topology.graph import Topology

from . import output_file, sides
from .analyze import Input, uncollected
from .console import err
from .options import ContextOption
from .previewed import view
from .project import Project
from .sides import Side


class Form(StrEnum):
    """How a picture is written."""

    TEXT = "text"
    SVG = "svg"
    HTML = "html"
    MERMAID = "mermaid"
    JSON = "json"


SUFFIXES = {
    ".txt": Form.TEXT,
    ".svg": Form.SVG,
    ".html": Form.HTML,
    ".htm": Form.HTML,
    ".mmd": Form.MERMAID,
    ".mermaid": Form.MERMAID,
    ".json": Form.JSON,
}
"""Forms by the end of a file's name."""

STDOUT = "-"


def graph(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...", help="YAML beside the stack: files, folders; {stack} in a name stands for the stack's."
        ),
    ] = None,
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", metavar="NAME", help="What this stack of stacks/ declares.")
    ] = None,
    cluster: Annotated[
        bool, typer.Option("--cluster", "-k", help="What the cluster has, with stack and files laid over it.")
    ] = False,
    context: ContextOption = None,
    diff: Annotated[
        str | None, typer.Option(metavar="REF", help="Show what changes against this commit: a branch, a tag …")
    ] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to write it, several times if need be; - is stdout."
        ),
    ] = None,
    form: Annotated[
        Form | None, typer.Option("--format", help="How to write it (default: by FILE's suffix; text on stdout).")
    ] = None,
) -> None:
    """Draw the mesh: gateways, services, routes with weights, mutual TLS, policies, findings; or what a change does."""
    if not (stack or files or cluster or context):
        raise UserMistake("nothing to draw: name a stack with --stack, files, or --cluster, or several of them")
    if diff is not None and not stack:
        raise UserMistake("--diff compares a stack with what it was: add --stack NAME")
    outputs = [(path, form or _form(path)) for path in output or [Path(STDOUT)]]
    with uncollected():
        picture = drawn(stack, files or [], cluster or bool(context), context, diff)
    for path, wanted in outputs:
        text = WRITERS[wanted](picture)
        if str(path) == STDOUT:
            sys.stdout.write(text)
        else:
            output_file.write(path, text)
            err.print(
                f"{picture.title}: {len(picture.nodes)} nodes, {len(picture.edges)} edges in {path}", markup=False
            )


def drawn(stack: str | None, files: Sequence[str], cluster: bool, context: str | None, diff: str | None) -> Topology:
    """Return the picture that is asked for.

    :raises ProjectError: for a stack that has no file
    :raises UserMistake: for files or a commit that are not there
    """
    below = Input()
    if cluster:
        below.add_cluster(context)
    if stack is None:
        below.add_files([Path(name) for name in files])
        side = Side(given=below.given, suppressions=below.suppressions, scope=below.scope)
        return view(side, ", ".join(below.sources), below.over).picture
    project = Project.find()
    title = " and ".join([f"stack {stack}", *below.sources])
    if diff is None:
        return view(_within(sides.now(project, stack, files), below), title, below.over).picture
    with sides.past(project, diff) as past:
        sides.in_repository(files, past.commit)
        if stack not in past.project.stacks:
            project.stack_file(stack)  # one that never was is a mistake
        today = sides.now(project, stack, files) if stack in project.stacks else Side()
        before = past.side(stack, files, today) if stack in past.project.stacks else Side()
        then, now = (view(_within(side, below), title, below.over).picture for side in (before, today))
        return compare(then, now, f"{title} against {past.commit.short}")


def _within(side: Side, below: Input) -> Side:
    """Return a side whose scope knows how much of a cluster was read."""
    scope = replace(side.scope, complete=below.scope.complete, unread=below.scope.unread)
    return replace(side, scope=scope)


def _form(path: Path) -> Form:
    if str(path) == STDOUT:
        return Form.TEXT
    found = SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise UserMistake(
            f"--output {path}: {', '.join(SUFFIXES)} say how a picture is written; name a file that ends so, or "
            "add --format"
        )
    return found


def _text(picture: Topology) -> str:
    from mesh_components.topology.drawing.text import tree

    return tree(picture)


def _svg(picture: Topology) -> str:
    from mesh_components.topology.drawing.svg import draw

    return draw(picture)


def _html(picture: Topology) -> str:
    from mesh_components.topology.drawing.html import page

    return page(picture)


def _mermaid(picture: Topology) -> str:
    from mesh_components.topology.drawing.mermaid import flowchart

    return flowchart(picture)


def _json(picture: Topology) -> str:
    return json.dumps(picture.as_dict(), indent=2) + "\n"


WRITERS: dict[Form, Callable[[Topology], str]] = {
    Form.TEXT: _text,
    Form.SVG: _svg,
    Form.HTML: _html,
    Form.MERMAID: _mermaid,
    Form.JSON: _json,
}
"""What writes each form; loaded when it is wanted."""
