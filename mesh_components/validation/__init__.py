"""Whether Istio would take an object: its schema, the rules in that schema, and what istiod's webhook checks.

``validate`` answers as the API server with istiod's webhook would, without either: first the schema, with fields that
it does not know; then, for an object that fits it, the schema's rules in CEL and the webhook's checks. An unknown value
(``UNKNOWN``) is never a problem, nor the cause of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.versions import DEFAULT_VERSION

from . import structure, webhook
from .checks import guarded
from .definitions import Definition, definition
from .problem import Problem
from .unknown import UNKNOWN, IsUnknown, Unknown, unsettled
from .wire import on_the_wire

__all__ = ["UNKNOWN", "IsUnknown", "Problem", "Unknown", "validate"]


def validate(manifest: Mapping[str, Any], *, version: str = DEFAULT_VERSION) -> list[Problem]:
    """Return what Istio ``version`` would say against ``manifest``, a Kubernetes object as it goes over the wire.

    Nothing for objects of other kinds, nor for what is no object at all.
    """
    if not isinstance(manifest, Mapping):
        return []
    known = definition(manifest.get("apiVersion"), manifest.get("kind"), version)
    if known is None:
        return []
    has_unknown, has_null = unsettled(dict(manifest))
    fits = None if has_unknown or has_null else _fits(known, manifest)
    if fits is None:
        manifest = on_the_wire(manifest)
        fits = None if has_unknown else _fits(known, manifest)
    if not fits:
        found = list(structure.problems(known.schema, manifest))
        if found:
            return found
    found = list(known.ruled.problems(manifest)) if known.ruled is not None else []
    # Rules and webhook often say the same of the same thing.
    ruled = {(problem.path, problem.is_warning) for problem in found}
    judged = guarded(manifest) if has_unknown else manifest
    judged_by_webhook = webhook.problems(known.kind, judged)
    return found + [problem for problem in judged_by_webhook if (problem.path, problem.is_warning) not in ruled]


def _fits(known: Definition, manifest: Mapping[str, Any]) -> bool | None:
    """Return whether an object fits its schema; None when that cannot be said of what is no JSON."""
    try:
        return known.validator.is_valid(manifest)
    except Exception:  # whatever the validator raises
        return None
