"""`mesh cluster up | down | status`: a Kubernetes cluster to try the mesh on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import typer
from rich.table import Table

from local_cluster import cluster

from .console import out
from .errors import Commands
from .options import ContextOption, Output, OutputOption
from .tools import tools

cluster_app = typer.Typer(
    cls=Commands, no_args_is_help=True, help="A Kubernetes cluster on this machine, or one of yours."
)


@cluster_app.command()
def up(context: ContextOption = None, output: OutputOption = Output.TABLE) -> None:
    """Bring the cluster up; quick, and changes nothing, when it is up."""
    made = cluster.up(context)
    if output is Output.JSON:
        out.print_json(json.dumps(_as_json(made)))
        return
    out.print(f"The cluster answers: context {made.context} ({made.kind}).")
    out.print(f"export KUBECONFIG={made.kubeconfig}", soft_wrap=True)


@cluster_app.command()
def down() -> None:
    """Take the cluster down and leave the machine as it was; a cluster of your own is never touched."""
    removed = cluster.down()
    out.print("The cluster is gone." if removed else "There was no cluster of ours to take down.")


@cluster_app.command()
def status(context: ContextOption = None, output: OutputOption = Output.TABLE) -> None:
    """Say where the cluster is and how each of its processes is; exit code 1 unless all is well."""
    found = cluster.status(context)
    if output is Output.JSON:
        processes = [
            {"name": p.name, "state": p.state, "pid": p.pid, "uptimeSeconds": p.uptime, "log": str(p.log)}
            for p in found.processes
        ]
        described = _as_json(found.cluster) if found.cluster else None
        out.print_json(json.dumps({"cluster": described, "well": found.well, "processes": processes}))
    else:
        _print(found)
    if not found.well:
        raise typer.Exit(1)


def _as_json(value: cluster.Cluster) -> dict[str, Any]:
    return {"kind": value.kind, "kubeconfig": str(value.kubeconfig), "context": value.context}


def _print(found: cluster.Status) -> None:
    if found.cluster:
        out.print(f"{found.cluster.kind} cluster, context {found.cluster.context}")
        out.print(f"export KUBECONFIG={found.cluster.kubeconfig}", soft_wrap=True)
    if found.note:
        out.print(found.note)
    if not found.processes:
        return
    table = Table("process", "state", "pid", "up for", "log", box=None)
    colours = {"healthy": "green", "unhealthy": "yellow", "stopped": "red"}
    for process in found.processes:
        uptime = "" if process.uptime is None else str(timedelta(seconds=round(process.uptime)))
        state = f"[{colours[process.state]}]{process.state}[/]"
        table.add_row(process.name, state, str(process.pid or ""), uptime, process.log.name)
    out.print(table)
    out.print(f"logs: {found.processes[0].log.parent}", soft_wrap=True)


cluster_app.command()(tools)
