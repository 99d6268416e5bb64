"""What a stack's settings say of how it is to be analyzed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .suppressions import Suppression
from .world import Scope

if TYPE_CHECKING:
    from ..settings import MeshSettings


def scope(settings: MeshSettings, environment: str, given: Scope | None = None) -> Scope:
    """Return how a stack's plan is read.

    :param environment: the stack's name
    :param given: what is known besides
    """
    return replace(
        given or Scope(),
        istio_namespace=settings.istio_namespace,
        revision=settings.revision,
        elsewhere=settings.other_revisions,
        version=settings.version,
        environment=environment,
    )


def suppressions(settings: MeshSettings) -> tuple[Suppression, ...]:
    """Return the findings that a stack does not want to hear of."""
    return tuple(Suppression(one.code, one.resource, one.reason) for one in settings.suppressions)
