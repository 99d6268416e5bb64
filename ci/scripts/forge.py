"""What these scripts need of a forge, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Entry:
    """A comment or an issue.

    Attributes:
        number: What the forge calls it by.
        body: Its text.
        mine: Whether it was written with this token's account; the others' are never touched.
    """

    number: int
    body: str
    mine: bool


class Thread(Protocol):
    """The comments on a pull request or merge request."""

    def comments(self) -> Iterator[Entry]:
        """Yield every comment, the oldest first."""
        ...

    def add(self, body: str) -> None:
        """Write a comment."""
        ...

    def edit(self, number: int, body: str) -> None:
        """Replace a comment's text."""
        ...

    def delete(self, number: int) -> None:
        """Take a comment away."""
        ...


class Board(Protocol):
    """The issues of a project."""

    def open_issues(self, label: str) -> Iterator[Entry]:
        """Yield the open issues with a label, the oldest first."""
        ...

    def open_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue and return its number."""
        ...

    def edit_issue(self, number: int, body: str) -> None:
        """Replace an issue's text."""
        ...

    def close_issue(self, number: int, comment: str) -> None:
        """Close an issue, and say why."""
        ...
