"""What routes of the Gateway API match and do, in words; defaults are the API's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..validation.unknown import IsUnknown, Unknown
from .conditions import together
from .virtual_service_words import redirect
from .words import all_known, many, percent, share

Given = Mapping[str, Any]
HOW = {"PathPrefix": "prefix", "Exact": "exact", "RegularExpression": "regex"}
FOUND = 302
"""The status of a redirect that says none."""


def conditions(match: Given) -> list[str]:
    """Return the conditions of one alternative of an HTTPRoute or a GRPCRoute."""
    return together(match, (_path, _method, _fields))


def _path(match: Given) -> Iterator[str]:
    if "path" in match:
        path = match["path"]
        how, value = HOW.get(path.get("type", "PathPrefix"), "prefix"), f"{path.get('value', '/'):s}"
        if (how, value) != ("prefix", "/"):
            yield f"uri {how} {value}"


def _method(match: Given) -> Iterator[str]:
    given = match.get("method", "")
    if isinstance(given, str):
        if given:
            yield f"method {given}"
        return
    how = HOW.get(given.get("type", "Exact"), "exact")
    service, method = f"{given.get('service', ''):s}", f"{given.get('method', ''):s}"
    if service or method:
        yield f"gRPC {how} {service or '*'}/{method or '*'}"


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
        yield many(rule["retry"].get("attempts", 1), "retry", "retries")


def _rewrites(rule: Given) -> Iterator[str]:
    for _, given in _filters(rule, "urlRewrite"):
        if path := _path_put(given):
            yield f"rewrites the path to {path}"
        if host := given.get("hostname", ""):
            yield f"rewrites the host to {host:s}"


def _session(rule: Given) -> Iterator[str]:
    if "sessionPersistence" in rule:
        yield f"sessions kept by {rule['sessionPersistence'].get('type', 'Cookie'):s}"


def answer(rule: Given) -> str:
    """Return where a rule redirects requests to, ``""`` when it does not.

    :raises IsUnknown: when that is not known
    """
    for _, given in _filters(rule, "requestRedirect"):
        scheme, host = f"{given.get('scheme', ''):s}", f"{given.get('hostname', ''):s}"
        return redirect(scheme, host, given.get("port", 0), _path_put(given), given.get("statusCode", FOUND))
    return ""


def mirrors(rule: Given) -> Iterator[tuple[int, Given, tuple[str, ...]]]:
    """Return the backends that copies of requests go to: the filter's place, the backend, and how many copies."""
    for index, given in _filters(rule, "requestMirror"):
        if "backendRef" in given:
            yield index, given["backendRef"], tuple(all_known((_copies,), given))


def _copies(given: Given) -> Iterator[str]:
    part = 100.0
    if "fraction" in given:
        fraction = given["fraction"]
        part = share(100 * fraction.get("numerator", 0) / (fraction.get("denominator", 100) or 100))
    elif "percent" in given:
        part = share(given["percent"])
    yield f"copies of {percent(part)} of the requests"


def _filters(rule: Given, field: str) -> list[tuple[int, Given]]:
    """Return the filters of a rule that have a field: the field by which each kind of filter is set up."""
    return [(index, one[field]) for index, one in enumerate(rule.get("filters", [])) if field in one]


def _path_put(given: Given) -> str:
    """Return the path that takes the place of a request's, or of its beginning."""
    path = given.get("path", {})
    found = path.get("replaceFullPath", path.get("replacePrefixMatch", ""))
    if isinstance(found, Unknown):
        raise IsUnknown
    return str(found)
