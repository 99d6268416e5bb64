"""Whatever the settings are, the API server takes every planned object, unknown fields refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings

from local_cluster.cluster import Cluster
from mesh_components.live.api import APPLY, Api
from mesh_components.manifests import mesh
from mesh_components.settings import PROFILES, VERSIONS, MeshSettings, load
from mesh_components.settings.profiles import PLATFORMS
from tests.meshes import drawn_settings

from .kubectl import Kubectl, namespace
from .mesh_stack import MeshStack

PLACE = "drawn"
"""The namespace in which everything is tried, because a dry run makes none."""

KIALI = "kialis.kiali.io"
"""Name of the definition that Kiali's operator comes with."""

UNKNOWN_HERE = ("NetworkAttachmentDefinition",)
"""Kinds of OpenShift's Multus, which are not defined on a plain cluster."""

# The manager of the stack that is up, so that what it declares and a plan does not is taken away, as in an update.
QUERY = {"fieldManager": "pulumi-mesh-demo", "force": "true", "dryRun": "All", "fieldValidation": "Strict"}


@pytest.fixture(scope="module")
def api(demo: MeshStack, cluster: Cluster, kubectl: Kubectl) -> Iterator[Api]:
    """The API server, with Istio's definitions and Kiali's, a running istiod to validate, and a namespace to try things
    in."""
    operator = load({"addons": {"kiali": {"enabled": True, "installationMode": "operator"}}})
    [definition] = [item for item in mesh.objects(operator) if item["metadata"]["name"] == KIALI]
    kubectl.apply(namespace(PLACE), definition)
    kubectl("wait", "--for=condition=Established", f"customresourcedefinition/{KIALI}", "--timeout=60s")
    yield Api(cluster.kubeconfig, cluster.context)
    kubectl("delete", f"customresourcedefinition/{KIALI}")
    kubectl("delete", "namespace", PLACE, "--wait=false")


def moved(item: dict[str, Any]) -> dict[str, Any]:
    """The object in the namespace that exists."""
    if "namespace" not in item["metadata"]:
        return item
    return {**item, "metadata": {**item["metadata"], "namespace": PLACE}}


def refuses_none(api: Api, found: MeshSettings) -> int:
    """Asks the API server to take every planned object, and counts those it was asked."""
    asked = 0
    for item in map(moved, mesh.objects(found)):
        path = api.path_of(item)
        if item["kind"] in UNKNOWN_HERE:
            assert not path, f"the cluster knows {item['kind']} now: ask it"
            continue
        assert path, f"the cluster does not know {item['kind']}"
        api.request("PATCH", path, QUERY, item, APPLY)
        asked += 1
    return asked


AMBIENT = {platform: "openshift-ambient" if platform == "openshift" else "ambient" for platform in PLATFORMS}
"""The profile with the most that a platform can change, by platform."""


@pytest.mark.parametrize(
    ("profile", "platform"), [*((profile, "") for profile in PROFILES), *((AMBIENT[one], one) for one in PLATFORMS)]
)
def test_the_api_server_takes_every_profile_and_platform(api: Api, profile: str, platform: str) -> None:
    asked = refuses_none(api, load({"profile": profile, "global": {"platform": platform}}))
    assert asked > 15 or profile == "empty"


VOLUME = {"enabled": True, "size": "1Gi"}
ADDONS = {
    "prometheus": {"enabled": True, "persistentVolume": VOLUME},
    "grafana": {"enabled": True, "persistentVolume": VOLUME},
    "jaeger": {"enabled": True, "persistentVolume": VOLUME},
    "kiali": {
        "enabled": True,
        "deployment": {
            "ingress": {"enabled": True, "class_name": "nginx"},
            "hpa": {"spec": {"minReplicas": 1, "maxReplicas": 2}},
            "pod_disruption_budget": {"spec": {"minAvailable": 1}},
        },
    },
}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_api_server_takes_every_addon(api: Api, version: str) -> None:
    plain, whole = (load({"version": version, "addons": addons}) for addons in ({}, ADDONS))
    known = {(item["kind"], item["metadata"]["name"]) for item in mesh.objects(plain)}
    added = [item for item in mesh.objects(whole) if (item["kind"], item["metadata"]["name"]) not in known]
    assert {item["kind"] for item in added} >= {"PersistentVolumeClaim", "Ingress", "NetworkPolicy", "Telemetry"}
    assert refuses_none(api, whole) > 60


# The same meshes in every run, and no search for a smaller one: each takes some thirty requests.
@hypothesis_settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
@given(drawn_settings())
def test_the_api_server_takes_every_plan(api: Api, found: MeshSettings) -> None:
    refuses_none(api, found)
