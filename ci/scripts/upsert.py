"""One comment for each stack and one open issue for each stack, updated in place, however often a job runs."""

from __future__ import annotations

from forge import Board, Entry, Thread
from http_api import UncertainError
from names import first_line


def comment(thread: Thread, marker: str, body: str, create: bool = True) -> str:
    """Make a body the one comment of ours with a marker, and return what was done.

    :param marker: the comment's first line; it is compared as a whole, so `prod` never meets `prod-eu`
    :param create: whether to write one where there is none yet
    """

    def ours() -> list[Entry]:
        return [entry for entry in thread.comments() if entry.mine and first_line(entry.body) == marker]

    found = ours()
    if not found:
        if not create:
            return "nothing to say"
        try:
            thread.add(body)
        except UncertainError:
            # It may have been written all the same; a second one would stay for ever.
            if not (found := ours()):
                thread.add(body)
        else:
            return "created"
    for other in found[1:]:
        thread.delete(other.number)
    if found and found[0].body.splitlines() != body.splitlines():
        thread.edit(found[0].number, body)
        return "updated"
    return "unchanged" if found else "created"


def issue(board: Board, marker: str, label: str, title: str, body: str, gone: str) -> str:
    """Keep the one open issue of ours with a marker, or none, and return what was done.

    :param body: the issue's text, its first line the marker; `""` when there is nothing wrong any more
    :param gone: what to say when closing it
    """

    def ours() -> list[Entry]:
        entries = (entry for entry in board.open_issues(label) if entry.mine and first_line(entry.body) == marker)
        return sorted(entries, key=lambda entry: entry.number)

    found = ours()
    if not body:
        for entry in found:
            board.close_issue(entry.number, gone)
        return f"closed {numbers(found)}" if found else "nothing to say"
    if not found:
        try:
            return f"opened #{board.open_issue(title, body, label)}"
        except UncertainError:
            if not (found := ours()):
                return f"opened #{board.open_issue(title, body, label)}"
    for other in found[1:]:
        board.close_issue(other.number, f"#{found[0].number} says it.")
    board.edit_issue(found[0].number, body)
    return f"updated #{found[0].number}"


def numbers(entries: list[Entry]) -> str:
    """Return issues as people name them."""
    return ", ".join(f"#{entry.number}" for entry in entries)
