"""What the dashboards' queries answer to known traffic, by Prometheus' own engine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local_cluster import toolchain
from mesh_components.manifests.observability.dashboards import DASHBOARDS
from mesh_components.manifests.observability.dashboards.model import Chart, Number, Table

from .test_dashboards import filled_in

pytestmark = pytest.mark.tools

CART = 'destination_service="cart.shop.svc.cluster.local", destination_service_namespace="shop"'
BROKEN = 'destination_service="pay.shop.svc.cluster.local", destination_service_namespace="shop"'
"""A service that answers everything with an error."""
FRONT = 'source_workload="front", source_workload_namespace="shop"'
TO_CART = f'{CART}, {FRONT}, destination_workload="cart", destination_workload_namespace="shop"'


def counted(metric: str, labels: str, a_second: float) -> dict[str, str]:
    """Return a counter that is read every 15 s."""
    return {"series": f"{metric}{{{labels}}}", "values": f"0+{a_second * 15}x40"}


def requests(reporter: str, code: str, a_second: float, more: str = "") -> dict[str, str]:
    return counted("istio_requests_total", f'reporter="{reporter}", response_code="{code}", {TO_CART}{more}', a_second)


# Of ten requests a second one is answered with 503, and one with 404; half of those that arrived came under mutual TLS.
TRAFFIC = [
    requests("source", "200", 8),
    requests("source", "404", 1),
    requests("source", "503", 1),
    requests("destination", "200", 4, ', connection_security_policy="mutual_tls"'),
    requests("destination", "200", 4, ', connection_security_policy="none"'),
    requests("destination", "404", 1, ', connection_security_policy="mutual_tls"'),
    requests("destination", "503", 1, ', connection_security_policy="none"'),
    *(
        counted("istio_request_duration_milliseconds_bucket", f'reporter="{reporter}", le="{top}", {TO_CART}', below)
        # Half of them take up to 10 ms, the others up to 20 ms.
        for reporter in ("source", "destination")
        for top, below in (("5", 0), ("10", 5), ("20", 10), ("+Inf", 10))
    ),
    counted("istio_requests_total", f'reporter="source", response_code="503", {BROKEN}, {FRONT}', 2),
    counted("istio_tcp_sent_bytes_total", f'reporter="source", {TO_CART}', 1000),
    {"series": 'pilot_xds{version="1.31.0", pod="istiod-1"}', "values": "3x40"},
    {"series": 'pilot_xds{version="1.31.0", pod="istiod-2"}', "values": "4x40"},
    *(
        counted("container_cpu_usage_seconds_total", f'namespace="shop", pod="cart-1-a", container="{one}"', used)
        for one, used in (("cart", 0.5), ("istio-proxy", 0.25), ("", 0.75), ("POD", 0.1))
    ),
]
CHOSEN = {
    "$service": "cart.shop.svc.cluster.local",
    "$workload": "cart",
    "$namespace": "shop",
    "$reporter": "destination|waypoint",
}


def query(page: str, title: str, number: int = 0) -> str:
    """Return a query of a panel, of a table that of a column, with what people choose filled in."""
    panels = [panel for row in DASHBOARDS[f"mesh-{page}.json"].rows for panel in row.panels if panel.title == title]
    panel = panels[0]
    if isinstance(panel, Number):
        found = panel.expression
    elif isinstance(panel, Table):
        found = panel.columns[number].expression
    else:
        assert isinstance(panel, Chart)
        found = panel.queries[number].expression
    for variable, value in CHOSEN.items():
        found = found.replace(variable, value)
    return filled_in(found)


CART_ROW = '{destination_service="cart.shop.svc.cluster.local"}'
BROKEN_ROW = '{destination_service="pay.shop.svc.cluster.local"}'
FRONT_ROW = '{source_workload="front", source_workload_namespace="shop"}'

ANSWERS: list[tuple[str, str, int, dict[str, float]]] = [
    ("overview", "Requests", 0, {"{}": 12}),
    ("overview", "Answered", 0, {"{}": 0.75}),
    ("overview", "Client errors", 0, {"{}": 1}),
    ("overview", "Server errors", 0, {"{}": 3}),
    ("overview", "Under mutual TLS", 0, {"{}": 0.5}),
    # Linear within the bucket from 10 to 20: 0.49 of 0.5.
    ("overview", "Latency, p99", 0, {"{}": 19.8}),
    ("overview", "Latency", 0, {"{}": 10}),
    ("overview", "HTTP and gRPC", 0, {CART_ROW: 10, BROKEN_ROW: 2}),
    ("overview", "HTTP and gRPC", 1, {CART_ROW: 0.9, BROKEN_ROW: 0}),
    ("overview", "HTTP and gRPC", 4, {CART_ROW: 19.8}),
    ("overview", "TCP", 0, {"{}": 1000}),
    (
        "overview",
        "Requests by answer",
        0,
        {'{response_code="200"}': 8, '{response_code="404"}': 1, '{response_code="503"}': 3},
    ),
    ("service", "Requests", 0, {"{}": 10}),
    ("service", "Answered", 0, {"{}": 0.9}),
    ("service", "Under mutual TLS", 0, {"{}": 0.5}),
    ("service", "By source", 0, {FRONT_ROW: 10}),
    ("service", "Answered, by source", 0, {FRONT_ROW: 0.9}),
    ("workload", "Requests in", 0, {"{}": 10}),
    ("workload", "Requests out", 0, {"{}": 0}),
    ("workload", "Answered", 0, {"{}": 0.9}),
    # Neither the pod as a whole nor its pause container is the app.
    ("workload", "CPU", 0, {'{pod="cart-1-a"}': 0.5}),
    ("workload", "CPU", 1, {'{pod="cart-1-a"}': 0.25}),
    ("control-plane", "Proxies", 0, {"{}": 7}),
    ("control-plane", "Refused by proxies", 0, {"{}": 0}),
]


def judged(folder: Path, answers: list[tuple[str, str, int, dict[str, float]]]) -> subprocess.CompletedProcess[str]:
    tests: list[dict[str, Any]] = [
        {
            "expr": query(page, title, number),
            "eval_time": "9m",
            "exp_samples": [{"labels": labels, "value": value} for labels, value in values.items()],
        }
        for page, title, number, values in answers
    ]
    suite = {
        "evaluation_interval": "15s",
        "fuzzy_compare": True,
        "tests": [{"interval": "15s", "input_series": TRAFFIC, "promql_expr_test": tests}],
    }
    file = folder / "tests.yml"
    file.write_text(json.dumps(suite))
    command = [str(toolchain.ensure("promtool")), "test", "rules", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_queries_answer_what_was_sent(tmp_path: Path) -> None:
    done = judged(tmp_path, ANSWERS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_answer_is_seen(tmp_path: Path) -> None:
    assert judged(tmp_path, [("overview", "Requests", 0, {"{}": 11})]).returncode != 0
