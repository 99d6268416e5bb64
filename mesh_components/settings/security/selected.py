# ruff: noqa: RUF012 (pydantic copies defaults)
"""What a policy is for: the whole mesh, a namespace, some workloads, or a gateway or service by name."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Labels, Name
from ..message import TargetRef
from ..model import Settings
from ..placed import Noted


class Everywhere(Noted):
    """A policy of a namespace, or of the whole mesh."""

    namespace: Name | None = None
    """Namespace that it is for; unset: the whole mesh (it is in the root namespace)."""


class Aimed(Settings):
    """Which workloads of the namespace."""

    selector: Labels = {}
    """Labels of the workloads; empty: all."""
    targetRefs: list[TargetRef] = []
    """Gateways, Services or ServiceEntries by name, for waypoints and the Gateway API's gateways; instead of
    ``selector``."""

    @model_validator(mode="after")
    def _one_aim(self) -> Self:
        if self.selector and self.targetRefs:
            raise PydanticCustomError("conflict", "selector and targetRefs exclude each other; remove one")
        return self
