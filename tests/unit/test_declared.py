"""What a program declares is judged as a whole."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import callback_pb2, resource_pb2

from mesh_components.analysis.plain import PULUMI_SIGNATURE, plain
from mesh_components.analysis.resource import Named
from mesh_components.analysis.suppressions import Suppression
from mesh_components.declared import Declared
from mesh_components.judge import Judge
from mesh_components.validation.unknown import UNKNOWN


def config_map(name: Any, namespace: str | None = "apps") -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def codes(*objects: dict[str, Any]) -> list[str]:
    return [finding.code for finding in Judge().findings((one, Named("here")) for one in objects)]


def test_an_object_declared_twice_is_named() -> None:
    [finding] = Judge().findings((one, Named("here")) for one in (config_map("a"), config_map("b"), config_map("a")))
    assert finding.code == "MESH0001"
    assert finding.text.startswith("ConfigMap apps/a is declared 2 times")
    assert finding.place == "here"


def test_the_same_name_elsewhere_is_another_object() -> None:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "a", "namespace": "apps"},
    }
    assert not codes(config_map("a"), config_map("a", "other"), config_map("a", None), role)


def test_another_version_of_a_kind_is_the_same_object() -> None:
    one = {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": "a", "namespace": "b"},
    }
    assert codes(one, one | {"apiVersion": "security.istio.io/v1beta1"}).count("MESH0001") == 1


@pytest.mark.parametrize("unknown", [pulumi.UNKNOWN, pulumi.output.Unknown()])
def test_an_unknown_name_is_nobodys_twin(unknown: Any) -> None:
    nameless = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}}
    assert not codes(config_map(unknown), config_map(unknown), nameless, nameless)


def test_errors_end_the_program() -> None:
    with pytest.raises(pulumi.RunError, match=r"MESH0001(.|\n)*declared 2 times(.|\n)*suppressions"):
        Judge().judge((config_map("a"), Named("here")) for _ in range(2))


@pytest.mark.parametrize(
    "judge",
    [
        Judge(mode="warn"),
        Judge(mode="off"),
        Judge(suppressions=(Suppression("MESH0001", "ConfigMap apps/*", "they are the same"),)),
    ],
)
def test_a_stack_can_go_on(judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    judge.judge((config_map("a"), Named("here")) for _ in range(2))
    assert bool(said) == (judge.mode == "warn")


def gathered(type_: str, props: dict[str, Any], parent: str = "") -> list[tuple[Any, Any]]:
    declared = Declared()
    properties = struct_pb2.Struct()
    properties.update(props)
    seen = resource_pb2.TransformRequest(type=type_, name="name", parent=parent, properties=properties)
    answer = declared.Invoke(callback_pb2.CallbackInvokeRequest(request=seen.SerializeToString()), None)
    assert resource_pb2.TransformResponse.FromString(answer.response) == resource_pb2.TransformResponse()
    return list(declared.objects)


def test_only_kubernetes_objects_are_gathered() -> None:
    assert [found for found, _ in gathered("kubernetes:core/v1:ConfigMap", config_map("a"))] == [config_map("a")]
    assert not gathered("pulumi:providers:kubernetes", {"context": "kind"})
    assert not gathered("tls:index/privateKey:PrivateKey", {"algorithm": "RSA"})


def test_a_childs_urn_names_its_parents_types() -> None:
    parent = "urn:pulumi:s::p::mesh-components:index:Mesh$mesh-components:index:Base::mesh"
    [(_, named)] = gathered("kubernetes:core/v1:ConfigMap", config_map("a"), parent)
    assert str(named.name).endswith(
        "::mesh-components:index:Mesh$mesh-components:index:Base$kubernetes:core/v1:ConfigMap::name"
    )


def test_what_is_not_known_or_secret_stays_so() -> None:
    assert pulumi.runtime.rpc._special_sig_key == PULUMI_SIGNATURE
    secret = {pulumi.runtime.rpc._special_sig_key: pulumi.runtime.rpc._special_secret_sig, "value": "x"}
    seen = plain({"a": pulumi.output.Unknown(), "b": [80.0, 0.5, True, None], "c": secret})
    assert seen["a"] is UNKNOWN and seen["c"] is UNKNOWN
    assert repr(seen["b"]) == "[80, 0.5, True, None]"
