"""Jaeger in one pod, and what makes the mesh's proxies trace.

Facts: names, labels, ports and probes of Istio's addon (``samples/addons/jaeger.yaml``); the image runs as user 10001.
Of Istio's MeshConfig: the provider ``jaeger`` as Istio's demo profile has it.
"""

from __future__ import annotations

from typing import Any

from mesh_components.manifests import patches, workloads
from mesh_components.manifests.istio_object import istio_object, root_namespace, service_host
from mesh_components.manifests.scope import in_scope
from mesh_components.manifests.text import assemble
from mesh_components.manifests.workloads import mount
from mesh_components.manifests.yaml_text import to_yaml
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.jaeger import JaegerSettings
from mesh_components.settings.placed import Noted
from mesh_components.versions.addons import ADDONS

from . import jaeger_config as config
from . import workload
from .workload import Ports

NAME = "jaeger"
USER = 10001

SELECTOR = {"app": NAME}
"""Labels by which the Deployment knows its pod. They cannot be changed later."""

PROVIDER = "jaeger"
"""Name of the tracing provider, the same as in Istio's demo profile, which it takes the place of."""
TELEMETRY_API = "telemetry.istio.io/v1"
TELEMETRY_NAME = "mesh-tracing"
"""Name of the Telemetry. Of several for the whole mesh Istio takes the oldest alone."""

CONFIG_FOLDER, CONFIG_FILE = "/jaeger-configuration", "config.yaml"
CONFIG_VOLUME, DATA_VOLUME = "jaeger-configuration", "data"

QUERY_SERVICE, COLLECTOR_SERVICE, ZIPKIN_SERVICE = "tracing", "jaeger-collector", "zipkin"
QUERY_PORTS: Ports = {"http-query": (80, config.QUERY), "grpc-query": config.QUERY_GRPC}
COLLECTOR_PORTS: Ports = {
    "jaeger-collector-http": config.THRIFT,
    "jaeger-collector-grpc": config.JAEGER_GRPC,
    "http-zipkin": config.ZIPKIN,
    "grpc-otel": config.OTLP,
    "http-otel": config.OTLP_HTTP,
}
PROTOCOLS = {"jaeger-collector-http": "http", "jaeger-collector-grpc": "grpc"}
"""What those speak whose names do not say it to Istio."""


def objects(mesh: MeshSettings, one: JaegerSettings) -> list[dict[str, Any]]:
    """Return Jaeger's objects; none for an installation of one's own. See ``telemetry`` for the mesh's side."""
    if not one.enabled:
        return []
    place = workload.namespace(mesh, one)
    described = workload.metadata(NAME, place, SELECTOR)
    named = {name: workload.metadata(name, place, SELECTOR) for name in (QUERY_SERVICE, COLLECTOR_SERVICE)}
    # Whoever sends to Zipkin finds Jaeger, which understands it.
    zipkin = workload.metadata(ZIPKIN_SERVICE, place, {"name": ZIPKIN_SERVICE})
    found = [
        workload.account(mesh, described, token=False),
        *([workload.config_map(described, configuration(one))] if _has_file(mesh) else []),
        *workload.claims(described, one.persistentVolume),
        workload.service(one, named[QUERY_SERVICE], SELECTOR, QUERY_PORTS),
        workload.service(None, named[COLLECTOR_SERVICE], SELECTOR, COLLECTOR_PORTS, PROTOCOLS),
        workload.service(None, zipkin, SELECTOR, {"http-query": config.ZIPKIN}),
        workload.deployment(described, SELECTOR, _template(mesh, one), replaced=one.persistentVolume.enabled),
    ]
    return patches.apply(mesh, in_scope(mesh, found))


def address(mesh: MeshSettings, one: JaegerSettings) -> Any:
    """Return where Grafana and Kiali read traces, by HTTP; empty where there are none to read."""
    if not one.enabled:
        return one.internal_url
    return f"http://{QUERY_SERVICE}.{workload.namespace(mesh, one)}{_below(one)}"


