"""What holds for a plan whatever the settings are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mesh_components.manifests import mesh
from mesh_components.manifests.observability import kiali
from mesh_components.settings import PROFILES, MeshSettings, SettingsError, load
from mesh_components.settings.reference import rows
from tests.meshes import NOT_DRAWN, drawn_settings, paths, words

Object = dict[str, Any]

whatever_the_settings = hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def of_kind(objects: list[Object], *kinds: str) -> Iterator[Object]:
    return (item for item in objects if item["kind"] in kinds)


def called(item: Object) -> tuple[str, str]:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def workloads(objects: list[Object]) -> Iterator[Object]:
    return of_kind(objects, "Deployment", "DaemonSet")


def pods(objects: list[Object]) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    """Yield namespace, labels and spec of the pods that the workloads make."""
    for item in workloads(objects):
        template = item["spec"]["template"]
        yield item["metadata"]["namespace"], template["metadata"]["labels"], template["spec"]


def containers(objects: list[Object]) -> Iterator[dict[str, Any]]:
    for _, _, spec in pods(objects):
        yield from (*spec.get("initContainers", []), *spec["containers"])


def selects(selector: dict[str, str], found: dict[str, str]) -> bool:
    return selector.items() <= found.items()


def selecting(objects: list[Object], *kinds: str) -> Iterator[Object]:
    """Objects that select pods. A Service for an istiod in another cluster selects none."""
    for item in of_kind(objects, *kinds):
        if item["kind"] != "Service" or "selector" in item["spec"]:
            yield item


def names_are_unique(found: MeshSettings, objects: list[Object]) -> None:
    keys = [(item["apiVersion"], item["kind"], *called(item)) for item in objects]
    assert len(keys) == len(set(keys))
    assert all(len(item["metadata"]["name"]) <= 253 for item in objects)


def a_plan_is_json(found: MeshSettings, objects: list[Object]) -> None:
    assert json.loads(json.dumps(objects)) == objects


def selectors_match_their_pods(found: MeshSettings, objects: list[Object]) -> None:
    for item in workloads(objects):
        assert selects(item["spec"]["selector"]["matchLabels"], item["spec"]["template"]["metadata"]["labels"])
    here = list(pods(objects))
    for item in selecting(objects, "Service", "PodDisruptionBudget", "NetworkPolicy"):
        if "istio.io/tag" in item["metadata"].get("labels", {}):
            continue  # a tag may stand for a revision of another stack, or for an istiod in another cluster
        spec, namespace = item["spec"], item["metadata"]["namespace"]
        selector = spec.get("podSelector", spec.get("selector", {}))
        wanted = selector.get("matchLabels", selector)
        assert any(where == namespace and selects(wanted, labels) for where, labels, _ in here)


def rights_are_given_to_accounts_that_exist(found: MeshSettings, objects: list[Object]) -> None:
    accounts = {called(item) for item in of_kind(objects, "ServiceAccount")}
    if reader := found.global_.readerServiceAccount:
        accounts.add((reader.namespace, reader.name))
    roles = {(item["kind"], *called(item)) for item in of_kind(objects, "Role", "ClusterRole")}
    for item in of_kind(objects, "RoleBinding", "ClusterRoleBinding"):
        own = item["metadata"].get("namespace", "")
        for subject in item["subjects"]:
            assert (subject.get("namespace", own), subject["name"]) in accounts
        role = item["roleRef"]
        assert (role["kind"], own if role["kind"] == "Role" else "", role["name"]) in roles


def pods_run_under_accounts_that_exist(found: MeshSettings, objects: list[Object]) -> None:
    accounts = {called(item) for item in of_kind(objects, "ServiceAccount")}
    for namespace, _, spec in pods(objects):
        assert (namespace, spec["serviceAccountName"]) in accounts


def services_point_at_ports_that_containers_open(found: MeshSettings, objects: list[Object]) -> None:
    here = list(pods(objects))
    for item in selecting(objects, "Service"):
        namespace, name = called(item)
        for where, labels, spec in here:
            own = labels.get("service.istio.io/canonical-name", name if labels.get("app") == "istiod" else "")
            if where == namespace and selects(item["spec"]["selector"], labels) and own == name:
                opened = {
                    (port["containerPort"], port.get("protocol", "TCP"))
                    for container in spec["containers"]
                    for port in container.get("ports", [])
                }
                for port in item["spec"]["ports"]:
                    assert (port.get("targetPort", port["port"]), port.get("protocol", "TCP")) in opened


def autoscalers_scale_what_declares_no_replicas(found: MeshSettings, objects: list[Object]) -> None:
    deployments = {called(item): item for item in of_kind(objects, "Deployment")}
    for item in of_kind(objects, "HorizontalPodAutoscaler"):
        target = deployments[item["metadata"]["namespace"], item["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"]


def what_containers_mount_is_a_volume(found: MeshSettings, objects: list[Object]) -> None:
    for _, _, spec in pods(objects):
        volumes = [volume["name"] for volume in spec["volumes"]]
        assert len(volumes) == len(set(volumes))
        mounted = {mount["name"] for container in spec["containers"] for mount in container.get("volumeMounts", [])}
        # istiod adds this one to the gateways that it completes.
        assert mounted <= {*volumes, "istio-token"}


def what_has_to_be_there_is_there(found: MeshSettings, objects: list[Object]) -> None:
    """ConfigMaps and Secrets that a pod cannot start without are planned, or istiod makes them."""
    here = {(item["kind"], *called(item)) for item in objects}
    published = found.global_.trustBundleName or "istio-ca-root-cert"
    for namespace, _, spec in pods(objects):
        for volume in spec["volumes"]:
            config, secret = volume.get("configMap", {}), volume.get("secret", {})
            if config and not config.get("optional") and config["name"] != published:
                assert ("ConfigMap", namespace, config["name"]) in here
            if secret and not secret.get("optional"):
                assert ("Secret", namespace, secret["secretName"]) in here


def an_environment_names_each_variable_once(found: MeshSettings, objects: list[Object]) -> None:
    for container in containers(objects):
        entries = [entry["name"] for entry in container.get("env", [])]
        assert len(entries) == len(set(entries))
        assert all(isinstance(entry.get("value", ""), str) for entry in container.get("env", []))


def a_container_opens_each_port_once(found: MeshSettings, objects: list[Object]) -> None:
    for container in containers(objects):
        opened = [(port["containerPort"], port.get("protocol", "TCP")) for port in container.get("ports", [])]
        assert len(opened) == len(set(opened))


def webhooks_call_a_service_that_exists(found: MeshSettings, objects: list[Object]) -> None:
    services = {called(item): item for item in of_kind(objects, "Service")}
    for item in of_kind(objects, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        if "istio.io/tag" in item["metadata"].get("labels", {}):
            continue  # a tag may stand for a revision of another stack
        for webhook in item["webhooks"]:
            client = webhook["clientConfig"].get("service")
            if client:
                service = services[client["namespace"], client["name"]]
                assert client.get("port", 443) in [port["port"] for port in service["spec"]["ports"]]


def the_mesh_config_says_what_the_settings_say(found: MeshSettings, objects: list[Object]) -> None:
    for item in of_kind(objects, "ConfigMap"):
        if "mesh" in item["data"]:
            written = yaml.safe_load(item["data"]["mesh"])
            own = {key: value for key, value in found.meshConfig.items() if key != "defaultConfig"}
            assert own.items() <= written.items()
            assert (found.meshConfig.get("defaultConfig") or {}).items() <= written["defaultConfig"].items()


ALWAYS = (
    names_are_unique,
    a_plan_is_json,
    selectors_match_their_pods,
    services_point_at_ports_that_containers_open,
    autoscalers_scale_what_declares_no_replicas,
    what_containers_mount_is_a_volume,
    an_environment_names_each_variable_once,
    a_container_opens_each_port_once,
    the_mesh_config_says_what_the_settings_say,
)
IN_A_WHOLE_MESH = (
    rights_are_given_to_accounts_that_exist,
    pods_run_under_accounts_that_exist,
    what_has_to_be_there_is_there,
    webhooks_call_a_service_that_exists,
)
"""What holds where no part of the mesh is another stack's."""


def whole(found: MeshSettings) -> bool:
    """Whether everything that a mesh needs is in its own plan."""
    parts = found.components
    here = parts.base.enabled and parts.pilot.enabled and not found.istiodRemote.enabled
    return found.global_.resourceScope == "all" and here


@whatever_the_settings
@given(drawn_settings())
def test_a_plan_is_consistent(found: MeshSettings) -> None:
    objects = [*mesh.objects(found), *kiali.secret(found, found.addons.kiali, "k" * 32)]
    for check in (*ALWAYS, *(IN_A_WHOLE_MESH if whole(found) else ())):
        check(found, objects)


def test_every_setting_is_drawn() -> None:
    """The strategies come from the models, so only what is left out by name is never drawn."""
    drawn = set(paths())
    assert drawn | {path for path in NOT_DRAWN if "." not in path} == {
        row.path for row in rows() if "." not in row.path
    }


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


LEAST = {"empty": 0, "remote": 18}
"""Objects that a profile has at least, where it has no control plane of its own; the others have more than 30."""


@pytest.mark.parametrize("profile", PROFILES)
def test_profiles_are_among_the_plans(profile: str) -> None:
    assert len(mesh.objects(load({"profile": profile}))) >= LEAST.get(profile, 31)
