"""The dashboards: their queries are PromQL, their metrics exist, and Grafana can lay them out."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cluster import toolchain
from local_cluster.toolchain.table import ISTIO_MODULES
from mesh_components.manifests.observability.dashboards import DASHBOARDS, grafana_json
from mesh_components.manifests.observability.dashboards.model import Chart, Choice, Number, Table, Variable

from . import upstream
from .plans import by_kind, planned

MODELS: Mapping[str, dict[str, Any]] = {name: grafana_json.dashboard(one) for name, one in DASHBOARDS.items()}

KUBELET = frozenset({"container_cpu_usage_seconds_total", "container_memory_working_set_bytes"})
"""Metrics of the kubelet (cAdvisor) that are ours to name."""

METRIC = re.compile(r"\b(?:istio|pilot|envoy|container|process|go|citadel|galley|sidecar)_[a-z0-9_]+")
VARIABLES = {"$__rate_interval": "5m"}
"""What Grafana puts in where PromQL's grammar has no place for a variable."""


def strings(model: Any, *keys: str) -> Iterator[str]:
    """Yield the texts below certain keys."""
    if isinstance(model, dict):
        for key, value in model.items():
            if key in keys and isinstance(value, str):
                yield value
            else:
                yield from strings(value, *keys)
    elif isinstance(model, list):
        for value in model:
            yield from strings(value, *keys)


def expressions(model: dict[str, Any]) -> list[str]:
    found = list(strings(model["panels"], "expr"))
    assert found
    return found


def filled_in(expression: str) -> str:
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    return expression


QUERIES = [(name, each) for name, model in MODELS.items() for each in dict.fromkeys(expressions(model))]


def promtool_says(folder: Path, expressions: list[str]) -> subprocess.CompletedProcess[str]:
    """Return what Prometheus' own parser makes of expressions, as recording rules."""
    rules = [{"record": f"one:{number}", "expr": filled_in(each)} for number, each in enumerate(expressions)]
    file = folder / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    command = [str(toolchain.ensure("promtool")), "check", "rules", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.tools
def test_every_query_is_promql(tmp_path: Path) -> None:
    done = promtool_says(tmp_path, [each for _, each in QUERIES])
    assert done.returncode == 0, done.stderr
    assert f"SUCCESS: {len(QUERIES)} rules found" in done.stdout
    assert len(QUERIES) > 70


@pytest.mark.tools
def test_what_is_no_promql_is_refused(tmp_path: Path) -> None:
    assert promtool_says(tmp_path, ["sum by (pod) (rate(up[5m])"]).returncode != 0


@cache
def istios_own(version: str) -> frozenset[str]:
    """Return the metrics that Istio's dashboards show, and those that its code declares."""
    shown: set[str] = set()
    for item in yaml.load_all(upstream.addon(version, "grafana"), Loader=yaml.CSafeLoader):
        for name, text in ((item or {}).get("data") or {}).items():
            if name.endswith(".json"):
                for expression in strings(json.loads(text), "expr", "query"):
                    shown |= set(METRIC.findall(expression))
    return frozenset(shown | declared(version))


def declared(version: str) -> set[str]:
    """Return the names of metrics in the source of istiod; of a distribution also what Prometheus makes of it."""
    module = Path(toolchain.module_dir(ISTIO_MODULES[version]))
    found: set[str] = set()
    pattern = re.compile(r'monitoring\.New(Sum|Gauge|Distribution|DerivedGauge)\(\s*"([a-z0-9_]+)"')
    for folder in ("pilot/pkg", "security/pkg", "pkg"):
        for file in (module / folder).rglob("*.go"):
            for kind, name in pattern.findall(file.read_text(encoding="utf-8")):
                found |= {f"{name}_bucket"} if kind == "Distribution" else {name}
    assert len(found) > 40
    return found


@pytest.mark.tools
@pytest.mark.parametrize("version", upstream.VERSIONS)
@pytest.mark.parametrize("name", MODELS)
def test_every_metric_exists(name: str, version: str) -> None:
    used = {metric for text in strings(MODELS[name], "expr", "query") for metric in METRIC.findall(text)}
    assert used
    assert used <= istios_own(version) | KUBELET, sorted(used - istios_own(version))


@pytest.mark.parametrize("name", MODELS)
def test_variables_that_queries_name_are_there(name: str) -> None:
    model = MODELS[name]
    there = {variable["name"] for variable in model["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps([model["panels"], model["templating"]])))
    assert used - {"__value"} <= there | {"__all"}
    for unused in there - used - {"datasource"}:
        raise AssertionError(f"nothing uses ${unused}")


@pytest.mark.parametrize("name", MODELS)
def test_panels_have_their_place(name: str) -> None:
    panels = MODELS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] >= 0 and place["x"] + place["w"] <= grafana_json.COLUMNS, panel["title"]
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        apart = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart or above, (one, other)


@pytest.mark.parametrize("name", MODELS)
def test_queries_of_a_panel_are_told_apart(name: str) -> None:
    for panel in MODELS[name]["panels"]:
        letters = [target["refId"] for target in panel.get("targets", [])]
        assert len(set(letters)) == len(letters)
    for row in DASHBOARDS[name].rows:
        for one in row.panels:
            shown = one.queries if isinstance(one, Chart) else one.columns if isinstance(one, Table) else [one]
            panel = next(panel for panel in MODELS[name]["panels"] if panel["title"] == one.title)
            assert len(shown) == len(panel["targets"]) or isinstance(one, Number)


def test_pages_and_titles_are_told_apart() -> None:
    assert len({model["uid"] for model in MODELS.values()}) == len(MODELS) == 4
    for model in MODELS.values():
        titles = [(panel["title"], panel["type"]) for panel in model["panels"] if panel["type"] != "row"]
        assert all(title for title, _ in titles)


def test_links_lead_to_pages_and_variables_that_exist() -> None:
    pages = {model["uid"]: {one["name"] for one in model["templating"]["list"]} for model in MODELS.values()}
    links = [url for model in MODELS.values() for url in strings(model["panels"], "url")]
    assert links
    for link in links:
        page, variable = re.fullmatch(r"/d/([\w-]+)\?var-(\w+)=\$\{__value\.raw\}", link).groups()  # type: ignore[union-attr]
        assert variable in pages[page]


def test_first_choices_are_among_the_choices() -> None:
    for one in DASHBOARDS.values():
        for variable in one.variables:
            if isinstance(variable, Choice):
                assert set(variable.chosen) <= set(variable.values)
            else:
                assert isinstance(variable, Variable)
                assert variable.query.startswith("label_values(")


def test_grafana_is_given_the_dashboards() -> None:
    found = by_kind(planned("grafana", dashboards={"mine": {"title": "Mine", "panels": []}}))
    files = found["ConfigMap/istio-grafana-dashboards"]["data"]
    assert {name: json.loads(text) for name, text in files.items()} == MODELS
    assert json.loads(found["ConfigMap/grafana-dashboards"]["data"]["mine.json"])["title"] == "Mine"
    # A ConfigMap holds no more than 1 MiB.
    assert sum(map(len, files.values())) < 200_000
