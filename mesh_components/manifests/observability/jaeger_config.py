"""How Jaeger is configured: a file since version 2, environment variables before.

Facts: ports, extensions and their fields of Istio's addon (``samples/addons/jaeger.yaml``), and of Jaeger's own code
(``internal/storage/v1/{badger,memory}``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.manifests.workloads import variable
from mesh_components.settings.observability.jaeger import JaegerSettings

DATA_FOLDER = "/badger"

QUERY, QUERY_GRPC = 16686, 16685
OTLP, OTLP_HTTP, ZIPKIN, THRIFT, JAEGER_GRPC = 4317, 4318, 9411, 14268, 14250
HEALTH, METRICS = 13133, 8888
ADMIN = 14269
"""Health and metrics of version 1."""

STORAGE, EXPORTER = "badger_storage", "jaeger_storage_exporter"
MEMORY = "memory_storage"


def _at(port: int) -> str:
    return f"0.0.0.0:{port}"


def _endpoint(port: int) -> dict[str, str]:
    return {"endpoint": _at(port)}


def file(one: JaegerSettings) -> dict[str, Any]:
    """Return the configuration of Jaeger 2, an OpenTelemetry collector with extensions."""
    storage = STORAGE if one.storage == "badger" else MEMORY
    return {
        "service": {
            "extensions": [
                "jaeger_storage",
                "jaeger_query",
                "remote_sampling",
                "healthcheckv2",
                "expvar",
                "zpages",
            ],
            "pipelines": {
                "traces": {
                    "receivers": ["otlp", "jaeger", "zipkin"],
                    "processors": ["batch"],
                    "exporters": [EXPORTER],
                }
            },
            "telemetry": {
                "resource": {"service.name": "jaeger"},
                "metrics": {
                    "level": "detailed",
                    "readers": [{"pull": {"exporter": {"prometheus": {"host": "0.0.0.0", "port": METRICS}}}}],
                },
                "logs": {"level": "info"},
            },
        },
        "extensions": {
            "jaeger_query": {"base_path": one.basePath, "storage": {"traces": storage}},
            "jaeger_storage": {"backends": {storage: _storage(one)}},
            "remote_sampling": {
                # Apps that ask how much to sample are told: everything. Proxies are told by Istio.
                "file": {"path": None, "default_sampling_probability": 1, "reload_interval": "1s"},
                "http": _endpoint(5778),
                "grpc": _endpoint(5779),
            },
            "healthcheckv2": {"use_v2": True, "http": _endpoint(HEALTH), "grpc": None},
            "expvar": _endpoint(27777),
            "zpages": _endpoint(27778),
        },
        "receivers": {
            "otlp": {"protocols": {"grpc": _endpoint(OTLP), "http": _endpoint(OTLP_HTTP)}},
            "jaeger": {
                "protocols": {
                    "grpc": _endpoint(JAEGER_GRPC),
                    "thrift_http": _endpoint(THRIFT),
                    "thrift_binary": _endpoint(6832),
                    "thrift_compact": _endpoint(6831),
                }
            },
            "zipkin": _endpoint(ZIPKIN),
        },
        "processors": {"batch": None},
        "exporters": {EXPORTER: {"trace_storage": storage}},
    }


def _storage(one: JaegerSettings) -> dict[str, Any]:
    if one.storage == "memory":
        return {"memory": {"max_traces": one.maxTraces}}
    folders = {"keys": f"{DATA_FOLDER}/key", "values": f"{DATA_FOLDER}/data/"}
    return {"badger": {"ephemeral": False, "directories": folders, "ttl": {"spans": one.spanStorageTTL}}}


def environment(one: JaegerSettings) -> list[dict[str, Any]]:
    """Return the environment by which Jaeger 1 is configured."""
    badger = {
        "BADGER_EPHEMERAL": False,
        "BADGER_DIRECTORY_VALUE": f"{DATA_FOLDER}/data",
        "BADGER_DIRECTORY_KEY": f"{DATA_FOLDER}/key",
        "BADGER_SPAN_STORE_TTL": one.spanStorageTTL,
    }
    stored: Mapping[str, Any] = badger if one.storage == "badger" else {"MEMORY_MAX_TRACES": one.maxTraces}
    shared = {"COLLECTOR_ZIPKIN_HOST_PORT": f":{ZIPKIN}", "QUERY_BASE_PATH": one.basePath}
    return [variable(name, value) for name, value in {"SPAN_STORAGE_TYPE": one.storage, **stored, **shared}.items()]
