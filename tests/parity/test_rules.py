"""The comparator itself: what each rule lets pass, and that a difference next to it is seen. No tools needed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from mesh_components.manifests import mesh
from mesh_components.settings import load

from .compare import Deliberate, Difference, Object, compare, key, load_objects, render

VERSION = "1.31.0"

Change = Callable[[Object], None]


DEFINITION = "sidecars.networking.istio.io"


@pytest.fixture(scope="module")
def plan() -> list[Object]:
    """A plan of manageable size: one definition stands for all."""
    objects = mesh.objects(load({"profile": "demo"}))
    return [
        item for item in objects if item["kind"] != "CustomResourceDefinition" or item["metadata"]["name"] == DEFINITION
    ]


def find(objects: list[Object], kind: str, name: str) -> Object:
    return next(item for item in objects if item["kind"] == kind and item["metadata"]["name"] == name)


def found(plan: list[Object], kind: str, name: str, change: Change) -> list[Difference]:
    """Return the differences between the plan and a copy in which ``change`` was made to Istio's side of one object."""
    istio = copy.deepcopy(plan)
    change(find(istio, kind, name))
    return compare("planted", plan, istio, VERSION).undeclared


def test_a_plan_equals_itself(plan: list[Object]) -> None:
    result = compare("same", plan, copy.deepcopy(plan), VERSION)
    assert not result.undeclared
    assert result.compared == result.equal == len(plan)


@pytest.mark.parametrize(
    ("kind", "name", "path", "value"),
    [
        ("Deployment", "istiod", ["spec", "replicas"], 2),
        ("Deployment", "istiod", ["spec", "template", "spec", "containers", 0, "image"], "other"),
        ("Deployment", "istiod", ["spec", "template", "spec", "containers", 0, "args", 4], "corp.local"),
        ("Service", "istio-ingressgateway", ["spec", "ports", 1, "targetPort"], 8081),
        ("ClusterRole", "istiod-clusterrole-istio-system", ["rules", 3, "verbs"], ["get"]),
        ("ConfigMap", "istio", ["data", "more"], "text"),
        ("CustomResourceDefinition", DEFINITION, ["spec", "scope"], "Cluster"),
        ("Namespace", "istio-system", ["metadata", "labels"], {"a": "b"}),
        ("ServiceAccount", "istiod", ["metadata", "labels", "app"], "pilot"),
    ],
)
def test_a_planted_difference_is_seen(plan: list[Object], kind: str, name: str, path: list[Any], value: Any) -> None:
    def change(item: Object) -> None:
        at: Any = item
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    differences = found(plan, kind, name, change)
    assert len({difference.object for difference in differences}) == 1
    assert all(difference.path.startswith(render(path)) for difference in differences)
    assert differences


def test_an_object_on_one_side_is_seen(plan: list[Object]) -> None:
    less = [item for item in plan if item["kind"] != "Role"]
    for ours, istio in ((plan, less), (less, plan)):
        undeclared = compare("missing", ours, istio, VERSION).undeclared
        assert {difference.object.split()[0] for difference in undeclared} == {"Role"}


def test_the_same_object_twice_is_refused(plan: list[Object]) -> None:
    with pytest.raises(AssertionError, match="there twice"):
        compare("twice", [*plan, plan[0]], plan, VERSION)


def test_objects_are_told_apart_by_version_kind_namespace_and_name(plan: list[Object]) -> None:
    assert len({key(item) for item in plan}) == len(plan)


PROVENANCE = {
    "helm.sh/chart": "istiod-1.0.0",
    "app.kubernetes.io/managed-by": "Helm",
    "release": "istio",
    "operator.istio.io/component": "Pilot",
    "install.operator.istio.io/owning-resource": "unknown",
    "heritage": "Tiller",
    "chart": "gateways",
}


