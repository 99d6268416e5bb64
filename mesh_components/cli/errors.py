"""Every expected error is one clear message and an exit code, never a traceback."""

from __future__ import annotations

from typing import Any

import typer

from local_cluster.errors import ClusterError, UserMistake
from local_cluster.toolchain import ToolError
from mesh_components.live.api import LiveError
from mesh_components.settings import SettingsError

from .console import USER_MISTAKE, fail
from .local_stack import PulumiFailed
from .project import ProjectError

EXIT_CODES: dict[type[Exception], int] = {
    ProjectError: USER_MISTAKE,
    UserMistake: USER_MISTAKE,
    SettingsError: USER_MISTAKE,
    PulumiFailed: 1,
    ClusterError: 1,
    LiveError: 1,
    ToolError: 1,
}
"""Exit code by kind of error; the first kind that fits counts."""


class Commands(typer.core.TyperGroup):
    """A group of commands that reports expected errors."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; leave with a message and an exit code where it ends with an expected error."""
        try:
            return super().invoke(ctx)
        except tuple(EXIT_CODES) as error:
            code = next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
            raise typer.Exit(fail(str(error), code)) from error
