"""What a stack says of the analysis of its own plan."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from .model import Settings

AnalysisMode = Literal["enforce", "warn", "off"]
"""``enforce``: errors fail the preview, and so the update; ``warn``: they are shown only; ``off``: no analysis."""


class SuppressionSettings(Settings):
    """A finding that is right as it is."""

    code: Annotated[str, StringConstraints(pattern=r"^(\*|[A-Z]+[0-9]{4})$")]
    """Its code, such as IST0128; ``*`` for any."""
    resource: Annotated[str, StringConstraints(min_length=1)] = "*"
    """The object, as findings name it: ``DestinationRule shop/legacy``; ``*`` and ``?`` stand for any text."""
    reason: Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]
    """Why; whoever reads the stack next wants to know."""
