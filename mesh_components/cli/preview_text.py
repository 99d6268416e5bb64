"""A preview for a terminal, or for whoever reads its text in a log."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from mesh_components.review.changes import CREATED, DELETED
from mesh_components.review.environment import Environment, Preview, Status
from mesh_components.review.field_lines import lines
from mesh_components.review.findings import Record
from mesh_components.review.markdown import SIGNS, cut, outcome
from mesh_components.review.objects_rank import rank

COLOURS = {"+": "green", "-": "red", "@": "cyan", "Error": "red", "Warning": "yellow", "Info": "cyan"}


def write(preview: Preview, out: Console) -> None:
    """Write a preview: what a reviewer has to look at first, then every object."""
    what = f"against {preview.against}" if preview.against else "against what is deployed"
    for one in preview.environments:
        out.print(f"[bold]{escape(one.stack)}[/] {escape(what)}: {outcome([one])}", soft_wrap=True)
        for line in _lines(one):
            out.print(f"  {line}", soft_wrap=True)


def _lines(one: Environment) -> Iterator[str]:
    if one.status is Status.FAILED:
        yield from (f"[red]{escape(line)}[/]" for line in one.error.splitlines())
    yield from (f"[yellow]{escape(note)}[/]" for note in one.notes)
    for word, listed in (
        ("new", one.findings.new),
        ("fixed", one.findings.fixed),
        ("suppressed", one.findings.silenced),
    ):
        yield from (_finding(word, found) for found in listed)
    for found in one.violations:
        yield f"[red]{found.enforcement}[/] policy {escape(found.policy)}: {escape(found.message)}"
    for change in sorted(one.changes, key=lambda each: (rank(each.kind), each.object)):
        colour = {CREATED: "green", DELETED: "red"}.get(change.action, "yellow")
        yield f"[{colour}]{SIGNS[change.action]} {escape(change.object)}[/]"
        for line in cut("\n".join(lines(change))).splitlines() if change.fields else ():
            yield f"    [{COLOURS.get(line[:1], 'default')}]{escape(line)}[/]"


def _finding(word: str, found: Record) -> str:
    colour = COLOURS[found["level"]] if word == "new" else "green"
    where = f"{found['origin']} {found['field']}".strip()
    return f"[{colour}]{word} {found['level']} {found['code']}[/] {escape(where)}: {escape(found['message'])}"