@pytest.mark.parametrize("label", PROVENANCE)
def test_provenance_of_istio_is_passed_over_but_not_ours(plan: list[Object], label: str) -> None:
    def add(item: Object) -> None:
        item["metadata"]["labels"][label] = PROVENANCE[label]
        item["spec"]["template"]["metadata"]["labels"][label] = PROVENANCE[label]

    assert not found(plan, "Deployment", "istiod", add)
    ours = copy.deepcopy(plan)
    add(find(ours, "Deployment", "istiod"))
    assert len(compare("ours", ours, plan, VERSION).undeclared) == 2


def test_a_label_like_provenance_is_seen(plan: list[Object]) -> None:
    def add(item: Object) -> None:
        item["metadata"]["labels"]["releases"] = "istio"

    assert len(found(plan, "Deployment", "istiod", add)) == 1


@pytest.mark.parametrize(("version", "count"), [("1.0.0", 0), (VERSION, 0), ("1.30.0", 2)])
def test_the_version_label_of_an_unstamped_istioctl_counts_as_the_version(
    plan: list[Object], version: str, count: int
) -> None:
    def change(item: Object) -> None:
        item["metadata"]["labels"]["app.kubernetes.io/version"] = version
        item["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/version"] = version

    assert len(found(plan, "Deployment", "istiod", change)) == count


@pytest.mark.parametrize(("annotation", "count"), [("pulumi.com/patchForce", 0), ("example.com/pulumi.com", 1)])
def test_only_pulumis_annotations_are_ours_to_add(plan: list[Object], annotation: str, count: int) -> None:
    ours = copy.deepcopy(plan)
    find(ours, "Service", "istiod")["metadata"].setdefault("annotations", {})[annotation] = "x"
    assert len(compare("annotated", ours, plan, VERSION).undeclared) == count


