"""Kiali, declared as one of the mesh's addons: its own server, what it has to say of the mesh and of real requests.

The server is Kiali 1.89 from its Go module, in which there are no pages: what people would see, its API says.
"""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mesh_components.analysis.kiali import SAME_AS

from .kubectl import Kubectl, Manifest, eventually
from .mesh_stack import mesh
from .observability_stack import ECHO, EMPTY, OUTSIDER, SYSTEM, TCP_ECHO, Kiali, token_of
from .test_dashboard import Opened, opened
from .traffic_apps import NAMESPACE, account
from .traffic_requests import ask, execute, load

EDITOR, VIEWER, NOBODY = "kiali-editor", "kiali-reader", "kiali-nobody"
"""ServiceAccounts that stand for people."""

ISTIO = f"namespaces/{NAMESPACE}/istio"


@pytest.fixture(scope="module")
def people(observed: Path, kubectl: Kubectl) -> Iterator[None]:
    """Three people: one may read and write, one may read, one may do nothing."""
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": EDITOR}}
    rules = [{"apiGroups": ["networking.istio.io"], "resources": ["*"], "verbs": ["create", "patch", "delete"]}]
    # `kiali-viewer` is what Kiali itself may do: what a person sees is never more than that.
    bindings = [_bound(EDITOR, EDITOR), _bound(f"{EDITOR}-reads", EDITOR, "kiali-viewer")]
    bindings.append(_bound(VIEWER, VIEWER, "kiali-viewer"))
    kubectl.apply(*map(account, (EDITOR, VIEWER, NOBODY)), {**role, "rules": rules}, *bindings)
    yield
    kubectl("delete", "clusterrole", EDITOR)
    kubectl("delete", "clusterrolebinding", *(each["metadata"]["name"] for each in bindings))


def _bound(name: str, who: str, role: str = EDITOR) -> Manifest:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": who, "namespace": NAMESPACE}],
    }


@pytest.fixture(scope="module")
def console(people: None) -> Iterator[Opened]:
    """The way to Kiali that `mesh dashboard kiali` opens."""
    with opened("kiali", "--no-browser") as board:
        assert board.address.endswith("/kiali")
        yield board


@pytest.fixture(scope="module")
def kiali(console: Opened, kubectl: Kubectl) -> Kiali:
    return Kiali(console, token_of(kubectl, VIEWER, NAMESPACE))


def test_it_says_what_runs_and_that_it_is_well(kiali: Kiali) -> None:
    status = kiali.get("status")
    assert status["status"]["Kiali version"] == "v1.89.0"
    versions = {each["name"]: each.get("version") for each in status["externalServices"]}
    assert versions["Prometheus"] == "3.10.0"
    assert "jaeger" in versions
    wanted = {"istiod", "istio=ingressgateway", "istio=egressgateway", "prometheus", "tracing"}
    states = {each["name"]: each["status"] for each in kiali.get("istio/status")}
    assert {name: states.get(name) for name in wanted} == dict.fromkeys(wanted, "Healthy")
    nodes = [each["data"] for each in kiali.get("mesh/graph")["elements"]["nodes"]]
    assert [each["version"] for each in nodes if each.get("infraType") == "istiod"] == ["1.31.0"]


def test_it_knows_workloads_and_services(kiali: Kiali) -> None:
    workloads = kiali.get("clusters/workloads", namespaces=NAMESPACE, health="false")["workloads"]
    assert {each["name"]: each["istioSidecar"] for each in workloads} == {
        "client": True,
        "server-v1": True,
        "server-v2": True,
        OUTSIDER: False,
    }
    services = kiali.get("clusters/services", namespaces=NAMESPACE, health="false")["services"]
    assert {each["name"] for each in services} == {"server", ECHO, EMPTY}

    def synced() -> dict[str, int]:
        found = kiali.get("clusters/health", namespaces=NAMESPACE, type="workload")["namespaceWorkloadHealth"]
        return {name: one["workloadStatus"]["syncedProxies"] for name, one in found[NAMESPACE].items()}

    # Kiali asks istiod's pod every now and then.
    wanted = {"client": 1, "server-v1": 1, "server-v2": 1, OUTSIDER: -1}
    eventually(synced, lambda found: found == wanted, "istiod says of each proxy whether it is in sync", pause=1)


