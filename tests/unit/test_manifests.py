"""Planners: what a plan holds, piece by piece. That it is Istio's is shown by tests/parity."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from mesh_components.manifests import (
    base,
    certificate_authority,
    control_plane,
    gateway,
    mesh,
    namespace,
    peer_authentication,
    sidecar_injection,
)
from mesh_components.manifests.patches import merge_patch
from mesh_components.manifests.text import Assembled, assemble
from mesh_components.manifests.yaml_text import to_yaml
from mesh_components.settings import PROFILES, SettingsError, load

Object = dict[str, Any]


def plan(**raw: Any) -> list[Object]:
    return mesh.objects(load(raw))


def find(objects: list[Object], kind: str, name: str) -> Object:
    found = [item for item in objects if item["kind"] == kind and item["metadata"]["name"] == name]
    assert len(found) == 1, f"{kind} {name}: {len(found)}"
    return found[0]


def kinds(objects: list[Object]) -> set[str]:
    return {item["kind"] for item in objects}


class Later:
    """A value known only later; it can be resolved by hand."""

    def __init__(self, value: str) -> None:
        self.value = value

    def apply(self, func: Callable[[Any], Any]) -> Any:
        return func(self.value)


def resolved(value: Any) -> Any:
    """Return ``value`` as the Pulumi shell would leave it once everything has arrived."""
    if isinstance(value, Assembled):
        return value.fn(resolved(value.value))
    if isinstance(value, Later):
        return value.value
    if isinstance(value, Mapping):
        return {key: resolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item) for item in value]
    return value


# The whole


@pytest.mark.parametrize("profile", PROFILES)
def test_a_plan_is_plain_data(profile: str) -> None:
    objects = plan(profile=profile)
    assert json.loads(json.dumps(objects)) == objects


def test_a_plan_is_the_same_each_time() -> None:
    assert plan(profile="demo") == plan(profile="demo")


def test_a_plan_can_be_changed_without_changing_the_next() -> None:
    for item in plan(profile="demo"):
        item["metadata"].get("labels", {}).clear()
        item.get("spec", {}).clear()
    assert find(plan(profile="demo"), "Deployment", "istiod")["spec"]


def test_what_is_needed_comes_first() -> None:
    order = [item["kind"] for item in plan(profile="demo", mtls="STRICT", namespaces=[{"name": "a", "mtls": "STRICT"}])]
    assert order[0] == "Namespace"
    assert order.index("CustomResourceDefinition") < order.index("PeerAuthentication")
    assert order.index("ServiceAccount") < order.index("Deployment")
    assert order.index("ConfigMap") < order.index("Deployment")
    assert order.index("ValidatingWebhookConfiguration") < order.index("PeerAuthentication")


def test_a_namespace_comes_before_the_gateway_in_it() -> None:
    objects = plan(ingressGateways=[{"name": "a", "namespace": "edge"}], namespaces=[{"name": "edge"}])
    places = [item["metadata"].get("namespace") or item["metadata"]["name"] for item in objects]
    assert objects[places.index("edge")]["kind"] == "Namespace"


PROVENANCE = ("helm.sh/", "app.kubernetes.io/managed-by", "operator.istio.io/", "install.operator.istio.io/")


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_says_that_somebody_else_installed_it(profile: str) -> None:
    for item in plan(profile=profile):
        template = (item.get("spec") or {}).get("template", {}).get("metadata", {})
        for metadata in (item["metadata"], template):
            for key in {**metadata.get("labels", {}), **metadata.get("annotations", {})}:
                assert not key.startswith(PROVENANCE)
                assert key not in ("release", "chart", "heritage")


# Fields that others own


def test_fields_of_others_are_left_out() -> None:
    objects = plan()
    for item in objects:
        for webhook in item.get("webhooks", []):
            assert "caBundle" not in webhook["clientConfig"]
        if item["kind"] == "ValidatingWebhookConfiguration":
            assert all("failurePolicy" not in webhook for webhook in item["webhooks"])
        if item["kind"] == "Deployment":
            assert "replicas" not in item["spec"]
        if item["kind"] == "Service":
            assert "clusterIP" not in item["spec"]


def test_replicas_are_declared_where_no_autoscaler_owns_them() -> None:
    objects = plan(pilot={"autoscaleEnabled": False, "replicaCount": 2})
    assert find(objects, "Deployment", "istiod")["spec"]["replicas"] == 2
    assert not [
        item for item in objects if item["kind"] == "HorizontalPodAutoscaler" and item["metadata"]["name"] == "istiod"
    ]


# Base


def test_the_namespace_says_its_network() -> None:
    found = find(base.objects(load({"global": {"network": "n1"}})), "Namespace", "istio-system")
    assert found["metadata"]["labels"] == {"topology.istio.io/network": "n1"}


def test_the_namespace_is_an_option() -> None:
    assert "Namespace" not in kinds(base.objects(load({"createNamespace": False})))


def test_definitions_can_be_left_out() -> None:
    name = "wasmplugins.extensions.istio.io"
    names = {item["metadata"]["name"] for item in base.objects(load({"base": {"excludedCRDs": [name]}}))}
    assert name not in names
    assert "virtualservices.networking.istio.io" in names
    off = load({"base": {"enableIstioConfigCRDs": False}})
    assert "CustomResourceDefinition" not in kinds(base.objects(off))


# Revisions


def test_a_revision_is_in_the_names_of_what_it_owns() -> None:
    objects = plan(revision="canary")
    suffixed = {"Deployment istiod", "Service istiod", "ConfigMap istio", "ConfigMap istio-sidecar-injector"}
    names = {f"{item['kind']} {item['metadata']['name']}" for item in objects}
    assert {f"{name}-canary" for name in suffixed} <= names
    assert not suffixed & names
    assert "ValidatingWebhookConfiguration istiod-default-validator" not in names
    webhook = find(objects, "MutatingWebhookConfiguration", "istio-sidecar-injector-canary")
    assert [entry["name"].split(".sidecar")[0] for entry in webhook["webhooks"]] == ["rev.namespace", "rev.object"]


# Injection


def test_the_injectors_config_is_what_istiod_reads() -> None:
    objects = sidecar_injection.objects(load({}))
    assert [item["kind"] for item in objects] == ["ConfigMap", "MutatingWebhookConfiguration"]
    config = yaml.safe_load(objects[0]["data"]["config"])
    assert config["policy"] == "enabled"
    assert config["defaultTemplates"] == ["sidecar"]
    assert len(config["templates"]) == 8
    assert all(text.strip() for text in config["templates"].values())


def test_a_users_template_replaces_istios() -> None:
    raw = {"sidecarInjectorWebhook": {"templates": {"sidecar": "mine", "extra": "also: mine\nmore: text\n"}}}
    config = yaml.safe_load(sidecar_injection.objects(load(raw))[0]["data"]["config"])
    assert config["templates"]["sidecar"] == "mine"
    assert config["templates"]["extra"] == "also: mine\nmore: text\n"


@pytest.mark.parametrize("webhook", ["rev.namespace.", "rev.object.", "namespace.", "object."])
def test_webhook_entries_have_names_that_istiod_knows(webhook: str) -> None:
    found = find(sidecar_injection.objects(load({})), "MutatingWebhookConfiguration", "istio-sidecar-injector")
    assert f"{webhook}sidecar-injector.istio.io" in [entry["name"] for entry in found["webhooks"]]


# Namespaces and mutual TLS


def test_a_namespace_takes_part() -> None:
    settings = load({"namespaces": [{"name": "a", "injection": "enabled", "mtls": "STRICT", "labels": {"x": "y"}}]})
    declared, policy = namespace.objects(settings, settings.namespaces[0])
    assert declared["metadata"] == {"name": "a", "labels": {"x": "y", "istio-injection": "enabled"}}
    assert policy["kind"] == "PeerAuthentication"
    assert policy["metadata"]["namespace"] == "a"
    assert policy["spec"] == {"mtls": {"mode": "STRICT"}}


def test_a_namespace_follows_a_revision() -> None:
    settings = load({"namespaces": [{"name": "a", "revision": "canary"}]})
    (declared,) = namespace.objects(settings, settings.namespaces[0])
    assert declared["metadata"]["labels"] == {"istio.io/rev": "canary"}


def test_a_namespace_that_exists_gets_its_policy_alone() -> None:
    settings = load({"namespaces": [{"name": "a", "create": False, "mtls": "DISABLE"}]})
    assert kinds(namespace.objects(settings, settings.namespaces[0])) == {"PeerAuthentication"}


def test_mutual_tls_of_the_mesh_stands_in_the_root_namespace() -> None:
    assert peer_authentication.objects(load({})) == []
    (policy,) = peer_authentication.objects(load({"mtls": "STRICT", "meshConfig": {"rootNamespace": "root"}}))
    assert policy["metadata"]["namespace"] == "root"


def test_policies_of_a_revision_are_its_own() -> None:
    (policy,) = peer_authentication.objects(load({"mtls": "STRICT", "revision": "canary"}))
    assert policy["metadata"]["labels"] == {"istio.io/rev": "canary"}


# The CA


def test_the_authoritys_secret_has_the_keys_that_istiod_reads() -> None:
    pems = certificate_authority.Pems(caCert="a", caKey="b", rootCert="c", certChain="d")
    secret = certificate_authority.cacerts(load({}), pems)
    assert secret["metadata"]["name"] == "cacerts"
    keys = {key for field in ("data", "stringData") for key in secret.get(field, {})}
    assert keys == {"ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem"}


# Values that arrive later


def test_values_that_arrive_later_end_where_they_would_be() -> None:
    def raw(hub: Any, tag: Any, value: Any) -> dict[str, Any]:
        return {
            "profile": "demo",
            "global": {"hub": hub, "tag": tag, "caAddress": value},
            "pilot": {"env": {"A": value}, "podAnnotations": {"a": value}},
            "meshConfig": {"trustDomain": value},
            "ingressGateways": [{"name": "a", "loadBalancerIP": value, "env": {"B": value}}],
        }

    later = plan(**raw(Later("hub.example.com"), Later("1.2"), Later("x")))
    at_once = plan(**raw("hub.example.com", "1.2", "x"))
    assert resolved(later) == at_once
    assert later != at_once


def test_text_is_made_at_once_when_everything_is_known() -> None:
    assert assemble(lambda value: str(value["a"][0]), {"a": ["b"]}) == "b"
    assert isinstance(assemble(str, {"a": [Later("b")]}), Assembled)


# YAML that istiod reads


@pytest.mark.parametrize(
    "text", ["n", "Y", "yes", "on", "null", "1e3", "0o7", "1_0", "12:30", "~", "", " x", "- a", "a: b"]
)
def test_text_that_could_be_something_else_is_quoted(text: str) -> None:
    written = to_yaml({"key": text})
    assert written == f'key: "{text}"\n'
    assert yaml.safe_load(written) == {"key": text}


@pytest.mark.parametrize("text", ["cluster.local", "/dev/stdout", "istiod.istio-system.svc:15012"])
def test_plain_text_stays_plain(text: str) -> None:
    assert to_yaml({"key": text}) == f"key: {text}\n"


def test_lines_stay_lines() -> None:
    assert to_yaml({"key": "a\nb\n"}) == "key: |\n  a\n  b\n"


# Patches


@pytest.mark.parametrize(
    ("value", "patch", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ({"a": 1, "b": 2}, {"b": None}, {"a": 1}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": [{"name": "x", "v": 1}]}, {"a": [{"name": "x", "v": 2}]}, {"a": [{"name": "x", "v": 2}]}),
        ({"a": [{"name": "x"}]}, {"a": [{"name": "y"}]}, {"a": [{"name": "x"}, {"name": "y"}]}),
        ({"a": [{"name": "x"}]}, {"a": []}, {"a": []}),
        ({"a": [{"name": "x"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "b"}, {"a": {"c": None, "d": 1}}, {"a": {"d": 1}}),
        ({}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
    ],
)
def test_a_patch_is_merged(value: Any, patch: Any, merged: Any) -> None:
    before = json.dumps(value)
    assert merge_patch(value, patch) == merged
    assert json.dumps(value) == before


def test_a_patch_changes_its_object_alone() -> None:
    containers = [{"name": "discovery", "terminationMessagePath": "/x"}]
    change = {"spec": {"template": {"spec": {"containers": containers}}}}
    raw = {"patches": [{"target": {"kind": "Deployment", "name": "istiod"}, "patch": change}]}
    patched, plain = plan(**raw), plan()
    container = find(patched, "Deployment", "istiod")["spec"]["template"]["spec"]["containers"][0]
    assert container.pop("terminationMessagePath") == "/x"
    assert patched == plain


def test_a_patch_reaches_every_planner() -> None:
    targets = [
        ("CustomResourceDefinition", "sidecars.networking.istio.io"),
        ("ConfigMap", "istio-sidecar-injector"),
        ("Service", "istiod"),
        ("Service", "istio-ingressgateway"),
        ("Namespace", "apps"),
        ("PeerAuthentication", "default"),
    ]
    objects = plan(
        mtls="STRICT",
        namespaces=[{"name": "apps"}],
        patches=[
            {"target": {"kind": kind, "name": name}, "patch": {"metadata": {"annotations": {"patched": "yes"}}}}
            for kind, name in targets
        ],
    )
    for kind, name in targets:
        assert find(objects, kind, name)["metadata"]["annotations"]["patched"] == "yes"


def test_a_patch_of_nothing_is_an_error_that_names_the_nearest() -> None:
    raw = {"patches": [{"target": {"kind": "Deployment", "name": "istoid", "namespace": "istio-system"}, "patch": {}}]}
    with pytest.raises(
        SettingsError, match=r"patches\[0\].target: no planned object is .*mean Deployment istio-system/istiod"
    ):
        plan(**raw)


# Parts alone


def test_parts_make_the_whole() -> None:
    settings = load({"profile": "demo", "mtls": "STRICT", "namespaces": [{"name": "a"}]})
    parts = [
        *base.objects(settings),
        *sidecar_injection.objects(settings),
        *control_plane.objects(settings),
        *(item for one in settings.all_gateways for item in gateway.objects(settings, one)),
        *(item for one in settings.namespaces for item in namespace.objects(settings, one)),
        *peer_authentication.objects(settings),
    ]
    assert sorted(map(json.dumps, parts)) == sorted(map(json.dumps, mesh.objects(settings)))
