"""A preview as JSON: for programs, and for whoever needs what a comment has no room for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ..live.compare import ABSENT
from .changes import Field, ObjectChange
from .environment import Environment, Preview


def document(preview: Preview) -> dict[str, Any]:
    """Return a preview as data; docs/preview.md describes it."""
    return {
        "project": preview.project,
        "against": preview.against,
        "marker": preview.marker,
        "environments": [environment(one) for one in preview.environments],
    }


def environment(one: Environment) -> dict[str, Any]:
    """Return what becomes of an environment."""
    return {
        "stack": one.stack,
        "status": str(one.status),
        "engine": one.engine,
        "error": one.error,
        "notes": list(one.notes),
        "refused": one.refused,
        "changes": [change(each) for each in one.changes],
        "findings": {
            "new": list(one.findings.new),
            "fixed": list(one.findings.fixed),
            "suppressed": list(one.findings.silenced),
            "unchanged": one.findings.same,
        },
        "violations": [asdict(each) for each in one.violations],
        "topology": one.topology.as_dict() if one.topology else None,
        "seconds": round(one.seconds, 1),
    }


def change(one: ObjectChange) -> dict[str, Any]:
    """Return what becomes of an object; the whole of it where it comes or goes."""
    found: dict[str, Any] = {"action": one.action, "object": one.object, "apiVersion": one.api_version}
    return {**found, "fields": fields(one.fields)} if one.fields else {**found, "manifest": one.manifest}


def fields(altered: Iterable[Field]) -> list[dict[str, Any]]:
    """Return altered fields; a value that is not there has no key."""
    listed = []
    for one in altered:
        values = {"before": one.before, "after": one.after}
        listed.append({"path": one.path, **{name: value for name, value in values.items() if value is not ABSENT}})
    return listed
