"""Findings of the analysis, at the part of the picture that each is about."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from ..analysis import kinds
from ..analysis.finding import Finding, Severity
from ..analysis.kinds import Kind
from ..analysis.resource import Resource
from ..validation.unknown import Unknown
from .draft import Draft
from .graph import Remark

WORST_FIRST = {str(level): -level for level in Severity}


def remarks(findings: Iterable[Finding], draft: Draft, namespaces: Iterable[str]) -> tuple[Remark, ...]:
    """Return findings with their places, the worst first, each once.

    :param namespaces: ids of the namespaces that are drawn
    """
    places = Shown(draft, namespaces)
    found = dict.fromkeys(
        Remark(places.of(one), str(one.severity), one.code, str(one.resource), one.text, one.remedy) for one in findings
    )
    return tuple(sorted(found, key=order))


def order(remark: Remark) -> tuple[int, tuple[str, ...]]:
    """Return what remarks are ordered by."""
    return WORST_FIRST.get(remark.level, 0), attrgetter("code", "resource", "text", "at", "remedy", "change")(remark)


class Shown:
    """Where objects are shown."""

    def __init__(self, draft: Draft, namespaces: Iterable[str]) -> None:
        self._draft = draft
        self._namespaces = frozenset(namespaces)
        self._named: dict[tuple[Kind, str], Resource] = {}
        """The objects that are shown, by kind and name: findings may be of a world that was read another time."""
        for resource in (*draft.drawn, *draft.shown):
            self._named[resource.kind, draft.name(resource)] = resource

    def of(self, finding: Finding) -> str:
        """Return the id of the part of the picture that a finding is about; ``""`` for none.

        That is the edge that the very field is drawn as, or else the node that shows the object, or else an edge that
        it is drawn as, or else its namespace.
        """
        asked, path = finding.resource, finding.path
        resource = self._named.get((asked.kind, str(asked)), asked)
        for end in range(len(path), 0, -1):
            if (at := self._draft.fields.get((resource, path[:end]))) is not None:
                return at
        namespace = asked.name if asked.kind == kinds.NAMESPACE else asked.namespace
        around = "" if isinstance(namespace, Unknown) else f"Namespace {namespace}"
        otherwise = around if around in self._namespaces else ""
        return self._draft.shown.get(resource) or self._draft.drawn.get(resource) or otherwise
