"""Grafana: account, configuration, dashboards, Service, volume, Deployment.

Facts: names, labels, port, folders and probes of Istio's addon (``samples/addons/grafana.yaml``); the image runs as
user 472, and reads its settings and what it is provisioned with below ``/etc/grafana``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mesh_components.manifests import patches, workloads
from mesh_components.manifests.scope import in_scope
from mesh_components.manifests.text import assemble
from mesh_components.manifests.workloads import mount, scalar_text
from mesh_components.manifests.yaml_text import to_yaml
from mesh_components.settings import MeshSettings
from mesh_components.settings.merge import deep_merge
from mesh_components.settings.model import plain
from mesh_components.settings.observability.grafana import GrafanaSettings
from mesh_components.settings.observability.jaeger import JaegerSettings
from mesh_components.settings.observability.prometheus import PrometheusSettings
from mesh_components.versions.addons import ADDONS

from . import jaeger, prometheus, workload

NAME = "grafana"
PORT = 3000
USER, GROUP = 472, 472

SELECTOR = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME}
"""Labels by which the Deployment knows its pod. They cannot be changed later."""

DATA_FOLDER = "/var/lib/grafana"
PROVISIONING = "/etc/grafana/provisioning"
CONFIG_VOLUME, DATA_VOLUME = "config", "storage"

FILES: Mapping[str, str] = {
    "grafana.ini": "/etc/grafana/grafana.ini",
    "datasources.yaml": f"{PROVISIONING}/datasources/datasources.yaml",
    "dashboardproviders.yaml": f"{PROVISIONING}/dashboards/dashboardproviders.yaml",
}
"""Where Grafana looks for its files, by their names in the ConfigMap."""

DASHBOARD_FOLDERS: Mapping[str, str] = {"istio": "istio-grafana-dashboards", "own": "grafana-dashboards"}
"""Folders with dashboards and the ConfigMaps they come from: ours, and the user's."""
FOUND_BY_LABEL = {"grafana_dashboard": "1"}
"""Label by which a Grafana of one's own finds dashboards, where its chart's sidecar looks for them."""


def objects(
    mesh: MeshSettings,
    one: GrafanaSettings,
    metrics: PrometheusSettings | None = None,
    traces: JaegerSettings | None = None,
) -> list[dict[str, Any]]:
    """Return Grafana's objects; none for an installation of one's own.

    :param metrics: the mesh's Prometheus; None: as Istio's addon is called
    :param traces: the mesh's Jaeger; None: none
    """
    if not one.enabled:
        return []
    place, labels = workload.namespace(mesh, one), _labels(mesh, one)
    described = workload.metadata(NAME, place, labels)
    config = configuration(mesh, one, metrics, traces)
    found = [
        workload.account(mesh, described, token=False),
        workload.config_map(described, config),
        *(
            workload.config_map(workload.metadata(name, place, {**labels, **FOUND_BY_LABEL}), files)
            for name, files in _dashboards(one).items()
        ),
        *workload.claims(described, one.persistentVolume),
        workload.service(one, described, SELECTOR, {"service": PORT}, {"service": "http"}),
        workload.deployment(described, SELECTOR, _template(mesh, one, config), replaced=one.persistentVolume.enabled),
    ]
    return patches.apply(mesh, in_scope(mesh, found))


def address(mesh: MeshSettings, one: GrafanaSettings) -> Any:
    """Return where Kiali finds Grafana; empty where there is none."""
    return f"http://{NAME}.{workload.namespace(mesh, one)}:{PORT}" if one.enabled else one.internal_url


def configuration(
    mesh: MeshSettings,
    one: GrafanaSettings,
    metrics: PrometheusSettings | None = None,
    traces: JaegerSettings | None = None,
) -> dict[str, Any]:
    """Return the files that Grafana reads, by name."""
    return {
        "grafana.ini": assemble(_ini, deep_merge(settings(one), plain(one.ini))),
        "datasources.yaml": assemble(
            to_yaml, {"apiVersion": 1, "datasources": data_sources(mesh, one, metrics, traces)}
        ),
        "dashboardproviders.yaml": to_yaml(
            {"apiVersion": 1, "providers": [_provider(folder) for folder in _folders(one)]}
        ),
    }


def settings(one: GrafanaSettings) -> dict[str, Any]:
    """Return Grafana's own settings by section."""
    login = one.adminSecret is not None
    return {
        # Nothing in the cluster calls home.
        "analytics": {"check_for_updates": False, "check_for_plugin_updates": False, "reporting_enabled": False},
        "auth": {"disable_login_form": not login},
        "auth.anonymous": {"enabled": one.anonymous.enabled, "org_role": one.anonymous.role},
        "auth.basic": {"enabled": login},
        "log": {"mode": "console"},
        "paths": {
            "data": f"{DATA_FOLDER}/",
            "logs": "/var/log/grafana",
            "plugins": f"{DATA_FOLDER}/plugins",
            "provisioning": PROVISIONING,
        },
        # Without a Secret there is no administrator, and no password that everybody knows.
        "security": {"disable_initial_admin_creation": not login},
        **({"server": {"root_url": one.external_url}} if one.external_url else {}),
    }


