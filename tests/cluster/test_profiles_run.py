"""Profiles and an older version on the node: they come up, they are well, and they do what they are for.

One stack goes from one to the next, as a user's would; demo and minimal run in the other tests.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime
from local_cluster.toolchain.table import ISTIO_VERSION
from mesh_components.live.injection import injected, proxy_image
from mesh_components.manifests.webhooks import NEVER

from .kubectl import Kubectl, Manifest, app, eventually, namespace
from .mesh_stack import ROOT, MeshStack, mesh, take_down_stacks

OLDER = "1.28.3"
STACK = "trial"
SERVER = "http://server.older:8080/debug"

# Istio's policy is for objects that name the revision, as its own validator is.
ENVOY_FILTER: Manifest = {
    "apiVersion": "networking.istio.io/v1alpha3",
    "kind": "EnvoyFilter",
    "metadata": {"name": "any", "namespace": "default", "labels": {"istio.io/rev": "default"}},
    "spec": {"configPatches": []},
}


def validator(kubectl: Kubectl) -> str:
    """Return the identity of the object that validates what names no revision."""
    return str(kubectl.get("validatingwebhookconfiguration", "istiod-default-validator")["metadata"]["uid"])


def injected_in(kubectl: Kubectl, name: str) -> str | None:
    """Return the revision that would inject a pod in a namespace with ``istio-injection``; nothing is left behind."""
    kubectl.apply(namespace(name, **{"istio-injection": "enabled"}))
    try:
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "app", "namespace": name},
            "spec": {"containers": [{"name": "app", "image": "docker.io/local/fortio:1"}]},
        }
        line = ("create", "--dry-run=server", "--output", "json", "--filename", "-")
        # A new namespace gets its account, without which no pod is made, a moment later.
        made = eventually(lambda: kubectl(*line, stdin=json.dumps(pod)), bool, "a pod would be made", attempts=20)
        return injected(json.loads(made))
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


class Trial:
    """A stack of its own, whose settings change from test to test."""

    def __init__(self, stack: MeshStack) -> None:
        self.stack = stack
        self.folder = stack.target.project.root

    def becomes(self, **settings: Any) -> None:
        """Give the stack these settings, no others, and run `mesh up`, which verifies it."""
        write(self.folder / "stacks" / f"Pulumi.{STACK}.yaml", settings)
        self.mesh("up")

    def mesh(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return mesh(command, "--stack", STACK, *arguments, folder=self.folder)

    def wrong(self) -> list[dict[str, str]]:
        """Return what `mesh verify` has to say."""
        done = mesh("verify", "--stack", STACK, "--output", "json", check=False, folder=self.folder)
        return [row for row in json.loads(done.stdout)["rows"] if row["status"] != "ok"]


def write(file: Any, settings: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump({"config": {f"mesh:{key}": value for key, value in settings.items()}}))


@pytest.fixture(scope="module")
def trial(
    cluster: clusters.Cluster,
    engine: runtime.PulumiRuntime,
    kubectl: Kubectl,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Trial]:
    take_down_stacks(cluster, engine)
    folder = tmp_path_factory.mktemp("trial")
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / file, folder / file)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "stacks").mkdir()
    write(folder / "stacks" / f"Pulumi.{STACK}.yaml", {})
    stack = MeshStack.of(STACK, cluster, engine, folder).configure()
    yield Trial(stack)
    if stack.resources():
        stack.destroy()
    stack.target.remove()
    shutil.rmtree(stack.target.home)


def test_an_older_istio_runs_with_its_own_istiod_and_sidecar(trial: Trial, kubectl: Kubectl) -> None:
    trial.becomes(version=OLDER, profile="minimal", namespaces=[{"name": "older", "injection": "enabled"}])
    kubectl.apply(*app("server", "older"), *app("client", "older"))
    for name in ("server", "client"):
        kubectl.rolled_out("older", name)
        for pod in kubectl.pods("older", name):
            assert injected(pod) == "default"
            assert (proxy_image(pod) or "").endswith(f"/proxyv2:{OLDER}")
    line = ["fortio", "curl", "-timeout", "5s", SERVER]
    seen = kubectl("exec", "deployment/client", "--namespace", "older", "--container", "app", "--", *line)
    assert "URI=spiffe://cluster.local/ns/older/sa/client" in seen, "mutual TLS"

    eventually(trial.wrong, lambda found: not found, "an older Istio is well", attempts=10, pause=2)
    found = json.loads(mesh("version", "--output", "json").stdout)
    assert [(plane["revision"], plane["version"]) for plane in found["controlPlanes"]] == [("default", OLDER)]
    assert found["dataPlane"] == [{"version": OLDER, "proxies": 2}]
    states = json.loads(mesh("status", "--output", "json").stdout)
    assert {proxy["version"] for proxy in states["proxies"]} == {OLDER}


def test_default_is_upgraded_to_in_place(trial: Trial, kubectl: Kubectl) -> None:
    trial.becomes(version=ISTIO_VERSION, profile="default")
    assert kubectl.names("deployments", "--namespace", "istio-system") == {"istiod", "istio-ingressgateway"}
    eventually(trial.wrong, lambda found: not found, "default is well", attempts=10, pause=2)


def test_preview_captures_dns_and_a_tag_takes_over_from_the_injector(trial: Trial, kubectl: Kubectl) -> None:
    before = validator(kubectl)
    trial.becomes(profile="preview", revisionTags=["default"])
    assert validator(kubectl) == before, "deleted and made again would mean a moment without validation"
    webhooks = kubectl.get("mutatingwebhookconfiguration", "istio-sidecar-injector")["webhooks"]
    assert all(webhook["namespaceSelector"] == NEVER for webhook in webhooks)
    assert injected_in(kubectl, "tagged") == "default"
    config = kubectl.get("configmap", "istio", "--namespace", "istio-system")["data"]["mesh"]
    assert yaml.safe_load(config)["defaultConfig"]["proxyMetadata"]["ISTIO_META_DNS_CAPTURE"] == "true"


def test_stable_refuses_what_is_not(trial: Trial, kubectl: Kubectl) -> None:
    kubectl.apply(ENVOY_FILTER)
    kubectl("delete", "envoyfilter", "any")
    before = validator(kubectl)
    trial.becomes(profile="stable")
    assert validator(kubectl) == before
    assert injected_in(kubectl, "untagged") == "default"

    def denied() -> str:
        try:
            kubectl.apply(ENVOY_FILTER)
        except subprocess.CalledProcessError as error:
            return str(error.stderr)
        kubectl("delete", "envoyfilter", "any")
        return ""

    eventually(denied, lambda said: "stable-channel-policy" in said, "the API server denies what is not stable")
