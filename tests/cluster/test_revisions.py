"""examples/revisions on the node, as docs/revisions.md tells it: two revisions, and a tag that moves between them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local_cluster import cluster as clusters
from local_cluster import toolchain
from local_cluster.pulumi import runtime
from local_cluster.toolchain.table import ISTIO_VERSION
from mesh_components.live.injection import injected, proxy_image
from mesh_components.manifests import revision_tag
from mesh_components.settings import load
from tests.parity.compare import Object, compare, load_objects

from .kubectl import Kubectl, app, eventually
from .load import from_app
from .mesh_stack import ROOT, SECONDS, MeshStack, mesh, take_down_stacks

OLD, NEW = "1.29.1", ISTIO_VERSION
OLD_REVISION, NEW_REVISION = "1-29-1", "1-31-0"
STACKS = ("base", OLD_REVISION, NEW_REVISION, "tags")
"""In the order in which they come up."""

LEAVE = 3
"""Seconds that a pod serves on: many times what istiod needs to tell all proxies."""


@dataclass(frozen=True)
class Stacks:
    """The example's stacks, in a folder of their own so that their files can be edited."""

    folder: Path
    cluster: clusters.Cluster
    engine: runtime.PulumiRuntime

    def __getitem__(self, name: str) -> MeshStack:
        return MeshStack.of(name, self.cluster, self.engine, self.folder)

    def mesh(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return mesh(*arguments, check=check, folder=self.folder)

    def give_tag(self, revision: str) -> None:
        """Do what the guide says: change one line, and `mesh up`."""
        file = self.folder / "stacks" / "Pulumi.tags.yaml"
        other = {NEW_REVISION: OLD_REVISION, OLD_REVISION: NEW_REVISION}[revision]
        file.write_text(file.read_text().replace(f"revision: {other}}}", f"revision: {revision}}}"))
        self.mesh("up", "--stack", "tags")

    def wrong(self, name: str) -> list[dict[str, str]]:
        """Return what `mesh verify` has to say against a stack."""
        done = self.mesh("verify", "--stack", name, "--output", "json", check=False)
        assert done.returncode in (0, 1), done.stderr
        return [row for row in json.loads(done.stdout)["rows"] if row["status"] != "ok"]


@pytest.fixture(scope="module")
def stacks(
    cluster: clusters.Cluster,
    engine: runtime.PulumiRuntime,
    kubectl: Kubectl,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stacks]:
    """All four stacks, the tag with the old revision, and an app in its namespace."""
    take_down_stacks(cluster, engine)
    root = tmp_path_factory.mktemp("revisions")
    folder = root / "examples" / "revisions"
    shutil.copytree(ROOT / "examples" / "revisions", folder)
    (root / ".venv").symlink_to(ROOT / ".venv")
    clusters.bring(cluster, [f"registry.istio.io/release/{name}:{OLD}" for name in ("pilot", "proxyv2")])
    made = Stacks(folder, cluster, engine)
    made["base"].configure().up()
    running = {name: made[name].configure().start_up() for name in (OLD_REVISION, NEW_REVISION)}
    for name, process in running.items():
        said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, f"{name}: {said}"
    made["tags"].configure().up()
    kubectl.apply(*app("server", "shop", LEAVE), *app("client", "shop"))
    for name in ("server", "client"):
        kubectl.rolled_out("shop", name)
    yield made
    for name in reversed(STACKS):
        stack = made[name]
        if stack.resources():
            stack.destroy()
        stack.target.remove()
        shutil.rmtree(stack.target.home)


def revisions(kubectl: Kubectl, name: str) -> set[tuple[str | None, str | None]]:
    """Return who injected an app's pods, and with which version of the proxy."""
    found = kubectl.pods("shop", name)
    return {(injected(pod), (proxy_image(pod) or "").rpartition(":")[2]) for pod in found}


def istioctl(kubectl: Kubectl, *arguments: str, version: str = "", check: bool = True) -> str:
    binary = toolchain.ensure(f"istioctl-{version}" if version else "istioctl")
    line = [str(binary), "--kubeconfig", str(kubectl.kubeconfig), *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert not check or done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def test_each_stack_is_well_beside_the_others(stacks: Stacks) -> None:
    for name in ("base", OLD_REVISION):
        eventually(partial(stacks.wrong, name), lambda found: not found, f"{name} is well", attempts=10, pause=2)


def test_both_versions_run_and_say_which_they_are(stacks: Stacks) -> None:
    found = json.loads(stacks.mesh("version", "--output", "json").stdout)
    planes = {(plane["revision"], plane["version"], plane["pods"]) for plane in found["controlPlanes"]}
    assert planes == {(OLD_REVISION, OLD, 1), (NEW_REVISION, NEW, 1)}
    assert found["dataPlane"] == [{"version": OLD, "proxies": 2}]


@pytest.mark.parametrize("tag", ["prod", "default"])
def test_a_tag_is_what_istioctl_would_create(stacks: Stacks, kubectl: Kubectl, tag: str) -> None:
    for version, revision, suffix in ((NEW, NEW_REVISION, ""), (OLD, OLD_REVISION, OLD)):
        settings = load({"version": version, "profile": "minimal", "revision": revision, "revisionTags": [tag]})
        ours = revision_tag.objects(settings, settings.revisionTags[0])
        printed = istioctl(kubectl, "tag", "generate", tag, "--revision", revision, "--overwrite", version=suffix)
        istio: list[Object] = [as_declared(item) for item in load_objects(printed)]
        result = compare(f"tag-{tag}", ours, istio, version, [])
        assert result.compared == (3 if tag == "default" else 2)
        # istiod's own to say, once it serves; see deliberate.yaml.
        undeclared = [found for found in result.undeclared if not found.path.endswith("failurePolicy")]
        assert not undeclared, str(result)


def as_declared(item: Object) -> Object:
    """Return an object as it is declared: istioctl copies the root certificate and the annotations of a live webhook,
    and writes out empty values."""
    annotations = item["metadata"].get("annotations") or {}
    item["metadata"]["annotations"] = {key: text for key, text in annotations.items() if "pulumi.com/" not in key}
    item.pop("status", None)
    for webhook in item.get("webhooks", []):
        webhook["clientConfig"].pop("caBundle", None)
    for port in item.get("spec", {}).get("ports", []):
        if port["targetPort"] == 0:
            del port["targetPort"]
    return item


def test_istioctl_knows_our_tag(stacks: Stacks, kubectl: Kubectl) -> None:
    listed = json.loads(istioctl(kubectl, "tag", "list", "--output", "json"))
    tags = [(entry["tag"], entry["revision"], entry["namespaces"]) for entry in listed if entry["tag"]]
    assert tags == [("prod", OLD_REVISION, ["shop"])]
    for found in json.loads(istioctl(kubectl, "analyze", "--all-namespaces", "--output", "json", check=False) or "[]"):
        assert found["level"] == "Info", found


def test_the_tag_moves_while_requests_go_on_and_none_fails(stacks: Stacks, kubectl: Kubectl) -> None:
    assert revisions(kubectl, "server") == {(OLD_REVISION, OLD)}
    with from_app(kubectl, "shop", "client", "http://server:8080/echo") as load:
        stacks.give_tag(NEW_REVISION)
        assert revisions(kubectl, "server") == {(OLD_REVISION, OLD)}, "until they are restarted"
        warned = {row["object"] for row in stacks.wrong("tags") if row["check"] == "restarts"}
        assert warned == {"Deployment shop/server", "Deployment shop/client"}
        kubectl("rollout", "restart", "deployment/server", "--namespace", "shop")
        kubectl.rolled_out("shop", "server")
        eventually(
            lambda: revisions(kubectl, "server"), lambda found: found == {(NEW_REVISION, NEW)}, "the new revision's"
        )
    assert load.sent > 200
    assert not load.failed, load.codes


def test_the_old_revision_goes_when_nobody_needs_it(stacks: Stacks, kubectl: Kubectl) -> None:
    kubectl("rollout", "restart", "deployment/client", "--namespace", "shop")
    kubectl.rolled_out("shop", "client")
    eventually(lambda: len(kubectl.pods("shop", "client")), lambda number: number == 1, "the old client is gone")
    with from_app(kubectl, "shop", "client", "http://server:8080/echo") as load:
        stacks[OLD_REVISION].destroy()
    eventually(
        partial(stacks.wrong, NEW_REVISION), lambda found: not found, "the new one is well", attempts=10, pause=2
    )
    assert not load.failed, load.codes
    assert kubectl.names("deployments", "--namespace", "istio-system") == {f"istiod-{NEW_REVISION}"}
    left: list[Any] = [
        item
        for kind in ("clusterroles", "clusterrolebindings", "mutatingwebhookconfigurations")
        for item in kubectl.names(kind)
        if OLD_REVISION in item
    ]
    assert not left


def test_a_stack_that_would_declare_anothers_objects_is_refused(stacks: Stacks) -> None:
    done = mesh("up", "--stack", "minimal", check=False)
    assert done.returncode == 2
    said = done.stderr.replace("\n", " ")
    assert "stack base is up on this cluster" in said and "docs/revisions.md" in said
