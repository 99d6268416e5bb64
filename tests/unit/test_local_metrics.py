"""What stands in for Istio's stats filter on this machine's node: Envoy takes it, and Prometheus mends its names."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from local_cluster import metrics, toolchain
from local_cluster.metrics.envoy_filters import HTTP_MANAGER, TCP_PROXY
from mesh_components.cli.stack_file import OVERLAY
from mesh_components.validation import validate

Patch = dict[str, Any]
T = TypeVar("T")


def patches() -> list[Patch]:
    [made] = metrics.objects("istio-system")
    found: list[Patch] = made["spec"]["configPatches"]
    return found


def test_the_overlay_has_the_rules_that_mend_the_names() -> None:
    addons = yaml.safe_load(OVERLAY.read_text())["config"]["mesh:addons"]
    assert addons["prometheus"]["metricRelabelConfigs"] == metrics.METRIC_RELABEL_CONFIGS


@pytest.mark.parametrize(
    ("labels", "mended"),
    [
        (
            {"__name__": "envoy_wasmcustom_istio_requests_total", "destination_peer": "a-v1;b;a;v1;east"},
            {"workload": "a-v1", "workload_namespace": "b", "canonical_service": "a", "canonical_revision": "v1"},
        ),
        (
            {"__name__": "envoy_wasmcustom_istio_requests_total", "destination_peer": "a;b;a;;east"},
            {"workload": "a", "canonical_revision": "latest", "cluster": "east"},
        ),
        (
            {"__name__": "envoy_wasmcustom_istio_requests_total", "reporter": "source"},
            {"workload": "unknown", "workload_namespace": "unknown", "canonical_revision": "latest"},
        ),
        ({"__name__": "envoy_wasmcustom_istio_requests_total", "reporter": "destination"}, {}),
    ],
    ids=["all parts", "no revision", "no endpoint", "the server's proxy"],
)
def test_an_endpoints_names_become_labels(labels: dict[str, str], mended: dict[str, str]) -> None:
    found = relabelled(labels)
    assert found["__name__"] == "istio_requests_total"
    assert "destination_peer" not in found
    assert {name: found.get(f"destination_{name}") for name in mended} == mended
    assert bool(mended) == any(name.startswith("destination_") for name in found)


def test_what_an_app_reports_is_left_alone() -> None:
    labels = {"__name__": "my_requests_total", "reporter": "source", "code": "200"}
    assert relabelled(labels) == labels


def relabelled(labels: dict[str, str]) -> dict[str, str]:
    """Apply the rules as Prometheus' documentation says: an expression matches all of the values joined by ``;``."""
    found = dict(labels)
    for rule in metrics.METRIC_RELABEL_CONFIGS:
        if rule.get("action") == "labeldrop":
            found = {name: value for name, value in found.items() if not re.fullmatch(rule["regex"], name)}
        elif match := re.fullmatch(rule["regex"], ";".join(found.get(name, "") for name in rule["source_labels"])):
            found[rule["target_label"]] = match.expand(rule["replacement"].replace("$", "\\"))
    return found


def test_istio_takes_the_object() -> None:
    [made] = metrics.objects("istio-system")
    # That another API would be better is what istiod says of every EnvoyFilter.
    assert [str(problem) for problem in validate(made) if not problem.is_warning] == []
    for side in ("SIDECAR_OUTBOUND", "GATEWAY", "SIDECAR_INBOUND"):
        assert [patch for patch in patches() if patch["match"]["context"] == side]


@pytest.mark.tools
@pytest.mark.parametrize("context", ["SIDECAR_OUTBOUND", "GATEWAY", "SIDECAR_INBOUND"])
def test_envoy_takes_what_is_put_into_it(context: str, tmp_path: Path) -> None:
    assert validated(bootstrap(context), tmp_path) == ""


@pytest.mark.tools
def test_envoy_would_refuse_an_expression_that_is_none(tmp_path: Path) -> None:
    broken = json.loads(json.dumps(bootstrap("SIDECAR_INBOUND")).replace("connection.mtls ?", "connection.mtls ? ?"))
    assert "parse expression" in validated(broken, tmp_path)


