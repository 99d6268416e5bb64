"""What the component tells Pulumi: the key is a secret, the resource comes after its operator and goes before it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import rpc

from mesh_components.manifests.observability.kiali_credentials import drawn_key
from mesh_components.observability.kiali import Kiali
from mesh_components.settings import load
from mesh_components.settings.observability.kiali import KialiSettings
from tests.unit.test_components import Engine, mocked, run

SECRET = "Secret::kiali:istio-system/kiali-signing-key"


def declared(**args: Any) -> Engine:
    """Return what a program with one Kiali registers."""
    return run(lambda: Kiali("kiali", args))  # type: ignore[arg-type]


def value(engine: Engine, ending: str, *path: str) -> Any:
    found: Any = rpc.deserialize_properties(engine.one(ending).object, keep_unknowns=True)
    for step in path:
        found = found[step]
    return found


def key(engine: Engine) -> str:
    """Return the key of sessions as the cluster gets it, which the engine has to know for a secret."""
    fields = engine.one(SECRET).object.fields["data"].struct_value.fields["key"].struct_value.fields
    assert fields[rpc._special_sig_key].string_value == rpc._special_secret_sig
    return base64.b64decode(fields["value"].string_value).decode()


def test_the_key_is_made_of_a_private_key_and_is_a_secret() -> None:
    engine = declared()
    # The stand-in for the provider answers with this text as the private key.
    assert key(engine) == drawn_key("PEM")
    assert [r.name for r in engine.requests if r.type == "tls:index/privateKey:PrivateKey"] == ["kiali-signing-key"]


def test_a_key_of_the_users_is_a_secret_and_none_is_drawn() -> None:
    own = "k" * 32
    engine = declared(login_token={"signing_key": own})
    assert key(engine) == own
    assert not [r for r in engine.requests if r.type.startswith("tls:")]


def test_a_key_that_arrives_later_is_taken() -> None:
    own = "k" * 32
    engine = run(lambda: Kiali("kiali", {"login_token": {"signing_key": pulumi.Output.from_input(own)}}))
    assert key(engine) == own


@pytest.mark.parametrize(
    "args",
    [
        {"login_token": {"signing_key": "secret:mine:key"}},
        {"auth": {"strategy": "anonymous"}, "deployment": {"view_only_mode": True}},
        {"auth": {"strategy": "anonymous"}, "allowAnonymousWrites": True},
        {"installationMode": "operator"},
    ],
)
def test_no_key_is_drawn_that_nobody_needs(args: Any) -> None:
    engine = declared(**args)
    assert not [r for r in engine.requests if r.type.startswith("tls:") or r.type.endswith(":Secret")]


def test_the_pod_comes_after_what_it_reads() -> None:
    engine = declared()
    before = engine.one("Deployment::kiali:istio-system/kiali").dependencies
    for ending in (SECRET, "ConfigMap::kiali:istio-system/kiali", "ClusterRoleBinding::kiali:kiali-viewer"):
        assert engine.urn(ending) in before


def test_the_resource_goes_before_everything_that_takes_kiali_away() -> None:
    engine = declared(installationMode="operator")
    resource = engine.one("Kiali::kiali:istio-system/kiali")
    others = {engine.make_urn(r.parent, r.type, r.name) for r in engine.objects} - {
        engine.urn("Kiali::kiali:istio-system/kiali")
    }
    assert len(others) == 5
    # What depends on others is made after them, and deleted before them.
    assert set(resource.dependencies) >= others
    annotations = value(engine, "Kiali::kiali:istio-system/kiali", "metadata", "annotations")
    assert json.loads(annotations["pulumi.com/waitFor"])[0] == "condition=Successful"
    assert resource.customTimeouts.delete == "15m"


def test_the_definition_of_the_resource_stays() -> None:
    engine = declared(installationMode="operator")
    assert [r.name for r in engine.requests if r.retainOnDelete] == ["kiali:kialis.kiali.io"]


def test_the_outputs() -> None:
    found: dict[str, Any] = {}

    def program() -> None:
        one = Kiali("kiali", {"namespace": "console", "version": "v2.26.1"})
        pulumi.Output.all(one.url, one.version, one.namespace).apply(lambda all: found.update(outputs=all))

    run(program)
    url = "http://kiali.console.svc.cluster.local:20001/kiali"
    assert found["outputs"] == [url, "v2.26.1", "console"]


def test_settings_that_are_validated_already_are_taken() -> None:
    one = KialiSettings.model_validate({"enabled": True, "auth": {"strategy": "header"}})
    engine = run(lambda: Kiali("mesh:kiali", (load({}), one)))
    assert engine.one("Deployment::mesh:istio-system/kiali")


def test_what_a_component_says_of_part_of_a_mapping_is_put_over_the_defaults() -> None:
    engine = declared(deployment={"resources": {"limits": {"memory": "2Gi"}}, "pod_labels": {"a": "b"}})
    template = value(engine, "Deployment::kiali:istio-system/kiali", "spec", "template")
    assert template["spec"]["containers"][0]["resources"] == {
        "requests": {"cpu": "10m", "memory": "64Mi"},
        "limits": {"memory": "2Gi"},
    }
    assert template["metadata"]["labels"].items() >= {"a": "b", "sidecar.istio.io/inject": "false"}.items()


def test_a_kiali_of_its_own_finds_the_meshs_addons() -> None:
    mesh: Any = {"addons": {"prometheus": {"url": "http://metrics.watch:9090"}}}
    text = value(declared(mesh=mesh), "ConfigMap::kiali:istio-system/kiali", "data", "config.yaml")
    assert yaml.safe_load(text)["external_services"]["prometheus"]["url"] == "http://metrics.watch:9090"


def test_a_mistake_registers_nothing() -> None:
    engine = mocked()
    with pytest.raises(pulumi.RunError, match="anonymous lets everybody"):
        Kiali("kiali", {"auth": {"strategy": "anonymous"}})
    assert engine.requests == []