BROKEN: list[Manifest] = [
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "broken", "namespace": NAMESPACE},
        "spec": {
            "hosts": ["server"],
            "http": [
                {
                    "route": [
                        {"destination": {"host": "nowhere"}, "weight": 50},
                        {"destination": {"host": "server", "subset": "v9", "port": {"number": 8080}}, "weight": 50},
                    ]
                }
            ],
        },
    },
    {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": {"name": "broken", "namespace": NAMESPACE},
        "spec": {"host": "server", "subsets": [{"name": "v8", "labels": {"version": "v8"}}]},
    },
    {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "broken", "namespace": NAMESPACE},
        "spec": {
            "selector": {"matchLabels": {"app": "server"}},
            "action": "DENY",
            "rules": [{"from": [{"source": {"principals": [f"cluster.local/ns/{NAMESPACE}/sa/nowhere"]}}]}],
        },
    },
]
CODES = {
    ("virtualservice", "KIA1101"),
    ("virtualservice", "KIA1107"),
    ("destinationrule", "KIA0203"),
    ("authorizationpolicy", "KIA0106"),
}


def test_it_validates_configuration_and_agrees_with_analysis(kiali: Kiali, kubectl: Kubectl) -> None:
    def codes() -> set[tuple[str, str]]:
        found = kiali.get(ISTIO, validate="true")["validations"]
        return {
            (kind, check["code"])
            for kind, objects in found.items()
            for one in objects.values()
            for check in one["checks"] or []
        }

    eventually(codes, lambda found: not found, "nothing is wrong before")
    kubectl.apply(*BROKEN)
    try:
        eventually(codes, lambda found: found == CODES, f"Kiali finds {sorted(CODES)}", attempts=40, pause=1)
        # The mesh's own analysis has Kiali's checks, under Istio's codes where Istio has the same.
        done = mesh("analyze", "--cluster", "--output", "json", check=False)
        here = [each for each in json.loads(done.stdout) if each["origin"].endswith(f" {NAMESPACE}/broken")]
        ours = {(each["origin"].split()[0].lower(), each["code"]) for each in here}
        assert ours == {(kind, SAME_AS.get(code, code)) for kind, code in CODES}
    finally:
        for each in BROKEN:
            kubectl("delete", each["kind"], "broken", "--namespace", NAMESPACE)
    eventually(codes, lambda found: not found, "nothing is wrong after", attempts=40, pause=1)


