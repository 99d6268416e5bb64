"""Tags, and stacks that leave parts of a mesh to others: what is planned, and what Pulumi is told."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_components import Mesh, MeshArgs, RevisionTag
from mesh_components.analysis.everything import analyze
from mesh_components.analysis.finding import Severity
from mesh_components.analysis.resource import Named
from mesh_components.analysis.world import of
from mesh_components.judge import Judge
from mesh_components.manifests import mesh
from mesh_components.settings import SettingsError, load

from .test_components import Engine, run

VALIDATOR = "istiod-default-validator"
INJECTOR = "istio-sidecar-injector"
DEFAULT_TAG = "istio-revision-tag-default"


def planned(**settings: Any) -> dict[str, Any]:
    found = mesh.objects(load({"profile": "minimal", **settings}))
    return {f"{item['kind']}/{item['metadata']['name']}": item for item in found}


def active(planned: dict[str, Any]) -> dict[str, str]:
    """Return the injectors that take namespaces with ``istio-injection``, and the revision that they ask."""
    found = {}
    for item in planned.values():
        for webhook in item.get("webhooks", []):
            rules = webhook.get("namespaceSelector", {}).get("matchExpressions", [])
            if {"key": "istio-injection", "operator": "In", "values": ["enabled"]} in rules:
                found[item["metadata"]["name"]] = webhook["clientConfig"]["service"]["name"]
    return found


@pytest.mark.parametrize(
    ("settings", "injectors", "validator"),
    [
        ({}, {INJECTOR: "istiod"}, "istiod"),
        ({"revisionTags": ["default"]}, {DEFAULT_TAG: "istiod"}, "istiod"),
        ({"revisionTags": ["prod"]}, {INJECTOR: "istiod"}, "istiod"),
        (
            {"revisionTags": [{"name": "default", "revision": "1-31-0"}]},
            {DEFAULT_TAG: "istiod-1-31-0"},
            "istiod-1-31-0",
        ),
        ({"defaultRevision": ""}, {}, None),
        ({"revision": "a"}, {}, None),
        ({"revision": "a", "revisionTags": ["default"]}, {DEFAULT_TAG: "istiod-a"}, "istiod-a"),
        (
            {"revision": "a", "revisionTags": [{"name": "default", "revision": "default"}]},
            {DEFAULT_TAG: "istiod"},
            "istiod",
        ),
    ],
)
def test_one_control_plane_takes_what_names_none(
    settings: dict[str, Any], injectors: dict[str, str], validator: str | None
) -> None:
    found = planned(**settings)
    assert active(found) == injectors
    default = found.get(f"ValidatingWebhookConfiguration/{VALIDATOR}")
    assert (default and default["webhooks"][0]["clientConfig"]["service"]["name"]) == validator
    judge = Judge.of(load({"profile": "minimal", **settings}))
    findings = judge.findings((item, Named("plan")) for item in found.values())
    assert not [finding for finding in findings if finding.severity >= Severity.ERROR]


def test_a_tag_of_a_revision_that_nobody_has_is_found_where_everything_is_known() -> None:
    found = planned(revisionTags=[{"name": "prod", "revision": "gone"}]).values()
    codes = {finding.code for finding in analyze(of(*found, complete=True)) if finding.severity >= Severity.ERROR}
    assert "IST0139" in codes


def test_the_stacks_of_a_mesh_have_no_object_in_common() -> None:
    base = planned(components={"pilot": {"enabled": False}})
    old, new = (planned(revision=name, components={"base": {"enabled": False}}) for name in ("1-29-1", "1-31-0"))
    off = {"base": {"enabled": False}, "pilot": {"enabled": False}}
    tags = planned(revisionTags=[{"name": "prod", "revision": "1-29-1"}], components=off)
    for part in (base, old, new, tags):
        assert part
    assert len(base | old | new | tags) == sum(map(len, (base, old, new, tags)))
    assert {name.partition("/")[0] for name in base} == {"Namespace", "CustomResourceDefinition", "ServiceAccount"}


def test_a_tag_moves_in_place() -> None:
    before, after = (planned(revisionTags=[{"name": "prod", "revision": name}]) for name in ("1-29-1", "1-31-0"))
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "MutatingWebhookConfiguration/istio-revision-tag-prod",
        "Service/istiod-revision-tag-prod",
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"revision": "a", "revisionTags": ["a"]}, "is a revision"),
        ({"revisionTags": ["a", {"name": "a", "revision": "b"}]}, "list each tag once"),
        ({"revisionTags": ["Prod"]}, "lower-case"),
        ({"revisionTags": [{"revision": "b"}]}, "name: is required"),
        ({"revision": "a", "defaultRevision": ""}, "revisionTags: [default]"),
        ({"defaultRevision": "canary"}, "allowed"),
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said.replace("[", r"\[").replace("]", r"\]")):
        load(settings)


def aliases(engine: Engine, ending: str) -> list[str]:
    return [alias.urn for alias in engine.one(ending).aliases]


def test_the_default_validator_stays_when_the_tag_takes_over() -> None:
    args: MeshArgs = {"profile": "minimal"}
    own = run(lambda: Mesh("mesh", args))
    tagged = run(lambda: Mesh("mesh", {**args, "revisionTags": ["default"]}))
    ending = f"ValidatingWebhookConfiguration::mesh:{VALIDATOR}"
    (of_tag,), (of_plane,) = aliases(tagged, ending), aliases(own, ending)
    assert of_tag.endswith(own.urn(ending).partition("::mesh::")[2])
    assert of_plane.endswith(tagged.urn(ending).partition("::mesh::")[2])


def test_a_tag_alone_is_another_stacks_revision_with_a_name() -> None:
    engine = run(lambda: RevisionTag("prod", {"tag": "prod", "mesh": {"revision": "1-31-0"}}))
    assert sorted(request.name for request in engine.objects) == [
        "prod:istio-revision-tag-prod",
        "prod:istio-system/istiod-revision-tag-prod",
    ]
