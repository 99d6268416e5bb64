"""One service: who asks it, what it answers, and how fast."""

from __future__ import annotations

from . import promql
from .model import Chart, Choice, Dashboard, Number, Query, Row, Variable
from .promql import DURATION, REQUESTS, answered, or_zero, quantile, rate

UID = "mesh-service"

_OF = ('destination_service=~"$service"', 'reporter=~"$reporter"')
_BY_SOURCE = ("source_workload", "source_workload_namespace")
_SOURCE = "{{source_workload}}.{{source_workload_namespace}}"
_VERSION = ("destination_workload", "destination_version")

REPORTER = Choice("reporter", "Reported by", ("destination", "source", "waypoint"), ("destination", "waypoint"))
"""Whose proxies' words are taken. A source also knows of requests that never arrived."""

DASHBOARD = Dashboard(
    uid=UID,
    title="Mesh: service",
    text="Requests to one service, by who sent them and which version answered",
    variables=[
        Variable("namespace", "Namespace", f"label_values({REQUESTS}, destination_service_namespace)", many=True),
        Variable(
            "service",
            "Service",
            'label_values({__name__=~"istio_requests_total|istio_tcp_sent_bytes_total", '
            'destination_service_namespace=~"$namespace"}, destination_service)',
        ),
        REPORTER,
    ],
    rows=[
        Row(
            "Now",
            [
                Number("Requests", "reqps", or_zero(rate(REQUESTS, *_OF)), width=6),
                Number("Answered", "percentunit", answered(*_OF), "Without server errors (5xx)", 6, good_from=0.99),
                Number("Latency, p99", "ms", quantile(0.99, DURATION, *_OF), width=6),
                Number("Under mutual TLS", "percentunit", promql.under_mutual_tls(*_OF), width=6),
            ],
        ),
        Row(
            "Requests",
            [
                Chart(
                    "By answer",
                    "reqps",
                    [
                        Query(
                            rate(REQUESTS, *_OF, by=["response_code", "response_flags"]),
                            "{{response_code}} {{response_flags}}",
                        )
                    ],
                    "Flags say why a proxy answered itself: UH no healthy host, UO overflow, NR no route …",
                    stacked=True,
                ),
                Chart("By source", "reqps", [Query(rate(REQUESTS, *_OF, by=_BY_SOURCE), _SOURCE)], stacked=True),
                Chart(
                    "By version",
                    "reqps",
                    [Query(rate(REQUESTS, *_OF, by=_VERSION), "{{destination_workload}} {{destination_version}}")],
                    stacked=True,
                ),
                Chart(
                    "Answered, by source", "percentunit", [Query(answered(*_OF, by=_BY_SOURCE), _SOURCE)], highest=1.0
                ),
                Chart(
                    "Latency",
                    "ms",
                    [Query(quantile(part, DURATION, *_OF), name) for part, name in promql.QUANTILES],
                ),
                Chart("Latency by source, p99", "ms", [Query(quantile(0.99, DURATION, *_OF, by=_BY_SOURCE), _SOURCE)]),
                Chart(
                    "Size of requests",
                    "bytes",
                    [Query(quantile(part, promql.REQUEST_SIZE, *_OF), name) for part, name in promql.QUANTILES],
                    width=12,
                ),
                Chart(
                    "Size of answers",
                    "bytes",
                    [Query(quantile(part, promql.RESPONSE_SIZE, *_OF), name) for part, name in promql.QUANTILES],
                    width=12,
                ),
            ],
        ),
        Row(
            "TCP",
            [
                Chart("Sent, by source", "Bps", [Query(rate(promql.TCP_SENT, *_OF, by=_BY_SOURCE), _SOURCE)]),
                Chart("Received, by source", "Bps", [Query(rate(promql.TCP_RECEIVED, *_OF, by=_BY_SOURCE), _SOURCE)]),
                Chart("Connections opened", "cps", [Query(rate(promql.TCP_OPENED, *_OF, by=_BY_SOURCE), _SOURCE)]),
            ],
        ),
    ],
)
