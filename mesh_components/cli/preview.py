"""`mesh preview`: what a change does to each environment, for the reviewers of a pull request."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from functools import partial
from os import cpu_count
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from local_cluster.errors import UserMistake
from mesh_components.review import data
from mesh_components.review.environment import Environment, Preview, Status
from mesh_components.review.markdown import comment, outcome

from . import output_file, sides
from .console import err, out
from .options import ContextOption
from .preview_text import write
from .previewed import against_commit, guarded
from .project import PROJECT, Project, no_stack

FOUND = 79
"""Exit code when something is found that the caller wants to fail for: that of `mesh analyze`."""


class Form(StrEnum):
    """What goes to standard output."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


class FailOn(StrEnum):
    """What makes the exit code 79."""

    NEVER = "never"
    REFUSED = "refused"
    """New errors, and violations of mandatory policies: what `pulumi up` would refuse."""
    FINDING = "finding"
    """Any new finding or violation."""


def preview(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="YAML beside the stacks: files, folders; {stack} in a name stands for the stack's.",
        ),
    ] = None,
    stack: Annotated[
        list[str] | None, typer.Option("--stack", "-s", metavar="NAME", help="A stack; may be given several times.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every stack that has a file, now or then.")] = False,
    diff: Annotated[
        str | None,
        typer.Option(metavar="REF", help="The commit to compare with (default: where this branch left the main one)."),
    ] = None,
    engine: Annotated[
        bool,
        typer.Option(
            "--pulumi", help="Ask Pulumi and the cluster: compare with what is deployed. Needs their credentials."
        ),
    ] = False,
    context: ContextOption = None,
    policy_pack: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="A policy pack to run; may be given several times.")
    ] = None,
    output: Annotated[Form, typer.Option("--output", "-o", help="What goes to standard output.")] = Form.TEXT,
    comment_file: Annotated[
        Path | None, typer.Option("--comment", metavar="FILE", help="Write the Markdown comment there, too.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write everything as JSON there, too.")
    ] = None,
    fail_on: Annotated[FailOn, typer.Option(help="What makes the exit code 79.")] = FailOn.REFUSED,
) -> None:
    """Show what a change does to environments: objects, findings, policies, picture; for a pull request's comment."""
    project = Project.find()
    if everything == bool(stack):
        raise UserMistake("name the environments: --stack NAME, several times if need be, or --all")
    if engine and diff is not None:
        raise UserMistake("--pulumi compares with what is deployed, --diff with a commit; leave one of them away")
    if context and not engine:
        raise UserMistake("--context names a cluster, which only --pulumi asks; add it")
    packs = [_pack(folder) for folder in policy_pack or ()]
    with tasks(project, stack or None, files or [], diff, engine, context, packs) as (against, listed):
        environments = run(listed)
    found = Preview(PROJECT, against, tuple(sorted(environments, key=lambda one: one.rank)), whole=everything)
    text = comment(found)
    document = json.dumps(data.document(found), indent=2) + "\n"
    for path, content in ((comment_file, text), (json_file, document)):
        if path:
            output_file.write(path, content)
    if output is Form.TEXT:
        write(found, out)
    else:
        sys.stdout.write(text if output is Form.MARKDOWN else document)
    raise typer.Exit(exit_code(found.environments, fail_on))


Task = Callable[[], Environment]


@contextmanager
def tasks(
    project: Project,
    stacks: Sequence[str] | None,
    files: Sequence[str],
    diff: str | None,
    engine: bool,
    context: str | None,
    packs: Sequence[Path],
) -> Iterator[tuple[str, dict[str, Task]]]:
    """Give what is compared with, and the work to be done for each stack, which may go on elsewhere.

    :param stacks: None: every one
    """
    with ExitStack() as opened:
        asked: Task | Any
        if engine:
            from . import engine_tasks

            names = stacks or project.stacks
            _known(names, project.stacks)
            asked = engine_tasks.deployed(project, context, packs, files)
            against = ""
        else:
            past = opened.enter_context(sides.past(project, diff))
            sides.in_repository(files, past.commit)
            known = sorted({*project.stacks, *past.project.stacks})
            names = stacks or known
            _known(names, known)
            asked = partial(_against_commit, project, past, files=files)
            if packs:
                from . import engine_tasks

                asked = engine_tasks.with_policies(asked, project, packs)
            against = past.commit.short
        yield against, {name: partial(guarded, name, partial(asked, name)) for name in dict.fromkeys(names)}


def _against_commit(project: Project, past: sides.Past, stack: str, files: Sequence[str]) -> Environment:
    return against_commit(project, past, stack, files)


def _known(names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise no_stack(name, known)


def _pack(folder: Path) -> Path:
    if not (folder / "PulumiPolicy.yaml").is_file():
        raise UserMistake(f"--policy-pack {folder}: there is no PulumiPolicy.yaml in it; name a policy pack's folder")
    return folder.resolve()


def run(listed: dict[str, Task]) -> list[Environment]:
    """Do the work for each environment, as many side by side as there are processors, and say how it goes."""
    if len(listed) == 1:
        return [told(task()) for task in listed.values()]
    with ProcessPoolExecutor(max_workers=min(len(listed), cpu_count() or 1)) as pool:
        begun = {pool.submit(task): name for name, task in listed.items()}
        return [told(_done(future, begun[future])) for future in as_completed(begun)]


def _done(future: Any, stack: str) -> Environment:
    """Return an environment's preview, also where its process ended on the way."""
    if future.exception():
        return guarded(stack, future.result)
    found: Environment = future.result()
    return found


def told(one: Environment) -> Environment:
    """Say on standard error what came of an environment, and return it."""
    colour = "red" if one.status is Status.FAILED or one.refused else "green"
    err.print(f"[bold]==>[/] {escape(one.stack)}: [{colour}]{outcome([one])}[/] [dim]({one.seconds:.1f} s)[/]")
    return one


def exit_code(environments: Sequence[Environment], fail_on: FailOn) -> int:
    """Return 1 when one could not be previewed, 79 when there is what the caller wants to fail for, else 0."""
    if any(one.status is Status.FAILED for one in environments):
        return 1
    if fail_on is FailOn.NEVER:
        return 0
    wanted = any(
        one.refused if fail_on is FailOn.REFUSED else one.findings.new or one.violations for one in environments
    )
    return FOUND if wanted else 0
