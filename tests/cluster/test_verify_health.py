"""`mesh verify` names what is wrong with the mesh itself: each broken on the node, named, and well again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

import pytest

from local_cluster import cluster as clusters
from mesh_components.live import injection
from mesh_components.live.api import Api
from mesh_components.live.snapshot import take

from .kubectl import Kubectl, app, eventually, namespace
from .live import Rows, is_well, verify, wrong
from .mesh_stack import MeshStack

SYSTEM = ("--namespace", "istio-system")
WEBHOOKS = ("mutatingwebhookconfiguration", "istio-sidecar-injector")


def of(check: str, rows: Rows) -> Rows:
    return [row for row in wrong(rows) if row["check"] == check]


@pytest.fixture
def without_istiod(demo: MeshStack, kubectl: Kubectl) -> Iterator[Rows]:
    """What verify says while istiod is scaled to nothing and a webhook's caBundle is garbled."""
    is_well()
    kubectl("scale", "deployment/istiod", "--replicas", "0", *SYSTEM)
    eventually(lambda: kubectl.pods("istio-system", "istiod"), lambda pods: not pods, "istiod is gone")
    change = [{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": "Z2FyYmFnZQ=="}]
    kubectl("patch", *WEBHOOKS, "--type", "json", "--patch", json.dumps(change))
    code, rows = verify()
    assert code == 1
    # istiod, which Pulumi brings back, fills the caBundle in again.
    demo.up("--refresh")
    yield rows


def test_an_istiod_that_is_gone_and_a_webhook_without_its_root(without_istiod: Rows) -> None:
    (istiod,) = of("istiod", without_istiod)
    assert (istiod["object"], istiod["what"]) == ("Deployment istio-system/istiod", "scaled to 0")
    (webhook,) = of("webhooks", without_istiod)
    assert webhook["object"] == "MutatingWebhookConfiguration istio-sidecar-injector"
    assert "rev.namespace.sidecar-injector.istio.io: its caBundle is not a certificate" in webhook["what"]
    assert of("sync", without_istiod), "nobody knows whether proxies are in sync"
    is_well()


def test_a_root_that_is_not_the_meshs(demo: MeshStack, kubectl: Kubectl) -> None:
    """istiod puts its own back at once, so the other one is put where it takes it from: what workloads trust."""
    was = kubectl.get("configmap", "istio-ca-root-cert", *SYSTEM)["data"]["root-cert.pem"]
    other = kubectl.get("configmap", "kube-root-ca.crt", *SYSTEM)["data"]["ca.crt"]
    kubectl("scale", "deployment/istiod", "--replicas", "0", *SYSTEM)
    eventually(lambda: kubectl.pods("istio-system", "istiod"), lambda pods: not pods, "istiod is gone")

    def write(pem: str) -> None:
        change = json.dumps({"data": {"root-cert.pem": pem}})
        kubectl("patch", "configmap", "istio-ca-root-cert", *SYSTEM, "--type", "merge", "--patch", change)

    write(other)
    try:
        rows = verify()[1]
    finally:
        write(was)
        demo.up("--refresh")
    assert "its root is not the one that workloads trust" in of("ca", rows)[0]["what"]
    assert {"is not the mesh's root" in row["what"] for row in of("webhooks", rows)} == {True}
    is_well()


def test_pods_without_the_sidecar_that_their_namespace_asks_for(demo: MeshStack, kubectl: Kubectl) -> None:
    kubectl.apply(namespace("joining"), *app("hello", "joining"))
    kubectl.rolled_out("joining", "hello")
    assert not of("sidecars", verify()[1])
    kubectl("label", "namespace", "joining", "istio-injection=enabled")
    code, rows = verify()
    (row,) = of("sidecars", rows)
    assert code == 0, "a warning: whoever joins has to be restarted"
    assert row["object"] == "Deployment joining/hello"
    assert "1 of 1 pods lack the sidecar" in row["what"] and "labelled after they started" in row["what"]
    kubectl(*row["todo"].split()[1:])
    kubectl.rolled_out("joining", "hello")
    is_well()
    kubectl("delete", "namespace", "joining", "--wait=false")


def test_a_pod_that_was_born_without_its_sidecar(demo: MeshStack, kubectl: Kubectl) -> None:
    kubectl.apply(namespace("early", **{"istio-injection": "enabled"}))
    # While the webhook is asked about nobody there, pods are born without.
    elsewhere = [{"op": "replace", "path": "/webhooks/2/namespaceSelector/matchExpressions/0/values", "value": ["no"]}]
    back = [{**elsewhere[0], "value": ["enabled"]}]
    kubectl("patch", *WEBHOOKS, "--type", "json", "--patch", json.dumps(elsewhere))
    try:
        kubectl.apply(*app("hello", "early"))
        kubectl.rolled_out("early", "hello")
    finally:
        kubectl("patch", *WEBHOOKS, "--type", "json", "--patch", json.dumps(back))
    code, rows = verify()
    (row,) = of("sidecars", rows)
    assert code == 1 and row["status"] == "error"
    assert row["object"] == "Deployment early/hello" and "its log says why" in row["what"]
    kubectl("delete", "namespace", "early")


def test_a_workload_that_still_has_to_be_restarted(demo: MeshStack, kubectl: Kubectl) -> None:
    kubectl.apply(namespace("leaving", **{"istio-injection": "enabled"}), *app("hello", "leaving"))
    kubectl.rolled_out("leaving", "hello")
    is_well()
    kubectl("label", "namespace", "leaving", "istio-injection-")
    code, rows = verify()
    (row,) = of("restarts", rows)
    assert code == 0, "a warning: it works"
    assert (row["object"], row["what"]) == ("Deployment leaving/hello", "has a sidecar, and would not get one today")
    kubectl(*row["todo"].split()[1:])
    kubectl.rolled_out("leaving", "hello")
    is_well()
    kubectl("delete", "namespace", "leaving", "--wait=false")


def test_a_gateway_that_does_not_start(demo: MeshStack, kubectl: Kubectl) -> None:
    kubectl("set", "image", "deployment/istio-egressgateway", "istio-proxy=docker.io/local/none:1", *SYSTEM)
    try:
        found = eventually(
            lambda: of("gateways", verify()[1]),
            lambda rows: bool(rows) and "none:1" in rows[0]["what"],
            "the gateway's trouble is named",
            attempts=20,
        )
    finally:
        demo.up("--refresh")
    assert found[0]["object"] == "Deployment istio-system/istio-egressgateway"
    is_well()


CHOICES: dict[str, list[dict[str, str]]] = {
    "namespace": [
        {},
        {"istio-injection": "enabled"},
        {"istio-injection": "disabled"},
        {"istio.io/rev": "default"},
        {"istio.io/rev": "canary"},
        {"istio-injection": "enabled", "istio.io/rev": "default"},
    ],
    "pod": [
        {},
        {"sidecar.istio.io/inject": "true"},
        {"sidecar.istio.io/inject": "false"},
        {"istio.io/rev": "default"},
        {"istio.io/rev": "canary"},
        {"sidecar.istio.io/inject": "true", "istio.io/rev": "default"},
        {"sidecar.istio.io/inject": "false", "istio.io/rev": "default"},
    ],
}


def test_who_gets_a_sidecar_is_foretold_as_the_api_server_and_istiod_decide(
    demo: MeshStack, kubectl: Kubectl, cluster: clusters.Cluster
) -> None:
    """The oracle is the cluster itself: pods made in a dry run pass through the real webhooks."""
    api = Api(cluster.kubeconfig, cluster.context)
    names = [f"told-{number}" for number in range(len(CHOICES["namespace"]))]
    kubectl.apply(*(namespace(name, **labels) for name, labels in zip(names, CHOICES["namespace"], strict=True)))
    snapshot = take(api, "istio-system")
    seen = {}
    for name, host, annotation in product([*names, "kube-system"], (False, True), (None, "false", "true")):
        for labels in CHOICES["pod"]:
            pod = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": "told",
                    "namespace": name,
                    "labels": labels,
                    "annotations": {"sidecar.istio.io/inject": annotation} if annotation else {},
                },
                "spec": {"hostNetwork": host, "containers": [{"name": "app", "image": "docker.io/local/fortio:1"}]},
            }
            path = f"/api/v1/namespaces/{name}/pods"
            made = api.request("POST", path, {"dryRun": "All"}, pod, "application/json")
            revision = injection.revision_for(pod, snapshot.namespaces[name], snapshot.mutating)
            foretold = revision if revision and injection.required(pod, snapshot.injectors[revision]) else None
            seen[name, host, annotation, str(labels)] = (injection.injected(made), foretold)
    assert {key: pair for key, pair in seen.items() if pair[0] != pair[1]} == {}
    assert len(seen) == 294 and {pair[0] for pair in seen.values()} == {None, "default"}
    kubectl("delete", "namespace", *names, "--wait=false")
