"""Findings of the analysis, at the part of the picture that each is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..analysis import kinds
from ..analysis.finding import Finding
from ..analysis.resource import Resource
from ..validation.unknown import Unknown
from .draft import Draft, key
from .graph import Remark

SEVERITIES = {"Error": 0, "Warning": 1, "Info": 2}


def remarks(findings: Iterable[Finding], draft: Draft, namespaces: Iterable[str]) -> tuple[Remark, ...]:
    """Return findings with their places, the worst first, each once.

    :param namespaces: ids of the namespaces that are drawn
    """
    drawn = frozenset(namespaces)
    found = dict.fromkeys(
        Remark(place(one.resource, draft, drawn), str(one.severity), one.code, str(one.resource), one.text, one.remedy)
        for one in findings
    )
    return tuple(sorted(found, key=order))


def order(remark: Remark) -> tuple[int, str, str, str, str, str]:
    """Return what remarks are ordered by."""
    level = SEVERITIES.get(remark.level, len(SEVERITIES))
    return level, remark.code, remark.resource, remark.text, remark.at, remark.change


def place(resource: Resource, draft: Draft, namespaces: frozenset[str]) -> str:
    """Return the id of what an object is shown by: a node before an edge, or else its namespace; ``""`` for nothing."""
    shown: Mapping[str, None] = draft.shown.get(key(resource), {})
    for known in (draft.nodes, draft.edges, namespaces):
        for at in shown:
            if at in known:
                return at
    name = resource.name if resource.kind == kinds.NAMESPACE else resource.namespace
    at = "" if isinstance(name, Unknown) else f"Namespace {name}"
    return at if at in namespaces else ""
