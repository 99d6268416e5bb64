"""Routes, weights, mirrors, faults, timeouts and retries: declared as components, seen with real requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from .kubectl import Kubectl, eventually
from .traffic_apps import NAMESPACE, V1, V2
from .traffic_program import Program
from .traffic_requests import ask, bounds, lines_of, load, within

SERVER: dict[str, Any] = {"service": "server", "namespace": NAMESPACE}
TESTER = {"headers": {"x-tester": {"exact": "yes"}}}
AS_TESTER = ("-H", "X-Tester: yes")


def test_bounds_are_those_of_the_binomial_distribution() -> None:
    assert bounds(10, 0.5, 0.0) == (0, 10)
    assert bounds(1, 0.5, 1e-6) == (0, 1)
    # 0.5 ** 30 is less than half of 1e-6, and 31 times it is not.
    assert bounds(30, 0.5, 1e-8) == (1, 29)
    low, high = bounds(400, 0.1)
    assert 10 < low < 40 < high < 80


def test_weights_of_requests(program: Program, kubectl: Kubectl) -> None:
    program.up(("TrafficShifting", "server", {**SERVER, "weights": {"v1": 90, "v2": 10}}))
    eventually(lambda: load(kubectl, 20).of(V2), lambda count: count <= 8, "most requests go to v1")
    answers = load(kubectl, 500)
    assert answers.of(V1) + answers.of(V2) == 500
    within(answers.of(V2), 500, 0.1)

    changes = program.up(("TrafficShifting", "server", {**SERVER, "weights": {"v1": 90, "v2": 10}}))
    assert set(changes) == {"same"}, "a second update changes nothing"

    program.up(("TrafficShifting", "server", {**SERVER, "weights": {"v1": 0, "v2": 100}}))
    eventually(lambda: load(kubectl, 20).codes, lambda codes: set(codes) == {V2}, "all requests go to v2")


def test_weights_of_connections(program: Program, kubectl: Kubectl) -> None:
    """Through a port that is no HTTP to the mesh; each request has a connection of its own."""
    program.up(("TcpTrafficShifting", "server", {**SERVER, "weights": {"v1": 20, "v2": 80}}))
    url = f"http://server.{NAMESPACE}:9000"
    eventually(
        lambda: load(kubectl, 20, "/", "-keepalive=false", url=url).of(V2), lambda count: count >= 12, "most go to v2"
    )
    answers = load(kubectl, 300, "/", "-keepalive=false", url=url)
    assert answers.of(V1) + answers.of(V2) == 300
    within(answers.of(V2), 300, 0.8)


@pytest.mark.parametrize(
    ("match", "options", "path", "others"),
    [
        ({"headers": {"x-tester": {"exact": "yes"}}}, AS_TESTER, "/", ("-H", "X-Tester: no")),
        ({"headers": {"user-agent": {"regex": ".*Firefox.*"}}}, ("-H", "User-Agent: Firefox/1"), "/", ()),
        ({"uri": {"prefix": "/new"}}, (), "/new/page", ()),
        ({"method": {"exact": "POST"}}, ("-payload", "x"), "/", ()),
        ({"sourceLabels": {"app": "client"}, "uri": {"exact": "/mine"}}, (), "/mine", ()),
    ],
    ids=["header", "header by regex", "URI", "method", "source"],
)
def test_requests_told_apart(
    program: Program,
    kubectl: Kubectl,
    match: dict[str, Any],
    options: tuple[str, ...],
    path: str,
    others: tuple[str, ...],
) -> None:
    routes = [{"match": [match], "weights": {"v2": 100}}]
    program.up(("RequestRouting", "server", {**SERVER, "routes": routes, "weights": {"v1": 100}}))
    eventually(lambda: load(kubectl, 10, path, *options).codes, lambda codes: set(codes) == {V2}, "they go to v2")
    assert set(load(kubectl, 30, path, *options).codes) == {V2}
    assert set(load(kubectl, 30, "/other", *others).codes) == {V1}


def test_requests_told_apart_by_query(program: Program, kubectl: Kubectl) -> None:
    """By the pod's name: the server takes a query for what it is to answer."""
    routes = [{"match": [{"queryParams": {"version": {"exact": "2"}}}], "weights": {"v2": 100}}]
    program.up(("RequestRouting", "server", {**SERVER, "routes": routes, "weights": {"v1": 100}}))

    def answered_by(path: str) -> set[str]:
        texts = (ask(kubectl, path).text for _ in range(6))
        return {name for text in texts for name in ("server-v1", "server-v2") if f"on {name}-" in text}

    eventually(lambda: answered_by("/debug?version=2"), lambda names: names == {"server-v2"}, "they go to v2")
    assert answered_by("/debug?version=1") == {"server-v1"}


