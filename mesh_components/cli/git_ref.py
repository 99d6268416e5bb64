"""The project as it is at another commit: which one, and its files in a folder of their own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_cluster.errors import UserMistake

from .project import Project

DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""Where changes are merged to, the first that there is."""


@dataclass(frozen=True)
class Commit:
    """A commit to compare with.

    Attributes:
        ref: What it was asked for by.
        id: Its full name.
        top: Folder of the repository's work tree.
    """

    ref: str
    id: str
    top: Path

    @property
    def short(self) -> str:
        """Return the commit as people name it: ``main (3f2d048a)``, or by its short name alone."""
        return self.id[:8] if self.id.startswith(self.ref) else f"{self.ref} ({self.id[:8]})"


def find(folder: Path, ref: str | None) -> Commit:
    """Return the commit that a ref stands for.

    :param ref: a branch, a tag, a commit …; None: where the work tree's branch left the one that it will be merged to
    :raises UserMistake: when the folder is in no git repository, or there is no such commit
    """
    try:
        top = Path(_git(folder, "rev-parse", "--show-toplevel"))
    except OSError as error:
        raise UserMistake("comparing with another commit needs git, which is not on PATH") from error
    except subprocess.CalledProcessError as error:
        raise UserMistake(f"{folder} is in no git repository, so there is no other commit to compare with") from error
    if ref is not None:
        return Commit(ref, _commit(top, ref), top)
    for branch in DEFAULT_BRANCHES:
        if _try(top, "rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}"):
            base = _try(top, "merge-base", "HEAD", branch)
            if not base:
                raise UserMistake(
                    f"HEAD and {branch} have no commit in common here; a shallow clone has too little history: fetch "
                    "all of it (actions/checkout: `fetch-depth: 0`), or name a commit with --diff"
                )
            return Commit(branch.removeprefix("origin/") if branch != "origin/HEAD" else branch, base, top)
    raise UserMistake(
        f"none of {', '.join(DEFAULT_BRANCHES)} is a branch here; name the commit to compare with: --diff REF"
    )


def changed(commit: Commit, paths: Sequence[Path]) -> bool:
    """Return whether the work tree has something else in these files and folders than the commit; new files count."""
    listed = [str(path) for path in paths]
    different = _git(commit.top, "diff", "--name-only", commit.id, "--", *listed)
    return bool(different or _git(commit.top, "ls-files", "--others", "--exclude-standard", "--", *listed))


def subject(commit: Commit) -> str:
    """Return the first line of a commit's message."""
    return _git(commit.top, "show", "--no-patch", "--format=%s", commit.id)


@contextmanager
def tree(commit: Commit) -> Iterator[Path]:
    """Give the commit's files in a folder that is gone afterwards; index and work tree stay as they are."""
    with tempfile.TemporaryDirectory(prefix="mesh-commit-") as folder:
        files = Path(folder).resolve() / "tree"
        files.mkdir()
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        _git(commit.top, "read-tree", commit.id, env=index)
        _git(commit.top, "checkout-index", "--all", f"--prefix={files}/", env=index)
        yield files


def project_at(project: Project, commit: Commit, files: Path) -> Project:
    """Return the project as it is in a commit's files."""
    return Project(files / project.root.relative_to(commit.top))


def _commit(top: Path, ref: str) -> str:
    found = _try(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if not found:
        raise UserMistake(
            f"--diff {ref!r}: there is no such commit here; name a branch, a tag or a commit. In a shallow clone fetch "
            "all history first (actions/checkout: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)"
        )
    return found


def _try(folder: Path, *arguments: str) -> str:
    try:
        return _git(folder, *arguments)
    except subprocess.CalledProcessError:
        return ""


def _git(folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", **(env or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
