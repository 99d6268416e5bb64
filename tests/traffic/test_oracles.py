"""What the components write, before the API server, istiod's webhook, `istioctl validate` and `istioctl analyze`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local_cluster import toolchain
from mesh_components import schemas
from mesh_components.settings import DEFAULT_VERSION, VERSIONS
from tests.validation import istioctl
from tests.validation.cluster import Cluster
from tests.validation.oracle import verdicts
from tests.validation.webhook import Webhook

from .planned import planned
from .programs import CASES, arguments

pytestmark = pytest.mark.tools

EVERYTHING = [(case, each) for case, (component, _) in CASES.items() for each in planned(component, **arguments(case))]
GATEWAY_API = "gateway.networking.k8s.io/v1"


def of_group(*groups: str) -> list[tuple[str, dict[str, Any]]]:
    return [(case, each) for case, each in EVERYTHING if each["apiVersion"].partition("/")[0].endswith(groups)]


def service(name: str, *ports: int) -> dict[str, Any]:
    listed = [{"name": f"http-{port}", "port": port} for port in ports]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"app": name}, "ports": listed},
    }


def test_istioctl_has_nothing_against_any(tmp_path: Path) -> None:
    listed = of_group("istio.io")
    assert len(listed) > 40
    found = istioctl.verdicts([each for _, each in listed], tmp_path)
    for (case, each), (refuses, warns) in zip(listed, found, strict=True):
        assert not refuses, (case, istioctl_says(each, tmp_path))
        suppressed = "galley.istio.io/analyze-suppress" in each["metadata"].get("annotations", {})
        assert not warns or suppressed, (case, istioctl_says(each, tmp_path))


def istioctl_says(each: dict[str, Any], folder: Path) -> str:
    file = folder / "one.json"
    file.write_text(json.dumps(each))
    return istioctl.run(file)


@pytest.mark.parametrize("case", [case for case, (component, _) in CASES.items() if not component.startswith("K8s")])
def test_istioctl_analyze_finds_no_error_in_any(case: str, tmp_path: Path) -> None:
    """Together with the Services, gateway pods and the like that it refers to."""
    objects = [each for one, each in EVERYTHING if one == case]
    around = [
        *(service(name, 80, 443, 9080) for name in ("reviews", "ratings", "cart", "db", "broker")),
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "shop", "labels": {"istio-injection": "enabled"}},
        },
    ]
    file = tmp_path / "objects.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*around, *objects]}))
    line = [str(toolchain.ensure("istioctl")), "analyze", "--use-kube=false", "--output", "json", str(file)]
    ran = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    found = json.loads(ran.stdout or "[]")
    # What is elsewhere: gateways' pods, a namespace, other objects of the case's story.
    elsewhere = {"IST0101", "IST0109", "IST0118"}
    assert not [one for one in found if one["level"] == "Error" and one["code"] not in elsewhere], ran.stdout


def test_a_cluster_would_take_every_one(cluster: Cluster, webhook: Webhook, tmp_path: Path) -> None:
    listed = [each for _, each in of_group("istio.io")]
    for each in listed:
        cluster.send("POST", "/api/v1/namespaces", {"metadata": {"name": each["metadata"]["namespace"]}})
    found = verdicts(listed, cluster, webhook, tmp_path)
    assert len(found) == len(listed)
    for verdict in found:
        assert not verdict.refused, (verdict.item, verdict.by_api_server)
        assert not verdict.disagreement, (verdict.item, verdict.disagreement)


def test_the_api_server_takes_every_object_of_the_gateway_api(cluster: Cluster) -> None:
    define_gateway_api(cluster)
    cluster.send("POST", "/api/v1/namespaces", {"metadata": {"name": "shop"}})
    plurals = {"Gateway": "gateways", "HTTPRoute": "httproutes", "GRPCRoute": "grpcroutes"}
    listed = of_group("gateway.networking.k8s.io")
    assert {each["kind"] for _, each in listed} == set(plurals)
    for case, each in listed:
        path = f"/apis/{GATEWAY_API}/namespaces/shop/{plurals[each['kind']]}?dryRun=All&fieldValidation=Strict"
        status, answer = cluster.send("POST", path, each)
        assert status == 201, (case, answer)


def define_gateway_api(cluster: Cluster) -> None:
    """Install the Gateway API's definitions, and wait until they are served."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    crds = schemas.gateway_api_crds(VERSIONS[DEFAULT_VERSION].gateway_api, "standard")
    for crd in crds:
        cluster.send("POST", path, crd)
    waiting = [crd["metadata"]["name"] for crd in crds]
    for _ in range(2000):
        if not waiting:
            return
        _, answer = cluster.send("GET", f"{path}/{waiting[0]}")
        conditions = answer.get("status", {}).get("conditions", [])
        if any(one["type"] == "Established" and one["status"] == "True" for one in conditions):
            waiting.pop(0)
    raise AssertionError(f"not served: {waiting}")