def test_what_happens_to_requests_on_their_way(program: Program, kubectl: Kubectl) -> None:
    routes = [
        {"match": [{"uri": {"prefix": "/away"}}], "redirect": {"uri": "/there", "redirectCode": 307}},
        {
            "match": [{"uri": {"prefix": "/answered"}}],
            "directResponse": {"status": 418, "body": {"string": "short and stout"}},
        },
        {
            "match": [{"uri": {"prefix": "/old"}}],
            "rewrite": {"uri": "/debug"},
            "headers": {"request": {"set": {"x-from-route": "yes"}}, "response": {"add": {"x-to-client": "yes"}}},
        },
        {
            "match": [{"uri": {"prefix": "/cors"}}],
            "corsPolicy": {"allowOrigins": [{"exact": "https://app.example.com"}], "allowMethods": ["GET"]},
        },
    ]
    program.up(("RequestRouting", "server", {**SERVER, "routes": routes, "weights": {"v1": 100}}))
    answered = eventually(
        lambda: ask(kubectl, "/answered"), lambda answer: answer.status == 418, "the proxy answers by itself"
    )
    assert "short and stout" in answered.text
    redirected = ask(kubectl, "/away")
    assert redirected.status == 307 and "/there" in redirected.text
    rewritten = ask(kubectl, "/old")
    assert rewritten.status == 200
    assert "GET /debug" in rewritten.text and "X-From-Route: yes" in rewritten.text
    assert "x-to-client: yes" in rewritten.text.lower()
    allowed = ask(kubectl, "/cors", "-H", "Origin: https://app.example.com")
    assert "access-control-allow-origin: https://app.example.com" in allowed.text.lower()
    other = ask(kubectl, "/cors", "-H", "Origin: https://other.example.com")
    assert "access-control-allow-origin" not in other.text.lower()


@pytest.mark.parametrize("percentage", [100, 30])
def test_mirrored_copies(program: Program, kubectl: Kubectl, percentage: int) -> None:
    """Copies are counted where they arrive, by the path of this test's requests alone."""
    first, counted = (f"/debug?mark={uuid4().hex}" for _ in range(2))

    def copies_of_some() -> int:
        load(kubectl, 20, first)
        return len(lines_of(kubectl, "server-v2", first))

    mirrors = [{"subset": "v2", "percentage": percentage}]
    program.up(("Mirroring", "server", {**SERVER, "weights": {"v1": 100}, "mirrors": mirrors}))
    eventually(copies_of_some, bool, "copies arrive")
    eventually(lambda: set(load(kubectl, 20).codes), lambda codes: codes == {V1}, "answers are v1's alone")
    assert load(kubectl, 300, counted).sent == 300
    copies = settled(lambda: len(lines_of(kubectl, "server-v2", counted)))
    within(copies, 300, percentage / 100)
    assert len(lines_of(kubectl, "server-v1", counted)) == 300


def settled(look: Callable[[], int]) -> int:
    """Look until the same is seen twice, and return it."""
    seen: list[int] = []

    def again() -> int:
        seen.append(look())
        return seen[-1]

    return eventually(again, lambda _: len(seen) > 2 and seen[-1] == seen[-2] == seen[-3], "the count stands still")


