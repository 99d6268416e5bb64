"""The one error that the toolchain raises for whatever keeps a tool from being had."""


class ToolError(Exception):
    """A tool cannot be obtained. The message names the tool, what went wrong and what to do; show it as it is."""
