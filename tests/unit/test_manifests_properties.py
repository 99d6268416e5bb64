"""What holds for a plan whatever the settings are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mesh_components.manifests import mesh
from mesh_components.settings import PROFILES, MeshSettings, SettingsError, load

Object = dict[str, Any]
Strategy = st.SearchStrategy[Any]


def section(required: dict[Any, Strategy], optional: dict[Any, Strategy] | None = None) -> Strategy:
    """Return mappings with the ``required`` keys and any of the ``optional`` ones."""
    return st.fixed_dictionaries(required, optional=optional or {})


names = st.from_regex(r"[a-z]([-a-z0-9]{0,12}[a-z0-9])?", fullmatch=True)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
label_values = st.from_regex(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?)?", fullmatch=True)
labels = st.dictionaries(names, label_values, max_size=3)
notes: Strategy = st.dictionaries(names, words, max_size=3)
amounts = st.sampled_from(["10m", "1", "100Mi", "2Gi", 1, 0.5, None])
resources = st.fixed_dictionaries(
    {}, optional={side: st.dictionaries(st.sampled_from(["cpu", "memory"]), amounts) for side in ("requests", "limits")}
)
environment = st.dictionaries(
    st.from_regex(r"[A-Z][A-Z_]{0,10}", fullmatch=True), st.one_of(words, st.booleans(), st.integers(-5, 5)), max_size=4
)
portions = st.one_of(st.integers(0, 5), st.integers(0, 100).map(lambda percent: f"{percent}%"))
ports = st.lists(
    st.fixed_dictionaries(
        {"name": names, "port": st.integers(1, 65535)},
        optional={"targetPort": st.integers(1, 65535), "protocol": st.sampled_from(["TCP", "UDP"])},
    ),
    max_size=5,
    unique_by=(lambda port: port["name"], lambda port: port["port"]),
)
scaling: dict[str, Strategy] = {
    "autoscaleEnabled": st.booleans(),
    "autoscaleMin": st.integers(0, 5),
    "autoscaleMax": st.integers(0, 9),
    "replicaCount": st.integers(0, 5),
    "resources": resources,
    "env": environment,
    "podAnnotations": notes,
    "podLabels": labels,
    "rollingMaxSurge": portions,
    "serviceAnnotations": notes,
}
gateway: Strategy = section(
    {"name": names},
    optional={
        **scaling,
        "namespace": names,
        "labels": labels,
        "ports": ports,
        "type": st.sampled_from(["LoadBalancer", "NodePort", "ClusterIP"]),
        "customService": st.booleans(),
        "runAsRoot": st.booleans(),
        "nodeSelector": labels,
    },
)
namespaces: Strategy = st.lists(
    st.fixed_dictionaries(
        {"name": names},
        optional={
            "injection": st.sampled_from(["enabled", "disabled"]),
            "mtls": st.sampled_from(["STRICT", "PERMISSIVE", "DISABLE"]),
            "labels": labels,
        },
    ),
    max_size=3,
)


meshes: Strategy = section(
    {"base": section({"enableIstioConfigCRDs": st.just(False)})},
    optional={
        "profile": st.sampled_from(list(PROFILES)),
        "revision": st.one_of(st.just(""), names),
        "createNamespace": st.booleans(),
        "mtls": st.sampled_from(["STRICT", "PERMISSIVE"]),
        "pilot": section({}, optional={**scaling, "traceSampling": st.floats(0, 100), "configMap": st.booleans()}),
        "global": section(
            {},
            optional={
                "istioNamespace": names,
                "network": words,
                "meshID": words,
                "imagePullSecrets": st.lists(names, max_size=2),
                "networkPolicy": section({"enabled": st.booleans()}),
                "enableReaderRBAC": st.booleans(),
                "logAsJson": st.booleans(),
                "variant": st.sampled_from(["", "distroless"]),
            },
        ),
        "meshConfig": section({}, optional={"trustDomain": words, "accessLogFile": words, "rootNamespace": names}),
        "ingressGateways": st.lists(gateway, max_size=3),
        "egressGateways": st.lists(gateway, max_size=2),
        "namespaces": namespaces,
    },
)


def _valid(raw: dict[str, Any]) -> MeshSettings | None:
    """Return the settings, or None for the few that clash by chance, such as two gateways of one name."""
    try:
        return load(raw)
    except SettingsError:
        return None


settings_of_any_kind = meshes.map(_valid).filter(lambda found: found is not None)
plans = settings_of_any_kind.map(lambda found: mesh.objects(found) if found else [])
whatever_the_settings = hypothesis_settings(max_examples=40, deadline=None)


def of_kind(objects: list[Object], *kinds: str) -> Iterator[Object]:
    return (item for item in objects if item["kind"] in kinds)


def called(item: Object) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def pods(objects: list[Object]) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """Yield namespace, labels and spec of the pods that the Deployments make."""
    for item in of_kind(objects, "Deployment"):
        template = item["spec"]["template"]
        yield item["metadata"]["namespace"], template["metadata"]["labels"], template["spec"]


def selects(selector: dict[str, str], found: dict[str, str]) -> bool:
    return selector.items() <= found.items()


@whatever_the_settings
@given(plans)
def test_names_are_unique_and_well_formed(objects: list[Object]) -> None:
    keys = [(item["apiVersion"], item["kind"], *called(item)) for item in objects]
    assert len(keys) == len(set(keys))
    assert all(len(item["metadata"]["name"]) <= 253 for item in objects)


@whatever_the_settings
@given(plans)
def test_a_plan_is_json(objects: list[Object]) -> None:
    assert json.loads(json.dumps(objects)) == objects


@whatever_the_settings
@given(plans)
def test_selectors_match_their_pods(objects: list[Object]) -> None:
    for item in of_kind(objects, "Deployment"):
        assert selects(item["spec"]["selector"]["matchLabels"], item["spec"]["template"]["metadata"]["labels"])
    found = list(pods(objects))
    for item in of_kind(objects, "Service"):
        namespace = item["metadata"]["namespace"]
        assert any(where == namespace and selects(item["spec"]["selector"], labels) for where, labels, _ in found)
    for item in of_kind(objects, "PodDisruptionBudget"):
        selector = item["spec"]["selector"]["matchLabels"]
        namespace = item["metadata"]["namespace"]
        assert any(where == namespace and selects(selector, labels) for where, labels, _ in found)


@whatever_the_settings
@given(plans)
def test_rights_are_given_to_accounts_that_exist(objects: list[Object]) -> None:
    accounts = {called(item) for item in of_kind(objects, "ServiceAccount")}
    roles = {(item["kind"], *called(item)) for item in of_kind(objects, "Role", "ClusterRole")}
    for item in of_kind(objects, "RoleBinding", "ClusterRoleBinding"):
        own = item["metadata"].get("namespace", "")
        for subject in item["subjects"]:
            assert (subject.get("namespace", own), subject["name"]) in accounts
        role = item["roleRef"]
        assert (role["kind"], own if role["kind"] == "Role" else "", role["name"]) in roles


@whatever_the_settings
@given(plans)
def test_pods_run_under_accounts_that_exist(objects: list[Object]) -> None:
    accounts = {called(item) for item in of_kind(objects, "ServiceAccount")}
    for namespace, _, spec in pods(objects):
        assert (namespace, spec["serviceAccountName"]) in accounts


@whatever_the_settings
@given(plans)
def test_services_point_at_ports_that_containers_open(objects: list[Object]) -> None:
    found = list(pods(objects))
    for item in of_kind(objects, "Service"):
        for namespace, labels, spec in found:
            if namespace == item["metadata"]["namespace"] and selects(item["spec"]["selector"], labels):
                opened = {
                    (port["containerPort"], port.get("protocol", "TCP"))
                    for container in spec["containers"]
                    for port in container["ports"]
                }
                if (
                    labels["app.kubernetes.io/name"] == "istiod"
                    or labels.get("service.istio.io/canonical-name") == (item["metadata"]["name"])
                ):
                    for port in item["spec"]["ports"]:
                        assert (port.get("targetPort", port["port"]), port.get("protocol", "TCP")) in opened


@whatever_the_settings
@given(plans)
def test_autoscalers_scale_deployments_that_declare_no_replicas(objects: list[Object]) -> None:
    deployments = {called(item): item for item in of_kind(objects, "Deployment")}
    for item in of_kind(objects, "HorizontalPodAutoscaler"):
        target = deployments[item["metadata"]["namespace"], item["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"]


@whatever_the_settings
@given(plans)
def test_what_containers_mount_is_a_volume(objects: list[Object]) -> None:
    for _, _, spec in pods(objects):
        volumes = [volume["name"] for volume in spec["volumes"]]
        assert len(volumes) == len(set(volumes))
        for container in spec["containers"]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= set(volumes)


@whatever_the_settings
@given(plans)
def test_an_environment_names_each_variable_once(objects: list[Object]) -> None:
    for _, _, spec in pods(objects):
        for container in spec["containers"]:
            entries = [entry["name"] for entry in container["env"]]
            assert len(entries) == len(set(entries))
            assert all(isinstance(entry.get("value", ""), str) for entry in container["env"])


@whatever_the_settings
@given(plans)
def test_a_container_opens_each_port_once(objects: list[Object]) -> None:
    for _, _, spec in pods(objects):
        for container in spec["containers"]:
            opened = [(port["containerPort"], port["protocol"]) for port in container["ports"]]
            assert len(opened) == len(set(opened))


@whatever_the_settings
@given(plans)
def test_webhooks_call_a_service_that_exists(objects: list[Object]) -> None:
    services = {called(item): item for item in of_kind(objects, "Service")}
    for item in of_kind(objects, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        for webhook in item["webhooks"]:
            client = webhook["clientConfig"]["service"]
            service = services[client["namespace"], client["name"]]
            assert client.get("port", 443) in [port["port"] for port in service["spec"]["ports"]]


@whatever_the_settings
@given(settings_of_any_kind)
def test_the_mesh_config_says_what_the_settings_say(found: MeshSettings) -> None:
    for item in of_kind(mesh.objects(found), "ConfigMap"):
        if "mesh" in item["data"]:
            written = yaml.safe_load(item["data"]["mesh"])
            assert found.meshConfig.items() <= written.items()
            assert written["defaultConfig"]["discoveryAddress"].split(".")[0] == found.suffixed("istiod")


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


@whatever_the_settings
@given(
    st.dictionaries(
        st.sampled_from([field.alias or name for name, field in MeshSettings.model_fields.items()]), anything
    )
)
def test_whatever_is_written_is_loaded_or_answered(raw: dict[str, Any]) -> None:
    try:
        load(raw)
    except SettingsError as error:
        assert error.problems
        assert "Input should" not in str(error), "pydantic's own words came through"


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_are_among_the_plans(profile: str) -> None:
    assert len(mesh.objects(load({"profile": profile}))) > 30
