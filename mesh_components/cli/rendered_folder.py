"""The folder that `mesh render` keeps: one file per object, and nobody else's file touched.

Each file's first line says for which stack it was written, and under which name. That line is the whole inventory: a
file that has it is ours, and goes when its object is gone; any other stays.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cluster.errors import UserMistake

from .rendered import INCOMPLETE, Rendered

SUFFIXES = (".yaml", f".yaml{INCOMPLETE}")
"""Ends of the names of our files."""

_MARKER = re.compile(r"# (?P<file>\S+): written by `mesh render --stack (?P<stack>\S+)`")


@dataclass(frozen=True)
class Change:
    """What was done to a file.

    Attributes:
        action: ``created``, ``changed``, ``unchanged`` or ``removed``.
        file: The file's name.
    """

    action: str
    file: str


def header(stack: str, file: str) -> str:
    """Return the first line of one of our files."""
    return f"# {file}: written by `mesh render --stack {stack}`; edits are lost when that runs again\n"


def write(folder: Path, stack: str, objects: Sequence[Rendered]) -> list[Change]:
    """Make the folder hold these objects, a file each, and take away our files of objects that are gone.

    Nothing is written before it is known that everything can be; files that are right already are not touched.

    :raises UserMistake: when the path is no folder, has files but none of ours, holds another stack or a file of
        somebody else's under a name that is needed, or cannot be written
    """
    try:
        return _write(folder, stack, objects)
    except (OSError, UnicodeDecodeError) as error:
        raise UserMistake(f"--output: cannot write to {folder}: {error}") from error


def _write(folder: Path, stack: str, objects: Sequence[Rendered]) -> list[Change]:
    if folder.exists() and not folder.is_dir():
        raise UserMistake(f"--output: {folder} is a file; name a folder, which is made when there is none")
    ours = _ours(folder, stack) if folder.exists() else {}
    wanted = {one.file: header(stack, one.file) + one.text() for one in objects}
    for file in wanted:
        if file not in ours and os.path.lexists(folder / file):
            raise UserMistake(f"--output: {folder / file} is in the way: `mesh render` did not write it; move it away")
    folder.mkdir(parents=True, exist_ok=True)
    changes = []
    for file, text in wanted.items():
        action = "created" if file not in ours else "unchanged" if ours[file] == text else "changed"
        if action != "unchanged":
            _replace(folder / file, text)
        changes.append(Change(action, file))
    for file in sorted(ours.keys() - wanted.keys()):
        (folder / file).unlink()
        changes.append(Change("removed", file))
    return changes


def _ours(folder: Path, stack: str) -> dict[str, str]:
    """Return the texts of the files that were written here before.

    :raises UserMistake: when the folder holds something else
    """
    ours: dict[str, str] = {}
    others = []
    for path in sorted(folder.iterdir()):
        # The name in the marker is what tells our file from somebody's copy of it.
        found = _marker(path)
        if found and found["file"] == path.name:
            if found["stack"] != stack:
                raise UserMistake(f"--output: {folder} holds stack {found['stack']}; name a folder for {stack} alone")
            ours[path.name] = path.read_text(encoding="utf-8")
        elif not path.name.startswith("."):
            others.append(path.name)
    if others and not ours:
        raise UserMistake(
            f"--output: {folder} has files ({', '.join(others[:3])}{' …' if others[3:] else ''}), and `mesh render` "
            "wrote none of them; name an empty or a new folder"
        )
    return ours


def _marker(path: Path) -> re.Match[str] | None:
    if not path.name.endswith(SUFFIXES) or path.is_symlink() or not path.is_file():
        return None
    with path.open("rb") as file:
        return _MARKER.match(file.readline(1000).decode(errors="replace"))


def _replace(path: Path, text: str) -> None:
    """Write a file in one step, so that a killed run leaves none half written."""
    temporary = path.with_name(f".{os.getpid()}.mesh-render")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
