"""What the commands that read a live cluster share: which cluster, which stack, how tables are written."""

from __future__ import annotations

import io
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from local_cluster import cluster as clusters
from local_cluster.errors import UserMistake
from mesh_components.live.api import Api
from mesh_components.live.plan import Plan, plan

from .project import PROJECT, Project
from .stack_file import overlay_for, working_content

IstioNamespaceOption = Annotated[
    str, typer.Option("--istio-namespace", "-i", metavar="NAME", help="Namespace of the control plane.")
]

ISTIO_NAMESPACE = "istio-system"

UNFOLDED = 2000
"""Columns of a table that is not for a terminal: programs read it line by line."""


def find_cluster(context: str | None) -> clusters.Cluster:
    """Return the cluster to read, changing nothing.

    :raises UserMistake: when there is none
    """
    found = clusters.status(context).cluster
    if found is None:
        raise UserMistake("there is no cluster: `mesh up` makes one, or name a context of your own with --context")
    return found


def connect(cluster: clusters.Cluster) -> Api:
    """Return the API server of a cluster."""
    return Api(cluster.kubeconfig, cluster.context)


def planned(stack: str, cluster: clusters.Cluster) -> Plan:
    """Return what a stack declares on a cluster, from its file and what the cluster needs besides, as `mesh up` does.

    :raises ProjectError: for a stack that has no file
    :raises mesh_components.settings.SettingsError: for settings that are not valid
    """
    return plan(config_of(stack, cluster), PROJECT, stack)


def config_of(stack: str, cluster: clusters.Cluster) -> dict[str, Any]:
    """Return a stack's configuration on a cluster: its file, and what the cluster needs besides.

    :raises ProjectError: for a stack that has no file
    """
    file = Project.find().stack_file(stack)
    found: dict[str, Any] = working_content(file, cluster.context, overlay_for(cluster)).get("config") or {}
    return found


def draw(console: Console, table: Table) -> None:
    """Write a table: folded into a terminal, on one line a row everywhere else."""
    if console.is_terminal:
        console.print(table)
        return
    wide = Console(file=io.StringIO(), width=UNFOLDED, highlight=False)
    with wide.capture() as captured:
        wide.print(table)
    for line in captured.get().splitlines():
        console.print(line.rstrip(), markup=False, soft_wrap=True)


def plain_table(*columns: str) -> Table:
    """Return an empty table in the style of all commands."""
    return Table(*columns, box=None, pad_edge=False)
