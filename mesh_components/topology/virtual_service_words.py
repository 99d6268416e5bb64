"""What a VirtualService's HTTP rule does to requests, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .words import all_known, joined, many, percent, share

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
    each = f"{given['perTryTimeout']:s} each" if "perTryTimeout" in given else ""
    causes = f"on {given['retryOn']:s}" if given.get("retryOn", "") else ""
    yield joined(many(attempts, "retry", "retries"), each, causes)


def _delay(rule: Given) -> Iterator[str]:
    """Without a percentage no request is delayed (`TranslateFault` in `pilot/pkg/networking/core/route/route.go`)."""
    delay = rule.get("fault", {}).get("delay", {})
    part = share(delay["percentage"].get("value", 0) if "percentage" in delay else delay.get("percent", 0))
    if part > 0 and "fixedDelay" in delay:
        yield f"delay {delay['fixedDelay']:s} for {percent(part)}"


def _abort(rule: Given) -> Iterator[str]:
    abort = rule.get("fault", {}).get("abort", {})
    part = share(abort.get("percentage", {}).get("value", 0))
    if part > 0 and "httpStatus" in abort:
        yield f"abort with {abort['httpStatus']:d} for {percent(part)}"
    elif part > 0 and "grpcStatus" in abort:
        yield f"abort with gRPC {abort['grpcStatus']:s} for {percent(part)}"


def _rewrite(rule: Given) -> Iterator[str]:
    rewrite = rule.get("rewrite", {})
    if "uriRegexRewrite" in rewrite:
        given = rewrite["uriRegexRewrite"]
        yield f"rewrites {given.get('match', ''):s} in the path to {given.get('rewrite', ''):s}"
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
        code = given.get("redirectCode", 0) or 301
        scheme, host = f"{given.get('scheme', ''):s}", f"{given.get('authority', ''):s}"
        return redirect(scheme, host, given.get("port", 0), f"{given.get('uri', ''):s}", code)
    if "directResponse" in rule:
        return f"answers {rule['directResponse'].get('status', 0):d} by itself"
    return ""


def redirect(scheme: str, host: str, port: int, path: str, code: int) -> str:
    """Return where requests are redirected to; what is empty stays as it was."""
    where = f"{host}:{port:d}" if port else host
    whole = f"{scheme}://{where}{path}" if scheme and where else f"{where}{path}"
    return joined("redirect to", scheme if scheme and not where else "", whole, f"({code:d})", by=" ")


def mirror_share(given: Given) -> float:
    """Return the percentage of requests that are copied: all, unless it is said.

    :raises IsUnknown: when it is not known
    """
    for name in ("percentage", "mirrorPercentage"):
        if name in given:
            return share(given[name].get("value", 0))
    return share(given.get("mirrorPercent", 100))
