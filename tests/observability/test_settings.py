"""What the addons' settings refuse, each with one message that says what to do."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_components.settings import SettingsError, load
from mesh_components.settings.observability import grafana_consistency
from mesh_components.settings.observability.prometheus import JOBS, milliseconds

from .plans import by_kind, planned

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("prometheus", {"enabled": True, "url": "http://p:9090"}, "enabled declares an installation here, and url names"),
    ("prometheus", {"url": "p:9090"}, '.url: "p:9090" is not allowed; allowed: a URL that begins with http://'),
    ("prometheus", {"retention": "15 days"}, '.retention: "15 days" is not allowed; allowed: a duration as Prometheus'),
    ("prometheus", {"retention": "0d"}, ".retention: "),
    ("prometheus", {"retention": "1d1w"}, ".retention: "),
    ("prometheus", {"retentionSize": "50Gi"}, '.retentionSize: "50Gi" is not allowed; allowed: a size with one of'),
    (
        "prometheus",
        {"scrapeInterval": "5s", "scrapeTimeout": "10s"},
        "scrapeTimeout (10s) is longer than scrapeInterval (5s)",
    ),
    ("prometheus", {"extraScrapeConfigs": [{"static_configs": []}]}, "extraScrapeConfigs: [0] has no job_name"),
    ("prometheus", {"extraScrapeConfigs": ["job"]}, ".extraScrapeConfigs[0]: "),
    ("prometheus", {"extraScrapeConfigs": {"job_name": "a"}}, "allowed: a list"),
    (
        "prometheus",
        {"extraScrapeConfigs": [{"job_name": "kubernetes-pods"}]},
        '[0].job_name: "kubernetes-pods" is the name of another job',
    ),
    (
        "prometheus",
        {"extraScrapeConfigs": [{"job_name": "a"}, {"job_name": "a"}]},
        '[1].job_name: "a" is the name of another job; choose a new one',
    ),
    ("prometheus", {"rules": [{"rules": []}]}, "rules: [0] has no name"),
    ("prometheus", {"rules": [{"name": "a"}]}, "rules: [0].rules is no list of rules"),
    ("prometheus", {"rules": [{"name": "a", "rules": [{"alert": "b"}]}]}, "[0].rules[0] needs expr, and one of alert"),
    ("prometheus", {"persistentVolume": {"size": "a lot"}}, ".persistentVolume.size: "),
    ("prometheus", {"persistentVolume": {"accessModes": ["ReadWriteOften"]}}, "did you mean ReadWriteOnce?"),
    ("prometheus", {"persistentVolume": {"accessModes": []}}, "allowed: something that is not empty"),
    ("prometheus", {"persistentVolumes": {}}, "did you mean persistentVolume?"),
    ("prometheus", {"serviceType": "ExternalName"}, ".serviceType: "),
    (
        "prometheus",
        {"resources": {"requests": {"cpu": 2}, "limits": {"cpu": 1}}},
        "cpu requests 2, more than its limit",
    ),
    ("grafana", {"enabled": True, "internal_url": "http://g"}, "internal_url names another one; remove one of the two"),
    ("grafana", {"anonymous": {"role": "admin"}}, '.anonymous.role: "admin" is not allowed'),
    (
        "grafana",
        {"anonymous": {"enabled": False}},
        "anonymous is off and nobody can log in; name a Secret in adminSecret",
    ),
    ("grafana", {"datasources": [{"name": "a"}]}, "datasources: [0] has no type"),
    ("grafana", {"datasources": [{"name": "Prometheus", "type": "x"}]}, 'name: "Prometheus" is the name of another'),
    ("grafana", {"dashboards": {"mine": {"dashboard": {}}}}, "dashboards: mine has no title"),
    ("grafana", {"dashboards": {"My board": {"title": "x"}}}, "a DNS label"),
    ("grafana", {"ini": {"server": "x"}}, ".ini.server: "),
    ("jaeger", {"enabled": True, "internal_url": "http://j"}, "internal_url names another one; remove one of the two"),
    ("jaeger", {"storage": "elasticsearch"}, '.storage: "elasticsearch" is not allowed'),
    (
        "jaeger",
        {"storage": "memory", "persistentVolume": {"enabled": True}},
        "storage is memory, which no volume keeps",
    ),
    ("jaeger", {"spanStorageTTL": "7d"}, "a duration as Go writes it"),
    ("jaeger", {"spanStorageTTL": "0s"}, "a duration as Go writes it"),
    ("jaeger", {"samplingPercentage": 101}, "allowed: a number from 0 to 100"),
    ("jaeger", {"basePath": "jaeger/"}, ".basePath: "),
    ("jaeger", {"maxTraces": 0}, "allowed: 1 or more"),
    ("jaeger", {"collector": {"port": 0}}, "allowed: a number from 1 to 65535"),
    ("jaeger", {"enabled": True, "collector": {"service": "a.b"}}, "collector.service names another one"),
]


@pytest.mark.parametrize(("addon", "given", "said"), BAD, ids=[f"{addon}-{given}"[:60] for addon, given, _ in BAD])
def test_a_mistake_is_one_clear_error(addon: str, given: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({"addons": {addon: given}})
    assert len(refused.value.problems) == 1, str(refused.value)
    assert said in str(refused.value)
    assert f"addons.{addon}" in str(refused.value)
    assert "Input should" not in str(refused.value)


def test_a_password_in_an_address_is_not_shown() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"addons": {"prometheus": {"url": "http://me:secret@p"}}})
    assert "has a user or a password in it" in str(refused.value)
    assert "secret" not in str(refused.value)


@given(st.lists(st.tuples(st.integers(1, 99), st.sampled_from(["y", "w", "d", "h", "m", "s", "ms"])), max_size=4))
def test_durations_are_read_as_prometheus_reads_them(parts: list[tuple[int, str]]) -> None:
    """Longest unit first, each once (``model.ParseDuration`` of prometheus/common)."""
    order = ["y", "w", "d", "h", "m", "s", "ms"]
    places = [order.index(unit) for _, unit in parts]
    text = "".join(f"{number}{unit}" for number, unit in parts)
    right = bool(parts) and all(one < other for one, other in pairwise(places))
    assert (milliseconds(text) > 0) == right


@pytest.mark.parametrize(("interval", "timeout"), [("15s", "10s"), ("5s", "5s"), ("1m", "10s")])
def test_a_reading_takes_no_longer_than_the_pause(interval: str, timeout: str) -> None:
    text = by_kind(planned("prometheus", scrapeInterval=interval))["ConfigMap/prometheus"]["data"]["prometheus.yml"]
    assert f'scrape_interval: "{interval}"' in text or f"scrape_interval: {interval}" in text
    assert f'scrape_timeout: "{timeout}"' in text or f"scrape_timeout: {timeout}" in text


def test_names_of_jobs_are_those_that_there_are() -> None:
    for version in ("1.27.0", "1.28.3", "1.29.1", "1.30.3", "1.31.0"):
        text = by_kind(planned("prometheus", load({"version": version})))["ConfigMap/prometheus"]["data"][
            "prometheus.yml"
        ]
        assert set(re_jobs(text)) <= set(JOBS)
        assert len(re_jobs(text)) == 10


def re_jobs(text: str) -> list[str]:
    return [line.partition("job_name:")[2].strip() for line in text.splitlines() if "job_name:" in line]


@pytest.mark.parametrize(
    ("addons", "count"),
    [
        ({"grafana": {"enabled": True}}, 1),
        ({"grafana": {"enabled": True}, "prometheus": {"enabled": False}}, 1),
        ({"grafana": {"enabled": True}, "prometheus": {"enabled": True}}, 0),
        ({"grafana": {"enabled": True}, "prometheus": {"url": "http://p"}}, 0),
        ({"grafana": {"enabled": True, "prometheusUrl": "http://p"}}, 0),
        ({"grafana": {"enabled": False}}, 0),
        ({"grafana": "on"}, 0),
        ({}, 0),
    ],
)
def test_a_grafana_with_nothing_to_show_is_told(addons: dict[str, Any], count: int) -> None:
    found = [str(one) for one in grafana_consistency.problems(addons, "addons.")]
    assert len(found) == count
    assert not found or found[0] == (
        "addons.grafana.enabled: there is no Prometheus to read from; set addons.prometheus.enabled, or name one in "
        "addons.prometheus.url"
    )
