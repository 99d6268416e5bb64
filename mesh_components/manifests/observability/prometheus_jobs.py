"""Prometheus' scrape jobs: what of the cluster and the mesh is read, and which labels it gets.

Facts: the jobs of Istio's addon (``samples/addons/prometheus.yaml``), which annotations they read
(``prometheus.io/scrape``, ``scrape_slow``, ``scheme``, ``path``, ``port``, ``param_…``, ``probe``), and the labels that
Kiali and Istio's own queries expect: ``namespace``, ``pod``, ``node``, ``service``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mesh_components.versions.addons import Addons

Job = dict[str, Any]

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
API_SERVER = "kubernetes.default.svc:443"
SLOW = {"scrape_interval": "5m", "scrape_timeout": "30s"}
"""How often what is annotated as slow is read."""

_ENDED = "Pending|Succeeded|Failed|Completed"
"""Phases of pods that have nothing to read."""
_IPV6 = r"(\d+);(([A-Fa-f0-9]{1,4}::?){1,7}[A-Fa-f0-9]{1,4})"
_IPV4 = r"(\d+);((([0-9]+?)(\.|$)){4})"
_HOST = r"(.+?)(?::\d+)?;(\d+)"
"""A port and an address, or an address and a port, joined by a semicolon."""


def jobs(facts: Addons, pod_metrics: Sequence[Mapping[str, Any]]) -> list[Job]:
    """Return the jobs of a version.

    :param pod_metrics: how the metrics of pods are changed
    """
    pods = {"metric_relabel_configs": list(pod_metrics)} if pod_metrics else {}
    return [
        _api_servers(facts.api_servers_job),
        _nodes(facts, "kubernetes-nodes", ""),
        _nodes(facts, "kubernetes-nodes-cadvisor", "/cadvisor"),
        {**_annotated("kubernetes-pods", "pod", [_unless("pod", "scrape_slow")]), **pods},
        {**_annotated("kubernetes-pods-slow", "pod", []), **SLOW, **pods},
        _annotated("kubernetes-service-endpoints", "endpoints", [_unless("service", "scrape_slow")]),
        {**_annotated("kubernetes-service-endpoints-slow", "endpoints", []), **SLOW},
        _probed(),
        {"job_name": "prometheus", "static_configs": [{"targets": ["localhost:9090"]}]},
        {
            **_discovered("prometheus-pushgateway", "service"),
            "relabel_configs": [_keep([_annotation("service", "probe")], "pushgateway")],
        },
    ]


def _api_servers(name: str) -> Job:
    wanted = ("namespace", "service_name", "endpoint_port_name")
    return {
        **_authorized(name, "endpoints"),
        "relabel_configs": [_keep([f"__meta_kubernetes_{one}" for one in wanted], "default;kubernetes;https")],
    }


def _nodes(facts: Addons, name: str, below: str) -> Job:
    """Return a job for the kubelets, with ``below`` behind their ``/metrics``."""
    job, labels = _authorized(name, "node"), _labels("__meta_kubernetes_node_label_(.+)")
    if facts.nodes_by_proxy:
        path = f"/api/v1/nodes/$1/proxy/metrics{below}"
        behind = {"source_labels": ["__meta_kubernetes_node_name"], "regex": "(.+)", "replacement": path}
        through = [{"target_label": "__address__", "replacement": API_SERVER}]
        return {**job, "relabel_configs": [labels, *through, {**behind, "target_label": "__metrics_path__"}]}
    # A kubelet's certificate need not be one of the cluster's CA.
    job["tls_config"] = {**job["tls_config"], "insecure_skip_verify": True}
    if not below:
        return {**job, "relabel_configs": [labels]}
    kept = {"source_labels": ["__metrics_path__"], "target_label": "metrics_path"}
    return {**job, "metrics_path": f"/metrics{below}", "relabel_configs": [labels, kept]}


def _annotated(name: str, role: str, unless: list[dict[str, Any]]) -> Job:
    """Return a job for what says by annotations that it wants to be read: pods, or the endpoints of Services.

    A name that ends in ``-slow`` is for what wants to be read seldom.
    """
    kind = "pod" if role == "pod" else "service"
    wanted = "scrape_slow" if name.endswith("-slow") else "scrape"
    return {
        **_discovered(name, role),
        "relabel_configs": [
            _keep([_annotation(kind, wanted)], True),
            *unless,
            _set([_annotation(kind, "scheme")], "__scheme__", regex="(https?)"),
            _set([_annotation(kind, "path")], "__metrics_path__", regex="(.+)"),
            *_port(kind),
            _labels(f"{_annotation(kind, 'param')}_(.+)", replacement="__param_$1"),
            _labels(f"__meta_kubernetes_{kind}_label_(.+)"),
            _set(["__meta_kubernetes_namespace"], "namespace"),
            _set([f"__meta_kubernetes_{kind}_name"], kind),
            *([_drop(["__meta_kubernetes_pod_phase"], _ENDED)] if kind == "pod" else []),
            _set(["__meta_kubernetes_pod_node_name"], "node"),
        ],
    }


def _port(kind: str) -> list[dict[str, Any]]:
    """Return how the annotated port comes into the address."""
    port = _annotation(kind, "port")
    if kind == "service":
        return [_set(["__address__", port], "__address__", regex=_HOST, replacement="$1:$2")]
    sources = [port, "__meta_kubernetes_pod_ip"]
    return [
        _set(sources, "__address__", regex=_IPV6, replacement="[$2]:$1"),
        _set(sources, "__address__", regex=_IPV4, replacement="$2:$1"),
    ]


def _probed() -> Job:
    """Return the job for Services that a blackbox exporter asks, where there is one."""
    return {
        **_discovered("kubernetes-services", "service"),
        "metrics_path": "/probe",
        "params": {"module": ["http_2xx"]},
        "relabel_configs": [
            _keep([_annotation("service", "probe")], True),
            {"source_labels": ["__address__"], "target_label": "__param_target"},
            {"target_label": "__address__", "replacement": "blackbox"},
            {"source_labels": ["__param_target"], "target_label": "instance"},
            _labels("__meta_kubernetes_service_label_(.+)"),
            {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
            {"source_labels": ["__meta_kubernetes_service_name"], "target_label": "service"},
        ],
    }


def _authorized(name: str, role: str) -> Job:
    """Return a job for what asks Prometheus who it is."""
    return {
        "job_name": name,
        "scheme": "https",
        "bearer_token_file": f"{ACCOUNT}/token",
        "tls_config": {"ca_file": f"{ACCOUNT}/ca.crt"},
        "kubernetes_sd_configs": [{"role": role}],
    }


def _discovered(name: str, role: str) -> Job:
    return {"job_name": name, "honor_labels": True, "kubernetes_sd_configs": [{"role": role}]}


def _annotation(kind: str, name: str) -> str:
    return f"__meta_kubernetes_{kind}_annotation_prometheus_io_{name}"


def _keep(sources: list[str], regex: Any) -> dict[str, Any]:
    return {"action": "keep", "source_labels": sources, "regex": regex}


def _drop(sources: list[str], regex: Any) -> dict[str, Any]:
    return {"action": "drop", "source_labels": sources, "regex": regex}


def _unless(kind: str, name: str) -> dict[str, Any]:
    return _drop([_annotation(kind, name)], True)


def _set(sources: list[str], target: str, **how: str) -> dict[str, Any]:
    return {"action": "replace", "source_labels": sources, "target_label": target, **how}


def _labels(regex: str, **how: str) -> dict[str, Any]:
    return {"action": "labelmap", "regex": regex, **how}
