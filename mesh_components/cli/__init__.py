"""The `mesh` command. Each command's module is loaded when it is run, so that none waits for what others need."""

from __future__ import annotations

import gc
import os
from importlib import import_module
from typing import Any

import typer

from .errors import Commands

# Commands make many objects that stay, and few cycles: looking for those after every 700 is a tenth of their time.
gc.set_threshold(100_000, 50, 50)

# Looking for plugins of pydantic means reading what is said of every installed package; we have none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

COMMANDS = {
    "up": ("up", "up"),
    "down": ("up", "down"),
    "render": ("render", "render"),
    "analyze": ("analyze", "analyze"),
    "graph": ("graph", "graph"),
    "preview": ("preview", "preview"),
    "adopt": ("adopt", "adopt"),
    "verify": ("verify", "verify"),
    "status": ("status", "status"),
    "version": ("version", "version"),
    "dashboard": ("dashboard", "dashboard"),
    "cluster": ("cluster", "cluster_app"),
}
"""The commands, in the order in which help lists them: module, and function or group in it."""


class OnDemand(Commands):
    """The group of all commands."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the commands' names."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        found = getattr(import_module(f".{module}", __name__), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(cmd_name)(found)
            found = alone
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=OnDemand,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="An Istio service mesh as code.",
)


@app.callback()
def mesh() -> None:
    """Run an Istio service mesh as code."""
