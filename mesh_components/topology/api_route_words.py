"""What routes of the Gateway API match and do, in words; defaults are the API's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..validation.unknown import IsUnknown
from .conditions import together
from .words import all_known, percent, share

Given = Mapping[str, Any]
HOW = {"PathPrefix": "prefix", "Exact": "exact", "RegularExpression": "regex"}


def conditions(match: Given) -> list[str]:
    """Return the conditions of one alternative of an HTTPRoute or a GRPCRoute."""
    return together(match, (_path, _method, _fields))


def _path(match: Given) -> Iterator[str]:
    path = match.get("path", {})
    how, value = HOW.get(path.get("type", "PathPrefix"), ""), path.get("value", "/")
    if path and (how, value) != ("prefix", "/"):
        yield f"uri {how} {value:s}"


def _method(match: Given) -> Iterator[str]:
    given = match.get("method", "")
    if isinstance(given, str):
        if given:
            yield f"method {given}"
        return
    how = HOW.get(given.get("type", "Exact"), "exact")
    service, method = given.get("service", ""), given.get("method", "")
    if service or method:
        yield f"gRPC {how} {service or '*':s}/{method or '*':s}"


def _fields(match: Given) -> Iterator[str]:
    for field, word in (("headers", "header"), ("queryParams", "query parameter")):
        for one in match.get(field, []):
            how = HOW.get(one.get("type", "Exact"), "exact")
            yield f"{word} {one.get('name', ''):s} {how} {one.get('value', ''):s}"


def features(rule: Given) -> list[str]:
    """Return what happens on the way; what is not known is left out."""
    return all_known((_timeouts, _retry, _rewrites, _session), rule)


def _timeouts(rule: Given) -> Iterator[str]:
    given = rule.get("timeouts", {})
    if "request" in given:
        yield f"timeout {given['request']:s}"
    if "backendRequest" in given:
        yield f"timeout {given['backendRequest']:s} each try"


def _retry(rule: Given) -> Iterator[str]:
    if "retry" in rule:
        attempts = rule["retry"].get("attempts", 1)
        yield f"{attempts:d} {'retry' if attempts == 1 else 'retries'}"


def _rewrites(rule: Given) -> Iterator[str]:
    for one in _filters(rule, "URLRewrite"):
        given = one.get("urlRewrite", {})
        if given.get("hostname", ""):
            yield f"rewrites the host to {given['hostname']:s}"
        path = _replaced(given)
        if path:
            yield f"rewrites the path to {path}"


def _session(rule: Given) -> Iterator[str]:
    if "sessionPersistence" in rule:
        yield f"sessions by {rule['sessionPersistence'].get('type', 'Cookie'):s}"


def answer(rule: Given) -> str:
    """Return where a rule redirects requests to, ``""`` when it does not.

    :raises IsUnknown: when that is not known
    """
    for one in _filters(rule, "RequestRedirect"):
        given = one.get("requestRedirect", {})
        port = f":{given['port']:d}" if "port" in given else ""
        host = f"{given.get('hostname', ''):s}{port}"
        scheme = f"{given.get('scheme', ''):s}"
        parts = (f"{scheme}://{host}" if scheme and host else scheme or host, _replaced(given))
        return f"redirect to {' '.join(part for part in parts if part)} ({given.get('statusCode', 302):d})"
    return ""


def mirrors(rule: Given) -> Iterator[tuple[Given, tuple[str, ...]]]:
    """Return the backends that copies of requests go to, and what is to be said of them; all requests by default."""
    for one in _filters(rule, "RequestMirror"):
        given = one.get("requestMirror", {})
        if "backendRef" in given:
            yield given["backendRef"], tuple(all_known((_copies,), given))


def _copies(given: Given) -> Iterator[str]:
    part = 100.0
    if "percent" in given:
        part = share(given["percent"])
    elif "fraction" in given:
        fraction = given["fraction"]
        part = share(100 * fraction.get("numerator", 0) / (fraction.get("denominator", 100) or 100))
    yield f"copies of {percent(part)} of the requests"


def _filters(rule: Given, kind: str) -> list[Given]:
    return [one for one in rule.get("filters", []) if one.get("type", "") == kind]


def _replaced(given: Given) -> str:
    path = given.get("path", {})
    found = path.get("replaceFullPath", path.get("replacePrefixMatch", ""))
    if not isinstance(found, str):
        raise IsUnknown
    return found
