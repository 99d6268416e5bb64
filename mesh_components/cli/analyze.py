"""`mesh analyze`: what is wrong with planned objects, with files, with a cluster, before and after it is applied."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from local_cluster.errors import UserMistake
from mesh_components.analysis import files, of_settings
from mesh_components.analysis.finding import Finding, Severity
from mesh_components.analysis.resource import Named
from mesh_components.analysis.suppressions import Suppression, idle
from mesh_components.analysis.world import Given, Scope, World

from . import manifest_files
from .console import err, out
from .options import ContextOption
from .project import Project

FOUND = 79
"""Exit code when there are findings at or above the threshold: istioctl's (`istioctl/pkg/analyze/analyze.go`)."""

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class Level(StrEnum):
    """Severities, as istioctl spells them."""

    INFO = "Info"
    WARNING = "Warning"
    ERROR = "Error"

    @property
    def severity(self) -> Severity:
        """The level among severities."""
        return Severity[self.name]


@dataclass
class Input:
    """What there is to analyze, gathered from wherever the user said.

    Attributes:
        given: Objects to judge.
        over: Objects that are there already, and judged with them.
        suppressions: Findings not to report.
        scope: How far knowledge reaches.
        sources: What was read, in words.
    """

    given: list[Given] = field(default_factory=list)
    over: list[Given] = field(default_factory=list)
    suppressions: list[Suppression] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    sources: list[str] = field(default_factory=list)

    def add_files(self, paths: Sequence[Path]) -> None:
        """Add the objects of files, of the YAML and JSON files below folders, and of standard input (``-``).

        :raises UserMistake: for a path that is not there or not YAML
        """
        self.given += manifest_files.read(paths)
        self.sources += [str(path) for path in paths]

    def add_stack(self, name: str) -> None:
        """Add what a stack declares, and take its suppressions.

        :raises ProjectError: for a stack that has no file
        :raises mesh_components.settings.SettingsError: for settings that are not valid
        """
        from . import planned_stack

        project = Project.find()
        plan = planned_stack.read(project, name)
        self.given += plan.given
        self.suppressions += of_settings.suppressions(plan.settings)
        self.scope = of_settings.scope(plan.settings, name, self.scope)
        self.sources.append(f"stack {name}")

    def add_cluster(self, context: str | None) -> None:
        """Add what a cluster has; a kind that the user may not read counts as unknown.

        :raises UserMistake: when there is no cluster
        :raises mesh_components.live.api.LiveError: when it does not answer
        """
        from mesh_components.live import objects

        from .live_cluster import connect, find_cluster

        cluster = find_cluster(context)
        listed = objects.read(connect(cluster))
        for kind, message in listed.refused.items():
            err.print(
                f"[yellow]cannot read {escape(kind.name)} objects, so nothing is said of them:[/] {escape(message)}"
            )
        origin = Named(f"cluster {cluster.context}")
        self.over += [(manifest, origin) for manifest in listed.objects]
        self.scope = replace(self.scope, complete=True, unread=frozenset(listed.refused))
        self.sources.append(f"cluster {cluster.context}")


def analyze(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="YAML or JSON files, folders of them, - for stdin.")
    ] = None,
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", metavar="NAME", help="What this stack of stacks/ declares.")
    ] = None,
    cluster: Annotated[
        bool, typer.Option("--cluster", "-k", help="What the cluster has; files and stacks are laid over it.")
    ] = False,
    context: ContextOption = None,
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", metavar="NAME", help="Namespace of objects that name none.")
    ] = "default",
    complete: Annotated[
        bool, typer.Option("--complete", help="What is given is everything: what is missing does not exist.")
    ] = False,
    istio_namespace: Annotated[
        str, typer.Option("--istio-namespace", "-i", metavar="NAME", help="Namespace of the control plane.")
    ] = "istio-system",
    revision: Annotated[str, typer.Option("--revision", help="The control plane whose configuration counts.")] = "",
    mesh_config: Annotated[
        Path | None, typer.Option("--mesh-config", metavar="FILE", help="MeshConfig to use instead of the given one.")
    ] = None,
    suppress: Annotated[
        list[str] | None,
        typer.Option(
            "--suppress", "-S", metavar="CODE=OBJECT", help='A finding not to report: "IST0102=Namespace a*".'
        ),
    ] = None,
    failure_threshold: Annotated[
        Level, typer.Option(help="The least severity that makes the exit code 79.")
    ] = Level.ERROR,
    output_threshold: Annotated[Level, typer.Option(help="The least severity that is written.")] = Level.INFO,
    output: Annotated[Format, typer.Option("--output", "-o", help="How to write findings.")] = Format.TEXT,
    list_analyzers: Annotated[bool, typer.Option("--list-analyzers", "-L", help="List the analyzers and end.")] = False,
) -> None:
    """Find what is wrong with a mesh: what a stack plans, files, a cluster, or a plan laid over a cluster."""
    if list_analyzers:
        show_analyzers()
        return
    if not (paths or stack or cluster or context):
        raise UserMistake("nothing to analyze: name files, or --stack NAME, or --cluster, or several of them")
    scope = Scope(default_namespace=namespace, istio_namespace=istio_namespace, revision=revision)
    wanted = Input(scope=scope, suppressions=[suppression(text) for text in suppress or ()])
    with uncollected():
        if stack:
            wanted.add_stack(stack)
        if paths:
            wanted.add_files(paths)
        if cluster or context:
            wanted.add_cluster(context)
        wanted.scope = replace(
            wanted.scope,
            complete=wanted.scope.complete or complete,
            mesh_config=read_map(mesh_config) if mesh_config else None,
        )
        findings = judged(wanted)
        write([one for one in findings if one.severity >= output_threshold.severity], output, wanted)
    if any(finding.severity >= failure_threshold.severity for finding in findings):
        raise typer.Exit(FOUND)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage: nothing is thrown away before the end, and looking takes time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def judged(wanted: Input) -> list[Finding]:
    """Return the findings, and say which suppressions are of no use."""
    from mesh_components.analysis.everything import analyze as run

    world = World.build(wanted.given, wanted.scope, over=wanted.over)
    found = run(world)
    for one in idle(found, wanted.suppressions):
        err.print(f"[dim]nothing to suppress: {escape(one.code)} of {escape(one.resource)}[/]")
    return [finding for finding in found if not any(one.covers(finding) for one in wanted.suppressions)]


