"""What a check says: rows, which a table and JSON show alike."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """Works, and should be looked at."""
    ERROR = "error"
    """Does not work, or is not what the stack declares."""


@dataclass(frozen=True)
class Row:
    """One thing that a check looked at, or one thing wrong with it."""

    check: str
    """Name of the check."""
    object: str
    """What it is about: ``Kind namespace/name``."""
    status: Status
    what: str
    """What was found."""
    todo: str = ""
    """What to do about it."""
    path: str = ""
    """The field that it is about."""
    declared: Any = None
    """What the stack declares for that field."""
    live: Any = None
    """What the cluster has there."""
    owner: str = ""
    """Who wrote it, by field manager."""

    def as_dict(self) -> dict[str, Any]:
        """Return the row as data, without what it has nothing to say about."""
        return {key: value for key, value in asdict(self).items() if value not in ("", None)}


def worst(rows: list[Row]) -> Status:
    """Return the worst status there is."""
    order = list(Status)
    return max((row.status for row in rows), key=order.index, default=Status.OK)


def name_of(item: Any) -> str:
    """Return how an object is called in rows: ``Kind namespace/name``, or ``Kind name`` where it has no namespace."""
    metadata = item["metadata"]
    where = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{item['kind']} {where}{metadata['name']}"
