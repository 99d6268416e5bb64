"""Rules of a virtual service that no request can reach, because earlier ones match it all.

Source: ``analyzeUnreachable…Rules`` and ``coveredValidation`` in ``pkg/config/validation/validation.go``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .checks import Object, check
from .problem import INEFFECTIVE, UNREACHABLE, Path, Problem, Problems, warning


@check
def unreachable_rules(spec: Object, kind: str, path: Path) -> Problems:
    """Yield a warning for each rule, and each match of a rule, of ``kind`` (http, tls, tcp) that cannot take effect."""
    routes: list[Object] = list(spec.get(kind) or ())
    if len(routes) < 2 and sum(len(route.get("match") or ()) for route in routes) < 2:
        return
    seen: dict[str, int] = {}
    prefixes: list[_Prefix] = []
    catch_all = -1
    for number, route in enumerate(routes):
        place = (*path, kind, number)
        matches: list[Object] = list(route.get("match") or ())
        if not matches:
            if catch_all >= 0:
                yield _unreachable(place, f"rule {catch_all} matches everything already; only the last may do so")
            catch_all = number
            continue
        repeated = 0
        for index, match in enumerate(matches):
            at = (*place, "match", index)
            if catch_all >= 0:
                yield _unreachable(at, f"rule {catch_all}, before it, matches everything")
                continue
            key = _key(match)
            if key in seen:
                repeated += 1
                yield _ineffective(at, f"rule {seen[key]} has the same match")
                continue
            seen[key] = number
            if kind == "http" and (prefix := _prefix(match, number, at)):
                prefixes.append(prefix)
        if repeated == len(matches):
            yield _unreachable(place, "rules before it have all of its matches")
    yield from _covered(prefixes)


def _unreachable(path: Path, why: str) -> Problem:
    return warning(path, f"this rule is never used: {why}", UNREACHABLE)


def _ineffective(path: Path, why: str) -> Problem:
    return warning(path, f"this match has no effect: {why}", INEFFECTIVE)


def _key(match: Object) -> str:
    """Return a match as text that is the same for the same traffic."""
    return json.dumps(_plain({key: value for key, value in match.items() if key != "name"}), sort_keys=True)


_ONE_OF = ("exact", "prefix", "regex")
_MAPS = ("headers", "withoutHeaders", "queryParams", "sourceLabels")


def _is_absent(key: str, value: Any) -> bool:
    """Whether a field is as good as absent: zero, false or empty, unless it says which of several is set."""
    if isinstance(value, Mapping):
        return not value and key in _MAPS
    return not value and key not in _ONE_OF


def _plain(value: Any) -> Any:
    """Return a value without what is as good as absent."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if not _is_absent(key, item)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class _Prefix:
    """A match by a prefix of the path, with the rest of what it asks."""

    rule: int
    path: Path
    prefix: str
    port: int
    words: tuple[str, str]
    """Method and authority."""
    maps: tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]]
    """Headers, query parameters and absent headers."""

    def covers(self, later: _Prefix) -> bool:
        """Whether this match takes the traffic that a later one is for."""
        if not later.prefix.startswith(self.prefix) or self.port != later.port:
            return False
        if not all(mine.startswith(other) for mine, other in zip(self.words, later.words, strict=True)):
            return False
        return all(
            len(mine) == len(other)
            and all(name in other and value.startswith(other[name]) for name, value in mine.items())
            for mine, other in zip(self.maps, later.maps, strict=True)
        )


def _prefix(match: Object, rule: int, path: Path) -> _Prefix | None:
    prefix = (match.get("uri") or {}).get("prefix")
    if not prefix:
        return None
    headers, query, absent = (
        {name: _word(value) for name, value in (match.get(field) or {}).items()}
        for field in ("headers", "queryParams", "withoutHeaders")
    )
    words = _word(match.get("method")) or "exact:GET", _word(match.get("authority"))
    return _Prefix(rule, path, prefix, match.get("port") or 0, words, (headers, query, absent))


def _word(match: Object | None) -> str:
    for way in ("exact", "prefix"):
        if match and match.get(way):
            return f"{way}:{match[way]}"
    return ""


def _covered(prefixes: list[_Prefix]) -> Problems:
    for index, earlier in enumerate(prefixes):
        for later in prefixes[index + 1 :]:
            if later.prefix != earlier.prefix and earlier.covers(later):
                yield _ineffective(
                    later.path, f"rule {earlier.rule} matches prefix {earlier.prefix!r}, which covers {later.prefix!r}"
                )
