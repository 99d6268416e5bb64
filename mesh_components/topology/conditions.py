"""Which requests a rule is for, in words.

Everything in a tuple of these has to hold; where a rule has alternatives, they are one text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..validation.unknown import IsUnknown
from .words import NOT_KNOWN, labels_text, string_match

Match = Mapping[str, Any]
COMPARED = ("uri", "scheme", "method", "authority")
MAPS = (("headers", "header"), ("withoutHeaders", "without header"), ("queryParams", "query parameter"))


def http_conditions(match: Match) -> list[str]:
    """Return the conditions of one alternative of a VirtualService's HTTP rule."""
    return together(match, (_compared, _maps, _client))


def l4_conditions(match: Match) -> list[str]:
    """Return the conditions of one alternative of a VirtualService's TLS or TCP rule."""
    return together(match, (_sni, _subnets, _client))


def together(match: Match, makers: Iterable[Callable[[Match], Iterator[str]]]) -> list[str]:
    """Return all conditions; those of which too little is known as one that says so."""
    found: list[str] = []
    is_known = True
    for make in makers:
        try:
            found += make(match)
        except IsUnknown:
            is_known = False
    return found if is_known else [*found, NOT_KNOWN]


def alternatives(found: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return conditions of which those of one alternative have to hold; none where one holds always."""
    distinct = list(dict.fromkeys(tuple(conditions) for conditions in found))
    if not all(distinct):
        return ()
    if len(distinct) == 1:
        return distinct[0]
    return (" or ".join(" and ".join(conditions) for conditions in distinct),) if distinct else ()


def _compared(match: Match) -> Iterator[str]:
    for name in COMPARED:
        if name in match:
            is_loose = name == "uri" and match.get("ignoreUriCase", False)
            yield f"{name} {string_match(match[name])}{' in upper or lower case' if is_loose else ''}"


def _maps(match: Match) -> Iterator[str]:
    for field, word in MAPS:
        for name, wanted in sorted(match.get(field, {}).items()):
            how = string_match(wanted)
            yield f"{word} {name}" if field == "withoutHeaders" and how == "present" else f"{word} {name} {how}"


def _sni(match: Match) -> Iterator[str]:
    if hosts := match.get("sniHosts", []):
        yield f"SNI {', '.join(f'{host:s}' for host in hosts)}"


def _subnets(match: Match) -> Iterator[str]:
    if nets := match.get("destinationSubnets", []):
        yield f"to {', '.join(f'{net:s}' for net in nets)}"
    if net := match.get("sourceSubnet", ""):
        yield f"from {net:s}"


def _client(match: Match) -> Iterator[str]:
    if port := match.get("port", 0):
        yield f"port {port:d}"
    if namespace := match.get("sourceNamespace", ""):
        yield f"from namespace {namespace:s}"
    if labels := match.get("sourceLabels", {}):
        yield f"from workloads {labels_text(labels)}"
