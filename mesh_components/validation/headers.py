"""Names and values of HTTP headers as istiod takes them.

Sources: ``pkg/config/validation/validation.go``, ``virtualservice.go`` and ``header_value_validator.go`` of Istio 1.31.
"""

from __future__ import annotations

import re
from typing import Final

from .checks import Object, check, each, entries
from .problem import Path, Problem, Problems, show

# A token of HTTP, and the comma: istiod's own expression has a range from + to a period.
TOKEN: Final = re.compile(r"[!#$%&'*+,\-.^_`|~A-Za-z0-9]+")
PROBE: Final = re.compile(r"[-A-Za-z0-9]+")
_PSEUDO: Final = frozenset({":method", ":scheme", ":authority", ":path", ":status"})
_CLAIM: Final = "@request.auth.claims"
_BAD_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NAME_END: Final = re.compile(r"[%(]")
_STRING_END: Final = re.compile(r"\\.|[)\"]", re.DOTALL)


def is_authority(name: str) -> bool:
    """Whether a header is the host that a request asks for."""
    return name.lower() in (":authority", "host")


def is_claim(name: str) -> bool:
    """Whether what looks like a header in a match is a claim of a JWT (``@request.auth.claims.sub``)."""
    rest = name[len(_CLAIM) :]
    if not name.lower().startswith(_CLAIM):
        return False
    return (rest.startswith(".") and len(rest) > 1) or (rest.startswith("[") and rest.endswith("]") and len(rest) > 2)


def match_name_fault(name: str) -> str | None:
    """Say what is wrong with the name of a header to match on."""
    if is_claim(name) or name in _PSEUDO or TOKEN.fullmatch(name):
        return None
    return f"{show(name)} is not the name of a header" if name else "the name of a header must not be empty"


def cors_name_fault(name: str) -> str | None:
    """Say what is wrong with the name of a header in a CORS policy; ``*`` stands for all."""
    if TOKEN.fullmatch(name):
        return None
    return f"{show(name)} is not the name of a header" if name else "the name of a header must not be empty"


def _operation_fault(name: str, *, may_be_authority: bool) -> str | None:
    if not name:
        return "the name of a header must not be empty"
    if is_authority(name) and may_be_authority:
        return None
    if name.startswith(":") or name.lower() == "host":
        return f"{show(name)} cannot be changed here"
    return None


def value_fault(value: str) -> str | None:
    """Say what is wrong with a value to set, in which %NAME% and %NAME(...)% stand for what Envoy puts there."""
    if _BAD_IN_VALUE.search(value):
        return f"{show(value)} has control characters"
    at = 0
    while (start := value.find("%", at)) >= 0:
        if value.startswith("%%", start):
            at = start + 2
            continue
        end = _variable_end(value, start + 1)
        if end is None:
            return f"{show(value)}: a % begins a variable that is not ended by another; write %% for the sign itself"
        at = end
    return None


def _variable_end(value: str, at: int) -> int | None:
    """Return where a variable ends that starts before ``at``; None when it does not end as it should."""
    found = _NAME_END.search(value, at)
    if found is None:
        return None
    if found.group() == "%":
        return found.end()
    at = _skip_spaces(value, found.end())
    # Envoy's reader, which istiod follows: a list of quoted strings, or a bare text, up to the closing parenthesis.
    in_list = value.startswith("[", at)
    while True:
        if in_list:
            at = _skip_spaces(value, at + 1)
            if not value.startswith('"', at):
                return None
        found = _STRING_END.search(value, at + 1)
        if found is None:
            return None
        at = found.end()
        while found.group() not in ')"':
            found = _STRING_END.search(value, at)
            if found is None:
                return None
            at = found.end()
        if found.group() == ")":
            break
        at = _skip_spaces(value, at)
        if value.startswith("]", at):
            at = _skip_spaces(value, at + 1)
            if not value.startswith(")", at):
                return None
            at += 1
            break
        if not value.startswith(",", at):
            return None
        in_list = True
    at = _skip_spaces(value, at)
    return at + 1 if value.startswith("%", at) else None


def _skip_spaces(value: str, at: int) -> int:
    while value.startswith(" ", at):
        at += 1
    return at


@check
def operations(parent: Object, path: Path) -> Problems:
    """Yield what is wrong with ``headers``: what to set, add and remove in requests and responses."""
    headers = parent.get("headers") or {}
    for direction in ("request", "response"):
        change = headers.get(direction)
        if change:
            yield from _changes(change, (*path, "headers", direction), is_request=direction == "request")


@check
def _changes(change: Object, path: Path, *, is_request: bool) -> Problems:
    for action in ("add", "set"):
        for name, value, place in entries(change, action, path):
            if fault := _operation_fault(name, may_be_authority=is_request) or value_fault(value):
                yield Problem(place, fault)
    for name, place in each(change, "remove", path):
        if fault := _operation_fault(name, may_be_authority=False):
            yield Problem(place, fault)


@check
def authority_once(route: Object, path: Path) -> Problems:
    """Yield when a route gives the authority of a request more than one value."""
    request = (route.get("headers") or {}).get("request") or {}
    given = (route.get("rewrite") or {}).get("authority") or ""
    for action in ("set", "add"):
        for name, value, place in entries(request, action, (*path, "headers", "request")):
            if is_authority(name):
                if given:
                    yield Problem(place, f"the authority is {show(given)} already and cannot be {show(value)} too")
                given = value
