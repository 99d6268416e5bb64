"""Findings of the analysis, at the part of the picture that each is about."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from ..analysis import kinds
from ..analysis.finding import Finding, Severity
from ..validation.unknown import Unknown
from .draft import Draft, key
from .graph import Remark

WORST_FIRST = {str(level): -level for level in Severity}


def remarks(findings: Iterable[Finding], draft: Draft, namespaces: Iterable[str]) -> tuple[Remark, ...]:
    """Return findings with their places, the worst first, each once.

    :param namespaces: ids of the namespaces that are drawn
    """
    drawn = frozenset(namespaces)
    found = dict.fromkeys(
        Remark(place(one, draft, drawn), str(one.severity), one.code, str(one.resource), one.text, one.remedy)
        for one in findings
    )
    return tuple(sorted(found, key=order))


def order(remark: Remark) -> tuple[int, tuple[str, ...]]:
    """Return what remarks are ordered by."""
    return WORST_FIRST.get(remark.level, 0), attrgetter("code", "resource", "text", "at", "remedy", "change")(remark)


def place(finding: Finding, draft: Draft, namespaces: frozenset[str]) -> str:
    """Return the id of the part of the picture that a finding is about; ``""`` for none.

    That is the edge that the very field is drawn as; or else what shows the object, a node before an edge; or else its
    namespace.
    """
    resource, path = finding.resource, finding.path
    name = key(resource)
    for end in range(len(path), 0, -1):
        if (at := draft.fields.get((name, path[:end]))) is not None:
            return at
    shown = draft.shown.get(name, {})
    for parts in (draft.nodes, draft.edges, namespaces):
        for at in shown:
            if at in parts:
                return at
    namespace = resource.name if resource.kind == kinds.NAMESPACE else resource.namespace
    at = "" if isinstance(namespace, Unknown) else f"Namespace {namespace}"
    return at if at in namespaces else ""
