"""Telemetry: what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from mesh_components.manifests.observability import jaeger, telemetry
from mesh_components.observability.telemetry import Telemetry
from mesh_components.settings import VERSIONS, load
from mesh_components.settings.observability.telemetry import TelemetrySettings
from tests.unit.test_components import mocked, run
from tests.validation import istioctl

from .plans import settings

ZIPKIN = {"name": "zipkin", "zipkin": {"service": "zipkin.istio-system.svc.cluster.local", "port": 9411}}
OTEL_LOGS = {"name": "otel", "envoyOtelAls": {"service": "otel.istio-system.svc.cluster.local", "port": 4317}}
MESH: Any = {"meshConfig": {"extensionProviders": [ZIPKIN, OTEL_LOGS]}}

CASES: dict[str, dict[str, Any]] = {
    "logs of errors": {
        "accessLogging": [{"providers": [{"name": "envoy"}], "filter": {"expression": "response.code >= 500"}}]
    },
    "no logs of a namespace": {"namespace": "shop", "accessLogging": [{"disabled": True}]},
    "traces of some workloads": {
        "namespace": "shop",
        "name": "checkout",
        "selector": {"app": "checkout"},
        "tracing": [
            {
                "providers": [{"name": "zipkin"}],
                "randomSamplingPercentage": 50,
                "customTags": {"team": {"literal": {"value": "pay"}}},
            }
        ],
    },
    "labels of metrics": {
        "metrics": [
            {
                "providers": [{"name": "prometheus"}],
                "overrides": [
                    {
                        "match": {"metric": "REQUEST_COUNT", "mode": "SERVER"},
                        "tagOverrides": {"method": {"operation": "UPSERT", "value": "request.method"}},
                    },
                    {"match": {"metric": "GRPC_REQUEST_MESSAGES"}, "disabled": True},
                ],
            }
        ]
    },
    "logs of a waypoint": {
        "namespace": "shop",
        "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}],
        "accessLogging": [{"providers": [{"name": "otel"}], "match": {"mode": "SERVER"}}],
    },
}


def planned(version: str, **given: Any) -> dict[str, Any]:
    mesh = load({**MESH, "version": version})
    ((found,),) = telemetry.steps(mesh, TelemetrySettings.model_validate(given))
    return found


@pytest.mark.tools
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("version", VERSIONS)
def test_istios_own_validation_takes_it(case: str, version: str, tmp_path: Path) -> None:
    ((refuses, warns),) = istioctl.verdicts([planned(version, **CASES[case])], tmp_path)
    assert not refuses
    assert not warns


@pytest.mark.tools
def test_the_meshs_tracing_is_taken(tmp_path: Path) -> None:
    made = jaeger.telemetry(load({}), settings("jaeger", samplingPercentage=100))
    assert made is not None
    ((refuses, warns),) = istioctl.verdicts([made], tmp_path)
    assert not refuses
    assert not warns


@pytest.mark.parametrize("case", CASES)
def test_the_component_declares_it(case: str) -> None:
    engine = run(lambda: Telemetry("mine", {"mesh": MESH, **CASES[case]}))  # type: ignore[typeddict-item]
    (one,) = engine.objects
    assert one.type == "kubernetes:telemetry.istio.io/v1:Telemetry"
    namespace = CASES[case].get("namespace", "istio-system")
    assert one.name == f"mine:{namespace}/{CASES[case].get('name', 'default')}"


def test_the_spec_is_what_was_given() -> None:
    made = planned("1.31.0", **CASES["traces of some workloads"])
    assert made["apiVersion"] == "telemetry.istio.io/v1"
    assert made["metadata"] == {"name": "checkout", "namespace": "shop"}
    assert made["spec"] == {
        "selector": {"matchLabels": {"app": "checkout"}},
        "tracing": CASES["traces of some workloads"]["tracing"],
    }


def logs(**item: Any) -> dict[str, Any]:
    return {"accessLogging": [item]}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "asks for nothing; give tracing, metrics, or accessLogging"),
    ({"selector": {"app": "a"}, **logs(disabled=True)}, "selector and targetRefs choose workloads of a namespace"),
    (
        {
            "namespace": "a",
            "selector": {"a": "b"},
            "targetRefs": [{"kind": "Service", "name": "a"}],
            **logs(disabled=True),
        },
        "selector and targetRefs exclude each other",
    ),
    (
        logs(providers=[{"name": "envoy"}], filters={}),
        "accessLogging[0].filters: 'filters' is not a field here; did you mean filter?",
    ),
    ({"tracing": [{"randomSamplingPercentage": 101}]}, "tracing[0].randomSamplingPercentage"),
    ({"metrics": [{"overrides": [{"match": {"metric": "REQUESTS"}}]}]}, "metrics[0].overrides[0].match.metric"),
    (
        {"metrics": [{"overrides": [{"tagOverrides": {"a": {"operation": "UPSERT"}}}]}]},
        "value must be set when operation is UPSERT",
    ),
    (
        {"tracing": [{"providers": [{"name": "zipkn"}]}]},
        'tracing[0].providers[0].name: "zipkn" is no provider of the mesh (meshConfig.extensionProviders); '
        "those for tracing: stackdriver, zipkin; did you mean zipkin?",
    ),
    (
        {"tracing": [{"providers": [{"name": "prometheus"}]}]},
        '"prometheus" is a provider of sort prometheus, which takes no tracing; those for tracing: stackdriver, zipkin',
    ),
    (
        logs(providers=[{"name": "zipkin"}]),
        '"zipkin" is a provider of sort zipkin, which takes no accessLogging; those for accessLogging: envoy, otel, '
        "stackdriver",
    ),
]


@pytest.mark.parametrize(("given", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_a_mistake_is_one_message_with_nothing_registered(given: dict[str, Any], said: str) -> None:
    engine = mocked()
    with pytest.raises(pulumi.RunError) as refused:
        Telemetry("mine", {"mesh": MESH, **given})  # type: ignore[typeddict-item]
    assert engine.requests == []
    message = str(refused.value)
    assert message.startswith("Telemetry mine: ")
    assert said in message


def test_the_meshs_jaeger_is_a_provider() -> None:
    mesh: Any = {"addons": {"jaeger": {"enabled": True}}}
    assert telemetry.providers(load(mesh))["jaeger"] == "opentelemetry"
    assert "jaeger" not in telemetry.providers(load({}))
    assert telemetry.providers(load({"profile": "demo"}))["jaeger"] == "opentelemetry"
