"""Options that several commands have."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Output(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to write the result.")]

ContextOption = Annotated[
    str | None,
    typer.Option(
        "--context",
        envvar="MESH_CONTEXT",
        metavar="NAME",
        help="Use this context of your kubeconfig; its cluster is left as it is.",
    ),
]

StackOption = Annotated[str, typer.Option("--stack", "-s", metavar="NAME", help="The stack, a file in stacks/.")]
