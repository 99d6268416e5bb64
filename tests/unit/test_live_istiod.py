"""What istiod says about itself and its proxies."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_components.cli.version import versions
from mesh_components.live.injection import matches, required
from mesh_components.live.proxies import Istiod, build_info, monitoring_port, proxies, release

CLUSTERS = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
LISTENERS = "type.googleapis.com/envoy.config.listener.v3.Listener"
ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"


def test_sync_states_in_istioctls_words() -> None:
    answer: list[dict[str, Any]] = [
        {
            "cluster_id": "Kubernetes",
            "proxy": "a-1.apps",
            "proxy_type": "router",
            "istio_version": "1.31.0",
            "resources": {
                CLUSTERS: {"sent": "1", "acked": "1"},
                LISTENERS: {"sent": "2", "acked": "1"},
                ROUTES: {},
                "type.googleapis.com/other": {"sent": "1"},
            },
        },
        {"proxy": "somebody-who-asks", "istio_version": "1.31.0"},
    ]
    (found,) = proxies(answer, "istiod-1")
    assert found.types == {"CDS": "SYNCED", "LDS": "STALE", "RDS": "NOT SENT"}
    assert (found.kind, found.pod, found.stale, found.istiod) == ("gateway", ("apps", "a-1"), ["LDS"], "istiod-1")


def test_a_push_that_was_refused() -> None:
    entry = {
        "cluster_id": "K",
        "proxy": "a.b",
        "resources": {LISTENERS: {"sent": "2", "acked": "1", "lastError": "bad"}},
    }
    (found,) = proxies([entry], "i")
    assert (found.types, found.errors, found.stale) == ({"LDS": "ERROR"}, {"LDS": "bad"}, [])


def test_an_istiod_that_does_not_list_resources() -> None:
    entry = {"cluster_id": "K", "proxy": "a.b", "cluster_sent": "1", "cluster_acked": "1", "route_sent": "3"}
    (found,) = proxies([entry], "i")
    assert found.types == {"CDS": "SYNCED", "RDS": "STALE"}


@pytest.mark.parametrize(
    ("answer", "version", "revision"),
    [
        ("1.31.0-unknown-unknown", "1.31.0", "unknown"),
        ("1.29.1-8d3a4c1-Clean\n", "1.29.1", "8d3a4c1"),
        ("1.31-alpha.9c900ba-9c900ba-Clean", "1.31-alpha.9c900ba", "9c900ba"),
        ("1.31.0", "1.31.0", ""),
        ("", "", ""),
    ],
)
def test_istiods_version(answer: str, version: str, revision: str) -> None:
    found = build_info(answer)
    assert (found["version"], found["revision"]) == (version, revision)


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        (["discovery", "--monitoringAddr=:15014"], 15014),
        (["discovery", "--monitoringAddr=:9999"], 9999),
        (["discovery", "--monitoringAddr", "127.0.0.1:8888"], 8888),
        (["discovery"], 15014),
        (None, 15014),
    ],
)
def test_the_port_that_istiod_is_asked_on(arguments: list[str] | None, port: int) -> None:
    assert monitoring_port({"spec": {"containers": [{"name": "discovery", "args": arguments}]}}) == port


def test_which_release_is_older() -> None:
    assert (release("1.9.2") or ()) < (release("v1.10") or ()) < (release("1.10.1-dev") or ())
    assert release("unknown") is None


def test_versions_are_counted_by_revision_and_by_proxy() -> None:
    entries = [
        {"cluster_id": "K", "proxy": f"{n}.a", "istio_version": v} for n, v in enumerate(["1.31.0", "1.30.1", "1.31.0"])
    ]
    both = [
        Istiod("istiod-1", "s", "default", "1.31.0", {"version": "1.31.0"}, proxies(entries, "istiod-1")),
        Istiod("istiod-2", "s", "canary", "", error="no answer"),
        Istiod("istiod-3", "s", "default", "1.31.0", {"version": "1.31.0"}),
    ]
    found = versions(both)
    assert [(plane["revision"], plane["version"], plane["pods"]) for plane in found["controlPlanes"]] == [
        ("canary", "", 1),
        ("default", "1.31.0", 2),
    ]
    assert found["controlPlanes"][0]["error"] == "no answer"
    assert found["dataPlane"] == [{"version": "1.30.1", "proxies": 1}, {"version": "1.31.0", "proxies": 2}]


@pytest.mark.parametrize(
    ("selector", "labels", "selected"),
    [
        (None, {}, True),
        ({}, {"a": "b"}, True),
        ({"matchLabels": {"a": "b"}}, {"a": "b", "c": "d"}, True),
        ({"matchLabels": {"a": "b"}}, {"a": "c"}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b", "c"]}]}, {"a": "c"}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, {}, True),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}, {"a": "b"}, False),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {"a": ""}, True),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {"a": ""}, False),
    ],
)
def test_selectors(selector: dict[str, object] | None, labels: dict[str, str], selected: bool) -> None:
    assert matches(selector, labels) is selected


def test_the_injectors_own_rules() -> None:
    def asked(config: dict[str, object], annotation: str | None = None, **labels: str) -> bool:
        annotations = {"sidecar.istio.io/inject": annotation} if annotation else {}
        pod = {"metadata": {"namespace": "a", "labels": labels, "annotations": annotations}, "spec": {}}
        return required(pod, config)

    never: dict[str, object] = {"neverInjectSelector": [{"matchLabels": {"app": "x"}}]}
    always: dict[str, object] = {"policy": "disabled", "alwaysInjectSelector": [{"matchLabels": {"app": "x"}}]}
    assert asked({}) and not asked({"policy": "disabled"})
    assert not asked(never, app="x") and asked(never, app="y")
    assert asked(always, app="x") and not asked(always, app="y")
    assert asked(never, **{"sidecar.istio.io/inject": "true", "app": "x"})
    assert not asked({}, "false") and asked({"policy": "disabled"}, "true")
    # The label is the newer of the two, and wins.
    assert asked({}, "false", **{"sidecar.istio.io/inject": "true"})
