"""The `mesh` command."""

from __future__ import annotations

import typer

from .analyze import analyze
from .cluster import cluster_app
from .dashboard import dashboard
from .errors import Commands
from .status import status
from .tools import tools
from .up import down, up
from .verify import verify
from .version import version

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="An Istio service mesh as code.",
)
app.command()(up)
app.command()(down)
app.command()(analyze)
app.command()(verify)
app.command()(status)
app.command()(version)
app.command()(dashboard)
cluster_app.command()(tools)
app.add_typer(cluster_app, name="cluster")
