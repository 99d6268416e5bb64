"""Prometheus and Jaeger, declared as the mesh's addons: what they have to say of real requests.

Istio's own metrics come from what stands in for Istio's stats filter on this node (`local_cluster/metrics`). The
numbers they are compared with are fortio's.
"""

from __future__ import annotations

import json
import re
import secrets
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cluster import metrics

from .kubectl import Kubectl, eventually
from .mesh_stack import mesh
from .observability_stack import (
    ECHO,
    EMPTY,
    GRPC_PING,
    OUTSIDER,
    SYSTEM,
    TCP_ECHO,
    Prometheus,
    Sums,
)
from .test_dashboard import Opened, opened
from .traffic_apps import NAMESPACE, V1, V2
from .traffic_requests import ask, execute, load, load_from_here

HOST = "observed.example.com"

PARTIES = ("reporter", "source_workload", "destination_workload", "response_code")
OURS = f'destination_service_namespace="{NAMESPACE}"'
REQUESTS = f"istio_requests_total{{{OURS}}}"

COUNTS = (
    "istio_requests_total",
    *(f"istio_{name}_count" for name in ("request_duration_milliseconds", "request_bytes", "response_bytes")),
)
"""What each request is counted in once."""

LABELS = {
    *(f"{side}_{name}" for side in ("source", "destination") for name in ("workload", "workload_namespace", "cluster")),
    *(f"{side}_canonical_{name}" for side in ("source", "destination") for name in ("service", "revision")),
    *("source_principal", "destination_principal", "connection_security_policy", "reporter"),
    *("destination_service", "destination_service_name", "destination_service_namespace"),
    *("request_protocol", "response_code", "response_flags"),
}
"""What Kiali's graph and Istio's dashboards take from a request's metrics."""


@pytest.fixture(scope="module")
def prometheus(observed: Path) -> Iterator[Prometheus]:
    with opened("prometheus", "--no-browser") as board:
        yield Prometheus(board)


@pytest.fixture(scope="module")
def jaeger(observed: Path) -> Iterator[Opened]:
    with opened("jaeger", "--no-browser") as board:
        yield board


def test_prometheus_reads_istiod_and_every_proxy(prometheus: Prometheus, kubectl: Kubectl) -> None:
    def targets() -> dict[str, str]:
        found = prometheus.api("targets", state="active")["activeTargets"]
        pods = [each for each in found if each["labels"]["job"] == "kubernetes-pods"]
        return {re.sub(r"(-[a-z0-9]+){2}$", "", each["labels"]["pod"]): each["health"] for each in pods}

    apps = {"client", "server-v1", "server-v2"}
    wanted = dict.fromkeys({*apps, "istiod", "istio-ingressgateway", "istio-egressgateway", "jaeger", "kiali"}, "up")
    eventually(targets, lambda found: found == wanted, f"{sorted(wanted)} are up, and nothing else is read")
    # istiod knows how many proxies are connected, and each of them reports for itself.
    proxies = len(apps) + 2
    eventually(lambda: prometheus.query("sum(pilot_xds)"), lambda found: found == [({}, proxies)], "istiod's proxies")
    assert prometheus.query("count(envoy_server_live)") == [({}, proxies)]
    jobs = {labels["job"]: value for labels, value in prometheus.query("min by (job) (up)")}
    assert jobs.keys() >= {"kubernetes-api-servers", "kubernetes-nodes", "kubernetes-nodes-cadvisor", "prometheus"}
    assert set(jobs.values()) == {1.0}


def test_requests_are_counted_exactly_and_by_both_sides(prometheus: Prometheus, kubectl: Kubectl) -> None:
    chosen = f'{{__name__=~"{"|".join(COUNTS)}",{OURS}}}'
    before = prometheus.settled(chosen, "__name__", *PARTIES)
    sent = load(kubectl, 60)
    assert sent.of(V1) + sent.of(V2) == 60
    wanted: Sums = {
        (name, reporter, "client", workload, str(code)): float(sent.of(code))
        for name in COUNTS
        for reporter in ("source", "destination")
        for workload, code in (("server-v1", V1), ("server-v2", V2))
    }
    prometheus.grows(before, wanted, chosen, "__name__", *PARTIES)


