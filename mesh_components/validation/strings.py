"""Matches of a text: exact, by prefix or by regular expression (``validation.go`` of Istio 1.31)."""

from __future__ import annotations

from typing import Final

from . import go_regexp
from .checks import Object, check
from .problem import Path, Problem, Problems, show

_LONGEST_REGEXP: Final = 1024


def regexp_fault(pattern: str) -> str | None:
    """Say what is wrong with a regular expression for Envoy, which reads RE2's syntax."""
    if not pattern:
        return "a regular expression must not be empty"
    if len(pattern.encode()) > _LONGEST_REGEXP:
        return f"a regular expression may be {_LONGEST_REGEXP} bytes long"
    fault = go_regexp.fault(pattern)
    return fault and f"{show(pattern)} is not a regular expression of RE2: {fault}"


@check
def regexp(match: Object, path: Path) -> Problems:
    """Yield what is wrong with the regular expression of a match, if it has one."""
    pattern = match.get("regex")
    if pattern is not None and (fault := regexp_fault(pattern)):
        yield Problem((*path, "regex"), fault)


@check
def match(given: Object, path: Path) -> Problems:
    """Yield what is wrong with a match whose prefix must not be empty either."""
    if given.get("prefix") == "":
        yield Problem((*path, "prefix"), "a prefix must not be empty")
    yield from regexp(given, path)
