"""What the settings of the agents on each node have in common."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .kubernetes import CountOrPercent, Object
from .model import Settings

EVERY_NODE: list[dict[str, Any]] = [
    {"effect": "NoSchedule", "operator": "Exists"},
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    {"effect": "NoExecute", "operator": "Exists"},
]
"""Tolerations of an agent that runs on every node, tainted or not."""


class ResourceQuotaSettings(Settings):
    """A quota for pods of the highest priority, which some clusters demand outside of kube-system."""

    enabled: bool = False
    """Whether it is declared."""
    pods: int = Field(default=5000, ge=0)
    """How many such pods the namespace may have."""


class RollingUpdate(Settings):
    """How many nodes at a time."""

    maxSurge: CountOrPercent | None = None
    """Nodes with an old and a new pod."""
    maxUnavailable: CountOrPercent | None = None
    """Nodes without a pod."""


class UpdateStrategy(Settings):
    """How a change reaches the nodes."""

    type: Literal["RollingUpdate", "OnDelete"] = "RollingUpdate"
    """By itself, or where somebody deletes the old pod."""
    rollingUpdate: RollingUpdate | None = None
    """How many nodes at a time."""


SeLinuxOptions = Object
"""SELinux labels of a container: ``user``, ``role``, ``type``, ``level``."""
