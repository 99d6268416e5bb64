"""Prometheus: account and rights, configuration, Service, volume, Deployment.

Facts: names, labels, rights, ports, probes and arguments of Istio's addon (``samples/addons/prometheus.yaml``); the
image runs as user 65534.
"""

from __future__ import annotations

from typing import Any

from mesh_components.manifests import patches, rbac, workloads
from mesh_components.manifests.istio_object import given
from mesh_components.manifests.scope import in_scope
from mesh_components.manifests.text import assemble
from mesh_components.manifests.workloads import filled, mount
from mesh_components.manifests.yaml_text import to_yaml
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.prometheus import PrometheusSettings
from mesh_components.versions.addons import ADDONS

from . import workload
from .prometheus_jobs import jobs

NAME = "prometheus"
PORT = 9090
RELOADER_PORT = 8080
USER = 65534

SELECTOR = {
    "app.kubernetes.io/component": "server",
    "app.kubernetes.io/name": NAME,
    "app.kubernetes.io/instance": NAME,
}
"""Labels by which the Deployment knows its pod. They cannot be changed later."""

CONFIG_FOLDER, DATA_FOLDER = "/etc/config", "/data"
CONFIG_FILE, RULES_FILE = "prometheus.yml", "rules.yml"
CONFIG_VOLUME, DATA_VOLUME = "config-volume", "storage-volume"

SECONDS_TO_END = 300
"""How long Prometheus may take to write down what it has in memory."""


def objects(mesh: MeshSettings, one: PrometheusSettings) -> list[dict[str, Any]]:
    """Return Prometheus' objects; none for an installation of one's own."""
    if not one.enabled:
        return []
    place, labels = workload.namespace(mesh, one), _labels(mesh, one)
    described = workload.metadata(NAME, place, labels)
    found = [
        workload.account(mesh, described, token=True),
        *_rights(mesh, one),
        workload.config_map(described, configuration(mesh, one)),
        *workload.claims(described, one.persistentVolume),
        workload.service(one, described, SELECTOR, {"http": PORT}),
        workload.deployment(described, SELECTOR, _template(mesh, one), replaced=True),
    ]
    return patches.apply(mesh, in_scope(mesh, found))


def address(mesh: MeshSettings, one: PrometheusSettings) -> Any:
    """Return where Grafana and Kiali read metrics; empty where there are none to read."""
    if one.enabled:
        return f"http://{NAME}.{workload.namespace(mesh, one)}:{PORT}"
    return one.url


def configuration(mesh: MeshSettings, one: PrometheusSettings) -> dict[str, Any]:
    """Return the files that Prometheus reads, by name."""
    settings = {
        "global": {
            "scrape_interval": one.scrapeInterval,
            "scrape_timeout": one.scrape_timeout,
            "evaluation_interval": one.evaluationInterval,
            **filled(external_labels=dict(one.externalLabels)),
        },
        "rule_files": [f"{CONFIG_FOLDER}/{RULES_FILE}"],
        "scrape_configs": [*jobs(ADDONS[mesh.version], one.metricRelabelConfigs), *one.extraScrapeConfigs],
        **given({"alerting": dict(one.alerting), "remote_write": list(one.remoteWrite)}),
    }
    rules = {"groups": list(one.rules)} if one.rules else {}
    return {CONFIG_FILE: assemble(to_yaml, settings), RULES_FILE: assemble(to_yaml, rules)}


def _labels(mesh: MeshSettings, one: PrometheusSettings) -> dict[str, str]:
    known = ADDONS[mesh.version].prometheus
    return {**SELECTOR, **workload.version(one, known), "app.kubernetes.io/part-of": NAME}


