"""Where dashboards are found, and what is said when they are not."""

from __future__ import annotations

from typing import Any, cast

import pytest

from mesh_components.live import dashboards
from mesh_components.live.api import Api
from mesh_components.live.dashboards import NotThere, board, envoy, istiod, port_number, target_port
from mesh_components.live.forward import Target


class FakeApi:
    """A cluster of a few objects by their collection's path."""

    def __init__(self, **collections: list[dict[str, Any]]) -> None:
        self.collections = collections

    def list(self, path: str, **query: str) -> list[dict[str, Any]]:
        *_, kind = path.split("/")
        where = path.split("/namespaces/")[1].split("/")[0] if "/namespaces/" in path else None
        wanted = dict(pair.split("=") for pair in query.get("labelSelector", "").split(",") if pair)
        return [
            item
            for item in self.collections.get(kind, [])
            if where in (None, item["metadata"]["namespace"])
            and wanted.items() <= item["metadata"].get("labels", {}).items()
        ]

    def find(self, path: str) -> dict[str, Any] | None:
        parent, _, name = path.rpartition("/")
        return next((item for item in self.list(parent) if item["metadata"]["name"] == name), None)


def api(**collections: list[dict[str, Any]]) -> Api:
    return cast(Api, FakeApi(**collections))


UI = {"name": "ui", "containerPort": 3001}


def pod(
    name: str, namespace: str, ready: bool = True, made: int = 1, more: dict[str, str] | None = None, **labels: str
) -> dict[str, Any]:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "app-1", "controller": True}
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {**labels, **(more or {})},
            "creationTimestamp": f"2026-01-0{made}T00:00:00Z",
            "ownerReferences": [owner],
        },
        "spec": {
            "containers": [{"name": "istio-proxy", "image": "p", "ports": [{"name": "ui", "containerPort": 3001}]}]
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    }


def service(name: str, namespace: str, port: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"selector": {"app": name}, "ports": [port]}}


def test_a_service_is_found_in_istios_namespace_first() -> None:
    port = {"port": 20001}
    there = api(
        services=[service("kiali", "another", port), service("kiali", "istio-system", port)],
        pods=[pod("a", "another", app="kiali"), pod("b", "istio-system", app="kiali")],
    )
    place = board(there, "kiali", None, "istio-system")
    assert place.resolve() == Target("istio-system", "b", 20001)
    assert (place.port, place.path) == (20001, "/kiali")
    assert board(there, "kiali", "another", "istio-system").resolve() == Target("another", "a", 20001)


def test_pages_are_where_they_are_installed() -> None:
    kiali = pod("b", "n", app="kiali")
    kiali["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/healthz", "port": 20001}}
    settings = "extensions: {jaeger_query: {base_path: /traces}}"
    there = api(
        services=[service("kiali", "n", {"port": 20001}), service("tracing", "n", {"port": 80, "targetPort": 16686})],
        pods=[kiali, pod("j", "n", app="tracing")],
        configmaps=[{"metadata": {"name": "jaeger", "namespace": "n"}, "data": {"config.yaml": settings}}],
    )
    assert board(there, "kiali", None, "n").path == "/"
    assert board(there, "jaeger", None, "n").path == "/traces"
    kiali["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"] = "/console/healthz"
    assert board(there, "kiali", None, "n").path == "/console"
    del there.collections["configmaps"]  # type: ignore[attr-defined]
    assert board(there, "jaeger", None, "n").path == "/"


def test_without_a_service_pods_are_found_by_their_labels() -> None:
    there = api(pods=[pod("a", "monitoring", more={"app.kubernetes.io/name": "grafana"})])
    assert board(there, "grafana", None, "istio-system").resolve() == Target("monitoring", "a", 3000)


def test_of_several_pods_the_newest_that_is_ready_and_none_while_none_is() -> None:
    pods = [
        pod("old", "n", app="kiali"),
        pod("new", "n", made=2, app="kiali"),
        pod("starting", "n", ready=False, made=3, app="kiali"),
        pod("going", "n", made=4, app="kiali"),
    ]
    pods[3]["metadata"]["deletionTimestamp"] = "2026-01-05T00:00:00Z"
    there = api(services=[service("kiali", "n", {"port": 20001})], pods=pods)
    place = board(there, "kiali", None, "istio-system")
    assert place.resolve() == Target("n", "new", 20001)
    del pods[:2]
    assert place.resolve() is None


def test_ports_by_number_and_by_name() -> None:
    tracing = service("tracing", "n", {"port": 80, "targetPort": 16686})
    assert target_port(tracing, 16686) == 16686
    named = service("grafana", "n", {"port": 80, "targetPort": "ui"})
    there = api(services=[named], pods=[pod("a", "n", app="grafana")])
    assert board(there, "grafana", None, "istio-system").resolve() == Target("n", "a", 3001)
    assert port_number(pod("a", "n"), "other") is None
    two = service("prometheus", "n", {"port": 1})
    two["spec"]["ports"].append({"port": 9090, "targetPort": 9091})
    assert target_port(two, 9090) == 9091


def test_what_is_not_there_is_said_with_what_is() -> None:
    there = api(
        services=[service("kiali", "n", {"port": 20001})],
        pods=[pod("istiod-1", "istio-system", app="istiod"), pod("a", "apps", app="a")],
    )
    with pytest.raises(
        NotThere, match=r"grafana is not installed in this cluster\. Installed: kiali, istiod, envoy \(of 2"
    ):
        board(there, "grafana", None, "istio-system")
    with pytest.raises(NotThere, match="Nothing of the mesh is installed"):
        board(api(), "grafana", None, "istio-system")
    with pytest.raises(NotThere, match="no istiod of revision canary"):
        istiod(there, "istio-system", "canary")


def workload() -> Api:
    template = {"app": "a", "pod-template-hash": "1"}
    owner = {"metadata": {"name": "app-1", "namespace": "apps"}, "spec": {"selector": {"matchLabels": template}}}
    above = {"metadata": {"name": "app", "namespace": "apps"}, "spec": {"selector": {"matchLabels": {"app": "a"}}}}
    return api(pods=[pod("app-1-x", "apps", more=template)], replicasets=[owner], deployments=[above])


@pytest.mark.parametrize("name", ["app-1-x.apps", "deployment/app.apps", "deploy/app.apps"])
def test_a_pods_successor_takes_its_place_after_a_rollout_too(name: str) -> None:
    there = workload()
    place = envoy(there, name, "default")
    assert place.resolve() == Target("apps", "app-1-x", dashboards.ENVOY_PORT)
    pods = cast(FakeApi, there).collections["pods"]
    pods[:] = [pod("app-2-y", "apps", app="a", more={"pod-template-hash": "2"})]
    assert place.resolve() == Target("apps", "app-2-y", dashboards.ENVOY_PORT)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("app-9.apps", "there is no pod 'app-9' in namespace apps; pods with a proxy there: app-1-x"),
        ("app-1-x", "there is no pod 'app-1-x' in namespace default; no pod there has a proxy"),
        ("deployment/none.apps", "there is no deployment 'none'"),
        ("secret/x.apps", "one of daemonset, deploy"),
    ],
)
def test_a_pod_that_is_not_there(name: str, said: str) -> None:
    with pytest.raises(NotThere, match=said):
        envoy(workload(), name, "default")


def test_a_pod_without_a_proxy() -> None:
    plain = pod("plain", "apps")
    plain["spec"]["containers"] = [{"name": "app", "image": "x"}]
    with pytest.raises(NotThere, match="apps/plain has no proxy"):
        envoy(api(pods=[plain], replicasets=[]), "plain.apps", "default")
