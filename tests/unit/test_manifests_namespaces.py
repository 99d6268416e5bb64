"""What namespaces get beside their labels: Pod Security levels, registry credentials, what their proxies know."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from mesh_components.manifests import mesh
from mesh_components.settings import MeshSettings, SettingsError, load

Object = dict[str, Any]
CONFIG = json.dumps({"auths": {"registry.example.com": {"auth": "dTpw"}}})
PULLED = {"pullSecrets": [{"name": "registry", "dockerConfigJson": CONFIG}]}
NARROW = {"egress": [{"hosts": ["./*", "istio-system/*"]}]}


def planned(kind: str, **raw: Any) -> dict[str, Object]:
    """The planned objects of a kind by namespace, or by name where they have none."""
    objects = mesh.objects(load({"profile": "minimal", **raw}))
    return {
        item["metadata"].get("namespace") or item["metadata"]["name"]: item for item in objects if item["kind"] == kind
    }


def problem(**raw: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        load({"profile": "minimal", **raw})
    return str(caught.value)


def test_levels_are_labels_of_the_namespaces() -> None:
    levels = {"enforce": "baseline", "warn": "restricted", "version": "v1.31"}
    found = planned(
        "Namespace", podSecurity={"enforce": "restricted"}, namespaces=[{"name": "a", "podSecurity": levels}]
    )
    assert found["istio-system"]["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
    assert found["a"]["metadata"]["labels"] == {
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/enforce-version": "v1.31",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "v1.31",
    }


def test_levels_of_namespaces_made_elsewhere_are_refused() -> None:
    levels = {"enforce": "baseline"}
    assert "podSecurity cannot be set here" in problem(
        namespaces=[{"name": "a", "create": False, "podSecurity": levels}]
    )
    assert "createNamespace is false" in problem(createNamespace=False, podSecurity=levels)


def test_levels_said_twice_are_refused() -> None:
    one = {"name": "a", "podSecurity": {"enforce": "baseline"}}
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    assert "remove one of the two" in problem(namespaces=[{**one, "labels": labels}])


def test_credentials_stand_where_they_are_asked_for() -> None:
    shared = {"imagePullSecrets": ["registry", "exists"]}
    asking = [{"name": "shop", "imagePullSecrets": ["registry"]}, {"name": "other"}]
    found = planned("Secret", **PULLED, **{"global": shared, "namespaces": asking})
    assert set(found) == {"istio-system", "shop"}
    assert found["shop"]["type"] == "kubernetes.io/dockerconfigjson"
    assert base64.b64decode(found["shop"]["data"][".dockerconfigjson"]).decode() == CONFIG


def test_credentials_of_the_control_plane_are_declared_once() -> None:
    own = [{"name": "istio-system", "create": False, "imagePullSecrets": ["registry"]}]
    raw = {**PULLED, "global": {"imagePullSecrets": ["registry"]}, "namespaces": own}
    secrets = [item for item in mesh.objects(load(raw)) if item["kind"] == "Secret"]
    assert len(secrets) == 1


@pytest.mark.parametrize("text", ["", "user:password", '{"registry.example.com": {}}'])
def test_credentials_have_to_be_a_docker_config_and_are_not_shown(text: str) -> None:
    said = problem(pullSecrets=[{"name": "registry", "dockerConfigJson": text}])
    assert "docker config as JSON" in said and "(a secret value)" in said


def test_names_of_credentials_have_to_be_known() -> None:
    assert "did you mean registry?" in problem(**PULLED, namespaces=[{"name": "a", "imagePullSecrets": ["regstry"]}])
    assert "already pullSecrets[0]" in problem(pullSecrets=PULLED["pullSecrets"] * 2)


def test_a_gateway_elsewhere_needs_the_credentials_there() -> None:
    raw = {**PULLED, "global": {"imagePullSecrets": ["registry"]}}
    gateway: list[Object] = [{"name": "edge", "namespace": "edge"}]
    said = problem(**raw, ingressGateways=gateway)
    assert "list edge under namespaces with imagePullSecrets: [registry]" in said
    given = [{"name": "edge", "imagePullSecrets": ["registry"]}]
    assert isinstance(load({**raw, "ingressGateways": gateway, "namespaces": given}), MeshSettings)


def test_what_proxies_know_is_a_sidecar_object() -> None:
    wide, own = {"egress": [{"hosts": ["*/*"]}]}, [{"name": "shop", "sidecar": NARROW}]
    found = planned("Sidecar", sidecar=wide, namespaces=own, meshConfig={"rootNamespace": "config"}, revision="canary")
    assert {name: item["spec"] for name, item in found.items()} == {"config": wide, "shop": NARROW}
    assert all(item["metadata"]["labels"] == {"istio.io/rev": "canary"} for item in found.values())


def test_a_sidecar_object_of_some_workloads_is_not_the_namespaces() -> None:
    said = problem(namespaces=[{"name": "shop", "sidecar": {**NARROW, "workloadSelector": {"labels": {"a": "b"}}}}])
    assert "declare that one beside the mesh" in said


def test_the_root_namespace_has_one_sidecar_object() -> None:
    own = [{"name": "istio-system", "create": False, "sidecar": NARROW}]
    assert "set one of the two" in problem(sidecar=NARROW, namespaces=own)
