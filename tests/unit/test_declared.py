"""What a program declares is judged as a whole."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from mesh_components.declared import Declared, duplicates, identity, judge_plan


def config_map(name: str, namespace: str | None = "apps") -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def test_an_object_declared_twice_is_named() -> None:
    assert duplicates([config_map("a"), config_map("b"), config_map("a")]) == [
        "ConfigMap apps/a is declared 2 times; an object belongs to one declaration"
    ]


def test_the_same_name_elsewhere_is_another_object() -> None:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "a", "namespace": "apps"},
    }
    assert not duplicates([config_map("a"), config_map("a", "other"), config_map("a", None), role])


def test_another_version_of_a_kind_is_the_same_object() -> None:
    one = {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "a", "namespace": "b"},
    }
    assert len(duplicates([one, one | {"apiVersion": "security.istio.io/v1beta1"}])) == 1


def test_an_unknown_name_is_nobodys_twin() -> None:
    unknown = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": pulumi.UNKNOWN}}
    nameless = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}}
    assert identity(unknown) is None
    assert not duplicates([unknown, unknown, nameless, nameless])


def test_a_plan_that_cannot_work_is_refused_in_one_error() -> None:
    with pytest.raises(pulumi.RunError, match="ConfigMap apps/a is declared 2 times"):
        judge_plan([config_map("a"), config_map("a")])


def test_only_kubernetes_objects_are_gathered() -> None:
    declared = Declared()
    for type_, props in [
        ("kubernetes:core/v1:ConfigMap", config_map("a")),
        ("pulumi:providers:kubernetes", {"context": "kind"}),
        ("tls:index/privateKey:PrivateKey", {"algorithm": "RSA"}),
    ]:
        declared.see(pulumi.ResourceTransformArgs(True, type_, "name", props, pulumi.ResourceOptions()))
    assert declared.objects == [config_map("a")]
