"""What a stack's settings say of how it is to be analyzed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .messages.mesh import ANONYMOUS_KIALI
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
    """Return the findings that a stack does not want to hear of, and what it has consented to in so many words."""
    listed = [Suppression(one.code, one.resource, one.reason) for one in settings.suppressions]
    kiali = settings.addons.kiali
    if kiali.enabled and kiali.auth.strategy == "anonymous" and not kiali.deployment.view_only_mode:
        # Without consent, the settings would not be valid (`settings/observability/kiali_consistency.py`).
        why = "allowAnonymousWrites" if kiali.allowAnonymousWrites else f"profile {settings.profile}"
        listed.append(Suppression(ANONYMOUS_KIALI.code, "*", why))
    return tuple(listed)