def suppression(text: str) -> Suppression:
    """Return what ``--suppress`` says, in istioctl's form ``CODE=OBJECT``.

    :raises UserMistake: for another form
    """
    code, equals, resource = text.partition("=")
    if not (code and equals and resource):
        raise UserMistake(f'--suppress {text!r}: write CODE=OBJECT, such as "IST0102=Namespace test-*"')
    return Suppression(code, resource, "on the command line")


def read_map(path: Path) -> Mapping[str, Any]:
    """Return a file's map.

    :raises UserMistake: when it cannot be read, or has none
    """
    try:
        found = [value for value, _ in files.read(path.read_text(encoding="utf-8"), str(path))]
    except (OSError, ValueError) as error:
        raise UserMistake(f"--mesh-config: cannot read {path}: {error}") from error
    if len(found) != 1:
        raise UserMistake(f"--mesh-config: {path} has {len(found)} maps; it should be one, Istio's MeshConfig")
    return found[0]


def write(findings: Sequence[Finding], output: Format, wanted: Input) -> None:
    """Write findings for people, for programs or for code scanning."""
    from mesh_components.analysis.reports import data, sarif

    if output is Format.JSON:
        out.print_json(json.dumps([data.record(finding) for finding in findings]))
    elif output is Format.SARIF:
        from importlib.metadata import version

        out.print_json(json.dumps(sarif.log(findings, version("mesh-components"))))
    else:
        write_text(findings, wanted)


def write_text(findings: Iterable[Finding], wanted: Input) -> None:
    """Write findings, and a last line that counts them: a block each on a terminal, else a line each, as istioctl."""
    from mesh_components.analysis.reports.text import line

    counted = dict.fromkeys(reversed(Severity), 0)
    terminal = out.is_terminal
    for finding in findings:
        counted[finding.severity] += 1
        if terminal:
            out.print(block(finding))
        else:
            print(line(finding))
    what = f"{len(wanted.given) + len(wanted.over)} objects of {', '.join(wanted.sources)}"
    numbers = ", ".join(f"{number} {str(severity).lower()}" for severity, number in counted.items() if number)
    err.print(f"analyzed {escape(what)}: {numbers or '[green]nothing found[/]'}", soft_wrap=True)


def block(finding: Finding) -> str:
    """Return a finding for a terminal: which and where, what is wrong, what to do."""
    from mesh_components.analysis.reports.text import doubt, field_path

    colour = COLOURS[finding.severity]
    where = "  ".join(filter(None, (field_path(finding), finding.place)))
    rows = (
        f"[bold {colour}]{finding.severity}[/] [bold]{finding.code}[/] {escape(str(finding.resource))}",
        f"[dim]{escape(where)}[/]" if where else "",
        escape(finding.text + doubt(finding)),
        f"[green]->[/] {escape(finding.remedy)}",
    )
    return "\n  ".join(filter(None, rows)) + "\n"


def show_analyzers() -> None:
    """Write every analyzer's name and purpose."""
    from mesh_components.analysis import everything
    from mesh_components.analysis.analyzers import REGISTER

    assert everything
    table = Table("ANALYZER", "LOOKS FOR", box=None, pad_edge=False)
    for name, checks in sorted(REGISTER.items()):
        for check in checks:
            table.add_row(name, escape(check.purpose))
    out.print(table)
