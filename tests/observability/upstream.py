"""Istio's own addons, and what counts as equal between one of their objects and a planned one."""

from __future__ import annotations

import configparser
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from local_cluster import toolchain
from local_cluster.toolchain.table import ISTIO_MODULES
from tests.parity.compare import Deliberate, Result, compare, load_deliberate, load_objects

Object = dict[str, Any]

VERSIONS = tuple(ISTIO_MODULES)
"""Versions whose addons are to be had."""

DELIBERATE = Path(__file__).with_name("deliberate.yaml")


def addon(version: str, name: str) -> str:
    """Return the text of an addon of Istio's, such as ``prometheus``."""
    folder = Path(toolchain.module_dir(ISTIO_MODULES[version]))
    return (folder / "samples" / "addons" / f"{name}.yaml").read_text(encoding="utf-8")


def _sources(text: str) -> Any:
    """Grafana's data sources and dashboard providers are known by their names."""
    found = _yaml(text)
    return {
        key: {one["name"]: one for one in value} if isinstance(value, list) else value for key, value in found.items()
    }


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _jobs_by_name(text: str) -> Any:
    """Prometheus does not care about the order of its jobs."""
    found = _yaml(text)
    if "scrape_configs" in found:
        found["scrape_configs"] = {job["job_name"]: job for job in found["scrape_configs"]}
    return found


def ini(text: str) -> Any:
    """Return the sections of an ini file."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


READERS: Mapping[str, Callable[[str], Any]] = {
    "prometheus.yml": _jobs_by_name,
    "grafana.ini": ini,
    "datasources.yaml": _sources,
    "dashboardproviders.yaml": _sources,
    ".yml": _yaml,
    ".yaml": _yaml,
    ".json": json.loads,
}
"""How the files in ConfigMaps are read, by the end of their names."""


def opened(item: Object) -> Object:
    """Return a ConfigMap with its files as what they mean, below ``files``."""
    if item["kind"] != "ConfigMap":
        return item
    files = {
        name: next((read for end, read in READERS.items() if name.endswith(end)), str)(text)
        for name, text in item["data"].items()
    }
    return {**item, "data": {}, "files": files}


KUBERNETES_DEFAULTS: Mapping[str, Any] = {
    "dnsPolicy": "ClusterFirst",
    "enableServiceLinks": True,
    "failureThreshold": 3,
    "imagePullPolicy": "IfNotPresent",
    "initialDelaySeconds": 0,
    "periodSeconds": 10,
    "protocol": "TCP",
    "replicas": 1,
    "revisionHistoryLimit": 10,
    "scheme": "HTTP",
    "sessionAffinity": "None",
    "shareProcessNamespace": False,
    "subPath": "",
    "successThreshold": 1,
    "type": "ClusterIP",
}
"""Fields that mean the same when they are left out (Kubernetes' API reference; images here have tags)."""


NAMED: Mapping[str, str] = {"env": "name", "volumes": "name", "volumeMounts": "mountPath"}
"""Lists whose order says nothing, and by what their entries are known."""


def without_defaults(item: Any) -> Any:
    """Return an object without what Kubernetes fills in."""
    if isinstance(item, list):
        return [without_defaults(value) for value in item]
    if not isinstance(item, dict):
        return item
    found = {
        key: without_defaults(value)
        for key, value in item.items()
        if key not in KUBERNETES_DEFAULTS or KUBERNETES_DEFAULTS[key] != value
    }
    if found.get("targetPort", ...) == found.get("port"):
        del found["targetPort"]
    if found.get("strategy") == {"type": "RollingUpdate"}:
        del found["strategy"]
    for key, name in NAMED.items():
        if isinstance(found.get(key), list):
            found[key] = {str(entry[name]): entry for entry in found[key] if name in entry}
    if isinstance(found.get("image"), str):
        found["image"] = found["image"].removeprefix("docker.io/")
    return found


def renamed(item: Object) -> Object:
    """Return an object of ours by the name that Istio's has.

    A name that counts in the whole cluster carries the namespace, so that the rights of another mesh's Prometheus are
    not taken over.
    """
    if "namespace" in item["metadata"]:
        return item
    old, new = f"{item['metadata']['name']}", item["metadata"]["name"].removesuffix("-istio-system")
    assert old != new, f"{item['kind']} {old} would be the same for every mesh of the cluster"
    found = {**item, "metadata": {**item["metadata"], "name": new}}
    return {**found, "roleRef": {**item["roleRef"], "name": new}} if "roleRef" in item else found


def _comparable(item: Object) -> Object:
    found = opened(item)
    return {key: value if key == "files" else without_defaults(value) for key, value in found.items()}


def listed(name: str) -> list[Deliberate]:
    """Return the differences that are meant of an addon."""
    return [one for one in load_deliberate(DELIBERATE) if one.case == name]


def compared(name: str, version: str, ours: list[Object]) -> Result:
    """Compare an addon with Istio's."""
    istio = load_objects(addon(version, name))
    mine = (_comparable(renamed(item)) for item in ours)
    return compare(name, mine, map(_comparable, istio), version, listed(name))
