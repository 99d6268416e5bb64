"""`mesh adopt`: what a stack changes in a mesh that istioctl or Helm installed, and the end of their part in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from mesh_components.live import adoption
from mesh_components.live.adoption import Effect, Report
from mesh_components.live.api import Api
from mesh_components.live.plan import Plan

from .console import err, out
from .live_cluster import connect, draw, find_cluster, plain_table, planned
from .options import ContextOption, Output, OutputOption, StackOption

COLOURS = {Effect.REFUSED: "red", Effect.RESTARTED: "yellow", Effect.REMOVED: "yellow", Effect.LEFT: "yellow"}

NAMED = 2
"""Objects to name in a row of a table; the rest is counted. `--output json` has all."""

NEXT = """
[bold]Nothing was changed.[/] When this is what you want:
  pulumi up                            # applies the stack over what is there
  mesh adopt --stack {stack} --finish  # the earlier installer lets go of what is the stack's"""


def adopt(
    stack: StackOption = "demo",
    context: ContextOption = None,
    output: OutputOption = Output.TABLE,
    finish: Annotated[
        bool,
        typer.Option("--finish", help="After `pulumi up`: make the earlier installers let go of the stack's objects."),
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="With --finish: delete what they made and the stack does not declare.")
    ] = False,
) -> None:
    """Show what a stack changes in a mesh that istioctl or Helm installed; exit code 1 when it cannot be adopted."""
    cluster = find_cluster(context)
    plan = planned(stack, cluster)
    api = connect(cluster)
    if prune and not finish:
        raise typer.BadParameter("it goes with --finish", param_hint="--prune")
    if finish:
        end(api, plan, prune)
        return
    found = adoption.report(api, plan)
    if output is Output.JSON:
        described = {"installers": found.installers, "findings": [finding.as_dict() for finding in found.findings]}
        out.print_json(json.dumps({"stack": stack, "context": cluster.context, **described}))
    else:
        show(found, out)
        if not found.refused:
            out.print(NEXT.format(stack=stack))
    if found.refused:
        raise typer.Exit(1)


def show(found: Report, console: Console) -> None:
    """Write one line for each effect, with the objects that have it."""
    who = " and ".join(found.installers) or "nobody but Pulumi"
    console.print(f"Installed by {who}.\n")
    table = plain_table("EFFECT", "OBJECTS", "WHAT")
    for finding in found.findings:
        effect = f"[{COLOURS[finding.effect]}]{finding.effect}[/]" if finding.effect in COLOURS else finding.effect
        table.add_row(effect, escape(several(finding.objects)), escape(finding.what))
    draw(console, table)


def several(objects: Sequence[str]) -> str:
    """Return the names of the first few of several objects, and how many there are besides."""
    rest = len(objects) - NAMED
    return ", ".join(objects[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def end(api: Api, plan: Plan, prune: bool) -> None:
    """Make the earlier installers let go, and say what they left; with ``prune`` delete that."""
    let_go = adoption.forget(api, plan)
    err.print(f"{len(let_go)} objects are the stack's alone now." if let_go else "Every object is the stack's alone.")
    adoption.rolled_out(api, plan)
    found = adoption.report(api, plan)
    if prune:
        for name in adoption.prune(api, found):
            err.print(f"deleted {escape(name)}")
        return
    for finding in found.findings:
        if finding.effect is Effect.LEFT:
            for name in finding.objects:
                err.print(f"left: {escape(name)}: {escape(finding.what)}")
