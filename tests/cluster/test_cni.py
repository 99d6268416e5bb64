"""Istio's CNI plugin in place of istio-init: apps in the mesh whose namespace takes restricted pods alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local_cluster import cluster as clusters
from local_cluster.node import containerd, node

from .kubectl import Kubectl, Manifest, app, eventually, namespace
from .mesh_stack import mesh
from .test_mutual_tls import curl, refused
from .test_pod_security import HARDENED, SECCOMP
from .trial_stack import Trial

LOCKED, OUTSIDE, AGENTS = "locked", "unlocked", "kube-system"
AGENT = "istio-cni-node"
SERVER = f"http://server.{LOCKED}:8080"
MESH: dict[str, Any] = {
    "profile": "minimal",
    "mtls": "STRICT",
    "global": {"proxy": {"seccompProfile": SECCOMP}},
    "namespaces": [{"name": LOCKED, "injection": "enabled", "podSecurity": {"enforce": "restricted"}}],
}
WITH_CNI = MESH | {
    "pilot": {"cni": {"enabled": True}},
    "cni": {"seccompProfile": SECCOMP},
    "components": {"cni": {"enabled": True, "namespace": AGENTS}},
}


def hardened(*manifests: Manifest) -> list[Manifest]:
    """Give the pods of an app what a restricted namespace asks of them."""
    for item in manifests:
        if item["kind"] == "Deployment":
            for container in item["spec"]["template"]["spec"]["containers"]:
                container["securityContext"] = {**HARDENED, "runAsUser": 1000}
    return list(manifests)


@pytest.fixture(scope="module")
def locked(trial: Trial, kubectl: Kubectl) -> Iterator[Trial]:
    """A server and a client in a restricted namespace, and a client that has no sidecar."""
    trial.becomes(**WITH_CNI)
    kubectl.apply(*hardened(*app("server", LOCKED), *app("client", LOCKED)))
    kubectl.apply(namespace(OUTSIDE), *app("client", OUTSIDE))
    for where, name in ((LOCKED, "server"), (LOCKED, "client"), (OUTSIDE, "client")):
        kubectl.rolled_out(where, name)
    yield trial
    kubectl("delete", "namespace", OUTSIDE, "--wait=false")


def test_restricted_pods_have_mutual_tls(locked: Trial, kubectl: Kubectl) -> None:
    assert kubectl.get("namespace", LOCKED)["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert kubectl.containers(LOCKED, "server") == {"app", "istio-proxy", "istio-validation"}, "and no istio-init"
    assert f"URI=spiffe://cluster.local/ns/{LOCKED}/sa/client" in curl(kubectl, LOCKED, url=SERVER)
    assert refused(kubectl, OUTSIDE, SERVER), "what has no sidecar is not let in, so traffic is redirected"


def test_it_is_verified_and_shown(locked: Trial) -> None:
    eventually(locked.wrong, lambda found: not found, "all is well", attempts=10, pause=2)
    rows = json.loads(locked.mesh("verify", "--output", "json").stdout)["rows"]
    assert [row for row in rows if f"{AGENTS}/{AGENT}" in row["object"]]
    rollouts = json.loads(mesh("status", "--output", "json").stdout)["rollouts"]
    assert AGENT in {each["name"] for each in rollouts if not each["problem"]}


def test_a_pod_from_before_the_plugin_is_repaired(locked: Trial, kubectl: Kubectl) -> None:
    kubectl("delete", "daemonset", AGENT, "--namespace", AGENTS)
    eventually(
        lambda: kubectl.names("pods", "--namespace", AGENTS, "--selector", f"k8s-app={AGENT}"),
        lambda left: not left,
        "the agent has taken its plugin away and is gone",
    )
    kubectl.apply(*hardened(*app("late", LOCKED)))
    eventually(lambda: failures(kubectl, "late"), bool, "nothing redirects its traffic, so the pod is not let begin")
    locked.stack.up("--refresh")
    kubectl.rolled_out(LOCKED, "late")
    assert "istio-proxy" in kubectl.containers(LOCKED, "late")
    assert refused(kubectl, OUTSIDE, f"http://late.{LOCKED}:8080")


def failures(kubectl: Kubectl, name: str) -> int:
    """Return how often the check of the redirection has failed in an app's pods."""
    found = 0
    for pod in kubectl.pods(LOCKED, name):
        for status in pod["status"].get("initContainerStatuses", []):
            if status["name"] == "istio-validation":
                ended = {**status.get("lastState", {}), **status["state"]}.get("terminated", {})
                found += status["restartCount"] + (ended.get("exitCode", 0) != 0)
    return found


def test_without_it_the_node_is_as_it_was(locked: Trial, cluster: clusters.Cluster) -> None:
    if cluster.kind != "node":
        pytest.skip("kind's nodes are as kind makes them")
    config = node.load(clusters.node_folder())
    assert config
    binary = config.inside(containerd.PLUGINS) / "istio-cni"
    (network,) = config.inside(containerd.NETWORKS).glob("*.conflist")
    assert binary.is_file() and "istio-cni" in plugins(network.read_text())
    own_pods_only = [{**each, "podSecurity": {"enforce": "privileged"}} for each in MESH["namespaces"]]
    locked.becomes(**MESH | {"namespaces": own_pods_only})
    assert not binary.exists()
    assert plugins(network.read_text()) == ["ptp", "portmap"]


def plugins(text: str) -> list[str]:
    return [each["type"] for each in json.loads(text)["plugins"]]
