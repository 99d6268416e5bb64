"""Breakers, ejected pods and load balancers, seen with real requests."""

from __future__ import annotations

import time
from typing import Any

from .kubectl import Kubectl, eventually
from .traffic_apps import NAMESPACE, V1, V2, deployment, rolled_out, versions
from .traffic_program import Program
from .traffic_requests import bounds, load, within

SERVER: dict[str, Any] = {"service": "server", "namespace": NAMESPACE}
NO_RETRIES: dict[str, Any] = {"retries": {"attempts": 0}}


def test_a_breaker_opens_under_load_and_closes_after_it(program: Program, kubectl: Kubectl) -> None:
    slow = "/?delay=100ms"
    pool = {"tcp": {"maxConnections": 1}, "http": {"http1MaxPendingRequests": 1, "maxRequestsPerConnection": 1}}
    program.up(("ServiceTraffic", "server", {**SERVER, **NO_RETRIES, "connectionPool": pool}))
    eventually(lambda: load(kubectl, 16, slow).of(503), bool, "the breaker opens")
    crowd = load(kubectl, 64, slow, threads=8)
    assert crowd.of(503) > 0 and crowd.of(V1) + crowd.of(V2) > 0
    assert crowd.of(503) + crowd.of(V1) + crowd.of(V2) == 64
    assert load(kubectl, 8, slow, threads=1).of(503) == 0, "one request at a time passes"
    program.up()
    eventually(lambda: load(kubectl, 32, slow).of(503), lambda count: count == 0, "without limits nothing is refused")


def test_a_pod_that_fails_is_ejected_and_tried_again(program: Program, kubectl: Kubectl) -> None:
    failing = 500
    kubectl.apply(deployment("server-v2", {"app": "server", "version": "v2"}, status=failing))
    rolled_out(kubectl, "server-v2")
    try:
        program.up(("ServiceTraffic", "server", {**SERVER, **NO_RETRIES}))
        eventually(lambda: load(kubectl, 20).of(failing), bool, "half of the requests fail")
        limits = {"consecutive5xxErrors": 3, "interval": "1s", "baseEjectionTime": "8s", "maxEjectionPercent": 100}
        program.up(("ServiceTraffic", "server", {**SERVER, **NO_RETRIES, "outlierDetection": limits}))
        eventually(lambda: load(kubectl, 40).codes, lambda codes: codes == {V1: 40}, "the pod is ejected")
        ejected = time.monotonic()
        assert load(kubectl, 100).codes == {V1: 100}
        assert time.monotonic() - ejected < 8, "still within the time of the ejection"
        eventually(lambda: load(kubectl, 20).of(failing), bool, "after a while the pod is tried again")
        eventually(lambda: load(kubectl, 40).codes, lambda codes: codes == {V1: 40}, "and ejected again")
    finally:
        kubectl.apply(deployment("server-v2", {"app": "server", "version": "v2"}, status=V2))
        rolled_out(kubectl, "server-v2")


def test_the_same_header_leads_to_the_same_pod(program: Program, kubectl: Kubectl) -> None:
    program.up(("LoadBalancing", "server", {**SERVER, "consistentHash": {"httpHeaderName": "x-user"}}))

    def versions_of(user: int) -> set[int]:
        return set(load(kubectl, 12, "/", "-H", f"X-User: {user}", threads=4).codes)

    eventually(
        lambda: [versions_of(user) for user in range(3)],
        lambda found: all(len(one) == 1 for one in found),
        "each user has one version",
    )
    seen = [versions_of(user) for user in range(20)]
    assert all(len(one) == 1 for one in seen), "a user's requests all go to one pod"
    # 20 users on two pods: all on one of them once in half a million.
    assert set.union(*seen) == {V1, V2}


