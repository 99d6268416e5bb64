# ruff: noqa: RUF012 (pydantic copies defaults)
"""Prometheus: what scrapes the mesh's metrics and keeps them.

Names are those of the Prometheus chart that Istio's addon is rendered from, or of Prometheus' own configuration in
camel case; defaults are those of Istio's addon at 1.31 (``samples/addons/prometheus.yaml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Object, Resources, matching
from ..opaque import OpaqueStr, is_opaque
from .workload import Address, ImageSettings, StoredWorkloadSettings, refuse_two

_UNITS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>\d+){unit})?" for unit in _UNITS))
_SIZE = re.compile(r"(\d+(B|KB|MB|GB|TB|PB|EB))?")

JOBS = (
    "kubernetes-api-servers",
    "kubernetes-apiservers",
    "kubernetes-nodes",
    "kubernetes-nodes-cadvisor",
    "kubernetes-pods",
    "kubernetes-pods-slow",
    "kubernetes-service-endpoints",
    "kubernetes-service-endpoints-slow",
    "kubernetes-services",
    "prometheus",
    "prometheus-pushgateway",
)
"""Names that Istio's own scrape jobs have, in one version or another."""


def milliseconds(duration: str) -> int:
    """Return how long a duration in Prometheus' notation is (``model.ParseDuration`` of prometheus/common)."""
    found = _DURATION.fullmatch(duration)
    return sum(int(found[unit]) * each for unit, each in _UNITS.items() if found[unit]) if found else 0


def _duration(value: str) -> str:
    if milliseconds(value) <= 0:
        allowed = "a duration as Prometheus writes it, longest unit first, such as 15s, 1h30m or 15d"
        raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})
    return value


def _jobs(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refuse jobs that Prometheus would not start with: without a name, or with one that is taken."""
    taken = set(JOBS)
    for place, job in enumerate(listed):
        name = job.get("job_name")
        if is_opaque(name):
            continue
        if not isinstance(name, str) or not name:
            text = "[{place}] has no job_name, which every scrape job needs"
            raise PydanticCustomError("incomplete", text, {"place": place})
        if name in taken:
            text = '[{place}].job_name: "{name}" is the name of another job; choose a new one'
            raise PydanticCustomError("duplicate", text, {"place": place, "name": name})
        taken.add(name)
    return listed


def _groups(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names: set[str] = set()
    for place, group in enumerate(listed):
        if problem := next(_of_group(group, names), None):
            raise PydanticCustomError("incomplete", "[{place}]{problem}", {"place": place, "problem": problem})
        names.add(group["name"])
    return listed


def _of_group(group: dict[str, Any], names: set[str]) -> Iterator[str]:
    name, rules = group.get("name"), group.get("rules")
    if not isinstance(name, str) or not name:
        yield " has no name, which every group of rules needs"
    elif name in names:
        yield f'.name: "{name}" is the name of another group; choose a new one'
    elif not isinstance(rules, list) or not rules:
        yield ".rules is no list of rules"
    else:
        for place, rule in enumerate(rules):
            kinds = [key for key in ("alert", "record") if isinstance(rule, dict) and rule.get(key)]
            if len(kinds) != 1 or not rule.get("expr"):
                yield f".rules[{place}] needs expr, and one of alert and record"


Duration = Annotated[str, AfterValidator(_duration)]
"""A time span in Prometheus' notation."""
Size = Annotated[str, matching(_SIZE, "a size with one of the units B, KB, MB, GB, TB, PB, EB, such as 50GB")]
"""An amount of data in Prometheus' notation; units are powers of 1024."""


class ConfigReloaderSettings(ImageSettings):
    """The sidecar that tells Prometheus when its configuration has changed."""

    enabled: bool = True
    """Whether there is one: a changed configuration is read without a restart, by which metrics that are not on a
    volume would be lost. Without it the pod is made anew, by a checksum among its annotations."""
    resources: Resources = Resources.model_construct()
    """What it asks for and may use."""


class PrometheusSettings(StoredWorkloadSettings):
    """Prometheus, with Istio's scrape jobs."""

    url: Address = ""
    """Address of a Prometheus of one's own, which Grafana and Kiali then read; instead of ``enabled``."""
    retention: Duration = "15d"
    """How long metrics are kept."""
    retentionSize: Size = ""
    """How much of them is kept at most, such as ``50GB``; empty: as much as there is. Leave the volume a fifth more."""
    scrapeInterval: Duration = "15s"
    """How often metrics are read."""
    scrapeTimeout: Duration | None = None
    """How long one reading may take; unset: 10 s, or ``scrapeInterval`` if that is shorter."""
    evaluationInterval: Duration = "1m"
    """How often rules are evaluated."""
    externalLabels: dict[str, OpaqueStr] = {}
    """Labels of everything that leaves this Prometheus, such as the cluster's name."""
    metricRelabelConfigs: list[Object] = []
    """Prometheus' ``metric_relabel_configs`` of the jobs for pods: drop or rewrite what proxies and apps report."""
    extraScrapeConfigs: Annotated[list[Object], AfterValidator(_jobs)] = []
    """Prometheus' ``scrape_configs`` besides Istio's jobs."""
    rules: Annotated[list[Object], AfterValidator(_groups)] = []
    """Groups of Prometheus' recording and alerting rules: ``name``, ``rules``."""
    alerting: Object = {}
    """Prometheus' ``alerting``: where alerts are sent."""
    remoteWrite: list[Object] = Field(default=[])
    """Prometheus' ``remote_write``: where metrics are sent on to."""
    configReloader: ConfigReloaderSettings = ConfigReloaderSettings.model_construct()
    """How a changed configuration is noticed."""

    @property
    def scrape_timeout(self) -> str:
        """How long one reading may take."""
        return self.scrapeTimeout or min("10s", self.scrapeInterval, key=milliseconds)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        refuse_two(self, "url")
        if milliseconds(self.scrape_timeout) > milliseconds(self.scrapeInterval):
            text = "scrapeTimeout ({timeout}) is longer than scrapeInterval ({interval}); Prometheus refuses that"
            raise PydanticCustomError("order", text, {"timeout": self.scrapeTimeout, "interval": self.scrapeInterval})
        return self
