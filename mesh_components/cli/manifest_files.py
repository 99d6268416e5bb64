"""Kubernetes objects in files that the user names, wherever a command takes them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from local_cluster.errors import UserMistake
from mesh_components.analysis import files
from mesh_components.analysis.world import Given

STDIN = "-"


def read(paths: Iterable[Path], shown: Callable[[Path], str] = str) -> list[Given]:
    """Return the objects of files, of the YAML and JSON files below folders, and of standard input (``-``).

    :param shown: what a file is called in findings and messages
    :raises UserMistake: for a path that is not there or not YAML
    """
    found: list[Given] = []
    for path in paths:
        if str(path) == STDIN:
            found += _objects(sys.stdin.read(), "standard input")
            continue
        if not path.exists():
            raise UserMistake(
                f"there is no file or folder {shown(path)}; name YAML or JSON files, folders of them, or -"
            )
        listed = list(files.found(path))
        if not listed:
            raise UserMistake(f"no {', '.join(files.SUFFIXES)} file in folder {shown(path)} or below")
        for file in listed:
            try:
                text = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UserMistake(f"cannot read {shown(file)}: {error}") from error
            found += _objects(text, shown(file))
    return found


def _objects(text: str, name: str) -> list[Given]:
    try:
        return list(files.read(text, name))
    except files.UnreadableText as error:
        raise UserMistake(str(error)) from error