def test_the_nearer_pods_are_preferred_until_they_go(program: Program, kubectl: Kubectl) -> None:
    """Nearness here is a label that client and pods share, since the node has but one place."""
    setting = {"enabled": True, "failoverPriority": ["version"]}
    limits = {"consecutive5xxErrors": 5}
    wanted = {**SERVER, "localityLbSetting": setting, "outlierDetection": limits}
    program.up(("LoadBalancing", "server", wanted))
    eventually(lambda: load(kubectl, 20).codes, lambda codes: codes == {V1: 20}, "the client's own version answers")
    assert load(kubectl, 100).codes == {V1: 100}
    kubectl("scale", "deployment/server-v1", "--namespace", NAMESPACE, "--replicas", "0")
    try:
        eventually(lambda: load(kubectl, 20).codes, lambda codes: codes == {V2: 20}, "the other one answers")
    finally:
        kubectl("scale", "deployment/server-v1", "--namespace", NAMESPACE, "--replicas", "1")
        rolled_out(kubectl, "server-v1")
    eventually(lambda: load(kubectl, 20).codes, lambda codes: codes == {V1: 20}, "the nearer one answers again")


def test_regions_share_and_fail_over(program: Program, kubectl: Kubectl) -> None:
    """Where a pod is, Istio takes from its label `istio-locality` before it asks for the node's region."""
    places = {"server-v1": "east.a.1", "server-v2": "west.a.1", "client": "east.a.1"}
    for name, place in places.items():
        app, _, version = name.partition("-")
        labels = {"app": app, "version": version or "v1"}
        one = deployment(name, labels, status=V2 if version == "v2" else V1)
        one["spec"]["template"]["metadata"]["labels"] = {**labels, "istio-locality": place}
        kubectl.apply(one)
    rolled_out(kubectl, *places)
    limits = {"consecutive5xxErrors": 5}
    shared = {"enabled": True, "distribute": [{"from": "east/*", "to": {"east/*": 80, "west/*": 20}}]}
    program.up(("LoadBalancing", "server", {**SERVER, "localityLbSetting": shared, "outlierDetection": limits}))
    eventually(lambda: load(kubectl, 20).of(V2), lambda count: 0 < count < 10, "some requests leave the region")
    answers = load(kubectl, 500)
    assert answers.of(V1) + answers.of(V2) == 500
    within(answers.of(V2), 500, 0.2)

    near = {"enabled": True, "failover": [{"from": "east", "to": "west"}]}
    program.up(("LoadBalancing", "server", {**SERVER, "localityLbSetting": near, "outlierDetection": limits}))
    eventually(lambda: load(kubectl, 20).codes, lambda codes: codes == {V1: 20}, "the client's own region answers")
    kubectl("scale", "deployment/server-v1", "--namespace", NAMESPACE, "--replicas", "0")
    try:
        eventually(lambda: load(kubectl, 20).codes, lambda codes: codes == {V2: 20}, "the other region answers")
    finally:
        kubectl.apply(*versions())
        kubectl("scale", "deployment/server-v1", "--namespace", NAMESPACE, "--replicas", "1")
        rolled_out(kubectl, "server-v1", "server-v2", "client")


def test_a_new_pod_is_warmed_up(program: Program, kubectl: Kubectl) -> None:
    """It begins with a tenth of the others' share, Istio's default, and in the end has the same."""
    warmup = {"duration": "30s"}
    program.up(("LoadBalancing", "server", {**SERVER, "simple": "ROUND_ROBIN", "warmup": warmup}))
    time.sleep(30)  # the pods that are there are warm by then
    kubectl("scale", "deployment/server-v2", "--namespace", NAMESPACE, "--replicas", "0")
    eventually(lambda: load(kubectl, 20).codes, lambda codes: codes == {V1: 20}, "the old pod is gone")
    kubectl("scale", "deployment/server-v2", "--namespace", NAMESPACE, "--replicas", "1")
    rolled_out(kubectl, "server-v2")
    cold = eventually(lambda: load(kubectl, 100), lambda answers: answers.of(V2) > 0, "the new pod is known")
    assert cold.of(V2) < bounds(100, 0.5)[0], "far fewer than a half: the pod is new"
    eventually(
        lambda: load(kubectl, 200).of(V2),
        lambda count: count >= bounds(200, 0.5)[0],
        "a half: the pod is warm",
        pause=2,
    )
