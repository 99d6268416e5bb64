"""Profiles and an older version on the node: they come up, they are well, and they do what they are for.

One stack goes from one to the next, as a user's would; demo and minimal run in the other tests.
"""

from __future__ import annotations

import json
import subprocess

import yaml

from local_cluster.toolchain.table import ISTIO_VERSION
from mesh_components.live.injection import injected, proxy_image
from mesh_components.manifests.webhooks import NEVER

from .kubectl import Kubectl, Manifest, app, eventually, namespace
from .mesh_stack import mesh
from .trial_stack import Trial

OLDER = "1.28.3"
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
