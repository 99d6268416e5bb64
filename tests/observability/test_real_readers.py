"""What is planned, before those who read it: Prometheus' and Jaeger's own code."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from local_cluster import toolchain
from mesh_components.settings import VERSIONS, load
from mesh_components.versions.addons import ADDONS

from .plans import by_kind, planned

pytestmark = pytest.mark.tools

RULES = [
    {
        "name": "mesh",
        "rules": [
            {"record": "mesh:requests", "expr": "sum(rate(istio_requests_total[5m]))"},
            {"alert": "Down", "expr": "up == 0", "for": "5m", "labels": {"severity": "page"}},
        ],
    }
]
EVERYTHING: Mapping[str, Any] = {
    "scrapeInterval": "5s",
    "externalLabels": {"cluster": "one"},
    "metricRelabelConfigs": [
        {"source_labels": ["__name__"], "regex": "istio_(.*)", "target_label": "short", "replacement": "$1"}
    ],
    "extraScrapeConfigs": [{"job_name": "mine", "static_configs": [{"targets": ["a:1"]}]}],
    "remoteWrite": [{"url": "http://elsewhere/write"}],
    "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["alerts:9093"]}]}]},
    "rules": RULES,
}


def prometheus_says(folder: Path, version: str, **given: Any) -> subprocess.CompletedProcess[str]:
    files = by_kind(planned("prometheus", load({"version": version}), **given))["ConfigMap/prometheus"]["data"]
    for name, text in files.items():
        (folder / name).write_text(text.replace("/etc/config", str(folder)), encoding="utf-8")
    command = [str(toolchain.ensure("promtool")), "check", "config", "--syntax-only", str(folder / "prometheus.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode == 0:
        command[2:] = ["rules", str(folder / "rules.yml")]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("given", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_prometheus_takes_its_configuration(version: str, given: dict[str, Any], tmp_path: Path) -> None:
    done = prometheus_says(tmp_path, version, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    if given:
        assert "SUCCESS: 2 rules found" in done.stdout


@pytest.mark.parametrize(
    "given",
    [
        {"extraScrapeConfigs": [{"job_name": "mine", "scrape_intervall": "1s"}]},
        {"rules": [{"name": "a", "rules": [{"alert": "x", "expr": "sum(up"}]}]},
    ],
)
def test_prometheus_would_say_what_it_does_not_take(given: dict[str, Any], tmp_path: Path) -> None:
    assert prometheus_says(tmp_path, "1.31.0", **given).returncode != 0


def jaeger_says(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    command = [str(toolchain.ensure("jaeger")), "validate", "--config", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    "given", [{}, {"storage": "memory", "maxTraces": 10, "basePath": "/"}, {"spanStorageTTL": "1h30m"}]
)
@pytest.mark.parametrize("version", [version for version, facts in ADDONS.items() if facts.jaeger_has_file])
def test_jaeger_takes_its_configuration(version: str, given: dict[str, Any], tmp_path: Path) -> None:
    text = by_kind(planned("jaeger", load({"version": version}), **given))["ConfigMap/jaeger"]["data"]["config.yaml"]
    done = jaeger_says(tmp_path, text)
    assert done.returncode == 0, done.stdout + done.stderr
    assert jaeger_says(tmp_path, text.replace("trace_storage", "trace_storages")).returncode != 0
