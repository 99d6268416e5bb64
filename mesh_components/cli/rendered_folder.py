"""The folder that `mesh render` keeps: one file per object, and nobody else's file touched.

Each file's first line says for which stack it was written, and under which name. That line is the whole inventory: a
file that has it is ours, and goes when its object is gone; any other stays. Files may be in the folders of steps.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_cluster.errors import UserMistake

from .rendered import INCOMPLETE, Rendered
from .rendered_steps import STEPS

SUFFIXES = (".yaml", f".yaml{INCOMPLETE}")
"""Ends of the names of our files."""

_MARKER = re.compile(r"# (?P<file>\S+): written by `mesh render --stack (?P<stack>\S+)`")


@dataclass(frozen=True)
class Change:
    """What was done to a file.

    Attributes:
        action: ``created``, ``changed``, ``unchanged`` or ``removed``.
        file: The file's name, after its step's folder where it is in one.
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
    places = {folder / file: file not in ours for file in wanted}
    steps = {place.parent: not _is_folder(place.parent) for place in places if place.parent != folder}
    for place, is_new in {**steps, **places}.items():
        if is_new and os.path.lexists(place):
            raise UserMistake(f"--output: {place} is in the way: `mesh render` did not write it; move it away")
    for needed in (folder, *steps):
        needed.mkdir(parents=True, exist_ok=True)
    changes = []
    for file, text in wanted.items():
        action = "created" if file not in ours else "unchanged" if ours[file] == text else "changed"
        if action != "unchanged":
            _replace(folder / file, text)
        changes.append(Change(action, file))
    for file in sorted(ours.keys() - wanted.keys()):
        (folder / file).unlink()
        changes.append(Change("removed", file))
        _leave((folder / file).parent, folder)
    return changes


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _leave(step: Path, folder: Path) -> None:
    """Take a step's folder away when its last file is gone."""
    if step != folder and not any(step.iterdir()):
        step.rmdir()


def _entries(folder: Path) -> Iterator[Path]:
    """Yield what is in the folder, and in place of a step's folder what is in that."""
    for path in sorted(folder.iterdir()):
        yield from sorted(path.iterdir()) if path.name in STEPS and _is_folder(path) else (path,)


def _ours(folder: Path, stack: str) -> dict[str, str]:
    """Return the texts of the files that were written here before.

    :raises UserMistake: when the folder holds something else
    """
    ours: dict[str, str] = {}
    others = []
    for path in _entries(folder):
        # The name in the marker is what tells our file from somebody's copy of it.
        found, file = _marker(path), path.relative_to(folder).as_posix()
        if found and found["file"] == file:
            if found["stack"] != stack:
                raise UserMistake(f"--output: {folder} holds stack {found['stack']}; name a folder for {stack} alone")
            ours[file] = path.read_text(encoding="utf-8")
        elif not path.name.startswith("."):
            others.append(file)
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
