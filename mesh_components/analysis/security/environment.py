"""Which environments are trials, where a risk is no reason to warn."""

from __future__ import annotations

import re

from ..finding import Finding, Severity
from ..graded import at
from ..world import World

TRIALS = frozenset(
    [
        *("ci", "demo", "dev", "develop", "development", "e2e", "example", "kind", "local", "minimal", "minikube"),
        *("playground", "poc", "preview", "sandbox", "test", "testing", "trial", "tutorial"),
    ]
)
"""Words in the name of a stack that say it is a trial: ``dev``, ``team-a-dev``, ``eu.test``."""


def like_production(world: World) -> bool:
    """Return whether the environment is to be held to more than a trial; one without a name is not."""
    words = re.split(r"[^a-z0-9]+", world.scope.environment.lower())
    return world.scope.environment != "" and not TRIALS.intersection(words)


def risk(finding: Finding, world: World) -> Finding:
    """Return the finding with its own severity where it counts, for information elsewhere."""
    return finding if like_production(world) else at(finding, Severity.INFO)
