"""The `mesh` command."""

from __future__ import annotations

import sys

import typer

from local_cluster.errors import ClusterError

from .cluster import cluster_app
from .console import USER_MISTAKE, fail
from .local_stack import PulumiFailed
from .project import ProjectError
from .tools import tools
from .up import down, up

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="An Istio service mesh as code."
)
app.command()(up)
app.command()(down)
cluster_app.command()(tools)
app.add_typer(cluster_app, name="cluster")


def main() -> None:
    """Run the command; every expected error is one clear message and an exit code, never a traceback."""
    try:
        app()
    except ProjectError as error:
        sys.exit(fail(str(error), USER_MISTAKE))
    except (PulumiFailed, ClusterError) as error:
        sys.exit(fail(str(error)))