def data_sources(
    mesh: MeshSettings,
    one: GrafanaSettings,
    metrics: PrometheusSettings | None = None,
    traces: JaegerSettings | None = None,
) -> list[dict[str, Any]]:
    """Return where Grafana reads from."""
    by_default = f"http://{prometheus.NAME}.{mesh.istio_namespace}:{prometheus.PORT}"
    read_metrics = one.prometheusUrl or (prometheus.address(mesh, metrics) if metrics else "") or by_default
    read_traces = one.jaegerUrl or (jaeger.address(mesh, traces) if traces else "")
    shared = {"access": "proxy", "editable": True, "orgId": 1}
    interval = metrics.scrapeInterval if metrics and metrics.enabled else "15s"
    found: list[dict[str, Any]] = [
        {
            **shared,
            "name": "Prometheus",
            "type": "prometheus",
            "uid": "prometheus",
            "isDefault": True,
            "url": read_metrics,
            "jsonData": {"timeInterval": interval},
        }
    ]
    if read_traces:
        found.append(
            {**shared, "name": "Jaeger", "type": "jaeger", "uid": "jaeger", "isDefault": False, "url": read_traces}
        )
    return [*found, *({**shared, **source} for source in one.datasources)]


def _ini(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Return settings as Grafana's reader of ini files takes them: what could begin a comment stands in backquotes."""
    return "\n".join(
        line
        for section, values in sections.items()
        for line in (f"[{section}]", *(f"{key} = {_quoted(scalar_text(value))}" for key, value in values.items()), "")
    )


def _quoted(text: Any) -> str:
    return f"`{text}`" if any(sign in text for sign in '#;"') or text != text.strip() else str(text)


def _provider(folder: str) -> dict[str, Any]:
    return {
        "name": folder,
        "folder": folder,
        "type": "file",
        "orgId": 1,
        "disableDeletion": False,
        "options": {"path": f"{DATA_FOLDER}/dashboards/{folder}"},
    }


def _folders(one: GrafanaSettings) -> list[str]:
    return [folder for folder, name in DASHBOARD_FOLDERS.items() if name in _dashboards(one)]


def _dashboards(one: GrafanaSettings) -> dict[str, dict[str, Any]]:
    """Return the files with dashboards, by ConfigMap."""
    # Loaded where there is a Grafana, since they are many objects.
    from .dashboards import DASHBOARDS
    from .dashboards.grafana_json import dashboard

    ours = {name: _json(dashboard(each)) for name, each in DASHBOARDS.items()}
    own = {f"{name}.json": assemble(_json, each) for name, each in one.dashboards.items()}
    return {DASHBOARD_FOLDERS["istio"]: ours, **({DASHBOARD_FOLDERS["own"]: own} if own else {})}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _labels(mesh: MeshSettings, one: GrafanaSettings) -> dict[str, str]:
    return {**SELECTOR, **workload.version(one, ADDONS[mesh.version].grafana)}


def _template(mesh: MeshSettings, one: GrafanaSettings, config: Mapping[str, Any]) -> dict[str, Any]:
    folders = {folder: DASHBOARD_FOLDERS[folder] for folder in _folders(one)}
    return workload.template(
        mesh,
        one,
        name=NAME,
        labels=_labels(mesh, one),
        # Grafana reads its settings as it starts. Dashboards it looks for every few seconds.
        annotations={"checksum/config": workload.checksum(config), "kubectl.kubernetes.io/default-container": NAME},
        user=USER,
        group=GROUP,
        spec={
            "automountServiceAccountToken": False,
            "containers": [_container(mesh, one, folders)],
            "volumes": [
                workload.config_volume(CONFIG_VOLUME, NAME),
                *(workload.config_volume(f"dashboards-{folder}", name) for folder, name in folders.items()),
                workload.data_volume(DATA_VOLUME, NAME, one.persistentVolume),
            ],
        },
    )


def _container(mesh: MeshSettings, one: GrafanaSettings, folders: Mapping[str, str]) -> dict[str, Any]:
    files = [{**mount(CONFIG_VOLUME, path), "subPath": name} for name, path in FILES.items()]
    return workload.container(
        mesh,
        one,
        NAME,
        workload.image(one, ADDONS[mesh.version].grafana),
        env=_login(one),
        envFrom=[{"secretRef": {"name": one.envFromSecret}}] if one.envFromSecret else [],
        ports=[{"name": NAME, "containerPort": PORT}],
        readinessProbe=workload.probe("/api/health", PORT),
        livenessProbe=workload.probe(
            "/api/health", PORT, initialDelaySeconds=60, timeoutSeconds=30, failureThreshold=10
        ),
        resources=workloads.amounts(mesh, one.resources),
        volumeMounts=[
            files[0],
            mount(DATA_VOLUME, DATA_FOLDER),
            *(mount(f"dashboards-{folder}", f"{DATA_FOLDER}/dashboards/{folder}") for folder in folders),
            *files[1:],
        ],
    )


def _login(one: GrafanaSettings) -> list[dict[str, Any]]:
    """Return the administrator's name and password, from a Secret."""
    if one.adminSecret is None:
        return []
    keys = {"GF_SECURITY_ADMIN_USER": "admin-user", "GF_SECURITY_ADMIN_PASSWORD": "admin-password"}
    return [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": one.adminSecret, "key": key}}}
        for name, key in keys.items()
    ]