def _schema(item: Object) -> Any:
    return item["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def test_prose_of_definitions_is_passed_over(plan: list[Object]) -> None:
    def describe(item: Object) -> None:
        _schema(item)["description"] = "What it is."
        _schema(item)["properties"]["spec"]["description"] = "More of it."

    assert not found(plan, "CustomResourceDefinition", DEFINITION, describe)


def test_a_property_called_description_is_seen(plan: list[Object]) -> None:
    def declare(item: Object) -> None:
        _schema(item)["properties"]["description"] = {"type": "string"}

    assert len(found(plan, "CustomResourceDefinition", DEFINITION, declare)) == 1


def test_prose_elsewhere_is_seen(plan: list[Object]) -> None:
    def describe(item: Object) -> None:
        item["spec"]["description"] = "text"

    assert len(found(plan, "Deployment", "istiod", describe)) == 1


@pytest.mark.parametrize(
    ("name", "data", "read", "write", "step"),
    [
        ("istio", "mesh", yaml.safe_load, yaml.safe_dump, "trustDomain"),
        ("istio", "meshNetworks", yaml.safe_load, yaml.safe_dump, "networks"),
        ("istio-sidecar-injector", "values", json.loads, json.dumps, "revision"),
        ("istio-sidecar-injector", "config", yaml.safe_load, yaml.safe_dump, "policy"),
        ("values", "merged-values", json.loads, json.dumps, "revision"),
        ("values", "original-values", json.loads, json.dumps, "profile"),
    ],
)
def test_embedded_data_is_compared_as_data(
    plan: list[Object],
    name: str,
    data: str,
    read: Callable[[str], Any],
    write: Callable[[Any], str],
    step: str,
) -> None:
    def reformat(item: Object) -> None:
        item["data"][data] = write(read(item["data"][data]))

    def change(item: Object) -> None:
        item["data"][data] = write({**read(item["data"][data]), step: "planted"})

    assert not found(plan, "ConfigMap", name, reformat)
    assert [difference.path for difference in found(plan, "ConfigMap", name, change)] == [f"data.{data}.{step}"]


def _with_templates(item: Object, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    config = yaml.safe_load(item["data"]["config"])
    item["data"]["config"] = yaml.safe_dump({**config, "templates": change(config["templates"])})


def test_templates_are_compared_by_name(plan: list[Object]) -> None:
    name = "istio-sidecar-injector"

    def rewrite(item: Object) -> None:
        _with_templates(item, lambda templates: dict.fromkeys(templates, "other text"))

    def rename(item: Object) -> None:
        _with_templates(item, lambda templates: {**templates, "planted": ""})

    assert not found(plan, "ConfigMap", name, rewrite)
    assert found(plan, "ConfigMap", name, rename)


@pytest.mark.parametrize(
    ("amount", "count"), [("10m", 0), ("0.01", 0), (0.01, 0), ("1e-2", 0), ("11m", 1), ("10", 1), ("10M", 1)]
)
def test_amounts_of_resources_are_numbers(plan: list[Object], amount: Any, count: int) -> None:
    def change(item: Object) -> None:
        item["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"] = amount

    assert len(found(plan, "Deployment", "istiod", change)) == count


@pytest.mark.parametrize(("amount", "count"), [("104857600", 0), ("102400Ki", 0), ("100M", 1)])
def test_amounts_of_memory_are_numbers(plan: list[Object], amount: str, count: int) -> None:
    def change(item: Object) -> None:
        item["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"] = amount

    assert len(found(plan, "Deployment", "istiod", change)) == count


def test_numbers_and_text_differ_elsewhere(plan: list[Object]) -> None:
    def change(item: Object) -> None:
        item["spec"]["ports"][0]["port"] = str(item["spec"]["ports"][0]["port"])

    assert len(found(plan, "Service", "istiod", change)) == 1


def test_null_is_absent(plan: list[Object]) -> None:
    def change(item: Object) -> None:
        item["metadata"]["annotations"] = None
        item["spec"]["trafficDistribution"] = None

    assert not found(plan, "Service", "istiod", change)


@pytest.mark.parametrize("value", [False, 0, "", [], {}])
def test_what_is_empty_is_not_absent(plan: list[Object], value: Any) -> None:
    def change(item: Object) -> None:
        item["spec"]["planted"] = value

    assert len(found(plan, "Service", "istiod", change)) == 1


def test_an_empty_affinity_says_nothing_but_an_empty_volume_does(plan: list[Object]) -> None:
    def empty(item: Object) -> None:
        item["spec"]["template"]["spec"] |= {"affinity": {"nodeAffinity": {}}, "resources": {}}

    def volume(item: Object) -> None:
        item["spec"]["template"]["spec"]["volumes"][0]["emptyDir"] = {}

    assert not found(plan, "Deployment", "istiod", empty)
    assert found(plan, "Deployment", "istiod", volume)


@pytest.mark.parametrize(
    ("entry", "case", "covered"),
    [
        (Deliberate("Service a/b", "spec.x", "why"), "any", True),
        (Deliberate("Service a/b", "spec", "why"), "any", True),
        (Deliberate("Service */b", "spec.x", "why"), "any", True),
        (Deliberate("Service a/b", "spec.x", "why", case="any"), "any", True),
        (Deliberate("Service a/b", "spec.x", "why", case="one"), "any", False),
        (Deliberate("Service a/c", "spec.x", "why"), "any", False),
        (Deliberate("Service a/b", "sp", "why"), "any", False),
        (Deliberate("Service a/b", "spec.x.y", "why"), "any", False),
        (Deliberate("Service a/b", "", "why"), "any", False),
    ],
)
def test_a_deliberate_difference_covers_its_path_alone(entry: Deliberate, case: str, covered: bool) -> None:
    assert entry.covers(case, Difference("Service a/b", "spec.x", 1, 2)) is covered


def test_a_deliberate_difference_that_does_not_apply_is_not_counted(plan: list[Object]) -> None:
    entry = Deliberate("Service istio-system/istiod", "spec.type", "why")
    assert compare("same", plan, copy.deepcopy(plan), VERSION, [entry]).applied == set()


def test_a_stream_is_read_without_empty_documents() -> None:
    assert load_objects("---\n---\na: 1\n---\n") == [{"a": 1}]