def _rights(mesh: MeshSettings, one: PrometheusSettings) -> list[dict[str, Any]]:
    """Return the right to find what there is to read, and to read it, in the whole cluster."""
    place = workload.namespace(mesh, one)
    # Another mesh, and whoever else has a Prometheus, may have a role of that name alone.
    described = workload.metadata(f"{NAME}-{place}", None, _labels(mesh, one))
    by_proxy = ("nodes/proxy",) if ADDONS[mesh.version].nodes_by_proxy else ()
    core = ("nodes", *by_proxy, "nodes/metrics", "services", "endpoints", "pods", "ingresses", "configmaps")
    role = {
        "apiVersion": rbac.VERSION,
        "kind": "ClusterRole",
        "metadata": described,
        "rules": [
            rbac.rule(rbac.CORE, core, rbac.READ),
            rbac.rule("networking.k8s.io", ("ingresses/status", "ingresses"), rbac.READ),
            rbac.rule("discovery.k8s.io", "endpointslices", rbac.READ),
            {"nonResourceURLs": ["/metrics"], "verbs": ["get"]},
        ],
    }
    binding = {
        "apiVersion": rbac.VERSION,
        "kind": "ClusterRoleBinding",
        "metadata": described,
        "roleRef": {"apiGroup": rbac.GROUP, "kind": "ClusterRole", "name": described["name"]},
        "subjects": [rbac.account(NAME, place)],
    }
    return [role, binding]


def _template(mesh: MeshSettings, one: PrometheusSettings) -> dict[str, Any]:
    reloaded = one.configReloader.enabled
    changed = {} if reloaded else {"checksum/config": workload.checksum(configuration(mesh, one))}
    return workload.template(
        mesh,
        one,
        name=NAME,
        labels=_labels(mesh, one),
        annotations=changed,
        user=USER,
        group=USER,
        spec={
            "terminationGracePeriodSeconds": SECONDS_TO_END,
            "containers": [*([_reloader(mesh, one)] if reloaded else []), _server(mesh, one)],
            "volumes": [
                workload.config_volume(CONFIG_VOLUME, NAME),
                workload.data_volume(DATA_VOLUME, NAME, one.persistentVolume),
            ],
        },
    )


def _server(mesh: MeshSettings, one: PrometheusSettings) -> dict[str, Any]:
    arguments = [
        f"--storage.tsdb.retention.time={one.retention}",
        *([f"--storage.tsdb.retention.size={one.retentionSize}"] if one.retentionSize else []),
        f"--config.file={CONFIG_FOLDER}/{CONFIG_FILE}",
        f"--storage.tsdb.path={DATA_FOLDER}",
        "--web.console.libraries=/etc/prometheus/console_libraries",
        "--web.console.templates=/etc/prometheus/consoles",
        # By it the reloader asks for the configuration to be read, and whoever else can ends the process.
        *(["--web.enable-lifecycle"] if one.configReloader.enabled else []),
    ]
    return workload.container(
        mesh,
        one,
        "prometheus-server",
        workload.image(one, ADDONS[mesh.version].prometheus),
        args=arguments,
        ports=[{"containerPort": PORT}],
        readinessProbe=workload.probe("/-/ready", PORT, periodSeconds=5, timeoutSeconds=4),
        livenessProbe=workload.probe("/-/healthy", PORT, initialDelaySeconds=30, periodSeconds=15, timeoutSeconds=10),
        resources=workloads.amounts(mesh, one.resources),
        volumeMounts=[mount(CONFIG_VOLUME, CONFIG_FOLDER), mount(DATA_VOLUME, DATA_FOLDER)],
    )


def _reloader(mesh: MeshSettings, one: PrometheusSettings) -> dict[str, Any]:
    return workload.container(
        mesh,
        one,
        "prometheus-server-configmap-reload",
        workload.image(one.configReloader, ADDONS[mesh.version].config_reloader),
        args=[
            f"--watched-dir={CONFIG_FOLDER}",
            f"--listen-address=0.0.0.0:{RELOADER_PORT}",
            f"--reload-url=http://127.0.0.1:{PORT}/-/reload",
        ],
        ports=[{"containerPort": RELOADER_PORT, "name": "metrics"}],
        readinessProbe=workload.probe("/healthz", "metrics", periodSeconds=10),
        livenessProbe=workload.probe("/healthz", "metrics", initialDelaySeconds=2, periodSeconds=10),
        resources=workloads.amounts(mesh, one.configReloader.resources),
        volumeMounts=[mount(CONFIG_VOLUME, CONFIG_FOLDER, read_only=True)],
    )