def test_its_graph_shows_the_traffic(kiali: Kiali, kubectl: Kubectl) -> None:
    """Two readings with requests between them make a rate."""

    def edges() -> dict[tuple[str, str, str], dict[str, Any]]:
        load(kubectl, 20)
        assert ask(kubectl, who=OUTSIDER).status in (200, 201)
        ask(kubectl, url=f"http://{EMPTY}.{NAMESPACE}:8080")
        echo = ["load", "-n", "10", "-c", "2", "-qps", "0", "-loglevel", "critical"]
        execute(kubectl, "fortio", *echo, f"tcp://{ECHO}.{NAMESPACE}:{TCP_ECHO}")
        return _edges(kiali)

    direct = {("client", "server"), ("server", "server-v1"), ("server", "server-v2"), ("unknown", "server")}
    wanted = {
        *((*pair, "http") for pair in direct),
        ("client", EMPTY, "http"),
        ("client", ECHO, "tcp"),
        (ECHO, "server-v1", "tcp"),
        (ECHO, "server-v2", "tcp"),
    }
    # Envoy counts requests at once, but merges its histograms every five seconds only (Bootstrap's
    # `stats_flush_interval`): response times come after the edges.
    timed = "server", "server-v1", "http"

    def complete(seen: dict[tuple[str, str, str], dict[str, Any]]) -> bool:
        return seen.keys() >= wanted and "responseTime" in seen[timed]

    found = eventually(edges, complete, f"the graph has {sorted(wanted)}, and the response time of {timed}", 20)
    assert found.keys() <= wanted | {("unknown", ECHO, "tcp")}, "and nothing that nobody has sent"

    to_server = found["client", "server", "http"]
    assert float(to_server["traffic"]["rates"]["http"]) > 0
    assert set(to_server["traffic"]["responses"]) == {"200", "201"}
    assert to_server["isMTLS"] == "100", "every request through mutual TLS, as the server's proxies report"
    assert to_server["sourcePrincipal"] == f"spiffe://cluster.local/ns/{NAMESPACE}/sa/client"
    assert "isMTLS" not in found["unknown", "server", "http"], "in plain text"
    assert float(found[timed]["responseTime"]) > 0
    failed = found["client", EMPTY, "http"]["traffic"]
    assert failed["rates"]["httpPercentErr"] == "100.0"
    assert failed["responses"]["503"]["flags"] == {"UH": "100.0"}
    assert float(found["client", ECHO, "tcp"]["traffic"]["rates"]["tcp"]) > 0


def _edges(kiali: Kiali) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the graph's edges by source, destination and protocol."""
    graph = kiali.get(
        "namespaces/graph",
        namespaces=NAMESPACE,
        duration="60s",
        graphType="versionedApp",
        injectServiceNodes="true",
        appenders="deadNode,securityPolicy,responseTime,serviceEntry,sidecarsCheck",
        rateGrpc="requests",
        rateHttp="requests",
        rateTcp="sent",
    )["elements"]
    names = {
        node["data"]["id"]: node["data"].get("workload") or node["data"].get("service") or "" for node in graph["nodes"]
    }
    data = [edge["data"] for edge in graph["edges"]]
    return {(names[edge["source"]], names[edge["target"]], edge["traffic"]["protocol"]): edge for edge in data}


def test_it_shows_traces(kiali: Kiali, kubectl: Kubectl) -> None:
    # Jaeger keeps what other tests have sent.
    begin = str(int(time.time() * 1_000_000))
    load(kubectl, 3)

    def services() -> set[str]:
        path = f"namespaces/{NAMESPACE}/workloads/client/traces"
        found = kiali.get(path, startMicros=begin, limit="20")["data"] or []
        return {process["serviceName"] for trace in found for process in trace["processes"].values()}

    eventually(
        services, lambda found: {f"client.{NAMESPACE}", f"server.{NAMESPACE}"} <= found, "traces of the client", 60
    )


RULE: Manifest = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "DestinationRule",
    "metadata": {"name": "by-kiali", "namespace": NAMESPACE},
    "spec": {"host": "server"},
}


def test_who_may_do_what_is_what_kubernetes_lets_them(console: Opened, kiali: Kiali, kubectl: Kubectl) -> None:
    assert Kiali(console, None).refuses("namespaces").startswith("401"), "nobody gets in without a token"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        Kiali(console, token_of(kubectl, NOBODY, NAMESPACE))
    assert {NAMESPACE, SYSTEM} <= {each["name"] for each in kiali.get("namespaces")}

    refusal = kiali.refuses(f"{ISTIO}/destinationrules", RULE)
    assert f'User \\"system:serviceaccount:{NAMESPACE}:{VIEWER}\\" cannot create' in refusal, "a reader writes nothing"
    assert "by-kiali" not in kubectl.names("destinationrules", "--namespace", NAMESPACE)
    editor = Kiali(console, token_of(kubectl, EDITOR, NAMESPACE))
    editor.create(f"{ISTIO}/destinationrules", RULE)
    assert "by-kiali" in kubectl.names("destinationrules", "--namespace", NAMESPACE)
