"""A declared object held against the live one."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_components.cli.rendered_steps import KEEP, LITERAL, WAVE
from mesh_components.live.compare import ABSENT, brief, differences, first_difference, lacking, list_difference, text
from mesh_components.live.drift import MOST, Compared, judge, rows, wanted
from mesh_components.live.expected import EXPECTED, expected
from mesh_components.live.managed import owned, written
from mesh_components.live.plan import UNKNOWN
from mesh_components.live.row import Row, Status

OURS = "pulumi-mesh-unit"
SECRET = "c2VjcmV0IGtleQ=="


def fields(*paths: str) -> dict[str, Any]:
    """Return FieldsV1 of dotted paths; `ports{"port":80}` is an item of a list."""
    found: dict[str, Any] = {}
    for path in paths:
        level = found
        for part in path.split("/"):
            name, brace, keys = part.partition("{")
            level = level.setdefault(f"f:{name}", {})
            if brace:
                level = level.setdefault(f"k:{{{keys}", {".": {}})
    return found


def managed(manager: str, *paths: str, **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": "Apply", "fieldsV1": fields(*paths), **more}


def deployment(**changes: Any) -> dict[str, Any]:
    container = {"name": "discovery", "image": "a:1", "env": [{"name": "A", "value": "1"}], "args": ["x", "y"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "istiod", "namespace": "istio-system", "labels": {"app": "istiod"}},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{**container, **changes}]}}},
    }


ALL_OURS = managed(
    OURS,
    "metadata/labels/app",
    "spec/replicas",
    'spec/template/spec/containers{"name":"discovery"}/image',
    'spec/template/spec/containers{"name":"discovery"}/args',
    'spec/template/spec/containers{"name":"discovery"}/env{"name":"A"}/value',
)


def live(item: dict[str, Any], *managers: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(item)
    made["metadata"] |= {"resourceVersion": "7", "generation": 3, "managedFields": [ALL_OURS, *managers]}
    return {**made, "status": {"replicas": 1}}


def found(item: dict[str, Any], *managers: dict[str, Any]) -> list[Row]:
    """Return what is said about a Deployment that is `item` in the cluster."""
    there = live(item, *managers)
    after = copy.deepcopy(there)
    after["spec"] = deployment()["spec"]
    after["metadata"]["labels"] = {**there["metadata"].get("labels", {}), "app": "istiod"}
    return judge(Compared(deployment(), there, after), OURS)


def test_an_object_as_declared_has_nothing_to_report() -> None:
    assert found(deployment()) == []
    (declared, foreign) = rows([Compared(deployment(), live(deployment()), live(deployment()))], OURS)
    assert (declared.status, foreign.status) == (Status.OK, Status.OK)


def test_a_missing_object_and_one_on_its_way_out() -> None:
    (row,) = judge(Compared(deployment(), None), OURS)
    assert (row.what, row.object, row.status) == ("missing", "Deployment istio-system/istiod", Status.ERROR)
    going = live(deployment())
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert judge(Compared(deployment(), going, going), OURS)[0].what == "is being deleted"


@pytest.mark.parametrize(
    ("change", "path", "declared", "now"),
    [
        ({"image": "b:2"}, "image", "a:1", "b:2"),
        ({"env": [{"name": "A", "value": "2"}]}, "env[name=A].value", "1", "2"),
        ({"env": []}, "env[name=A]", {"name": "A", "value": "1"}, None),
        ({"args": ["x", "z"]}, "args[1]", "y", "z"),
        ({"args": ["x"]}, "args", ["x", "y"], ["x"]),
    ],
)
def test_a_field_that_differs_is_named_with_both_values(
    change: dict[str, Any], path: str, declared: Any, now: Any
) -> None:
    (row,) = found(deployment(**change))
    assert row.path == f"spec.template.spec.containers[name=discovery].{path}"
    assert (row.check, row.status, row.declared, row.live) == ("declared", Status.ERROR, declared, now)
    assert row.path in row.what and row.todo


def test_who_changed_a_field_is_told_where_the_api_server_knows() -> None:
    path = 'spec/template/spec/containers{"name":"discovery"}/image'
    (row,) = found(deployment(image="b:2"), managed("kubectl-edit", path))
    assert row.owner == "kubectl-edit"


def test_a_label_that_is_gone() -> None:
    bare = deployment()
    del bare["metadata"]["labels"]
    (row,) = found(bare)
    assert (row.path, row.what) == ("metadata.labels", 'metadata.labels is gone; declared {"app": "istiod"}')


def test_fields_that_nobody_declares_by_writer_and_by_what_they_do() -> None:
    item = deployment()
    item["metadata"]["annotations"] = {"seen.example.com/by": "me"}
    env = 'spec/template/spec/containers{"name":"discovery"}/env{"name":"B"}'
    there = live(item, managed("me", "metadata/annotations/seen.example.com~by", f"{env}/name", f"{env}/value"))
    shown = [(row.check, row.path, row.owner, row.status) for row in judge(Compared(deployment(), there, there), OURS)]
    assert shown == [
        ("foreign", "metadata.annotations", "me", Status.WARNING),
        ("foreign", "spec.template.spec.containers[name=discovery].env[name=B]", "me", Status.ERROR),
    ]


def test_the_declared_value_written_by_somebody_else_is_nothing_to_report() -> None:
    path = 'spec/template/spec/containers{"name":"discovery"}/image'
    there = live(deployment(), managed("kubectl-patch", path))
    after = copy.deepcopy(there)
    there["metadata"]["managedFields"][0] = managed(OURS, "metadata/labels/app", "spec/replicas")
    assert judge(Compared(deployment(), there, after), OURS) == []


def test_what_is_expected_and_what_is_somebodys_status_is_not_foreign() -> None:
    annotation = "metadata/annotations/deployment.kubernetes.io~revision"
    entries = [
        {
            "manager": "kube-controller-manager",
            "fieldsV1": {"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}},
        },
        managed("kube-controller-manager", "status/replicas", subresource="status"),
    ]
    assert annotation and found(deployment(), *entries) == []
    # The same field by somebody else is not expected.
    other = [{**entries[0], "manager": "somebody"}]
    assert [row.owner for row in found(deployment(), *other)] == ["somebody"]


def test_what_was_put_inside_a_field_that_is_written_as_a_whole_is_foreign() -> None:
    item = deployment()
    item["spec"]["extra"] = {"deep": 1}
    (row,) = found(item, managed("somebody", "spec/extra"))
    assert (row.check, row.owner) == ("foreign", "somebody")


def test_of_very_many_fields_some_are_named_and_the_rest_counted() -> None:
    many = [f"data/key{number}" for number in range(30)]
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "n"}, "data": {}}
    there = live(item, managed("me", *many))
    said = judge(Compared(item, there, there), OURS)
    assert len(said) == MOST + 1 or len(said) == 1  # nobody else has data: it is one field then
    there["metadata"]["managedFields"].append(managed(OURS, "data/own"))
    said = judge(Compared(item, there, there), OURS)
    assert len(said) == MOST + 1 and said[-1].what == f"and {30 - MOST} more fields"
    assert said[-1].status is Status.ERROR


def secret(value: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cacerts", "namespace": "n"}, "data": value}


def test_no_value_of_a_secret_is_ever_told() -> None:
    there = live(secret({"ca-key.pem": SECRET}), managed("kubectl-edit", "data/ca-key.pem"))
    there["metadata"]["managedFields"].pop(0)
    after = copy.deepcopy(there)
    after["data"] = {"ca-key.pem": "b3RoZXI=", "new": SECRET}
    said = judge(Compared(secret({"ca-key.pem": "b3RoZXI=", "new": SECRET}), there, after), OURS)
    assert {row.path for row in said} == {"data[ca-key.pem]", "data.new"}
    told = json.dumps([row.as_dict() for row in said])
    assert SECRET not in told and "b3RoZXI=" not in told


def test_a_value_that_is_not_known_is_taken_from_the_cluster_and_judged_by_who_wrote_it() -> None:
    declared = secret({"ca-key.pem": UNKNOWN})
    there = live(secret({"ca-key.pem": SECRET}))
    there["metadata"]["managedFields"] = [
        {"manager": OURS, "fieldsV1": {"f:data": {"f:ca-key.pem": {}}}},
    ]
    assert wanted(declared, there)["data"] == {"ca-key.pem": SECRET}
    assert judge(Compared(declared, there, there), OURS) == []
    there["metadata"]["managedFields"][0]["manager"] = "kubectl-edit"
    (row,) = judge(Compared(declared, there, there), OURS)
    assert (row.what, row.owner) == ("data[ca-key.pem] was rewritten", "kubectl-edit")
    there["metadata"]["managedFields"], there["data"] = [], {}
    assert judge(Compared(declared, there, there), OURS)[0].what == "data[ca-key.pem] is gone"


def test_what_the_provider_keeps_on_an_object_is_left_as_it_is() -> None:
    there = live(deployment())
    there["metadata"]["annotations"] = {"pulumi.com/waitFor": "x", "other": "y"}
    assert wanted(deployment(), there)["metadata"]["annotations"] == {"pulumi.com/waitFor": "x"}


def test_where_the_api_server_refuses_declared_fields_are_compared_all_the_same() -> None:
    said = judge(Compared(deployment(), live(deployment(image="b:2")), refused="no"), OURS)
    assert ["would not take it" in said[0].what, said[1].path] == [
        True,
        "spec.template.spec.containers[name=discovery].image",
    ]


def test_defaults_are_no_difference_where_the_api_server_cannot_be_asked() -> None:
    declared = {"spec": {"ports": [{"port": 80}], "empty": {}}}
    there = {"spec": {"ports": [{"port": 80, "protocol": "TCP", "nodePort": 30000}], "clusterIP": "10.0.0.1"}}
    assert list(lacking(declared, there)) == []
    assert [text(item.path) for item in lacking({"spec": {"a": {"b": 1}}}, {"spec": {"a": {"b": 2}}})] == ["spec.a.b"]


def test_list_items_are_matched_by_the_key_that_kubernetes_knows_them_by() -> None:
    ports = [{"name": "http", "port": 80, "protocol": "TCP"}, {"name": "dns", "port": 53, "protocol": "UDP"}]
    moved = [ports[1], {**ports[0], "name": "web"}]
    shown = [(text(item.path), item.declared, item.live) for item in differences({"ports": ports}, {"ports": moved})]
    assert shown == [("ports[port=80].name", "http", "web")]
    gone = list(differences({"ports": ports}, {"ports": ports[:1]}))
    assert [(text(item.path), item.live) for item in gone] == [("ports[port=53,protocol=UDP]", ABSENT)]


def test_owners_are_read_from_every_kind_of_entry() -> None:
    item = {
        "metadata": {
            "managedFields": [
                {
                    "manager": "a",
                    "time": "2026-01-02T00:00:00Z",
                    "fieldsV1": {
                        "f:metadata": {"f:finalizers": {".": {}, 'v:"x/y"': {}}, "f:labels": {"f:app.io/n": {}}},
                        "f:spec": {"f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}}},
                    },
                }
            ]
        }
    }
    assert {text(path) for _, path in owned(item)} == {
        "metadata.finalizers[x/y]",
        "metadata.labels[app.io/n]",
        "spec.ports[port=80].port",
    }
    assert written(item, "metadata", "labels", "app.io/n") == "2026-01-02T00:00:00Z"
    assert written(item, "metadata", "labels", "other") is None


def test_every_expected_field_has_a_reason_and_matches_narrowly() -> None:
    assert all(entry.why for entry in EXPECTED)
    bundle = ("webhooks", "[name=a]", "clientConfig", "caBundle")
    assert expected("pilot-discovery", "MutatingWebhookConfiguration", bundle)
    assert not expected("kubectl-patch", "MutatingWebhookConfiguration", bundle)
    assert not expected("pilot-discovery", "MutatingWebhookConfiguration", (*bundle[:2], "rules"))


@pytest.mark.parametrize("mark", [WAVE, *KEEP, *LITERAL])
def test_what_gitops_annotates_is_expected(mark: str) -> None:
    assert expected("anybody", "CustomResourceDefinition", ("metadata", "annotations", mark))
    assert expected("anybody", "Deployment", ("metadata", "annotations", mark))
    assert not expected("anybody", "Deployment", ("metadata", "labels", mark))


def test_values_are_shown_in_a_few_words() -> None:
    assert brief("x" * 500).endswith("(500 characters)") and len(brief({"a": "x" * 500})) < 70
    assert first_difference("a\nb\nc", "a\nB\nc") == "line 2: declared 'b', live 'B'"
    assert first_difference("a", "a\nb") == "line 2: declared '', live 'b'"
    assert list_difference([1, 2], [2, 3, 3]) == "lacks 1: 1; has in addition 2: 3, 3"


NAMED = st.lists(st.fixed_dictionaries({"name": st.text(max_size=3)}, optional={"value": st.integers()}), max_size=3)
VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | NAMED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


def ordered(value: Any) -> Any:
    """Return a value in which lists whose items are told apart by name are in one order, as they have none."""
    if isinstance(value, dict):
        return {key: ordered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        items = [ordered(inner) for inner in value]
        names = [item.get("name") if isinstance(item, dict) else None for item in items]
        unique = None not in names and len(set(map(str, names))) == len(names)
        return sorted(items, key=lambda item: str(item["name"])) if unique else items
    return value


@given(VALUES, VALUES)
def test_two_values_differ_exactly_where_there_is_a_difference(one: Any, other: Any) -> None:
    found = list(differences(one, other))
    assert bool(found) == (ordered(one) != ordered(other))
    assert list(differences(one, one)) == []
    back = {(item.path, json.dumps(item.live, default=str)) for item in found}
    assert back == {(item.path, json.dumps(item.declared, default=str)) for item in differences(other, one)}
    for item in found:
        assert isinstance(text(item.path), str) and len(brief(item.declared)) < 120 and len(brief(item.live)) < 120


@given(VALUES, VALUES)
def test_what_is_declared_is_never_lacking_from_itself_with_more_in_it(declared: Any, more: Any) -> None:
    if isinstance(declared, dict) and isinstance(more, dict):
        assert list(lacking(declared, {**more, **declared})) == []
    assert list(lacking(declared, declared)) == []
