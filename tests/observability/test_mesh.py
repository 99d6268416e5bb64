"""The addons of a mesh as the mesh declares them: what each waits for, and what it is wired to."""

from __future__ import annotations

from typing import Any

import yaml
from pulumi.runtime import rpc

from mesh_components import Mesh
from tests.unit.test_components import Engine, run

ALL: dict[str, Any] = {name: {"enabled": True} for name in ("prometheus", "grafana", "jaeger", "kiali")}


def declared(addons: dict[str, Any], **more: Any) -> Engine:
    args: Any = {"profile": "minimal", "addons": addons, **more}
    return run(lambda: Mesh("mesh", args))


def parsed(engine: Engine, ending: str, key: str) -> Any:
    data: Any = rpc.deserialize_properties(engine.one(ending).object, keep_unknowns=True)
    return yaml.safe_load(data["data"][key])


def test_a_mesh_has_none_unless_asked() -> None:
    engine = declared({})
    assert not [r for r in engine.requests if r.type.endswith((":Kiali", ":Prometheus", ":Grafana", ":Jaeger"))]
    assert not [r for r in engine.requests if "Telemetry" in r.type]


def test_each_finds_the_others() -> None:
    engine = declared(ALL)
    services = parsed(engine, "ConfigMap::mesh:istio-system/kiali", "config.yaml")["external_services"]
    assert services["prometheus"]["url"] == "http://prometheus.istio-system:9090"
    assert services["grafana"] == {"enabled": True, "internal_url": "http://grafana.istio-system:3000"}
    assert services["tracing"]["internal_url"] == "http://tracing.istio-system:16685/jaeger"
    config = parsed(engine, "ConfigMap::mesh:istio-system/istio", "mesh")
    assert [one["name"] for one in config["extensionProviders"]] == ["jaeger"]


def test_installations_of_ones_own_are_found_and_not_declared() -> None:
    engine = declared(
        {
            "prometheus": {"url": "http://thanos.metrics:9090"},
            "jaeger": {"internal_url": "http://tempo.traces:3200", "collector": {"service": "tempo.traces.svc"}},
            "kiali": {"enabled": True},
        }
    )
    services = parsed(engine, "ConfigMap::mesh:istio-system/kiali", "config.yaml")["external_services"]
    assert services["prometheus"]["url"] == "http://thanos.metrics:9090"
    assert services["tracing"]["internal_url"] == "http://tempo.traces:3200"
    assert services["tracing"]["use_grpc"] is False
    assert not [r for r in engine.requests if r.type.endswith(":Deployment") and "prometheus" in r.name]
    engine.one("Telemetry::mesh:istio-system/mesh-tracing")


def test_kiali_comes_after_istiod_and_after_what_it_reads() -> None:
    engine = declared(ALL)
    before = engine.one("Deployment::mesh:istio-system/kiali").dependencies
    assert engine.urn("Deployment::mesh:istio-system/istiod") in before
    assert any("CustomResourceDefinition" in one for one in before)


def test_tracing_is_told_to_an_istiod_that_admits_it() -> None:
    engine = declared(ALL)
    before = engine.one("Telemetry::mesh:istio-system/mesh-tracing").dependencies
    assert any("ValidatingWebhookConfiguration" in one for one in before)


def test_rights_in_a_namespace_come_after_it() -> None:
    selectors = {"default": [{"matchLabels": {"team": "a"}}]}
    kiali = {"enabled": True, "deployment": {"cluster_wide_access": False, "discovery_selectors": selectors}}
    engine = declared({"kiali": kiali}, namespaces=[{"name": "shop", "labels": {"team": "a"}}])
    before = engine.one("Role::mesh:shop/kiali-viewer").dependencies
    assert engine.urn("core/v1:Namespace::mesh:shop") in before
