"""What a DestinationRule's policy does on the way: limits, outlier detection, load balancing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .rules import Policy
from .words import all_known, many

LIMITS = {
    ("tcp", "maxConnections"): ("connection",),
    ("http", "http1MaxPendingRequests"): ("pending request",),
    ("http", "http2MaxRequests"): ("request at once", "requests at once"),
    ("http", "maxRequestsPerConnection"): ("request per connection", "requests per connection"),
    ("http", "maxRetries"): ("retry at once", "retries at once"),
}
"""Limits of a connection pool, in words."""
ERRORS = {
    "consecutive5xxErrors": "5xx error",
    "consecutiveGatewayErrors": "gateway error",
    "consecutiveLocalOriginFailures": "local failure",
    "consecutiveErrors": "error",
}
FIVE = 5
"""Errors of kind 5xx after which a host is ejected when nothing else is said (`OutlierDetection` in Istio's API)."""
HASHES = {
    "httpHeaderName": lambda value: f"header {value:s}",
    "httpCookie": lambda value: f"cookie {value['name']:s}",
    "httpQueryParameterName": lambda value: f"query parameter {value:s}",
    "useSourceIp": lambda value: "source address" if value else "",
}
"""What consistent hashing goes by."""


def features(policy: Policy) -> list[str]:
    """Return what a policy does, in words; what is not known is left out."""
    return all_known((limits, outlier_detection, load_balancing, locality), policy)


def limits(policy: Policy) -> Iterator[str]:
    """Return the limits of the connection pool."""
    pool = policy.get("connectionPool", {})
    for (part, name), words in LIMITS.items():
        value = pool.get(part, {}).get(name, 0)
        if value > 0:
            yield f"at most {many(value, *words)}"


def outlier_detection(policy: Policy) -> Iterator[str]:
    """Return when an endpoint is left out for a while."""
    detection = policy.get("outlierDetection")
    if detection is None:
        return
    found = {word: detection[name] for name, word in ERRORS.items() if name in detection}
    causes = [many(count, word) for word, count in found.items() if count > 0] or (
        [] if "5xx error" in found else [many(FIVE, "5xx error")]
    )
    if causes:
        time = detection.get("baseEjectionTime", "30s")
        yield f"ejects an endpoint for {time:s} after {' or '.join(causes)}"


def load_balancing(policy: Policy) -> Iterator[str]:
    """Return how an endpoint is chosen."""
    balancer: Mapping[str, Any] = policy.get("loadBalancer", {})
    if "consistentHash" in balancer:
        given = balancer["consistentHash"]
        by = next((word(given[name]) for name, word in HASHES.items() if name in given), "")
        yield f"consistent hash of {by}" if by else "consistent hash"
    elif balancer.get("simple", "UNSPECIFIED") != "UNSPECIFIED":
        yield f"load balancing {balancer['simple']:s}"


def locality(policy: Policy) -> Iterator[str]:
    """Return what places have to do with it."""
    setting = policy.get("loadBalancer", {}).get("localityLbSetting", {})
    if not setting.get("enabled", True):
        yield "locality load balancing off"
        return
    for name in ("distribute", "failover", "failoverPriority"):
        if setting.get(name, []):
            yield f"locality {'failover priority' if name == 'failoverPriority' else name}"
