"""Objects that a component plans, without an engine."""

from __future__ import annotations

from typing import Any

import mesh_components
from mesh_components import arguments


def planned(component: str, **args: Any) -> list[dict[str, Any]]:
    """Return the objects in the order in which they are registered."""
    kind = getattr(mesh_components, component)
    mesh, own = arguments.load(component, kind.model, args)
    return [each for step in kind.plan(mesh, own) for each in step]


def by_kind(component: str, **args: Any) -> dict[str, dict[str, Any]]:
    """Return the objects by kind."""
    return {each["kind"]: each for each in planned(component, **args)}
