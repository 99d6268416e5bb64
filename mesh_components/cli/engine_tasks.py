"""The part of a preview's work that Pulumi's engine does, in a form that other processes can take over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local_cluster import cluster as clusters
from local_cluster.errors import UserMistake
from local_cluster.pulumi import runtime
from mesh_components.review.environment import Environment, Status

from . import engine_preview
from .console import step
from .engine_preview import Engine
from .errors import exit_code
from .project import Project
from .stack_file import KEPT, overlay_for, parsed, read_text, working_content
from .up import stacks_folder


@dataclass(frozen=True)
class Deployed:
    """Previews stacks against what is deployed.

    Attributes:
        engine: How the engine is run.
        project: Whose stacks.
        context: Context of the kubeconfig, where one is named.
        cluster: The cluster that `mesh up` uses, where there is one.
    """

    engine: Engine
    project: Project
    context: str | None
    cluster: clusters.Cluster | None

    def __call__(self, stack: str) -> Environment:
        """Return what the checkout does to a stack that is deployed."""
        path = self.project.stack_file(stack)
        content = parsed(read_text(path), path)
        variables: dict[str, str] = {}
        cluster = self.cluster
        home = stacks_folder(cluster) / stack / path.name if cluster else None
        if cluster and home and home.exists():
            # The stack that `mesh up` made, as it is there.
            earlier = parsed(read_text(home), home)
            content = working_content(path, cluster.context, overlay_for(cluster))
            content |= {key: earlier[key] for key in KEPT if key in earlier}
            variables = {"KUBECONFIG": str(cluster.kubeconfig)}
        elif self.context:
            content = working_content(path, self.context, None)
        return engine_preview.deployed(self.engine, self.project, stack, content, variables)


def deployed(project: Project, context: str | None, packs: Sequence[Path], files: Sequence[str]) -> Deployed:
    """Return what previews stacks against what is deployed.

    :raises UserMistake: for files, which the engine does not know
    """
    if files:
        raise UserMistake("--pulumi knows what the program declares, no files beside it; leave them away, or --pulumi")
    with step("Tools: pulumi, its language host and its providers"):
        engine = Engine(runtime.prepare(), packs)
    return Deployed(engine, project, context, clusters.status(context).cluster)


@dataclass(frozen=True)
class WithPolicies:
    """Adds to a preview what policy packs say.

    Attributes:
        preview: The preview without them.
        engine: How the engine is run.
        project: Whose stacks.
    """

    preview: Callable[[str], Environment]
    engine: Engine
    project: Project

    def __call__(self, stack: str) -> Environment:
        """Return a stack's preview; where the packs do not run that counts as a failure, for nobody knows then."""
        found = self.preview(stack)
        if stack not in self.project.stacks:
            return found
        try:
            return replace(
                found, violations=tuple(engine_preview.violations(self.engine, self.project, stack).violations)
            )
        except Exception as error:
            if exit_code(error) is None:
                raise
            return replace(found, status=Status.FAILED, error=f"The policy packs could not be run: {error}")


def with_policies(preview: Callable[[str], Any], project: Project, packs: Sequence[Path]) -> WithPolicies:
    """Return a preview that says what policy packs say, too."""
    with step("Tools: pulumi, its language host and its providers, for the policy packs"):
        engine = Engine(runtime.prepare(), packs)
    return WithPolicies(preview, engine, project)
