"""What a VirtualService's HTTP rule does to requests, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .known import known
from .words import all_known, many, percent, share

Given = Mapping[str, Any]


def features(rule: Given) -> list[str]:
    """Return what happens on the way; what is not known is left out."""
    return all_known((_timeout, _retries, _delay, _abort, _rewrite), rule)


def _timeout(rule: Given) -> Iterator[str]:
    if "timeout" in rule:
        yield f"timeout {rule['timeout']:s}"


def _retries(rule: Given) -> Iterator[str]:
    if "retries" not in rule:
        return
    given = rule["retries"]
    attempts = given.get("attempts", 0)
    if attempts < 1:
        yield "no retries"
        return
    each = f", {given['perTryTimeout']:s} each" if "perTryTimeout" in given else ""
    causes = f", on {given['retryOn']:s}" if given.get("retryOn", "") else ""
    yield f"{many(attempts, 'retry', 'retries')}{each}{causes}"


def _delay(rule: Given) -> Iterator[str]:
    """Without a percentage no request is delayed (`TranslateFault` upstream)."""
    delay = rule.get("fault", {}).get("delay", {})
    part = share(delay["percentage"].get("value", 0) if "percentage" in delay else delay.get("percent", 0))
    if part > 0 and "fixedDelay" in delay:
        yield f"delay {delay['fixedDelay']:s} for {percent(part)}"


def _abort(rule: Given) -> Iterator[str]:
    abort = rule.get("fault", {}).get("abort", {})
    part = share(abort.get("percentage", {}).get("value", 0))
    for name, words in (("httpStatus", "abort with {}"), ("grpcStatus", "abort with gRPC status {}")):
        if part > 0 and name in abort:
            yield f"{words.format(abort[name])} for {percent(part)}"


def _rewrite(rule: Given) -> Iterator[str]:
    rewrite = rule.get("rewrite", {})
    if "uriRegexRewrite" in rewrite:
        yield f"rewrites the path by {rewrite['uriRegexRewrite'].get('match', ''):s}"
    elif rewrite.get("uri", ""):
        yield f"rewrites the path to {rewrite['uri']:s}"
    if rewrite.get("authority", ""):
        yield f"rewrites the host to {rewrite['authority']:s}"


def answer(rule: Given) -> str:
    """Return what is answered in place of sending requests anywhere, ``""`` for nothing.

    :raises IsUnknown: when that is not known
    """
    if "redirect" in rule:
        given = rule["redirect"]
        port = f":{given['port']:d}" if "port" in given else ""
        host = f"{given.get('authority', ''):s}{port}"
        scheme = f"{given.get('scheme', ''):s}"
        to = f"{scheme}://{host}" if scheme and host else host or scheme
        path = f"{given.get('uri', ''):s}"
        return f"redirect to {to}{' ' if to and path and not host else ''}{path} ({given.get('redirectCode', 301):d})"
    if "directResponse" in rule:
        return f"answers {rule['directResponse'].get('status', 200):d} by itself"
    return ""


def mirror_share(rule: Given) -> float | None:
    """Return the percentage of requests that `mirror` copies: all unless it says so; None when it is not known."""

    def said() -> float:
        if "mirrorPercentage" in rule:
            return share(rule["mirrorPercentage"].get("value", 0))
        return share(rule.get("mirrorPercent", 100))

    return known(said, None)
