"""Two states of an environment, as previews and pictures compare them: a stack and files beside it, now and then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from local_cluster.errors import UserMistake
from mesh_components.analysis import of_settings
from mesh_components.analysis.suppressions import Suppression
from mesh_components.analysis.world import Given, Scope, World, flat
from mesh_components.live.plan import GENERATED, LATER
from mesh_components.settings.problems import SettingsError
from mesh_components.validation.unknown import UNKNOWN

from . import git_ref, manifest_files, planned_stack
from .git_ref import Commit
from .planned_stack import PlannedStack
from .project import Project
from .rendered import rendered

STACK = "{stack}"
"""Stands for the stack's name in the name of a file."""

MARKS = frozenset(f"<{one.why}>" for one in (GENERATED, LATER))
"""What stands in rendered objects for values that are not known."""

CODE = ("mesh_components", "local_cluster")
"""Packages that plan a stack, where the checkout has them in itself."""


@dataclass(frozen=True)
class Side:
    """A state of an environment.

    Attributes:
        objects: Its objects, with marks for values that are not known.
        given: The same for analysis, each with where it comes from.
        suppressions: Findings not to report.
        scope: How far knowledge reaches.
        note: What a reviewer should know of how it was read; ``""``: nothing.
    """

    objects: Sequence[Mapping[str, Any]] = ()
    given: Sequence[Given] = ()
    suppressions: Sequence[Suppression] = ()
    scope: Scope = field(default_factory=Scope)
    note: str = ""

    def world(self, over: Iterable[Given] = ()) -> World:
        """Return what analysis knows of it.

        :param over: what is there already
        """
        return World.build(self.given, self.scope, over=over)


def now(project: Project, stack: str, files: Sequence[str]) -> Side:
    """Return an environment as the checkout has it.

    :param files: names of files and folders, from the working directory; `{stack}` in them is the stack's name
    :raises ProjectError: for a stack that has no file
    :raises mesh_components.settings.SettingsError: for settings that are not valid
    :raises UserMistake: for files that cannot be read
    """
    beside = manifest_files.read(Path(name) for name in named(files, stack))
    return _beside(beside, _of(planned_stack.read(project, stack), stack))


def _of(planned: PlannedStack, stack: str) -> Side:
    """Return a stack alone."""
    return Side(
        [one.manifest for one in rendered(planned.declared, show_secrets=True)],
        planned.given,
        of_settings.suppressions(planned.settings),
        of_settings.scope(planned.settings, stack),
    )


@dataclass(frozen=True)
class Past:
    """A project as it was.

    Attributes:
        commit: When.
        top: Folder with the commit's files.
        present: The project as it is.
    """

    commit: Commit
    top: Path
    present: Project

    @cached_property
    def project(self) -> Project:
        """The project among the commit's files; it may not have been there."""
        return Project(self.top / self.present.root.relative_to(self.commit.top))

    @cached_property
    def has_other_code(self) -> bool:
        """Whether the checkout has the code in itself that plans its stacks, and had another then."""
        code = [self.present.root / name for name in CODE]
        there = (self.project.root / CODE[0] / "__init__.py").is_file()
        return there and git_ref.changed(self.commit, [path for path in code if path.is_dir()])

    def side(self, stack: str, files: Sequence[str], today: Side) -> Side:
        """Return an environment as it was.

        It is planned by the code of then: a change of the code changes environments, too.

        :param files: as for :func:`now`; what was not there yet is passed over
        :param today: the environment as it is; its scope and suppressions count where then's cannot be read
        :raises ProjectError: for a stack that was not there
        :raises mesh_components.settings.SettingsError: for settings that were not valid
        """
        found = manifest_files.read(self._files(named(files, stack)), self._shown)
        why = ""
        if self.has_other_code:
            try:
                return _beside(found, self._by_its_own_code(stack, today))
            except UserMistake as error:
                why = f"{error}; it is planned by the code of today, so what a change of the code does is not shown"
        planned = planned_stack.read(self.project, stack)
        return _beside(found, replace(_of(planned, stack), note=why))

    def _by_its_own_code(self, stack: str, today: Side) -> Side:
        file = planned_stack.StackFile.read(self.project, stack)
        manifests = by_its_own_code(self.project, stack)
        try:
            like = _of(planned_stack.read(self.project, stack), stack)
        except SettingsError:
            like = today
        return replace(like, objects=manifests, given=[(unmarked(item), file.origin(item)) for item in manifests])

    def _files(self, names: Iterable[str]) -> Iterator[Path]:
        for name in names:
            path = self.top / Path(name).resolve().relative_to(self.commit.top)
            if path.exists():
                yield path

    def _shown(self, path: Path) -> str:
        """Return a file's name as it would be called from the working directory today."""
        return os.path.relpath(self.commit.top / path.relative_to(self.top))


@contextmanager
def past(project: Project, ref: str | None) -> Iterator[Past]:
    """Give the project as it was at a commit.

    :param ref: which one; None: where the work tree's branch left the one that it will be merged to
    :raises UserMistake: when there is no such commit
    """
    commit = git_ref.find(project.root, ref)
    with git_ref.tree(commit) as files:
        yield Past(commit, files, project)


def named(files: Iterable[str], stack: str) -> list[str]:
    """Return the names of an environment's files."""
    return [name.replace(STACK, stack) for name in files]


def in_repository(files: Iterable[str], commit: Commit) -> None:
    """Make sure that files are ones that a commit can have.

    :raises UserMistake: naming one that is not
    """
    for name in files:
        if name == manifest_files.STDIN or not Path(name).resolve().is_relative_to(commit.top):
            raise UserMistake(
                f"{name} is not in the repository {commit.top}, so there is no earlier state to compare with"
            )


def by_its_own_code(project: Project, stack: str) -> list[dict[str, Any]]:
    """Return a stack's objects, planned by the code that lies beside it, with marks for what is not known.

    :raises UserMistake: when that code does not work in this environment
    """
    program = "from mesh_components.cli import app; app(prog_name='mesh')"
    done = subprocess.run(
        [sys.executable, "-c", program, "render", "--stack", stack, "--show-secrets", "--format", "json"],
        cwd=project.root,
        env={name: value for name, value in os.environ.items() if name not in ("PYTHONSAFEPATH", "PYTHONPATH")},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise UserMistake(f"the code of then could not plan stack {stack}: {said[-1] if said else 'it says nothing'}")
    return [entry["manifest"] for entry in json.loads(done.stdout)]


def unmarked(value: Any) -> Any:
    """Return a rendered value with `UNKNOWN` where a mark stands for it."""
    if isinstance(value, str):
        return UNKNOWN if value in MARKS else value
    if isinstance(value, Mapping):
        return {key: unmarked(inner) for key, inner in value.items()}
    return [unmarked(inner) for inner in value] if isinstance(value, list) else value


def _beside(found: Sequence[Given], side: Side) -> Side:
    """Return a side with the objects of files beside its stack's."""
    listed = [manifest for manifest, _ in flat(found) if manifest.get("metadata", {}).get("name")]
    return replace(side, objects=[*side.objects, *listed], given=[*side.given, *found])