def test_labels_say_who_is_who(prometheus: Prometheus, kubectl: Kubectl) -> None:
    load(kubectl, 10)
    chosen = f'istio_requests_total{{source_workload="client",destination_workload="server-v2",response_code="{V2}"}}'
    found = eventually(lambda: prometheus.query(chosen), lambda series: len(series) == 2, "both sides report")
    for labels, _ in found:
        assert labels.keys() >= LABELS, LABELS - labels.keys()
        assert not [name for name in labels if "peer" in name]
        server = labels["reporter"] == "destination"
        assert {name: labels[name] for name in LABELS - {"reporter"}} == {
            "source_workload": "client",
            "source_workload_namespace": NAMESPACE,
            "source_canonical_service": "client",
            "source_canonical_revision": "v1",
            "source_cluster": "Kubernetes",
            "source_principal": f"spiffe://cluster.local/ns/{NAMESPACE}/sa/client",
            "destination_workload": "server-v2",
            "destination_workload_namespace": NAMESPACE,
            "destination_canonical_service": "server",
            "destination_canonical_revision": "v2",
            "destination_cluster": "Kubernetes",
            "destination_principal": f"spiffe://cluster.local/ns/{NAMESPACE}/sa/server",
            "destination_service": f"server.{NAMESPACE}.svc.cluster.local",
            "destination_service_name": "server",
            "destination_service_namespace": NAMESPACE,
            # As with Istio, the client's proxy does not say.
            "connection_security_policy": "mutual_tls" if server else "unknown",
            "request_protocol": "http",
            "response_code": str(V2),
            "response_flags": "-",
        }
    assert prometheus.query('count({__name__=~"envoy_.*istio_.*"})') == [], "no metric has its name before the mending"


def test_a_client_without_a_sidecar_is_nobody(prometheus: Prometheus, kubectl: Kubectl) -> None:
    names = ("reporter", "source_workload", "source_principal", "connection_security_policy", "response_code")
    before = prometheus.settled(REQUESTS, *names)
    assert ask(kubectl, "/?status=207", who=OUTSIDER).status == 207
    wanted: Sums = {("destination", "unknown", "unknown", "none", "207"): 1.0}
    prometheus.grows(before, wanted, REQUESTS, *names)


def test_what_fails_has_a_reason(prometheus: Prometheus, kubectl: Kubectl) -> None:
    names = ("reporter", "destination_service_name", "destination_workload", "response_code", "response_flags")
    chosen = f'istio_requests_total{{{OURS},response_code=~"5.."}}'
    before = prometheus.settled(chosen, *names)
    assert load(kubectl, 3, "/?status=503", threads=1).codes == {503: 3}
    assert load(kubectl, 4, url=f"http://{EMPTY}.{NAMESPACE}:8080", threads=1).codes == {503: 4}
    eventually(
        lambda: prometheus.by(chosen, "destination_service_name", "response_flags"),
        lambda found: {("server", "-"), (EMPTY, "UH")} <= found.keys(),
        "the app's own errors, and those for want of a healthy host",
    )
    after = prometheus.settled(chosen, *names)
    grown = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    nowhere = ("source", EMPTY, "unknown", "503", "UH")
    assert grown.pop(nowhere) == 4
    assert {key[1:2] + key[3:] for key in grown} == {("server", "503", "-")}
    for reporter in ("source", "destination"):
        # istiod's default route tries again where an answer is 503, and only the server's side sees each attempt.
        count = sum(value for key, value in grown.items() if key[0] == reporter)
        assert count == 3 if reporter == "source" else count >= 3


def test_bytes_of_tcp_connections(prometheus: Prometheus, kubectl: Kubectl) -> None:
    names = ("reporter", "source_workload", "destination_service_name", "connection_security_policy")
    chosen = f'{{__name__=~"istio_tcp_(sent|received)_bytes_total",{OURS}}}'
    before = prometheus.settled(chosen, "__name__", *names)
    line = ["load", "-n", "20", "-c", "2", "-qps", "0", "-loglevel", "critical", "-json", "-"]
    shown = execute(kubectl, "fortio", *line, f"tcp://{ECHO}.{NAMESPACE}:{TCP_ECHO}")
    result, _ = json.JSONDecoder().raw_decode(shown, shown.index("{"))
    assert result["RetCodes"] == {"OK": 20}
    key = ("source", "client", ECHO, "unknown")
    wanted: Sums = {
        ("istio_tcp_sent_bytes_total", *key): float(result["BytesReceived"]),
        ("istio_tcp_received_bytes_total", *key): float(result["BytesSent"]),
    }
    prometheus.grows(before, wanted, chosen, "__name__", *names)

    # Which is which: HTTP that is mere bytes to the mesh, with an answer that is longer than the question.
    raw = '{__name__=~"istio_tcp_(sent|received)_bytes_total",destination_service_name="server"}'
    before = prometheus.settled(raw, "__name__")
    assert load(kubectl, 1, "/?size=5000", threads=1, url=f"http://server.{NAMESPACE}:9000").sent == 1
    after = eventually(lambda: prometheus.by(raw, "__name__"), lambda found: found != before, "bytes are counted")
    sent, received = (
        after[(name,)] - before.get((name,), 0)
        for name in ("istio_tcp_sent_bytes_total", "istio_tcp_received_bytes_total")
    )
    assert 5000 < sent < 6000 and 50 < received < 500