def grpc_address(mesh: MeshSettings, one: JaegerSettings) -> str:
    """Return where Kiali reads traces by gRPC, which is Kiali's default; empty for an installation of one's own."""
    if not one.enabled:
        return ""
    return f"http://{QUERY_SERVICE}.{workload.namespace(mesh, one)}:{config.QUERY_GRPC}{_below(one)}"


def _below(one: JaegerSettings) -> str:
    return "" if one.basePath == "/" else one.basePath


def tracing_provider(mesh: MeshSettings, one: JaegerSettings) -> dict[str, Any] | None:
    """Return the entry of Istio's ``extensionProviders`` by which proxies send traces; None if there is nowhere to."""
    ours = service_host(mesh, COLLECTOR_SERVICE, workload.namespace(mesh, one)) if one.enabled else ""
    service = one.collector.service or ours
    if not service:
        return None
    return {"name": PROVIDER, "opentelemetry": {"service": service, "port": one.collector.port}}


def telemetry(mesh: MeshSettings, one: JaegerSettings) -> dict[str, Any] | None:
    """Return the Telemetry by which every proxy of the mesh traces; None if there is nowhere to, or it is off."""
    if not one.tracing or not mesh.configured_here or tracing_provider(mesh, one) is None:
        return None
    tracing = [{"providers": [{"name": PROVIDER}], "randomSamplingPercentage": one.samplingPercentage}]
    made = istio_object(
        mesh, Noted(), TELEMETRY_API, "Telemetry", TELEMETRY_NAME, root_namespace(mesh), {"tracing": tracing}
    )
    return patches.apply(mesh, [made])[0]


def configuration(one: JaegerSettings) -> dict[str, Any]:
    """Return the files that Jaeger 2 reads, by name."""
    return {CONFIG_FILE: assemble(to_yaml, config.file(one))}


def _has_file(mesh: MeshSettings) -> bool:
    return ADDONS[mesh.version].jaeger_has_file


def _template(mesh: MeshSettings, one: JaegerSettings) -> dict[str, Any]:
    read = {"prometheus.io/scrape": "true", "prometheus.io/port": str(_metrics_port(mesh))}
    file = _has_file(mesh)
    changed = {"checksum/config": workload.checksum(configuration(one))} if file else {}
    stored = one.storage == "badger"
    return workload.template(
        mesh,
        one,
        name=NAME,
        labels=SELECTOR,
        annotations={**read, **changed},
        user=USER,
        group=USER,
        spec={
            "containers": [_container(mesh, one)],
            "volumes": [
                *([workload.data_volume(DATA_VOLUME, NAME, one.persistentVolume)] if stored else []),
                *([workload.config_volume(CONFIG_VOLUME, NAME)] if file else []),
            ],
        },
    )


def _metrics_port(mesh: MeshSettings) -> int:
    return config.METRICS if _has_file(mesh) else config.ADMIN


def _container(mesh: MeshSettings, one: JaegerSettings) -> dict[str, Any]:
    file = _has_file(mesh)
    healthy = ("/status", config.HEALTH) if file else ("/", config.ADMIN)
    served = [
        port[1] if isinstance(port, tuple) else port for port in (*QUERY_PORTS.values(), *COLLECTOR_PORTS.values())
    ]
    opened = dict.fromkeys([*served, _metrics_port(mesh), healthy[1]])
    return workload.container(
        mesh,
        one,
        NAME,
        workload.image(one, ADDONS[mesh.version].jaeger),
        args=["--config", f"{CONFIG_FOLDER}/{CONFIG_FILE}"] if file else [],
        env=[] if file else config.environment(one),
        ports=[{"containerPort": port} for port in opened],
        readinessProbe=workload.probe(*healthy),
        livenessProbe=workload.probe(*healthy),
        resources=workloads.amounts(mesh, one.resources),
        volumeMounts=[
            *([mount(DATA_VOLUME, config.DATA_FOLDER)] if one.storage == "badger" else []),
            *([mount(CONFIG_VOLUME, CONFIG_FOLDER)] if file else []),
        ],
    )