def test_delays(program: Program, kubectl: Kubectl) -> None:
    program.up(("FaultInjection", "server", {**SERVER, "delay": {"fixedDelay": "0.7s", "percentage": 25}}))
    eventually(lambda: load(kubectl, 20).slower_than(0.7), bool, "some requests are delayed")
    answers = load(kubectl, 200, threads=16)
    within(answers.slower_than(0.7), 200, 0.25)
    assert set(answers.codes) <= {V1, V2}


def test_aborts(program: Program, kubectl: Kubectl) -> None:
    program.up(("FaultInjection", "server", {**SERVER, "abort": {"httpStatus": 555, "percentage": 20}}))
    eventually(lambda: load(kubectl, 30).of(555), bool, "some requests are aborted")
    answers = load(kubectl, 500)
    within(answers.of(555), 500, 0.2)
    assert set(answers.codes) <= {V1, V2, 555}


def test_faults_for_some_requests_alone(program: Program, kubectl: Kubectl) -> None:
    program.up(("FaultInjection", "server", {**SERVER, "match": [TESTER], "abort": {"httpStatus": 555}}))
    eventually(lambda: load(kubectl, 10, "/", *AS_TESTER).codes, lambda codes: set(codes) == {555}, "testers fail")
    assert set(load(kubectl, 50).codes) <= {V1, V2}


def test_a_timeout_that_fires(program: Program, kubectl: Kubectl) -> None:
    # Envoy counts from when its event loop last looked at the clock, some milliseconds before the request.
    limits = {"timeout": "0.55s", "retries": {"attempts": 0}}
    program.up(("RequestTimeouts", "server", {**SERVER, **limits}))
    eventually(lambda: load(kubectl, 4, "/?delay=1s").codes, lambda codes: set(codes) == {504}, "the timeout fires")
    slow = load(kubectl, 16, "/?delay=1s")
    assert slow.codes == {504: 16}
    assert slow.slower_than(0.5) == 16 and slow.slower_than(0.95) == 0
    assert set(load(kubectl, 16, "/?delay=100ms").codes) <= {V1, V2}


def test_retries(program: Program, kubectl: Kubectl) -> None:
    """A server that fails half the time: five more attempts leave one failure in 64."""
    failing = "/?status=500:50"
    program.up(("RequestTimeouts", "server", {**SERVER, "retries": {"attempts": 0}}))
    eventually(lambda: load(kubectl, 20, failing).of(500), bool, "requests fail")
    within(load(kubectl, 200, failing).of(500), 200, 0.5)
    retries = {"attempts": 5, "retryOn": "5xx", "perTryTimeout": "2s"}
    program.up(("RequestTimeouts", "server", {**SERVER, "retries": retries}))
    eventually(lambda: load(kubectl, 40, failing).of(500), lambda count: count <= 4, "failed requests are tried again")
    within(load(kubectl, 200, failing).of(500), 200, 0.5**6)


def test_everything_of_a_service_at_once(program: Program, kubectl: Kubectl, tmp_path: Path) -> None:
    wanted = {
        **SERVER,
        "weights": {"v1": 100},
        "routes": [
            {"match": [TESTER], "weights": {"v2": 100}, "fault": {"abort": {"httpStatus": 555, "percentage": 50}}}
        ],
        "timeout": "0.5s",
        "retries": {"attempts": 0},
        "outlierDetection": {"consecutive5xxErrors": 1000},
    }
    program.up(("ServiceTraffic", "server", wanted))
    eventually(lambda: set(load(kubectl, 10).codes), lambda codes: codes == {V1}, "all others go to v1")
    eventually(lambda: load(kubectl, 20, "/", *AS_TESTER).of(555), bool, "testers fail")
    testers = load(kubectl, 200, "/", *AS_TESTER)
    assert set(testers.codes) == {V2, 555}
    within(testers.of(555), 200, 0.5)
    assert load(kubectl, 8, "/?delay=1s").codes == {504: 8}
    rule = kubectl.get("destinationrule", "server", "--namespace", NAMESPACE)
    assert rule["metadata"]["labels"]["kiali_wizard"] == "request_routing"
    assert set(program.up(("ServiceTraffic", "server", wanted))) == {"same"}
