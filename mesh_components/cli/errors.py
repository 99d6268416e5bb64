"""Every expected error is one clear message and an exit code, never a traceback."""

from __future__ import annotations

from typing import Any

import typer

USER_MISTAKE = 2
"""Exit code for input that the user has to change (as click and istioctl's flag errors use)."""

EXIT_CODES = {
    "mesh_components.cli.project.ProjectError": USER_MISTAKE,
    "local_cluster.errors.UserMistake": USER_MISTAKE,
    "mesh_components.settings.problems.SettingsError": USER_MISTAKE,
    "mesh_components.cli.local_stack.PulumiFailed": 1,
    "local_cluster.errors.ClusterError": 1,
    "mesh_components.live.api.LiveError": 1,
    "local_cluster.toolchain.errors.ToolError": 1,
    "mesh_components.topology.drawing.layout_engine.LayoutError": 1,
}
"""Exit code by kind of expected error, the first that fits. By name, so that no command loads what another raises."""


def exit_code(error: Exception) -> int | None:
    """Return the exit code of an expected error, None for any other."""
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    return next((code for name, code in EXIT_CODES.items() if name in names), None)


class Commands(typer.core.TyperGroup):
    """A group of commands that reports expected errors."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; leave with a message and an exit code where it ends with an expected error."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            code = exit_code(error)
            if code is None:
                raise
            from .console import fail  # not before it is needed: a console takes longer to load than to render a mesh

            raise typer.Exit(fail(str(error), code)) from error
