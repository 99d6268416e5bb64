"""`mesh render`: the planned mesh as YAML, without a cluster and without Pulumi."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from local_cluster.errors import UserMistake
from mesh_components.live.plan import declared

from . import rendered_folder
from .project import PROJECT, Project
from .rendered import Rendered, rendered
from .rendered_folder import Change
from .rendered_steps import in_steps
from .stack_file import parsed, read_text

STDOUT = "-"
COLOURS = {"created": "green", "changed": "yellow", "removed": "red"}


class Format(StrEnum):
    """The form of what goes to standard output."""

    TEXT = "text"
    JSON = "json"


def render(
    stack: Annotated[str, typer.Option("--stack", "-s", metavar="NAME", help="The stack, a file in stacks/.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for a file per object; - is standard output.")
    ] = Path(STDOUT),
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Write what Secrets hold, where the stack's file has it unencrypted.")
    ] = False,
    gitops: Annotated[
        bool,
        typer.Option("--gitops", help="A folder per step of an installation, with Argo CD's and Flux's annotations."),
    ] = False,
    form: Annotated[
        Format, typer.Option("--format", help="Standard output: text (YAML, or which files changed) or json.")
    ] = Format.TEXT,
) -> None:
    """Write the planned mesh as YAML, one file per object, without a cluster."""
    objects = planned(stack, show_secrets=show_secrets, gitops=gitops)
    if str(output) == STDOUT:
        sys.stdout.write(stream(objects) if form is Format.TEXT else document([record(one) for one in objects]))
    else:
        changes = rendered_folder.write(output, stack, objects)
        report(changes, objects, form)
        counted = Counter(change.action for change in changes)
        numbers = ", ".join(f"{number} {action}" for action, number in sorted(counted.items()))
        typer.echo(f"{len(objects)} objects of stack {stack} in {output}: {numbers}", err=True)
    for one in objects:
        if one.markers:
            typer.echo(
                f"not complete, so not to be applied: {one.title} ({', '.join(one.markers)} stand for values that are "
                "not to be seen here)",
                err=True,
            )


def planned(stack: str, *, show_secrets: bool, gitops: bool) -> list[Rendered]:
    """Return a stack's objects as they are written, from its file alone.

    :param gitops: whether they are in the folders of their steps, and marked
    :raises ProjectError: for a stack that has no file, or one that is not made as Pulumi's are
    :raises mesh_components.settings.SettingsError: for settings that are not valid
    :raises UserMistake: when an object is declared twice
    """
    path = Project.find().stack_file(stack)
    settings, objects = declared(parsed(read_text(path), path).get("config") or {}, PROJECT)
    found = rendered(objects, show_secrets=show_secrets)
    for file, number in Counter(one.file for one in found).items():
        if number > 1:
            title = next(one.title for one in found if one.file == file)
            raise UserMistake(f"stack {stack} declares {title} {number} times: `mesh analyze --stack {stack}`")
    return in_steps(found, settings.istio_namespace) if gitops else found


def stream(objects: Sequence[Rendered]) -> str:
    """Return the objects as one YAML stream; those that are not to be applied are comments in it."""
    return "".join(f"---\n{commented(one.text()) if one.markers else one.text()}" for one in objects)


def commented(text: str) -> str:
    """Return text with every line a comment."""
    return "".join(f"# {line}\n" for line in text.splitlines())


def record(one: Rendered) -> dict[str, Any]:
    """Return an object for programs."""
    return {"file": one.file, "complete": not one.markers, "manifest": one.manifest}


def document(records: list[dict[str, Any]]) -> str:
    """Return records as JSON for standard output."""
    return json.dumps(records, indent=2) + "\n"


def report(changes: Sequence[Change], objects: Sequence[Rendered], form: Format) -> None:
    """Say what was done: every file for programs, those that are other than before for people."""
    complete = {one.file: not one.markers for one in objects}
    if form is Format.JSON:
        typer.echo(
            document(
                [
                    {"file": change.file, "complete": complete.get(change.file), "action": change.action}
                    for change in changes
                ]
            ),
            nl=False,
        )
        return
    for change in changes:
        if change.action in COLOURS:
            typer.echo(f"{typer.style(f'{change.action:8}', fg=COLOURS[change.action])} {change.file}")
