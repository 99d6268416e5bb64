"""Files that a command writes where the user said."""

from __future__ import annotations

from pathlib import Path

from local_cluster.errors import UserMistake


def write(path: Path, text: str) -> None:
    """Write a file, and the folders above it that are missing.

    :raises UserMistake: when it cannot be written
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserMistake(f"cannot write {path}: {error}") from error
