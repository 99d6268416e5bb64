"""Tools that the user has already: found on PATH, and used where the rule of that tool allows the version found."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from local_cluster.paths import cache_dir

Version = tuple[int, ...]


@dataclass(frozen=True)
class OnPath:
    """When an executable found on PATH is used instead of one of our own.

    Attributes:
        arguments: Arguments that make it print its version; empty: any version will do and it is not run.
        at_least: Lowest version that fits, for example `3.229`; empty for no limit.
        below: First version that does not fit any more; empty for no limit.
        pattern: Regular expression whose first group is the version in what it prints.
        environment: Environment variables set when it is run.
    """

    arguments: tuple[str, ...] = ()
    at_least: str = ""
    below: str = ""
    pattern: str = r"(\d+(?:\.\d+)+)"
    environment: dict[str, str] = field(default_factory=dict)


ANY = OnPath()
"""Whatever version is on PATH."""


def find(name: str, rule: OnPath | None = ANY) -> Path | None:
    """Return the executable `name` on PATH when `rule` allows it, else None. A rule of None allows none."""
    if rule is None:
        return None
    # What this project put on PATH itself is not the user's.
    folders = [folder for folder in os.environ.get("PATH", os.defpath).split(os.pathsep) if not _is_ours(folder)]
    if not (found := shutil.which(name, path=os.pathsep.join(folders))):
        return None
    path = Path(found).absolute()
    if not rule.arguments:
        return path
    version = version_of(path, rule)
    if version is None or version < parse(rule.at_least) or (rule.below and version >= parse(rule.below)):
        return None
    return path


def _is_ours(folder: str) -> bool:
    return Path(folder).absolute().is_relative_to(cache_dir())


def version_of(path: Path, rule: OnPath) -> Version | None:
    """Return the version that the executable says it is, or None when it says none or cannot be run."""
    environment = {**os.environ, **rule.environment}
    try:
        ran = subprocess.run(
            [path, *rule.arguments], env=environment, capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.search(rule.pattern, ran.stdout + ran.stderr)
    return parse(said[1]) if said else None


def parse(version: str) -> Version:
    """Return a dotted version as numbers, comparable with `<`: `1.34.0` becomes (1, 34, 0); the empty string ()."""
    return tuple(int(part) for part in version.split(".")) if version else ()
