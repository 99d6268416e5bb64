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
from mesh_components.settings import MeshSettings
from tests.meshes import drawn_settings

from .kubectl import Kubectl, namespace
from .mesh_stack import MeshStack

PLACE = "drawn"
"""The namespace in which everything is tried, because a dry run makes none."""

# The manager of the stack that is up, so that what it declares and a plan does not is taken away, as in an update.
QUERY = {"fieldManager": "pulumi-mesh-demo", "force": "true", "dryRun": "All", "fieldValidation": "Strict"}


@pytest.fixture(scope="module")
def api(demo: MeshStack, cluster: Cluster, kubectl: Kubectl) -> Iterator[Api]:
    """The API server, with Istio's definitions, a running istiod to validate, and a namespace to try things in."""
    kubectl.apply(namespace(PLACE))
    yield Api(cluster.kubeconfig, cluster.context)
    kubectl("delete", "namespace", PLACE, "--wait=false")


def moved(item: dict[str, Any]) -> dict[str, Any]:
    """The object in the namespace that exists."""
    if "namespace" not in item["metadata"]:
        return item
    return {**item, "metadata": {**item["metadata"], "namespace": PLACE}}


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
    for item in map(moved, mesh.objects(found)):
        path = api.path_of(item)
        assert path, f"the cluster does not know {item['kind']}"
        api.request("PATCH", path, QUERY, item, APPLY)
