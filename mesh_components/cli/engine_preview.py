"""What a change does to one environment, as Pulumi's engine sees it; and what policy packs say, cluster or not."""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local_cluster.pulumi.runtime import PulumiRuntime
from mesh_components.analysis import of_settings
from mesh_components.analysis.plain import plain
from mesh_components.analysis.resource import Named
from mesh_components.analysis.world import Given
from mesh_components.review import engine_events
from mesh_components.review.engine_events import EnginePreview
from mesh_components.review.environment import Environment, status_of
from mesh_components.review.findings import compare
from mesh_components.topology.compare import compare as compare_pictures
from mesh_components.topology.compare import only_changes

from . import planned_stack
from .local_stack import PulumiFailed
from .placeholders import without_secrets
from .previewed import view
from .project import PROJECT, Project
from .sides import Side
from .stack_file import KEPT, parsed, read_text

STREAMED = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
"""Makes `pulumi preview --json` write its events, one a line."""

MOST_LINES = 30
"""Lines of a program's own that are shown when it fails, the last ones."""

ANALYSIS = f"{PROJECT}:analysis"


Variables = Mapping[str, str | None]
"""More of an environment, over the engine's; None takes a variable out of it."""


@dataclass(frozen=True)
class Engine:
    """How the engine is run.

    Attributes:
        runtime: The CLI and its environment.
        packs: Folders of policy packs.
    """

    runtime: PulumiRuntime
    packs: Sequence[Path] = ()

    def environment(self, variables: Variables) -> dict[str, str]:
        """Return the whole environment for running the engine."""
        found = {**self.runtime.environment(), **variables}
        return {name: value for name, value in found.items() if value is not None}

    def preview(self, project: Project, stack: str, config: Mapping[str, Any], variables: Variables) -> EnginePreview:
        """Return what the engine says of a stack.

        :param config: the stack file's content to use
        :raises PulumiFailed: when it fails
        """
        with tempfile.TemporaryDirectory(prefix="mesh-preview-") as folder:
            file = Path(folder) / f"Pulumi.{stack}.yaml"
            file.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
            packs = [part for pack in self.packs for part in ("--policy-pack", str(pack.resolve()))]
            done = subprocess.run(
                [
                    *(str(self.runtime.pulumi), "preview", "--json", "--stack", stack, "--config-file", str(file)),
                    *("--non-interactive", *packs),
                ],
                cwd=project.root,
                env=self.environment({**variables, **STREAMED}),
                capture_output=True,
                text=True,
            )
        found = engine_events.read(done.stdout.splitlines())
        if done.returncode and not found.only_violations:
            said = "\n".join(dict.fromkeys([*found.errors, *found.said[-MOST_LINES:]])) or done.stderr or done.stdout
            raise PulumiFailed(f"pulumi preview of stack {stack} failed:\n{engine_events.uncoloured(said)}")
        return found


def judged_later(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stack file's content with which the program goes on where its plan has errors: a preview shows them."""
    config = dict(content.get("config") or {})
    if config.get(ANALYSIS, "enforce") == "enforce":
        config[ANALYSIS] = "warn"
    return {**content, "config": config}


def deployed(
    engine: Engine, project: Project, stack: str, content: Mapping[str, Any], variables: Variables
) -> Environment:
    """Return what the checkout does to what is deployed.

    :param content: the stack file's content, of the working copy where there is one
    :param variables: more of the environment: KUBECONFIG
    :raises PulumiFailed: when the engine fails
    """
    found = engine.preview(project, stack, judged_later(content), variables)
    settings = planned_stack.read(project, stack).settings
    scope, suppressions = of_settings.scope(settings, stack), of_settings.suppressions(settings)
    title = f"stack {stack} against what is deployed"
    then, now = (view(Side((), given(objects), suppressions, scope), title) for objects in (found.before, found.after))
    altered = tuple(found.changes)
    return Environment(
        stack,
        status_of(altered, bool(found.before), bool(found.after) or not found.before),
        engine=True,
        changes=altered,
        findings=compare(then.judged, now.judged),
        violations=tuple(found.violations),
        topology=only_changes(compare_pictures(then.picture, now.picture, title)),
    )


def given(objects: Sequence[tuple[Mapping[str, Any], str]]) -> list[Given]:
    """Return objects of a preview as analysis takes them."""
    return [
        (
            {key: value for key, value in plain(item).items() if not key.startswith(engine_events.NOT_DECLARED)},
            Named(urn),
        )
        for item, urn in objects
    ]


def violations(engine: Engine, project: Project, stack: str) -> EnginePreview:
    """Return what policy packs say of a stack, without a cluster and without what its secrets need.

    The program is run by the engine over an empty state of its own; the Kubernetes provider writes files instead of
    asking a cluster. An encrypted setting has a placeholder for its value.

    :raises PulumiFailed: when the engine fails
    """
    path = project.stack_file(stack)
    content = parsed(read_text(path), path)
    with _backend(engine, project, stack) as (folder, variables):
        config = {
            **without_secrets(content.get("config") or {}),
            "kubernetes:renderYamlToDirectory": str(folder / "rendered"),
        }
        salted = yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")) or {}
        kept = {name: salted[name] for name in KEPT if name in salted}
        return engine.preview(project, stack, judged_later({"config": config, **kept}), variables)


@contextmanager
def _backend(engine: Engine, project: Project, stack: str) -> Iterator[tuple[Path, Variables]]:
    """Give a folder with a backend that has the stack, empty, and the variables for it; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mesh-policies-") as name:
        folder = Path(name)
        (folder / "backend").mkdir()
        declared = yaml.safe_load((project.root / "Pulumi.yaml").read_text(encoding="utf-8"))
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": declared["name"], "runtime": "python"}))
        variables: Variables = {
            "PULUMI_BACKEND_URL": f"file://{folder / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": secrets.token_hex(16),
            "PULUMI_CONFIG_PASSPHRASE_FILE": None,
            # The provider refuses to write files where it is told of a cluster.
            "KUBECONFIG": None,
        }
        done = subprocess.run(
            [str(engine.runtime.pulumi), "stack", "init", stack, "--non-interactive"],
            cwd=folder,
            env=engine.environment(variables),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise PulumiFailed(f"pulumi stack init in a backend of its own: {done.stderr.strip()}")
        yield folder, variables
