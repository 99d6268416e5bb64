"""istiod: what it sends to proxies, how fast, what it refuses, and what it uses.

Facts: names of istiod's metrics (``pilot/pkg/xds/monitoring.go`` and its neighbours at 1.31).
"""

from __future__ import annotations

from . import promql
from .model import Chart, Dashboard, Number, Query, Row
from .promql import or_zero, quantile, rate, select, total

UID = "mesh-control-plane"

_ISTIOD = 'app="istiod"'
_CONTAINER = ('container="discovery"', 'pod=~"istiod-.*"')
_POD = ("pod",)


def _grows(metric: str, *by: str, legend: str = "") -> Query:
    return Query(rate(metric, by=by), legend or " ".join(f"{{{{{label}}}}}" for label in by))


DASHBOARD = Dashboard(
    uid=UID,
    title="Mesh: control plane",
    text="istiod: what it tells proxies, how long that takes, and what it uses",
    rows=[
        Row(
            "Now",
            [
                Number("Proxies", "short", or_zero("sum(pilot_xds)"), "Connected to istiod", 6),
                Number(
                    "Until a change is in force, p99",
                    "s",
                    quantile(0.99, "pilot_proxy_convergence_time_bucket"),
                    width=6,
                ),
                Number("Refused by proxies", "short", or_zero("sum(pilot_total_xds_rejects)"), width=6),
                Number("Root certificate ends in", "s", "min(citadel_server_root_cert_expiry_seconds)", width=6),
            ],
        ),
        Row(
            "Configuration",
            [
                Chart("Sent to proxies", "ops", [_grows("pilot_xds_pushes", "type")], stacked=True),
                Chart(
                    "Until a change is in force",
                    "s",
                    [
                        Query(quantile(part, "pilot_proxy_convergence_time_bucket"), name)
                        for part, name in promql.QUANTILES
                    ],
                    "From the change to the proxy that has it",
                ),
                Chart(
                    "Time to make and send it",
                    "s",
                    [
                        Query(quantile(0.99, "pilot_xds_push_time_bucket", by=["type"]), "{{type}}"),
                        Query(quantile(0.99, "pilot_proxy_queue_time_bucket"), "waited before"),
                    ],
                    "p99",
                ),
                Chart(
                    "Size",
                    "bytes",
                    [Query(quantile(0.99, "pilot_xds_config_size_bytes_bucket", by=["type"]), "{{type}}")],
                    "p99",
                ),
                Chart("What it is sent for", "ops", [_grows("pilot_push_triggers", "type")], stacked=True),
                Chart(
                    "What is wrong with it",
                    "short",
                    [
                        Query("sum by (type) (pilot_total_xds_rejects)", "refused {{type}}"),
                        Query("sum(pilot_total_xds_internal_errors)", "internal errors"),
                        Query("sum(pilot_conflict_inbound_listener)", "conflicting listeners in"),
                        Query("sum(pilot_vservice_dup_domain)", "hosts of several VirtualServices"),
                    ],
                ),
            ],
        ),
        Row(
            "Events",
            [
                Chart("Istio's objects", "ops", [_grows("pilot_k8s_cfg_events", "type", "event")]),
                Chart("Kubernetes' objects", "ops", [_grows("pilot_k8s_reg_events", "type", "event")]),
                Chart(
                    "Certificates",
                    "ops",
                    [
                        _grows("citadel_server_csr_count", legend="asked for"),
                        _grows("citadel_server_success_cert_issuance_count", legend="issued"),
                    ],
                ),
            ],
        ),
        Row(
            "Webhooks",
            [
                Chart(
                    "Injection",
                    "ops",
                    [
                        _grows("sidecar_injection_success_total", legend="injected"),
                        _grows("sidecar_injection_failure_total", legend="failed"),
                    ],
                    width=12,
                ),
                Chart(
                    "Validation",
                    "ops",
                    [
                        _grows("galley_validation_passed", legend="accepted"),
                        _grows("galley_validation_failed", legend="refused"),
                    ],
                    width=12,
                ),
            ],
        ),
        Row(
            "istiod",
            [
                Chart(
                    "CPU",
                    "short",
                    [Query(rate("container_cpu_usage_seconds_total", *_CONTAINER, by=_POD), "{{pod}}")],
                    "Cores",
                ),
                Chart(
                    "Memory",
                    "bytes",
                    [
                        Query(total(select("container_memory_working_set_bytes", *_CONTAINER), _POD), "{{pod}}"),
                        Query(total(select("go_memstats_heap_inuse_bytes", _ISTIOD), _POD), "{{pod}} (heap)"),
                    ],
                ),
                Chart("Goroutines", "short", [Query(total(select("go_goroutines", _ISTIOD), _POD), "{{pod}}")]),
            ],
        ),
    ],
)
