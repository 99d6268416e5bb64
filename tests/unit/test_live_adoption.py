"""What an adoption takes from earlier installers, and what it leaves, read off the API server's records of fields."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from mesh_components.live.adoption import Effect, NotAdopted, applied_by, cut_down, earlier, effects, forget
from mesh_components.live.api import Api
from mesh_components.live.drift import Compared
from mesh_components.live.expected import left_in_template
from mesh_components.live.managed import owned
from mesh_components.live.plan import Plan
from mesh_components.live.releases import Release, decoded, releases
from mesh_components.settings import load

OURS = "pulumi-mesh-unit"
LABELS: dict[str, Any] = {"f:app": {}, "f:operator.istio.io/component": {}}
TEMPLATE = {"f:metadata": {"f:labels": {"f:app": {}, "f:helm.sh/chart": {}}}, "f:spec": {"f:priorityClassName": {}}}


def entry(manager: str, fields: dict[str, Any], operation: str = "Apply", **more: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "apps/v1", "fieldsV1": fields, **more}


def deployment(*entries: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "istiod",
            "namespace": "istio-system",
            "resourceVersion": "7",
            "labels": {"app": "istiod", "operator.istio.io/component": "Pilot"},
            "managedFields": list(entries),
        },
        "spec": {"replicas": 3},
    }


THEIRS = entry(
    "istio-operator", {"f:metadata": {"f:labels": LABELS}, "f:spec": {"f:replicas": {}, "f:template": TEMPLATE}}
)
MINE = entry(OURS, {"f:metadata": {"f:labels": {"f:app": {}}}})


def records(live: dict[str, Any]) -> dict[tuple[str, str], Any]:
    return {(one["manager"], one["operation"]): one["fieldsV1"] for one in cut_down(live, OURS)}


def test_what_stays_is_taken_off_their_record_and_the_rest_is_left_to_be_applied_away() -> None:
    cut = records(deployment(MINE, THEIRS))
    assert cut["istio-operator", "Apply"] == {
        "f:metadata": {"f:labels": LABELS},
        "f:spec": {"f:template": {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:priorityClassName": {}}}},
    }


def test_marks_in_a_pod_template_become_the_stacks_to_remove_with_its_next_change() -> None:
    cut = records(deployment(MINE, THEIRS))
    assert cut[OURS, "Apply"] == {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {"f:template": {"f:metadata": {"f:labels": {"f:helm.sh/chart": {}}}}},
    }


def test_what_helm_3_updated_counts_as_applied_and_status_is_left_alone() -> None:
    updated = entry("helm", {"f:metadata": {"f:labels": LABELS}}, "Update")
    more = entry("helm", {"f:metadata": {"f:annotations": {"f:meta.helm.sh/release-name": {}}}})
    status = entry("helm", {"f:status": {}}, "Update", subresource="status")
    cut = records(deployment(updated, more, status))
    assert cut == {
        ("helm", "Update"): {"f:status": {}},
        ("helm", "Apply"): {
            "f:metadata": {"f:labels": LABELS, "f:annotations": {"f:meta.helm.sh/release-name": {}}},
        },
    }


def test_a_webhook_keeps_its_ca_bundle_and_its_failure_policy() -> None:
    webhook = 'k:{"name":"validation.istio.io"}'
    fields: dict[str, Any] = {
        "f:clientConfig": {"f:caBundle": {}, "f:service": {}},
        "f:failurePolicy": {},
        "f:objectSelector": {},
    }
    live = deployment(entry("istio-operator", {"f:webhooks": {webhook: {".": {}, **fields}}}))
    live |= {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration"}
    cut = records(live)["istio-operator", "Apply"]
    assert cut == {"f:webhooks": {webhook: {".": {}, "f:clientConfig": {"f:service": {}}, "f:objectSelector": {}}}}


def test_an_object_of_which_everything_stays_has_no_record_of_theirs() -> None:
    live = deployment(entry("istioctl", {"f:metadata": {"f:labels": {".": {}, "f:name": {}}}}, "Update"))
    assert not cut_down(live | {"kind": "Namespace"}, OURS)


def test_other_writers_are_not_earlier_installers() -> None:
    live = deployment(entry("kubectl", {}), THEIRS, entry("istio-operator", {}, "Update", subresource="status"))
    assert earlier(live) == ["istio-operator"]
    assert applied_by(deployment(MINE), OURS) and not applied_by(deployment(THEIRS), OURS)


def told(compared: Compared) -> dict[Effect, list[str]]:
    found: dict[Effect, list[str]] = {}
    for effect, what in effects(compared, OURS):
        found.setdefault(effect, []).append(what)
    return found


def test_effects_on_an_object() -> None:
    live = deployment(THEIRS)
    after = deployment(MINE, THEIRS) | {"spec": {"replicas": 3, "minReadySeconds": 5}}
    after["metadata"] = {**after["metadata"], "labels": {**live["metadata"]["labels"], "app": "other"}}
    assert told(Compared(deployment(), live, after)) == {
        Effect.CHANGED: ["metadata.labels.app: 'istiod' → 'other'", "spec.minReadySeconds: 5, new"],
        Effect.REMOVED: [
            "metadata.labels[operator.istio.io/component]: 'Pilot'",
            "spec.template.metadata.labels.app",
            "spec.template.spec.priorityClassName",
        ],
        Effect.KEPT: ["spec.replicas", "spec.template.metadata.labels[helm.sh/chart]"],
        Effect.RESTARTED: ["pods are replaced one after the other, because their template differs"],
    }


def test_an_object_that_is_not_there_or_cannot_be_taken() -> None:
    assert told(Compared(deployment(), None)) == {Effect.CREATED: ["not on the cluster yet"]}
    assert told(Compared(deployment(), deployment(), refused="field is immutable")) == {
        Effect.REFUSED: ["field is immutable"]
    }


def test_a_secret_is_never_shown() -> None:
    live = deployment() | {"kind": "Secret", "data": {"key": "b2xk"}}
    after = live | {"data": {"key": "bmV3"}}
    assert told(Compared(live, live, after)) == {Effect.CHANGED: ["data.key"]}


class OneObject(Api):
    """A cluster with one object, which records what is sent to it."""

    def __init__(self, live: dict[str, Any]) -> None:
        self.live = live
        self.sent: list[tuple[str, Any]] = []

    def path_of(self, item: Any) -> str:
        return "/it"

    def find(self, path: str, **query: str) -> dict[str, Any]:
        return self.live

    def request(self, method: str, path: str, query: Any, body: Any = None, kind: str = "") -> dict[str, Any]:
        self.sent.append((query.get("fieldManager", ""), body))
        return {}


def test_nobody_lets_go_of_what_the_stack_has_not_applied() -> None:
    api = OneObject(deployment(THEIRS))
    with pytest.raises(NotAdopted, match="Deployment istio-system/istiod"):
        forget(api, Plan(load({}), [deployment()], OURS))
    assert not api.sent


def test_letting_go_is_a_new_record_and_an_apply_of_nothing() -> None:
    api = OneObject(deployment(MINE, THEIRS))
    assert forget(api, Plan(load({}), [deployment()], OURS)) == ["Deployment istio-system/istiod"]
    (_, record), (manager, applied) = api.sent
    assert record["metadata"]["resourceVersion"] == "7"
    assert manager == "istio-operator"
    assert applied == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "istiod", "namespace": "istio-system"},
    }


def test_marks_are_no_drift_and_anything_else_in_a_template_is() -> None:
    def path(*steps: str) -> tuple[str, ...]:
        return ("spec", "template", *steps)

    assert left_in_template("Deployment", path("metadata", "labels", "helm.sh/chart"), "istiod-1.31.0")
    assert left_in_template("Deployment", path("spec", "affinity"), {"nodeAffinity": {}})
    assert not left_in_template("Deployment", path("spec", "affinity"), {"nodeAffinity": {"x": [1]}})
    assert not left_in_template("Deployment", path("metadata", "labels", "team"), "mesh")
    assert not left_in_template("Service", path("metadata", "labels", "release"), "istio")


def recorded(manifest: str, chart: str = "istiod") -> str:
    """Return a release as Helm stores it."""
    record = json.dumps({"manifest": manifest, "chart": {"metadata": {"name": chart}}}).encode()
    return base64.b64encode(base64.b64encode(gzip.compress(record))).decode()


MANIFEST = """
---
apiVersion: v1
kind: Service
metadata: {name: istiod}
---
# nothing
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
"""


class Records(Api):
    """A cluster with Helm's records of two revisions of a release, and of a release of another chart."""

    def __init__(self) -> None:
        pass

    def list(self, path: str, **query: str) -> list[dict[str, Any]]:
        def secret(name: str, version: int, data: str) -> dict[str, Any]:
            labels = {"owner": "helm", "name": name, "version": str(version)}
            full = f"sh.helm.release.v1.{name}.v{version}"
            return {"metadata": {"name": full, "namespace": "mesh", "labels": labels}, "data": {"release": data}}

        assert query == {"labelSelector": "owner=helm"}
        old = recorded("")
        return [
            secret("istiod", 10, recorded(MANIFEST)),
            secret("istiod", 9, old),
            secret("shop", 1, recorded("", "shop")),
        ]


def test_helms_records_are_read() -> None:
    assert decoded(recorded("x"))["manifest"] == "x"
    (release,) = releases(Records())
    assert (release.name, release.namespace, release.chart) == ("istiod", "mesh", "istiod")
    assert release.secrets == ["sh.helm.release.v1.istiod.v9", "sh.helm.release.v1.istiod.v10"]
    assert [item["metadata"] for item in release.objects] == [
        {"namespace": "mesh", "name": "istiod"},
        {"name": "reader"},
    ]


def test_a_release_holds_what_it_installed_wherever_a_cluster_role_says_it_is() -> None:
    (release,) = releases(Records())
    assert isinstance(release, Release)

    def one(kind: str, name: str, namespace: str) -> dict[str, Any]:
        return {"kind": kind, "metadata": {"name": name, "namespace": namespace}}

    assert release.holds([one("Service", "istiod", "mesh")])
    assert release.holds([one("ClusterRole", "reader", "anywhere")])
    assert not release.holds([one("Service", "istiod", "istio-system")])


def test_the_records_are_understood_as_the_api_server_writes_them() -> None:
    assert ("istio-operator", ("spec", "template", "spec", "priorityClassName")) in list(owned(deployment(THEIRS)))
