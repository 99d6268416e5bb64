"""examples/revisions on the node, as docs/revisions.md tells it: two revisions, and a tag that moves between them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from local_cluster import cluster as clusters
from local_cluster import toolchain
from local_cluster.pulumi import runtime
from local_cluster.toolchain.table import ISTIO_VERSION
from mesh_components.manifests import revision_tag
from mesh_components.settings import load
from tests.parity.compare import Object, compare, load_objects

from .kubectl import Kubectl, app, eventually, namespace
from .load import from_app
from .mesh_stack import SECONDS, mesh, take_down_stacks
from .revision_stacks import LEAVE, NEW_REVISION, OLD_REVISION, Stacks, restarted, revisions

OLD, NEW = "1.29.1", ISTIO_VERSION
STACKS = ("base", OLD_REVISION, NEW_REVISION, "tags")
"""In the order in which they come up."""


@pytest.fixture(scope="module")
def stacks(
    cluster: clusters.Cluster,
    engine: runtime.PulumiRuntime,
    kubectl: Kubectl,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stacks]:
    """All four stacks, the tag with the old revision, and an app in its namespace."""
    take_down_stacks(cluster, engine)
    clusters.bring(cluster, [f"registry.istio.io/release/{name}:{OLD}" for name in ("pilot", "proxyv2")])
    made = Stacks.copied(tmp_path_factory.mktemp("revisions"), cluster, engine)
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
    made.take_down(*reversed(STACKS))


def istioctl(kubectl: Kubectl, *arguments: str, version: str = "", check: bool = True) -> str:
    binary = toolchain.ensure(f"istioctl-{version}" if version else "istioctl")
    line = [str(binary), "--kubeconfig", str(kubectl.kubeconfig), *arguments]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert not check or done.returncode == 0, (line, done.stdout, done.stderr)
    return done.stdout


def give_tag(stacks: Stacks, revision: str) -> None:
    other = {NEW_REVISION: OLD_REVISION, OLD_REVISION: NEW_REVISION}[revision]
    stacks.edit("tags", f"name: prod, revision: {other}", f"name: prod, revision: {revision}")


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


CANARY = "    - {name: canary, revision: 1-31-0}\n"
TRYOUT = "    - {name: tryout, revision: canary}\n"


def test_a_canary_is_tried_beside_the_others_and_taken_back(stacks: Stacks, kubectl: Kubectl) -> None:
    """A second tag and a namespace that names it; then without them again."""
    tags, namespaces = "  mesh:namespaces:\n", "    - {name: shop, revision: prod}\n"
    with from_app(kubectl, "shop", "client", "http://server:8080/echo") as load:
        stacks.edit("tags", tags + namespaces, CANARY + tags + namespaces + TRYOUT)
        kubectl.apply(*app("server", "tryout", LEAVE))
        kubectl.rolled_out("tryout", "server")
        assert revisions(kubectl, "tryout", "server") == {(NEW_REVISION, NEW)}
        assert revisions(kubectl, "shop", "server") == {(OLD_REVISION, OLD)}
        with from_app(kubectl, "shop", "client", "http://server.tryout:8080/echo") as over:
            stacks.edit("tags", TRYOUT, TRYOUT.replace("canary", "prod"))
            restarted(kubectl, "tryout", (OLD_REVISION, OLD), "server")
            stacks.edit("tags", CANARY, "")
        kubectl("delete", "deployment", "server", "--namespace", "tryout")
        stacks.edit("tags", TRYOUT.replace("canary", "prod"), "")
    assert load.sent > 200 and over.sent > 200
    assert not load.failed and not over.failed, (load.codes, over.codes)
    assert not [name for name in kubectl.names("mutatingwebhookconfigurations") if "canary" in name]
    eventually(lambda: kubectl.names("namespaces"), lambda found: "tryout" not in found, "the namespace is gone")


def test_a_pod_names_a_revision_where_its_namespace_names_none(stacks: Stacks, kubectl: Kubectl) -> None:
    """A namespace's label decides for all its pods; where it has none, a pod's own does."""
    for where, expected in (("shop", (OLD_REVISION, OLD)), ("plain", (NEW_REVISION, NEW))):
        *rest, deployment, service = app("single", where)
        deployment["spec"]["template"]["metadata"]["labels"]["istio.io/rev"] = NEW_REVISION
        kubectl.apply(*([namespace("plain")] if where == "plain" else []), *rest, deployment, service)
        kubectl.rolled_out(where, "single")
        assert revisions(kubectl, where, "single") == {expected}
        kubectl("delete", "deployment,service,serviceaccount", "single", "--namespace", where)
    kubectl("delete", "namespace", "plain", "--wait=false")


def test_a_tag_is_given_back_while_requests_go_on_and_none_fails(stacks: Stacks, kubectl: Kubectl) -> None:
    with from_app(kubectl, "shop", "client", "http://server:8080/echo") as load:
        give_tag(stacks, NEW_REVISION)
        restarted(kubectl, "shop", (NEW_REVISION, NEW), "server")
        give_tag(stacks, OLD_REVISION)
        restarted(kubectl, "shop", (OLD_REVISION, OLD), "server")
    assert load.sent > 200
    assert not load.failed, load.codes
    eventually(partial(stacks.wrong, "tags"), lambda found: not found, "nobody is left with the new one", pause=2)


def test_the_tag_moves_while_requests_go_on_and_none_fails(stacks: Stacks, kubectl: Kubectl) -> None:
    assert revisions(kubectl, "shop", "server") == {(OLD_REVISION, OLD)}
    with from_app(kubectl, "shop", "client", "http://server:8080/echo") as load:
        give_tag(stacks, NEW_REVISION)
        assert revisions(kubectl, "shop", "server") == {(OLD_REVISION, OLD)}, "until they are restarted"
        warned = {row["object"] for row in stacks.wrong("tags") if row["check"] == "restarts"}
        assert warned == {"Deployment shop/server", "Deployment shop/client"}
        restarted(kubectl, "shop", (NEW_REVISION, NEW), "server")
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
