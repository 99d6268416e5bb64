"""Changes to planned objects, for what no setting reaches."""

from __future__ import annotations

from .kubernetes import Object
from .model import Settings


class PatchTarget(Settings):
    """The object that a patch changes."""

    kind: str
    """Kind, such as ``Deployment``."""
    name: str
    """Name."""
    namespace: str | None = None
    """Namespace; unset: any."""


class PatchSettings(Settings):
    """A change to one planned object.

    A JSON merge patch (RFC 7386: null removes a key), in which lists whose items all have a ``name`` are merged by it,
    as containers, ports and environment variables are.
    """

    target: PatchTarget
    """The object."""
    patch: Object
    """What changes in it."""
