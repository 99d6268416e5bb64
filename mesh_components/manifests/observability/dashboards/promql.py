"""Parts of queries in PromQL.

Facts: names of Istio's metrics and of their labels (istio.io, "Istio Standard Metrics"). A request is reported by the
proxy of its source and by that of its destination, in ambient meshes by a waypoint; queries choose.
"""

from __future__ import annotations

from collections.abc import Sequence

REQUESTS = "istio_requests_total"
DURATION = "istio_request_duration_milliseconds_bucket"
REQUEST_SIZE = "istio_request_bytes_bucket"
RESPONSE_SIZE = "istio_response_bytes_bucket"
TCP_SENT = "istio_tcp_sent_bytes_total"
TCP_RECEIVED = "istio_tcp_received_bytes_total"
TCP_OPENED = "istio_tcp_connections_opened_total"

CLIENT_SIDE = 'reporter=~"source|waypoint"'
"""Matches each request once, those that never reached a workload included."""
ANSWERED = 'response_code!~"5.."'
MUTUAL_TLS = 'connection_security_policy="mutual_tls"'

QUANTILES = ((0.5, "p50"), (0.9, "p90"), (0.99, "p99"))


def select(metric: str, *matchers: str) -> str:
    """Return the series of a metric for which all ``matchers`` hold."""
    return f"{metric}{{{', '.join(matchers)}}}" if matchers else metric


def rate(metric: str, *matchers: str, by: Sequence[str] = ()) -> str:
    """Return how much a counter grows in a second, added up by labels. Grafana chooses the window."""
    return total(f"rate({select(metric, *matchers)}[$__rate_interval])", by)


def total(expression: str, by: Sequence[str] = ()) -> str:
    """Return the sum of series, by labels."""
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum({expression})"


def quantile(part: float, histogram: str, *matchers: str, by: Sequence[str] = ()) -> str:
    """Return the value below which ``part`` of what a histogram has seen is."""
    return f"histogram_quantile({part}, {rate(histogram, *matchers, by=['le', *by])})"


def share(part: str, whole: str) -> str:
    """Return how much of ``whole`` is ``part``, from 0 to 1; 0 also where there are no series of ``part`` at all."""
    return f"({part} or 0 * {whole}) / {whole}"


def answered(*matchers: str, by: Sequence[str] = ()) -> str:
    """Return the share of requests that no server error answered."""
    return share(rate(REQUESTS, *matchers, ANSWERED, by=by), rate(REQUESTS, *matchers, by=by))


def under_mutual_tls(*matchers: str, by: Sequence[str] = ()) -> str:
    """Return the share of requests that came under mutual TLS, which only a destination's proxy knows."""
    return share(rate(REQUESTS, *matchers, MUTUAL_TLS, by=by), rate(REQUESTS, *matchers, by=by))


def or_zero(expression: str) -> str:
    """Return a value that is 0 where there is none."""
    return f"({expression}) or vector(0)"
