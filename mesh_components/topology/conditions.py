"""Which requests a rule is for, in words.

Everything in a tuple of these has to hold; where a rule has alternatives, they are one text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..validation.unknown import IsUnknown
from .known import entries, texts
from .words import NOT_KNOWN, selector_text, some, string_match

Match = Mapping[str, Any]


def http_conditions(match: Match) -> list[str]:
    """Return the conditions of one alternative of a VirtualService's HTTP rule."""
    return together(match, (*[_compared(name) for name in ("uri", "scheme", "method", "authority")], _maps, _client))


def l4_conditions(match: Match) -> list[str]:
    """Return the conditions of one alternative of a VirtualService's TLS or TCP rule."""
    return together(match, (_connection, _client))


def together(match: Match, makers: Iterable[Callable[[Match], Iterator[str]]]) -> list[str]:
    """Return all conditions; those of which too little is known as one that says so."""
    found: list[str] = []
    unknown = False
    for make in makers:
        try:
            found += make(match)
        except IsUnknown:
            unknown = True
    return [*found, NOT_KNOWN] if unknown else found


def alternatives(found: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return conditions of which those of one alternative have to hold; none where one holds always."""
    distinct = list(dict.fromkeys(tuple(conditions) for conditions in found))
    if not all(distinct):
        return ()
    if len(distinct) == 1:
        return distinct[0]
    return (" or ".join(" and ".join(conditions) for conditions in distinct),) if distinct else ()


def _compared(name: str) -> Callable[[Match], Iterator[str]]:
    def conditions(match: Match) -> Iterator[str]:
        if name in match:
            ignoring = ", upper or lower case" if name == "uri" and match.get("ignoreUriCase", False) is True else ""
            yield f"{name} {string_match(match[name])}{ignoring}"

    return conditions


def _maps(match: Match) -> Iterator[str]:
    for field, word in (
        ("headers", "header"),
        ("withoutHeaders", "without header"),
        ("queryParams", "query parameter"),
    ):
        for name, wanted in sorted(match.get(field, {}).items()):
            yield f"{word} {name} {string_match(wanted)}".removesuffix(
                " present" if field == "withoutHeaders" else "\0"
            )


def _connection(match: Match) -> Iterator[str]:
    if match.get("sniHosts", []):
        yield f"SNI {some([f'{host:s}' for host in match['sniHosts']])}"
    if match.get("destinationSubnets", []):
        yield f"to {some([f'{net:s}' for net in match['destinationSubnets']])}"
    if match.get("sourceSubnet", ""):
        yield f"from {match['sourceSubnet']:s}"


def _client(match: Match) -> Iterator[str]:
    if match.get("port", 0):
        yield f"port {match['port']:d}"
    if match.get("sourceNamespace", ""):
        yield f"from namespace {match['sourceNamespace']:s}"
    if match.get("sourceLabels", {}):
        given = match["sourceLabels"]
        if len(texts(list(given.values()))) != len(entries(given)):
            raise IsUnknown
        yield f"from workloads {selector_text(given)}"
