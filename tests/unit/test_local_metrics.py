"""The stand-in for Istio's metrics on the node of this machine: what is written where belongs together."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from local_cluster.metrics import METRIC_RELABEL_CONFIGS, objects
from mesh_components.cli.stack_file import OVERLAY
from mesh_components.validation import validate

KIALI_READS = {
    # graph/telemetry/istio/istio.go of kiali/kiali
    *("reporter", "source_workload", "source_workload_namespace", "source_canonical_service"),
    *("source_canonical_revision", "destination_service", "destination_service_namespace", "destination_service_name"),
    *("request_protocol", "response_code", "response_flags", "connection_security_policy"),
}
"""Labels that a proxy counts under; the rest of Kiali's, about the endpoint, comes from one that Prometheus splits."""


def test_the_nodes_prometheus_mends_what_the_nodes_proxies_count() -> None:
    overlay = yaml.safe_load(OVERLAY.read_text())["config"]["mesh:addons"]["prometheus"]
    assert overlay["metricRelabelConfigs"] == METRIC_RELABEL_CONFIGS


def test_it_is_for_the_root_namespace_and_valid() -> None:
    [made] = objects("mesh-root")
    assert made["metadata"]["namespace"] == "mesh-root"
    assert not [one for one in validate(made, version="1.31.0") if not one.is_warning]


def counted() -> list[tuple[str, dict[str, Any]]]:
    """Return the metrics of requests with their labels, for each proxy that counts them."""
    [made] = objects("istio-system")
    text = [
        json.loads(found)
        for found in re.findall(r'\{"name": "istio_requests_total", "tags": \[.*?\]\}', json.dumps(made))
    ]
    return [(one["name"], {tag["name"]: tag["value_format"] for tag in one["tags"]}) for one in text]


@pytest.mark.parametrize(("name", "labels"), counted())
def test_requests_are_counted_under_what_kiali_reads(name: str, labels: dict[str, str]) -> None:
    assert name == "istio_requests_total"
    assert labels.keys() >= KIALI_READS


def test_clients_and_servers_count() -> None:
    assert {labels["reporter"] for _, labels in counted()} == {"source", "destination"}
