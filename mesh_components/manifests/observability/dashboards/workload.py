"""One workload: what comes in, what goes out, what it and its proxy use."""

from __future__ import annotations

from . import promql
from .model import Chart, Dashboard, Number, Query, Row, Variable
from .promql import DURATION, REQUESTS, answered, or_zero, quantile, rate, select, total

UID = "mesh-workload"

_IN = (
    'reporter="destination"',
    'destination_workload=~"$workload"',
    'destination_workload_namespace=~"$namespace"',
)
_OUT = ('reporter="source"', 'source_workload=~"$workload"', 'source_workload_namespace=~"$namespace"')
_SOURCE = ("source_workload", "source_workload_namespace")
_SOURCE_NAME = "{{source_workload}}.{{source_workload_namespace}}"
_SERVICE = ("destination_service",)
_SERVICE_NAME = "{{destination_service}}"

_PODS = ('namespace=~"$namespace"', 'pod=~"$workload-.*"')
_PROXY = 'container="istio-proxy"'
_APP = 'container!~"istio-proxy|istio-init|POD|"'
_CPU, _MEMORY = "container_cpu_usage_seconds_total", "container_memory_working_set_bytes"

DASHBOARD = Dashboard(
    uid=UID,
    title="Mesh: workload",
    text="Requests to and from one workload, as its own proxies report them, and what its pods use",
    variables=[
        Variable("namespace", "Namespace", f"label_values({REQUESTS}, destination_workload_namespace)"),
        Variable(
            "workload",
            "Workload",
            f'label_values({REQUESTS}{{destination_workload_namespace=~"$namespace"}}, destination_workload)',
        ),
    ],
    rows=[
        Row(
            "Now",
            [
                Number("Requests in", "reqps", or_zero(rate(REQUESTS, *_IN)), width=6),
                Number("Answered", "percentunit", answered(*_IN), "Without server errors (5xx)", 6, good_from=0.99),
                Number("Latency, p99", "ms", quantile(0.99, DURATION, *_IN), width=6),
                Number("Requests out", "reqps", or_zero(rate(REQUESTS, *_OUT)), width=6),
            ],
        ),
        Row(
            "In",
            [
                Chart(
                    "Requests by source", "reqps", [Query(rate(REQUESTS, *_IN, by=_SOURCE), _SOURCE_NAME)], stacked=True
                ),
                Chart(
                    "Answered, by source", "percentunit", [Query(answered(*_IN, by=_SOURCE), _SOURCE_NAME)], highest=1.0
                ),
                Chart(
                    "Latency",
                    "ms",
                    [Query(quantile(part, DURATION, *_IN), name) for part, name in promql.QUANTILES],
                ),
            ],
        ),
        Row(
            "Out",
            [
                Chart(
                    "Requests by service",
                    "reqps",
                    [Query(rate(REQUESTS, *_OUT, by=_SERVICE), _SERVICE_NAME)],
                    stacked=True,
                ),
                Chart(
                    "Answered, by service",
                    "percentunit",
                    [Query(answered(*_OUT, by=_SERVICE), _SERVICE_NAME)],
                    highest=1.0,
                ),
                Chart(
                    "Latency by service, p99",
                    "ms",
                    [Query(quantile(0.99, DURATION, *_OUT, by=_SERVICE), _SERVICE_NAME)],
                ),
            ],
        ),
        Row(
            "TCP",
            [
                Chart(
                    "Received, by source",
                    "Bps",
                    [Query(rate(promql.TCP_RECEIVED, *_IN, by=_SOURCE), _SOURCE_NAME)],
                    width=12,
                ),
                Chart(
                    "Sent, by service",
                    "Bps",
                    [Query(rate(promql.TCP_SENT, *_OUT, by=_SERVICE), _SERVICE_NAME)],
                    width=12,
                ),
            ],
        ),
        Row(
            "Pods",
            [
                Chart(
                    "CPU",
                    "short",
                    [
                        Query(rate(_CPU, *_PODS, _APP, by=["pod"]), "{{pod}}"),
                        Query(rate(_CPU, *_PODS, _PROXY, by=["pod"]), "{{pod}} (proxy)"),
                    ],
                    "Cores",
                    width=12,
                ),
                Chart(
                    "Memory",
                    "bytes",
                    [
                        Query(total(select(_MEMORY, *_PODS, _APP), ["pod"]), "{{pod}}"),
                        Query(total(select(_MEMORY, *_PODS, _PROXY), ["pod"]), "{{pod}} (proxy)"),
                    ],
                    width=12,
                ),
            ],
        ),
    ],
)
