"""What Kubernetes gets wrong in a mesh is found, and what it gets right is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mesh_components.analysis import analyzers, kubernetes
from mesh_components.analysis.finding import Severity
from mesh_components.analysis.messages import catalogue
from mesh_components.analysis.world import World, of
from mesh_components.validation.unknown import UNKNOWN

from .objects import Object, deployment, leaves, make, replaced, service

REGISTERED = [name for name in analyzers.REGISTER if name.startswith("kubernetes.")]
PROXY = {"name": "istio-proxy", "image": "auto", "ports": [{"containerPort": 15090}]}
RBAC = "rbac.authorization.k8s.io/v1"


def codes(world: World, code: str) -> list[str]:
    return [str(finding.resource) for finding in analyzers.run(world, REGISTERED) if finding.code == code]


def pods(full_name: str = "shop/cart", kind: str = "Deployment", **spec: Any) -> Object:
    """A workload whose pods have this `spec`, with a sidecar."""
    labels = {"app": "cart", "sidecar.istio.io/inject": "true"}
    container: Object = {"name": "app", "image": "app", "ports": [{"name": "http", "containerPort": 8080}]}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [container]} | spec}
    return make(kind, full_name, {"selector": {"matchLabels": {"app": "cart"}}, "template": pod})


def set_in(given: Object, path: str, value: Any) -> Object:
    """The object with a field set; numbers in the path are list indexes."""
    first, _, rest = path.partition(".")
    key: Any = int(first) if first.isdecimal() else first
    copy: Any = list(given) if isinstance(given, list) else dict(given)
    inner = copy[key] if rest and (isinstance(copy, list) or key in copy) else {}
    copy[key] = set_in(inner, rest, value) if rest else value
    return copy  # type: ignore[no-any-return]


def probed(probe: Object, **annotations: str) -> Object:
    container: Object = {"name": "app", "image": "app", "readinessProbe": probe}
    container["ports"] = [{"name": "http", "containerPort": 8080}]
    return set_in(pods(containers=[container]), "spec.template.metadata.annotations", annotations)


def plain(kind: str, full_name: str, version: str = "v1", **fields: Any) -> Object:
    namespace, _, name = full_name.rpartition("/")
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **where}, **fields}


def binding(role: Object, account: str, kind: str = "RoleBinding") -> Object:
    namespace, _, name = account.rpartition("/")
    subject = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    where = "shop/b" if kind == "RoleBinding" else "b"
    return plain(kind, where, RBAC, subjects=[subject], roleRef=role)


OFF = {"sidecar.istio.io/rewriteAppHTTPProbers": "false"}
STRICT = make("PeerAuthentication", "istio-system/default", {"mtls": {"mode": "STRICT"}})
PERMISSIVE_PORT = make(
    "PeerAuthentication",
    "shop/cart",
    {"selector": {"matchLabels": {"app": "cart"}}, "portLevelMtls": {"8080": {"mode": "PERMISSIVE"}}},
)
HTTP = {"httpGet": {"path": "/", "port": "http"}}
NO_REWRITE = plain(
    "ConfigMap",
    "istio-system/istio-sidecar-injector",
    data={"values": '{"sidecarInjectorWebhook": {"rewriteAppHTTPProbe": false}}'},
)
SCALER = make(
    "HorizontalPodAutoscaler",
    "shop/cart",
    {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart"}, "maxReplicas": 5},
)
ACCOUNT = plain("ServiceAccount", "shop/cart")
ROLE, CLUSTER_ROLE = {"kind": "Role", "name": "r"}, {"kind": "ClusterRole", "name": "reader"}
MAP, SECRET = plain("ConfigMap", "shop/c", data={"k": "v"}), plain("Secret", "shop/s", data={"k": "dg=="})


def budget(**spec: Any) -> Object:
    return make("PodDisruptionBudget", "shop/cart", {"selector": {"matchLabels": {"app": "cart"}}, **spec})


def port(number: int, **more: Any) -> Object:
    return {"name": "http", "port": number, **more}


def environment(**source: Any) -> Object:
    return pods(containers=[{"name": "app", "image": "app", "env": [{"name": "E", "valueFrom": source}]}])


def balancer(name: str, **spec: Any) -> Object:
    return make("Service", name, {"type": "LoadBalancer", "selector": {}, **spec})


def level(name: str = "shop", enforce: str = "", **labels: str) -> Object:
    levels = {"pod-security.kubernetes.io/enforce": enforce} if enforce else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {**levels, **labels}}}


def injecting(cni: bool, **proxy: Any) -> Object:
    values = {"global": {"proxy": proxy}, "pilot": {"cni": {"enabled": cni}}}
    return plain("ConfigMap", "istio-system/istio-sidecar-injector", data={"values": json.dumps(values)})


def discovering(*selectors: Object) -> Object:
    mesh = json.dumps({"discoverySelectors": list(selectors)})
    return plain("ConfigMap", "istio-system/istio", data={"mesh": mesh})


DEFAULT_SECCOMP = {"type": "RuntimeDefault"}
HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": DEFAULT_SECCOMP,
}
INJECTED = {"istio-injection": "enabled"}
CHOSEN = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["istio-system"]}]}

CASES: list[tuple[str, list[Object], bool]] = [
    ("MESH0120", [level(enforce="restricted"), pods()], True),
    ("MESH0120", [level(enforce="baseline"), pods()], False),
    ("MESH0120", [level(enforce="baseline"), pods(hostNetwork=True)], True),
    ("MESH0120", [level(enforce="privileged"), pods(hostNetwork=True)], False),
    ("MESH0120", [level(), pods(hostNetwork=True)], False),
    (
        "MESH0120",
        [level(enforce="restricted"), pods(containers=[{"name": "a", "image": "a", "securityContext": HARDENED}])],
        False,
    ),
    ("MESH0121", [level(enforce="baseline", **INJECTED), injecting(cni=False)], True),
    ("MESH0121", [level(enforce="baseline"), injecting(cni=False), pods()], True),
    ("MESH0121", [level(enforce="baseline"), injecting(cni=False)], False),
    ("MESH0121", [level(enforce="baseline"), injecting(cni=False), pods(containers=[PROXY])], False),  # a gateway
    ("MESH0121", [level(enforce="privileged", **INJECTED), injecting(cni=False)], False),
    ("MESH0121", [level(enforce="baseline", **INJECTED), injecting(cni=True)], False),
    ("MESH0121", [level(enforce="restricted", **INJECTED), injecting(cni=True)], True),
    ("MESH0121", [level(enforce="restricted", **INJECTED), injecting(cni=True, seccompProfile=DEFAULT_SECCOMP)], False),
    ("MESH0121", [level(enforce="baseline", **INJECTED), injecting(cni=True, privileged=True)], True),
    ("MESH0121", [level(enforce="restricted", **INJECTED)], False),  # how it injects is not known
    ("MESH0122", [level(**INJECTED), discovering({"matchLabels": {"mesh": "yes"}})], True),
    ("MESH0122", [level(**INJECTED, mesh="yes"), discovering({"matchLabels": {"mesh": "yes"}})], False),
    ("MESH0122", [level(), discovering({"matchLabels": {"mesh": "yes"}})], False),
    ("MESH0122", [level(**INJECTED), discovering()], False),
    ("MESH0122", [level("istio-system"), discovering({"matchLabels": {"mesh": "yes"}})], True),
    ("MESH0122", [level("istio-system"), discovering(CHOSEN)], False),
    ("MESH0122", [level(), pods(containers=[PROXY]), discovering(CHOSEN)], True),
    ("MESH0101", [service("shop/x", port(80, targetPort="web"), app="x"), deployment("shop/x", app="x")], True),
    ("MESH0101", [service("shop/cart", port(80), app="cart"), pods(containers=[PROXY])], False),
    ("MESH0105", [budget(minAvailable=1), pods(kind="DaemonSet")], False),
    ("MESH0115", [plain("RoleBinding", "shop/b", RBAC, subjects=[{"kind": "User", "name": "a"}])], False),
    ("MESH0117", [balancer("a/x", ports=[port(80, nodePort=30080), port(81)])], False),
    ("MESH0117", [balancer(f"{n}/x", type="ClusterIP", ports=[port(80, nodePort=30080)]) for n in ("a", "b")], False),
    ("MESH0118", [balancer("a/gw", loadBalancerIP="192.0.2.1", ports=[port(80), port(443)])], False),
    (
        "MESH0118",
        [balancer(f"{n}/gw", type="ClusterIP", loadBalancerIP="192.0.2.1", ports=[port(80)]) for n in ("a", "b")],
        False,
    ),
    ("MESH0119", [pods(kind="StatefulSet")], False),
    ("MESH0101", [service("shop/cart", port(80, targetPort="web"), app="cart"), pods()], True),
    ("MESH0101", [service("shop/cart", port(80, targetPort=9090), app="cart"), pods()], True),
    ("MESH0101", [service("shop/cart", port(80), app="cart"), pods()], True),
    ("MESH0101", [service("shop/cart", port(80, targetPort="http"), app="cart"), pods()], False),
    ("MESH0101", [service("shop/cart", port(8080), app="cart"), pods()], False),
    ("MESH0101", [service("shop/cart", port(8080, protocol="UDP"), app="cart"), pods()], True),
    ("MESH0101", [service("shop/cart", port(80), app="x"), deployment("shop/x", app="x")], False),  # it lists no port
    ("MESH0101", [service("shop/cart", port(80), app="other"), pods()], False),  # MESH0102's
    (
        "MESH0101",
        [service("shop/cart", port(80), app="cart"), pods(containers=[{"name": "istio-proxy", "image": "auto"}])],
        False,
    ),
    ("MESH0102", [service("shop/cart", app="other"), pods()], True),
    ("MESH0102", [service("shop/cart", app="cart"), pods()], False),
    ("MESH0102", [service("shop/cart"), pods()], False),
    ("MESH0102", [service("other/cart", app="cart"), pods()], True),
    (
        "MESH0102",
        [service("vms/a", app="vm"), make("WorkloadEntry", "vms/a", {"address": "10.0.0.1", "labels": {"app": "vm"}})],
        False,
    ),
    (
        "MESH0102",
        [make("Service", "shop/gw", {"selector": {"gateway.networking.k8s.io/gateway-name": "gw"}, "ports": []})],
        False,
    ),
    ("MESH0103", [probed(HTTP, **OFF), STRICT], True),
    ("MESH0103", [probed({"grpc": {"port": 8080}}, **OFF), STRICT], True),
    ("MESH0103", [probed(HTTP), STRICT, NO_REWRITE], True),
    ("MESH0103", [probed(HTTP, **{"sidecar.istio.io/rewriteAppHTTPProbers": "true"}), STRICT, NO_REWRITE], False),
    ("MESH0103", [probed(HTTP), STRICT], False),
    ("MESH0103", [probed(HTTP, **OFF)], False),
    ("MESH0103", [probed(HTTP, **OFF), STRICT, PERMISSIVE_PORT], False),
    ("MESH0103", [probed({"tcpSocket": {"port": 8080}}, **OFF), STRICT], False),
    ("MESH0103", [probed({"exec": {"command": ["true"]}}, **OFF), STRICT], False),
    ("MESH0103", [probed(HTTP, **OFF, **{"traffic.sidecar.istio.io/excludeInboundPorts": "1, 8080"}), STRICT], False),
    ("MESH0103", [probed(HTTP, **OFF, **{"traffic.sidecar.istio.io/includeInboundPorts": "80"}), STRICT], False),
    (
        "MESH0103",
        [set_in(probed(HTTP, **OFF), "spec.template.metadata.labels", {"sidecar.istio.io/inject": "false"}), STRICT],
        False,
    ),
    ("MESH0104", [pods(hostNetwork=True)], True),
    ("MESH0104", [pods(hostNetwork=False)], False),
    ("MESH0104", [set_in(pods(hostNetwork=True), "spec.template.metadata.labels", {"app": "cart"})], False),
    (
        "MESH0104",
        [
            set_in(pods(kind="DaemonSet", hostNetwork=True), "spec.template.metadata.labels", {"app": "cart"}),
            make("Namespace", "shop", labels={"istio-injection": "enabled"}),
        ],
        True,
    ),
    ("MESH0105", [budget(minAvailable=1), pods()], True),
    ("MESH0105", [budget(minAvailable="100%"), set_in(pods(), "spec.replicas", 4)], True),
    ("MESH0105", [budget(minAvailable="80%"), set_in(pods(), "spec.replicas", 4)], True),
    ("MESH0105", [budget(maxUnavailable=0), set_in(pods(), "spec.replicas", 4)], True),
    ("MESH0105", [budget(maxUnavailable="10%"), set_in(pods(), "spec.replicas", 4)], False),
    ("MESH0105", [budget(minAvailable="50%"), set_in(pods(), "spec.replicas", 4)], False),
    ("MESH0105", [budget(minAvailable=1), set_in(pods(), "spec.replicas", 2)], False),
    ("MESH0105", [budget(maxUnavailable=1), pods()], False),
    ("MESH0105", [budget(minAvailable=1), set_in(pods(), "spec.replicas", 0)], False),
    ("MESH0106", [SCALER], True),
    ("MESH0106", [SCALER, pods()], False),
    (
        "MESH0106",
        [set_in(SCALER, "spec.scaleTargetRef", {"apiVersion": "x/v1", "kind": "Rollout", "name": "r"})],
        False,
    ),
    ("MESH0107", [SCALER, set_in(pods(), "spec.replicas", 3)], True),
    ("MESH0107", [SCALER, pods()], False),
    ("MESH0107", [SCALER, set_in(pods("shop/other"), "spec.replicas", 3), pods()], False),
    ("MESH0108", [set_in(pods(), "spec.selector.matchLabels", {"app": "other"})], True),
    ("MESH0108", [set_in(pods(kind="DaemonSet"), "spec.selector.matchLabels", {"tier": "x"})], True),
    ("MESH0108", [pods()], False),
    (
        "MESH0109",
        [pods(containers=[{"name": n, "image": "i", "ports": [{"containerPort": 80}]} for n in ("a", "b")])],
        True,
    ),
    (
        "MESH0109",
        [
            pods(
                containers=[
                    {"name": n, "image": "i", "ports": [{"containerPort": 53, "protocol": p}]}
                    for n, p in (("a", "TCP"), ("b", "UDP"))
                ]
            )
        ],
        False,
    ),
    (
        "MESH0109",
        [
            pods(
                containers=[{"name": "a", "image": "i", "ports": [{"containerPort": 80}]}],
                initContainers=[{"name": "b", "image": "i", "ports": [{"containerPort": 80}]}],
            )
        ],
        False,
    ),
    ("MESH0110", [pods(containers=[{"name": "a", "image": "i", "ports": [{"containerPort": 15020}]}])], True),
    (
        "MESH0110",
        [pods(containers=[{"name": "istio-proxy", "image": "auto", "ports": [{"containerPort": 15090}]}])],
        False,
    ),
    ("MESH0110", [deployment("shop/a", [15020], sidecar=False, app="a")], False),
    ("MESH0111", [pods(serviceAccountName="cart")], True),
    ("MESH0111", [pods(serviceAccountName="cart"), ACCOUNT], False),
    ("MESH0111", [pods(serviceAccountName="default"), pods("shop/other")], False),
    ("MESH0112", [environment(configMapKeyRef={"name": "c", "key": "k"})], True),
    ("MESH0112", [environment(configMapKeyRef={"name": "c", "key": "other"}), MAP], True),
    ("MESH0112", [environment(configMapKeyRef={"name": "c", "key": "k"}), MAP], False),
    ("MESH0112", [environment(secretKeyRef={"name": "s", "key": "k"}), SECRET], False),
    ("MESH0112", [environment(secretKeyRef={"name": "s", "key": "k", "optional": True})], False),
    ("MESH0112", [pods(volumes=[{"name": "v", "configMap": {"name": "c"}}])], True),
    ("MESH0112", [pods(volumes=[{"name": "v", "secret": {"secretName": "s"}}])], True),
    ("MESH0112", [pods(volumes=[{"name": "v", "secret": {"secretName": "s", "optional": True}}])], False),
    ("MESH0112", [pods(volumes=[{"name": "v", "projected": {"sources": [{"secret": {"name": "s"}}]}}])], True),
    ("MESH0112", [pods(volumes=[{"name": "v", "configMap": {"name": "istio-ca-root-cert"}}, {"name": "e"}])], False),
    ("MESH0112", [pods(containers=[{"name": "a", "envFrom": [{"configMapRef": {"name": "c"}}]}])], True),
    ("MESH0112", [pods(initContainers=[{"name": "a", "envFrom": [{"secretRef": {"name": "s"}}]}]), SECRET], False),
    (
        "MESH0112",
        [
            pods(volumes=[{"name": "v", "secret": {"secretName": "web-tls"}}]),
            plain("Certificate", "shop/web", "cert-manager.io/v1", spec={"secretName": "web-tls"}),
        ],
        False,
    ),
    (
        "MESH0112",
        [
            pods(volumes=[{"name": "v", "secret": {"secretName": "db"}}]),
            plain("ExternalSecret", "shop/db", "external-secrets.io/v1", spec={}),
        ],
        False,
    ),
    ("MESH0113", [pods(imagePullSecrets=[{"name": "s"}])], True),
    ("MESH0113", [pods(imagePullSecrets=[{"name": "s"}]), SECRET], False),
    ("MESH0114", [make("Service", "shop/db", {"type": "ExternalName", "externalName": "10.0.0.1"})], True),
    ("MESH0114", [make("Service", "shop/db", {"type": "ExternalName", "externalName": "db.example.com"})], False),
    ("MESH0115", [binding(CLUSTER_ROLE, "shop/cart")], True),
    ("MESH0115", [binding(CLUSTER_ROLE, "shop/cart", "ClusterRoleBinding"), ACCOUNT], False),
    ("MESH0115", [binding(CLUSTER_ROLE, "shop/default")], False),
    ("MESH0116", [binding(ROLE, "shop/default")], True),
    ("MESH0116", [binding(ROLE, "shop/default"), plain("Role", "shop/r", RBAC)], False),
    ("MESH0116", [binding(ROLE, "shop/default"), plain("Role", "other/r", RBAC)], True),
    ("MESH0116", [binding(CLUSTER_ROLE, "shop/default")], True),
    ("MESH0116", [binding({"kind": "ClusterRole", "name": "view"}, "shop/default")], False),
    ("MESH0116", [binding({"kind": "ClusterRole", "name": "system:auth-delegator"}, "shop/default")], False),
    (
        "MESH0117",
        [balancer("a/x", ports=[port(80, nodePort=30080)]), balancer("b/x", ports=[port(81, nodePort=30080)])],
        True,
    ),
    (
        "MESH0117",
        [balancer("a/x", ports=[port(80, nodePort=30080)]), balancer("b/x", ports=[port(81, nodePort=30081)])],
        False,
    ),
    (
        "MESH0118",
        [balancer(f"{n}/gw", loadBalancerIP="192.0.2.1", ports=[port(80)]) for n in ("a", "b")],
        True,
    ),
    ("MESH0118", [balancer(f"{n}/gw", ports=[port(80)]) for n in ("a", "b")], False),
    ("MESH0119", [set_in(pods(kind="StatefulSet"), "spec.serviceName", "cart")], True),
    (
        "MESH0119",
        [set_in(pods(kind="StatefulSet"), "spec.serviceName", "cart"), service("shop/cart", app="cart")],
        False,
    ),
]


@pytest.mark.parametrize(("code", "given", "expected"), CASES, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(CASES)])
def test_a_case(code: str, given: list[Object], expected: bool) -> None:
    assert bool(codes(of(*given), code)) == expected


def test_every_code_is_found_and_not_found() -> None:
    ours = {code for code in catalogue() if code.startswith("MESH01")}
    assert ours == {code for code, _, found in CASES if found} == {code for code, _, found in CASES if not found}


def test_a_name_that_no_container_has_is_an_error() -> None:
    """Kubernetes looks a name up, and finds no endpoint; a number is taken as it is."""

    def severities(target: int | str) -> list[Severity]:
        world = of(service("shop/cart", port(80, targetPort=target), app="cart"), pods())
        return [finding.severity for finding in analyzers.run(world, ["kubernetes.ServicePorts"])]

    assert severities("web") == [Severity.ERROR]
    assert severities(9090) == [Severity.WARNING]


def test_a_budget_over_what_an_autoscaler_runs_is_for_information() -> None:
    found = analyzers.run(of(budget(minAvailable=1), SCALER, pods()), ["kubernetes.Budgets"])
    assert [finding.severity for finding in found] == [Severity.INFO]
    two = set_in(SCALER, "spec.minReplicas", 2)
    assert not analyzers.run(of(budget(minAvailable=1), two, pods()), ["kubernetes.Budgets"])


def test_a_clusters_own_object_always_has_replicas() -> None:
    there = set_in(set_in(pods(), "spec.replicas", 3), "metadata.uid", "1")
    assert not codes(of(SCALER, there), "MESH0107")


MISSING = [
    ("MESH0102", service("shop/cart", app="other")),
    ("MESH0106", SCALER),
    ("MESH0111", pods(serviceAccountName="cart")),
    ("MESH0112", pods(volumes=[{"name": "v", "configMap": {"name": "c"}}])),
    ("MESH0112", pods(volumes=[{"name": "v", "secret": {"secretName": "s"}}])),
    ("MESH0113", pods(imagePullSecrets=[{"name": "s"}])),
    ("MESH0115", binding(CLUSTER_ROLE, "shop/cart")),
    ("MESH0116", binding(ROLE, "shop/default")),
    ("MESH0119", set_in(pods(kind="StatefulSet"), "spec.serviceName", "cart")),
]


@pytest.mark.parametrize(("code", "given"), MISSING, ids=[code for code, _ in MISSING])
def test_what_may_be_elsewhere_is_for_information(code: str, given: Object) -> None:
    def found(**scope: Any) -> list[tuple[bool, Severity]]:
        world = of(given, **scope)
        return [(f.certain, f.severity) for f in analyzers.run(world, REGISTERED) if f.code == code]

    assert found(complete=False) == [(False, Severity.INFO)]
    assert found(complete=False, owned=frozenset(["shop"])) == [(True, catalogue()[code].severity)]


@pytest.mark.parametrize(("code", "given"), MISSING, ids=[code for code, _ in MISSING])
def test_what_an_unknown_name_could_be_is_not_missing(code: str, given: Object) -> None:
    versions = {
        **dict.fromkeys(("ConfigMap", "Secret", "Service", "ServiceAccount"), "v1"),
        "Deployment": "apps/v1",
        "Role": RBAC,
    }
    metadata = {"namespace": "shop", "name": UNKNOWN}
    unknown = [{"apiVersion": version, "kind": kind, "metadata": metadata} for kind, version in versions.items()]
    labelled = set_in(pods("shop/later"), "spec.template.metadata.labels", {"app": UNKNOWN})
    assert not codes(of(given, *unknown, labelled), code)


@pytest.mark.parametrize("by", [UNKNOWN, None, 7, [], {}, "", "*", ["x"], {"a": 1}], ids=repr)
def test_nothing_makes_it_crash(by: Any) -> None:
    for _, given, _ in CASES:
        for position, one in enumerate(given):
            for path in leaves(one):
                if path[0] not in ("apiVersion", "kind"):
                    changed = [*given[:position], replaced(one, path, by), *given[position + 1 :]]
                    analyzers.run(of(*changed), REGISTERED)


def test_all_of_them_are_registered() -> None:
    assert len(REGISTERED) >= len(kubernetes.__all__)
