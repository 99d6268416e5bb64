"""The mesh as a whole."""

from __future__ import annotations

from . import promql
from .model import Chart, Column, Dashboard, Number, Query, Row, Table
from .promql import CLIENT_SIDE, REQUESTS, TCP_RECEIVED, TCP_SENT, answered, or_zero, quantile, rate

UID = "mesh-overview"
SERVICE_PAGE = "/d/mesh-service?var-service={}"

_SERVICE = ("destination_service",)
_KNOWN = 'destination_service!="unknown"'

DASHBOARD = Dashboard(
    uid=UID,
    title="Mesh: overview",
    text="Requests, errors and latency of all services, each request counted once, where it was sent",
    rows=[
        Row(
            "Traffic",
            [
                Number("Requests", "reqps", or_zero(rate(REQUESTS, CLIENT_SIDE))),
                Number("Answered", "percentunit", answered(CLIENT_SIDE), "Without server errors (5xx)", good_from=0.99),
                Number("Client errors", "reqps", or_zero(rate(REQUESTS, CLIENT_SIDE, 'response_code=~"4.."'))),
                Number("Server errors", "reqps", or_zero(rate(REQUESTS, CLIENT_SIDE, 'response_code=~"5.."'))),
                Number("Latency, p99", "ms", quantile(0.99, promql.DURATION, CLIENT_SIDE)),
                Number("Under mutual TLS", "percentunit", promql.under_mutual_tls('reporter="destination"')),
                Chart(
                    "Requests by answer",
                    "reqps",
                    [Query(rate(REQUESTS, CLIENT_SIDE, by=["response_code"]), "{{response_code}}")],
                    stacked=True,
                ),
                Chart(
                    "Latency",
                    "ms",
                    [Query(quantile(part, promql.DURATION, CLIENT_SIDE), name) for part, name in promql.QUANTILES],
                ),
                Chart(
                    "TCP",
                    "Bps",
                    [
                        Query(rate(TCP_SENT, CLIENT_SIDE), "sent"),
                        Query(rate(TCP_RECEIVED, CLIENT_SIDE), "received"),
                    ],
                ),
            ],
        ),
        Row(
            "Services",
            [
                Table(
                    "HTTP and gRPC",
                    [("destination_service", "Service")],
                    [
                        Column("Requests", "reqps", rate(REQUESTS, CLIENT_SIDE, _KNOWN, by=_SERVICE)),
                        Column("Answered", "percentunit", answered(CLIENT_SIDE, _KNOWN, by=_SERVICE)),
                        *(
                            Column(name, "ms", quantile(part, promql.DURATION, CLIENT_SIDE, _KNOWN, by=_SERVICE))
                            for part, name in promql.QUANTILES
                        ),
                    ],
                    link=SERVICE_PAGE,
                ),
                Table(
                    "TCP",
                    [("destination_service", "Service")],
                    [
                        Column("Sent", "Bps", rate(TCP_SENT, CLIENT_SIDE, _KNOWN, by=_SERVICE)),
                        Column("Received", "Bps", rate(TCP_RECEIVED, CLIENT_SIDE, _KNOWN, by=_SERVICE)),
                    ],
                    link=SERVICE_PAGE,
                    height=6,
                ),
            ],
        ),
        Row(
            "Versions",
            [
                Chart(
                    "Istio's components by version",
                    "short",
                    [Query("sum by (component, tag) (istio_build)", "{{component}} {{tag}}")],
                    width=24,
                    height=6,
                )
            ],
        ),
    ],
)