def test_grpc_is_told_apart_from_http(prometheus: Prometheus, kubectl: Kubectl) -> None:
    names = ("reporter", "request_protocol", "grpc_response_status", "destination_service_name")
    before = prometheus.settled(REQUESTS, *names)
    line = ["load", "-grpc", "-ping", "-n", "12", "-c", "1", "-qps", "0", "-loglevel", "critical", "-json", "-"]
    shown = execute(kubectl, "fortio", *line, f"{ECHO}.{NAMESPACE}:{GRPC_PING}")
    result, _ = json.JSONDecoder().raw_decode(shown, shown.index("{"))
    assert sum(result["RetCodes"].values()) == 12, result
    wanted: Sums = {(reporter, "grpc", "0", ECHO): 12.0 for reporter in ("source", "destination")}
    prometheus.grows(before, wanted, REQUESTS, *names)


def test_the_gateway_reports_what_comes_through_it(prometheus: Prometheus, kubectl: Kubectl) -> None:
    kubectl.apply(*_route())
    service = kubectl.get("service", "istio-ingressgateway", "--namespace", SYSTEM)
    url = f"http://{service['status']['loadBalancer']['ingress'][0]['ip']}/"
    eventually(
        lambda: load_from_here(1, url, "-H", f"Host: {HOST}").codes,
        lambda codes: codes.keys() <= {V1, V2},
        "an answer through the gateway",
    )
    before = prometheus.settled(REQUESTS, *PARTIES)
    sent = load_from_here(30, url, "-H", f"Host: {HOST}")
    assert sent.of(V1) + sent.of(V2) == 30
    wanted: Sums = {
        (reporter, "istio-ingressgateway", workload, str(code)): float(sent.of(code))
        for reporter in ("source", "destination")
        for workload, code in (("server-v1", V1), ("server-v2", V2))
    }
    prometheus.grows(before, wanted, REQUESTS, *PARTIES)


def _route() -> list[dict[str, Any]]:
    port = {"number": 80, "name": "http", "protocol": "HTTP"}
    named = {"name": "observed", "namespace": NAMESPACE}
    return [
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "Gateway",
            "metadata": named,
            "spec": {"selector": {"istio": "ingressgateway"}, "servers": [{"port": port, "hosts": [HOST]}]},
        },
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": named,
            "spec": {
                "hosts": [HOST],
                "gateways": ["observed"],
                "http": [{"route": [{"destination": {"host": "server", "port": {"number": 8080}}}]}],
            },
        },
    ]


def test_no_app_and_nobody_outside_the_mesh_sees_who_calls_in_headers(observed: Path, kubectl: Kubectl) -> None:
    [header] = {name.rpartition("-source-")[0] for name in metrics.peers.HEADERS.values()}
    inside = ask(kubectl, "/debug", "-H", f"{header}-source-workload: forged")
    assert inside.status == 200
    assert "X-Forwarded-Client-Cert" in inside.text
    assert header not in inside.text.lower()
    # What istiod knows no Service for is outside, as far as a proxy can tell.
    [pod] = kubectl.pods(NAMESPACE, OUTSIDER)
    outside = ask(kubectl, "/debug", url=f"http://{pod['status']['podIP']}:8080")
    assert outside.status == 200
    assert header not in outside.text.lower()


def test_a_trace_goes_through_both_proxies(jaeger: Opened, kubectl: Kubectl) -> None:
    trace, parent = secrets.token_hex(16), secrets.token_hex(8)
    assert ask(kubectl, "/", "-H", f"traceparent: 00-{trace}-{parent}-01").status in (V1, V2)

    def spans() -> list[dict[str, Any]]:
        try:
            found = json.loads(jaeger.get(f"/jaeger/api/v3/traces/{trace}"))
        except urllib.error.HTTPError as error:
            assert error.code == 404, "proxies send spans every few seconds"
            return []
        resources = found["result"]["resourceSpans"]
        return [
            {**span, "service": _attributes(each["resource"])["service.name"]}
            for each in resources
            for scope in each["scopeSpans"]
            for span in scope["spans"]
        ]

    client, server = eventually(
        lambda: sorted(spans(), key=lambda span: str(span["service"])),
        lambda found: len(found) == 2,
        "the trace has a span of each proxy",
        attempts=60,
        pause=1,
    )
    assert (client["service"], server["service"]) == (f"client.{NAMESPACE}", f"server.{NAMESPACE}")
    assert (client["parentSpanId"], server["parentSpanId"]) == (parent, client["spanId"])
    assert _attributes(server)["istio.namespace"] == NAMESPACE


def _attributes(item: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in item["attributes"]}


def test_a_second_up_changes_nothing(observed: Path) -> None:
    done = mesh("up", "--stack", "demo", folder=observed)
    said = done.stdout + done.stderr
    assert re.search(r"\d+ unchanged", said), said
    assert not re.search(r"\d+ (created|updated|deleted|replaced)", said), said