@pytest.mark.tools
@pytest.mark.parametrize("context", ["SIDECAR_OUTBOUND", "SIDECAR_INBOUND"])
def test_labels_have_values_where_nothing_is_known(context: str, tmp_path: Path) -> None:
    """As of a request from nobody in the mesh, which no route takes: Kiali passes over series that lack a label."""
    config = bootstrap(context)
    config["node"] = {"id": "any", "cluster": "any", "metadata": {"WORKLOAD_NAME": "a", "NAMESPACE": "b"}}
    config["node"]["metadata"] |= {"CLUSTER_ID": "c", "LABELS": {}}
    with running(config, tmp_path) as (http, admin):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(urllib.request.Request(http, headers={"Host": "some.where"}), timeout=10)
        series = eventually(lambda: re.findall(r"istio_requests_total\{(.*)\} 1", read(f"{admin}/stats/prometheus")))
    labels = dict(re.findall(r'(\w+)="([^"]*)"', series[0]))
    assert {name for name, value in labels.items() if not value} <= {"destination_peer", "grpc_response_status"}
    assert labels["destination_service_name"] == "some.where"
    assert (labels["response_code"], labels["response_flags"]) == ("404", "NR")


@contextmanager
def running(config: dict[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """Run Envoy; yield the addresses of its HTTP listener and of its administration pages."""
    socket = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    address = folder / "admin"
    (folder / "envoy.json").write_text(json.dumps({**config, "admin": {"address": socket}}))
    line = [str(toolchain.ensure("envoy")), "--config-path", str(folder / "envoy.json"), "--log-level", "error"]
    process = subprocess.Popen([*line, "--use-dynamic-base-id", "--admin-address-path", str(address)])
    try:
        admin = f"http://{eventually(lambda: address.read_text() if address.exists() else '')}"
        found = eventually(lambda: re.findall(rf"{HTTP_MANAGER}::(\S+)", read(f"{admin}/listeners")))
        yield f"http://{found[0]}", admin
    finally:
        process.terminate()
        process.wait()


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        shown: bytes = answer.read()
    return shown.decode()


def eventually(look: Callable[[], T]) -> T:
    """Look until something is there, a bounded number of times."""
    for _ in range(100):
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("nothing is there")


def bootstrap(context: str) -> dict[str, Any]:
    """Return a configuration of Envoy with listeners that have what the patches for a context put into them."""
    types = "type.googleapis.com/envoy.extensions.filters"
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{types}.http.router.v3.Router"},
    }
    network: dict[str, dict[str, Any]] = {
        HTTP_MANAGER: {
            "@type": f"{types}.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "http",
            "route_config": {"virtual_hosts": []},
            "http_filters": [router],
        },
        TCP_PROXY: {"@type": f"{types}.network.tcp_proxy.v3.TcpProxy", "stat_prefix": "tcp", "cluster": "somewhere"},
    }
    for patch in patches():
        if patch["match"]["context"] != context:
            continue
        name = patch["match"]["listener"]["filterChain"]["filter"]["name"]
        value = copy.deepcopy(patch["patch"]["value"])
        if patch["applyTo"] == "HTTP_FILTER":
            network[name]["http_filters"].insert(0, value)
        else:
            network[name].setdefault("access_log", []).extend(value["typed_config"]["access_log"])
    listeners = [
        {
            "name": name,
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
            "filter_chains": [{"filters": [{"name": name, "typed_config": config}]}],
        }
        for name, config in network.items()
    ]
    return {"static_resources": {"listeners": listeners, "clusters": [{"name": "somewhere"}]}}


def validated(config: dict[str, Any], folder: Path) -> str:
    """Return what Envoy has against a configuration; empty: nothing."""
    file = folder / "envoy.json"
    file.write_text(json.dumps(config))
    line = [str(toolchain.ensure("envoy")), "--mode", "validate", "--log-level", "error", "--config-path", str(file)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    return "" if done.returncode == 0 else done.stdout + done.stderr
