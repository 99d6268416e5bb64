"""What a change does to one environment: two commits' plans side by side, without a cluster and without credentials."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from mesh_components.analysis.world import Given
from mesh_components.review.changes import changes
from mesh_components.review.environment import Environment, Status, status_of
from mesh_components.review.findings import Judged, compare, judge
from mesh_components.settings.problems import SettingsError
from mesh_components.topology.build import topology
from mesh_components.topology.compare import compare as compare_pictures
from mesh_components.topology.compare import only_changes
from mesh_components.topology.graph import Topology

from . import sides
from .encrypted import differing
from .errors import exit_code
from .planned_stack import StackFile
from .project import Project
from .sides import Past, Side


@dataclass(frozen=True)
class View:
    """One state of an environment, judged and pictured."""

    side: Side
    judged: Judged
    picture: Topology


def view(side: Side, title: str, over: Iterable[Given] = ()) -> View:
    """Return a state of an environment, judged and pictured.

    :param over: what is there already: a cluster's objects
    """
    world = side.world(over)
    judged = judge(world, side.suppressions)
    return View(side, judged, topology(world, judged.findings, title))


def guarded(stack: str, preview: Callable[[], Environment]) -> Environment:
    """Return an environment's preview; where it fails, what there is to say of that, so that the others are seen."""
    started = time.monotonic()
    try:
        found = preview()
    except Exception as error:
        expected = exit_code(error) is not None
        text = str(error) if expected else f"{type(error).__name__}: {error} (this is a mistake in `mesh preview`)"
        found = Environment(stack, Status.FAILED, error=text)
    return replace(found, seconds=time.monotonic() - started)


def against_commit(project: Project, past: Past, stack: str, files: Sequence[str]) -> Environment:
    """Return what the checkout does to an environment that a commit has.

    :param files: names of files beside the stack, as in :func:`mesh_components.cli.sides.now`
    """
    is_here, was_there = stack in project.stacks, stack in past.project.stacks
    today = sides.now(project, stack, files) if is_here else Side()
    notes = []
    before = Side()
    if was_there:
        try:
            before = past.side(stack, files, today)
        except SettingsError as error:
            notes.append(
                f"What {past.commit.short} says of this stack is not valid, so everything counts as new: {error}"
            )
        notes += [before.note] if before.note else []
        if is_here and before.scope.version != today.scope.version:
            notes.append(f"Istio {before.scope.version} becomes {today.scope.version}.")
        old, new = StackFile.read(past.project, stack).config, StackFile.read(project, stack).config if is_here else {}
        if others := differing(old, new):
            notes.append(f"Encrypted settings have another value: {', '.join(others)}. What they do is not shown.")
    title = f"stack {stack} against {past.commit.short}"
    then, at_last = view(before, title), view(today, title)
    altered = tuple(changes(before.objects, today.objects))
    return Environment(
        stack,
        status_of(altered, was_there, is_here),
        notes=tuple(notes),
        changes=altered,
        findings=compare(then.judged, at_last.judged),
        topology=only_changes(compare_pictures(then.picture, at_last.picture, title)),
    )
