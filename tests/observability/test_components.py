"""The addons as components: what they tell Pulumi, and what they refuse before anything is registered."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

from mesh_components.manifests.observability import jaeger as jaeger_objects
from mesh_components.observability import args as arguments
from mesh_components.observability.grafana import Grafana
from mesh_components.observability.jaeger import Jaeger
from mesh_components.observability.prometheus import Prometheus
from mesh_components.observability.telemetry import Telemetry
from mesh_components.settings import load
from mesh_components.settings.reference import docstrings
from tests.traffic.test_args import keys_of, pairs, required, undocumented
from tests.unit.test_components import mocked, run

from .plans import settings

COMPONENTS: dict[str, Any] = {"Prometheus": Prometheus, "Grafana": Grafana, "Jaeger": Jaeger, "Telemetry": Telemetry}
JAEGER_MESH: Any = {
    "meshConfig": {"extensionProviders": [jaeger_objects.tracing_provider(load({}), settings("jaeger"))]}
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_takes_its_settings_and_the_mesh(name: str) -> None:
    args = getattr(arguments, f"{name}Args")
    for model, typed in pairs(COMPONENTS[name].model, args):
        keys = {field.alias or key: field for key, field in model.model_fields.items()}
        assert set(keys_of(typed)) - {"mesh"} == set(keys), typed.__name__
        assert required(typed) == {key for key, field in keys.items() if field.is_required()}, typed.__name__
        for part in model.__mro__:
            fields = {key for key in vars(part).get("__annotations__", {}) if key in model.model_fields}
            assert not fields or fields <= set(docstrings(part)), part.__name__
    assert "mesh" in keys_of(args)


def test_every_argument_is_documented() -> None:
    own = [one for one in vars(arguments).values() if isinstance(one, type) and one.__module__ == arguments.__name__]
    assert len(own) > 10
    assert {one.__name__: missing for one in own if (missing := undocumented(one))} == {}


def test_what_pods_need_comes_before_them() -> None:
    engine = run(lambda: Prometheus("mine", {"persistentVolume": {"enabled": True}}))
    pods = engine.one("Deployment::mine:istio-system/prometheus")
    for kind in ("v1:ServiceAccount", "v1:ConfigMap", "ClusterRole", "ClusterRoleBinding"):
        name = "prometheus-istio-system" if kind.startswith("Cluster") else "istio-system/prometheus"
        assert engine.urn(f"{kind}::mine:{name}") in pods.dependencies, kind
    claim = engine.one("PersistentVolumeClaim::mine:istio-system/prometheus")
    annotations = claim.object.fields["metadata"].struct_value.fields["annotations"].struct_value.fields
    assert annotations["pulumi.com/skipAwait"].string_value == "true"


def test_a_component_is_of_its_type_and_owns_its_objects() -> None:
    for name, component in COMPONENTS.items():
        args: Any = {"accessLogging": [{"disabled": True}]} if name == "Telemetry" else {"mesh": JAEGER_MESH}
        engine = run(lambda component=component, args=args: component("mine", args))  # type: ignore[misc]
        owner = engine.one(f"mesh-components:index:{name}::mine")
        assert engine.objects
        assert {one.parent for one in engine.objects} == {engine.urn(f"{owner.type}::mine")}


def test_outputs_say_where_an_addon_is() -> None:
    found: dict[str, str] = {}

    def program() -> None:
        for name, component in (("p", Prometheus), ("g", Grafana), ("j", Jaeger)):
            made = component(name, {"namespace": "monitoring", "mesh": JAEGER_MESH})
            made.url.apply(lambda url, name=name: found.update({name: url}))  # type: ignore[misc]

    run(program)
    assert found == {
        "p": "http://prometheus.monitoring:9090",
        "g": "http://grafana.monitoring:3000",
        "j": "http://tracing.monitoring/jaeger",
    }


def test_nothing_is_declared_where_it_is_off() -> None:
    engine = run(lambda: Prometheus("mine", {"enabled": False}))
    assert engine.objects == []


def test_jaeger_makes_the_mesh_trace() -> None:
    engine = run(lambda: Jaeger("mine", {"mesh": JAEGER_MESH, "samplingPercentage": 100.0}))
    spec = engine.one("Telemetry::mine:istio-system/mesh-tracing").object.fields["spec"]
    tracing = spec.struct_value.fields["tracing"].list_value.values[0].struct_value.fields
    assert tracing["randomSamplingPercentage"].number_value == 100


def refusal(component: Any, args: Any) -> str:
    engine = mocked()
    with pytest.raises(pulumi.RunError) as refused:
        component("mine", args)
    assert engine.requests == []
    return str(refused.value)


def test_jaeger_refuses_a_mesh_that_knows_nowhere_to_send_traces() -> None:
    said = refusal(Jaeger, {})
    assert "Jaeger mine: the mesh has no provider jaeger" in said
    assert '"service": "jaeger-collector.istio-system.svc.cluster.local", "port": 4317' in said
    assert "tracing: false" in said
    assert run(lambda: Jaeger("mine", {"tracing": False})).objects


@pytest.mark.parametrize(
    ("component", "args", "said"),
    [
        (Prometheus, {"retenton": "1d"}, "Prometheus mine: the arguments have a problem:\n  retenton: unknown key"),
        (Prometheus, {"url": "http://p"}, "enabled declares an installation here, and url names another one"),
        (Grafana, {"anonymous": {"role": "Owner"}}, "anonymous.role"),
        (Jaeger, {"storage": "memory", "persistentVolume": {"enabled": True}}, "storage is memory"),
        (Grafana, {"mesh": {"version": "1.13.0"}}, "a supported version"),
        (Grafana, [], "they have to be a mapping"),
    ],
)
def test_a_mistake_is_one_message(component: Any, args: Any, said: str) -> None:
    assert said in refusal(component, args)


def test_what_is_secret_stays_secret_in_a_file() -> None:
    def program() -> None:
        password = pulumi.Output.secret("hunter2")
        Prometheus("mine", {"remoteWrite": [{"url": "http://a", "basic_auth": {"password": password}}]})

    data = run(program).one("v1:ConfigMap::mine:istio-system/prometheus").object.fields["data"].struct_value
    assert data.fields[rpc._special_sig_key].string_value == rpc._special_secret_sig or any(
        rpc._special_sig_key in one.struct_value.fields for one in data.fields.values()
    )


def test_what_arrives_later_is_put_together_then() -> None:
    def made(url: Any) -> tuple[str, str]:
        engine = run(lambda: Grafana("mine", {"prometheusUrl": url}))
        pod = engine.one("Deployment::mine:istio-system/grafana").object.fields["spec"].struct_value
        described = pod.fields["template"].struct_value.fields["metadata"].struct_value
        data = engine.one("v1:ConfigMap::mine:istio-system/grafana").object.fields["data"].struct_value
        annotations = described.fields["annotations"].struct_value
        return data.fields["datasources.yaml"].string_value, annotations.fields["checksum/config"].string_value

    later = made(pulumi.Output.from_input("http://p:1"))
    assert "url: http://p:1" in later[0] or 'url: "http://p:1"' in later[0]
    assert later == made("http://p:1")
    assert later[1] != made("http://p:2")[1]
