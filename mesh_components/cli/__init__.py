"""The `mesh` command."""

from __future__ import annotations

import typer

from .cluster import cluster_app
from .errors import Commands
from .tools import tools
from .up import down, up

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="An Istio service mesh as code.",
)
app.command()(up)
app.command()(down)
cluster_app.command()(tools)
app.add_typer(cluster_app, name="cluster")
