"""What a DestinationRule's policy does on the way: limits, outlier detection, load balancing."""

from __future__ import annotations

from collections.abc import Iterator

from .rules import Policy
from .words import all_known, many

LIMITS = {
    "tcp": {"maxConnections": ("connection", "connections")},
    "http": {
        "http1MaxPendingRequests": ("pending request", "pending requests"),
        "http2MaxRequests": ("request at once", "requests at once"),
        "maxRequestsPerConnection": ("request per connection", "requests per connection"),
        "maxRetries": ("retry at once", "retries at once"),
    },
}
"""Limits of a connection pool, in words."""
ERRORS = {
    "consecutive5xxErrors": "5xx error",
    "consecutiveGatewayErrors": "gateway error",
}
LOCAL = "consecutiveLocalOriginFailures"
FIVE = 5
"""Errors of kind 5xx after which Envoy ejects an endpoint when nothing else is said (`consecutive_5xx`)."""
HASHED = {"httpHeaderName": "header", "httpQueryParameterName": "query parameter"}
LOCALITY = {"distribute": "distributed", "failover": "failover", "failoverPriority": "failover by labels"}


def _limits(policy: Policy) -> Iterator[str]:
    pool = policy["connectionPool"]
    for part, limits in LIMITS.items():
        given = pool.get(part, {})
        for name, words in limits.items() if given else ():
            if name in given and given[name] > 0:
                yield f"at most {many(given[name], *words)}"


def _outlier_detection(policy: Policy) -> Iterator[str]:
    detection = policy.get("outlierDetection")
    if detection is None:
        return
    given = {"5xx error": FIVE} | {word: detection[name] for name, word in ERRORS.items() if name in detection}
    if detection.get("splitExternalLocalOriginErrors", False):
        given["local failure"] = detection.get(LOCAL, 0)
    if causes := [many(count, word) for word, count in given.items() if count > 0]:
        yield f"ejects an endpoint for {detection.get('baseEjectionTime', '30s'):s} after {' or '.join(causes)}"


def _load_balancing(policy: Policy) -> Iterator[str]:
    balancer = policy.get("loadBalancer", {})
    if "consistentHash" in balancer:
        given = balancer["consistentHash"]
        named = [f"{word} {given[name]:s}" for name, word in HASHED.items() if name in given]
        named += [f"cookie {given['httpCookie'].get('name', ''):s}"] if "httpCookie" in given else []
        named += ["the client's address"] if given.get("useSourceIp", False) else []
        yield f"consistent hash of {' and '.join(named)}" if named else "consistent hash"
    elif balancer.get("simple", "UNSPECIFIED") != "UNSPECIFIED":
        yield f"load balancing {balancer['simple']:s}"


def _locality(policy: Policy) -> Iterator[str]:
    setting = policy.get("loadBalancer", {}).get("localityLbSetting", {})
    if not setting.get("enabled", True):
        yield "no locality load balancing"
        return
    for name, word in LOCALITY.items():
        if setting.get(name, []):
            yield f"locality load balancing, {word}"


def _slow_start(policy: Policy) -> Iterator[str]:
    balancer = policy.get("loadBalancer", {})
    duration = balancer.get("warmup", {}).get("duration", balancer.get("warmupDurationSecs", ""))
    if duration:
        yield f"slow start of {duration:s}"


WORDS = {
    "connectionPool": (_limits,),
    "outlierDetection": (_outlier_detection,),
    "loadBalancer": (_load_balancing, _locality, _slow_start),
}
"""What tells of each part of a policy."""


def features(policy: Policy) -> list[str]:
    """Return what a policy does, in words; what is not known is left out."""
    return [text for part, makers in WORDS.items() if part in policy for text in all_known(makers, policy)]
