"""Which addons each version of Istio comes with, and how they differ.

Facts from ``samples/addons/{prometheus,grafana,jaeger,kiali}.yaml`` of each version's source. Istio's Loki is not among
ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Image:
    """Where an addon's image is published."""

    hub: str
    """Registry and folder."""
    name: str
    """Name of the image below it."""
    tag: str
    """Tag of the image."""


@dataclass(frozen=True)
class Addons:
    """The addons of one version."""

    prometheus: Image
    """Prometheus' server."""
    config_reloader: Image
    """The sidecar that has Prometheus read a changed configuration."""
    grafana: Image
    """Grafana."""
    jaeger: Image
    """Jaeger."""
    kiali: Image
    """Kiali. Its tag is a minor version, for which patches are published; labels name ``<tag>.0``."""
    api_servers_job: str
    """Name of the scrape job for the API servers."""
    nodes_by_proxy: bool
    """Whether nodes are scraped through the API server, which needs more rights, instead of straight."""
    jaeger_has_file: bool
    """Whether Jaeger reads a file (version 2), instead of environment variables (version 1)."""


_1_27 = Addons(
    prometheus=Image("docker.io/prom", "prometheus", "v3.4.2"),
    config_reloader=Image("ghcr.io/prometheus-operator", "prometheus-config-reloader", "v0.83.0"),
    grafana=Image("docker.io/grafana", "grafana", "12.0.1"),
    jaeger=Image("docker.io/jaegertracing", "all-in-one", "1.70.0"),
    kiali=Image("quay.io/kiali", "kiali", "v2.12"),
    api_servers_job="kubernetes-apiservers",
    nodes_by_proxy=True,
    jaeger_has_file=False,
)
_1_28 = replace(
    _1_27,
    prometheus=replace(_1_27.prometheus, tag="v3.5.0"),
    config_reloader=replace(_1_27.config_reloader, tag="v0.85.0"),
    kiali=replace(_1_27.kiali, tag="v2.17"),
)
_1_29 = replace(
    _1_28,
    prometheus=replace(_1_28.prometheus, tag="v3.8.1"),
    config_reloader=replace(_1_28.config_reloader, tag="v0.87.1"),
    jaeger=Image("docker.io/jaegertracing", "jaeger", "2.14.0"),
    kiali=replace(_1_28.kiali, tag="v2.21"),
    api_servers_job="kubernetes-api-servers",
    jaeger_has_file=True,
)
_1_30 = replace(
    _1_29,
    prometheus=replace(_1_29.prometheus, tag="v3.10.0"),
    config_reloader=replace(_1_29.config_reloader, tag="v0.89.0"),
    kiali=replace(_1_29.kiali, tag="v2.26"),
    nodes_by_proxy=False,
)
_1_31 = replace(
    _1_30,
    jaeger=replace(_1_30.jaeger, tag="2.17.0"),
    kiali=replace(_1_30.kiali, tag="v2.27"),
)

ADDONS: Mapping[str, Addons] = {
    "1.27.0": _1_27,
    "1.28.3": _1_28,
    "1.29.1": _1_29,
    "1.30.3": _1_30,
    "1.31.0": _1_31,
}
"""The facts by version: each row says what changed since the one before."""
