"""A mesh from files: what `docs/gitops.md` and `docs/render.md` say, done word for word with the real kubectl."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime
from mesh_components.cli.stack_file import OVERLAY, merged
from mesh_components.live.compare import differences, text
from mesh_components.live.managed import owned
from mesh_components.validation.cel_engine import cel

from . import gitops_guide as guide
from .kubectl import Kubectl, Manifest, app, eventually
from .mesh_stack import MESH, SECONDS, take_down_stacks
from .test_adoption import bare, gateway_address
from .test_ingress import HOST, ROUTE, request
from .traffic_certificates import sign

APPS = "gitops"
"""The namespace of the apps."""

GATEWAY = "istio-ingressgateway"
EDGE = {
    "name": "edge",
    "labels": {"app": "edge", "istio": "edge"},
    "type": "ClusterIP",
    "injectionTemplate": "gateway",
    "imagePullPolicy": "IfNotPresent",
}
SETTINGS: dict[str, Any] = {
    "profile": "demo",
    "mtls": "STRICT",
    "ingressGateways": [{"name": GATEWAY, "autoscaleEnabled": True, "autoscaleMin": 2, "autoscaleMax": 3}, EDGE],
    "namespaces": [{"name": APPS, "injection": "enabled"}],
}
"""A custom resource, a gateway that the injector completes, and one whose replicas an autoscaler sets."""

INSTALL, LATER, WITHOUT, REMOVE = (guide.commands(block) for block in guide.blocks("console", guide.section("kubectl")))
"""The commands of the guide's section on kubectl."""
LOOK, AGAIN, VERIFY = LATER

WEBHOOK = 'failed calling webhook "validation.istio.io"'

APPLIERS = ("kubectl", "kubectl-client-side-apply")
"""Field managers of kubectl's two ways to apply."""


@dataclass(frozen=True)
class Checkout:
    """Somebody's repository: a stack, and what is rendered of it."""

    folder: Path
    kubectl: Kubectl

    def declare(self, **settings: Any) -> None:
        """Write the stack's file, with what the local node needs."""
        config = {"config": {f"mesh:{key}": value for key, value in settings.items()}}
        content = merged(config, yaml.safe_load(OVERLAY.read_text()))
        (self.folder / "stacks" / f"Pulumi.{guide.STACK}.yaml").write_text(yaml.safe_dump(content))

    def run(self, command: str) -> str:
        """Run a command of the guide and return what it printed."""
        path = f"{self.kubectl.binary.parent}:{MESH.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=self.folder,
            env={**os.environ, "PATH": path, "KUBECONFIG": str(self.kubectl.kubeconfig)},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout

    def files(self) -> list[Path]:
        return sorted((self.folder / guide.FOLDER).rglob("*.yaml"))

    def declared(self) -> list[Manifest]:
        """Return the rendered objects."""
        return [yaml.safe_load(file.read_text()) for file in self.files()]

    def live(self) -> list[Manifest]:
        """Return the same objects as the cluster has them, with who wrote what."""
        found = self.kubectl.get("--recursive", "--show-managed-fields", "--filename", str(self.folder / guide.FOLDER))
        items: list[Manifest] = found["items"]
        return items

    def remove(self) -> None:
        """Take the mesh away as the guide says, with an apply's traces."""
        for command in REMOVE:
            if (self.folder / command.split()[-1]).exists():
                self.run(command)


def name(item: Manifest) -> tuple[str, ...]:
    """Return by what an object is known."""
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


@pytest.fixture(scope="module")
def checkout(
    cluster: clusters.Cluster,
    engine: runtime.PulumiRuntime,
    kubectl: Kubectl,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Checkout]:
    """A repository, and a cluster without a mesh; without one again in the end."""
    take_down_stacks(cluster, engine)
    bare(kubectl)
    folder = tmp_path_factory.mktemp("gitops")
    (folder / "Pulumi.yaml").write_text("name: mesh\n")
    (folder / "stacks").mkdir()
    made = Checkout(folder, kubectl)
    made.declare(**SETTINGS)
    yield made
    left = [part for file in reversed(made.files()) for part in ("--filename", str(file))]
    kubectl("delete", "--ignore-not-found", *left)
    bare(kubectl)


def render(checkout: Checkout) -> str:
    """Write the folder as the guide says."""
    (command,) = guide.commands(guide.blocks("console", guide.section("The folder"))[0])
    return checkout.run(command)


ROOT_CA = sign("a root of our own")


@pytest.fixture(scope="module")
def applied(checkout: Checkout, kubectl: Kubectl) -> Checkout:
    """The mesh, applied step by step, with a CA that is brought before istiod starts."""
    assert "created" in render(checkout)
    first, *rest = INSTALL
    checkout.run(first)
    authority = sign("an intermediate", by=ROOT_CA)
    pems = {"ca-cert": authority.pem, "ca-key": authority.key_pem, "root-cert": ROOT_CA.pem}
    pems["cert-chain"] = authority.pem + ROOT_CA.pem
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "cacerts", "namespace": "istio-system"},
            "stringData": {f"{name}.pem": pem for name, pem in pems.items()},
        }
    )
    for command in rest:
        checkout.run(command)
    return checkout


def answers_through_the_gateway(kubectl: Kubectl) -> None:
    """An app gets a sidecar, and requests from outside, by a gateway that shows it a certificate."""
    moved = [{**item, "metadata": {**item["metadata"], "namespace": APPS}} for item in ROUTE]
    kubectl.apply(*app("hello", APPS), *moved)
    kubectl.rolled_out(APPS, "hello")
    assert "istio-proxy" in kubectl.containers(APPS, "hello")
    _, body = request(gateway_address(kubectl), HOST)
    assert f"URI=spiffe://cluster.local/ns/istio-system/sa/{GATEWAY}-service-account" in body, "mutual TLS"


def test_the_guides_steps_make_a_mesh(applied: Checkout, kubectl: Kubectl) -> None:
    assert (
        kubectl.get("peerauthentication", "default", "--namespace", "istio-system")["spec"]["mtls"]["mode"] == "STRICT"
    )
    (edge,) = kubectl.pods("istio-system", "edge")
    assert edge["spec"]["containers"][0]["image"].rpartition("/")[2].startswith("proxyv2:"), "the injector completed it"
    answers_through_the_gateway(kubectl)
    # It ends with 0 when there is nothing worse than a warning, which the annotations for Argo CD and Flux are.
    eventually(lambda: applied.run(VERIFY), bool, "every object as declared, and the mesh well", attempts=10, pause=2)


def test_istiod_takes_the_authority_that_was_brought_before_it(applied: Checkout, kubectl: Kubectl) -> None:
    trusted = kubectl.get("configmap", "istio-ca-root-cert", "--namespace", APPS)["data"]["root-cert.pem"]
    assert trusted.strip() == ROOT_CA.pem.strip()
    assert "istio-ca-secret" not in kubectl.names("secrets", "--namespace", "istio-system")


def versions(checkout: Checkout) -> dict[tuple[str, ...], str]:
    """Return the version that each declared object has on the cluster."""
    return {name(item): item["metadata"]["resourceVersion"] for item in checkout.live()}


def written_by_others(item: Manifest) -> set[tuple[str, str]]:
    """Return fields of an object that somebody else is on record for, and who; without those of the status."""
    # The Deployment controller writes an annotation along with the status.
    entries = [
        {**entry, "subresource": "", "fieldsV1": {k: v for k, v in entry["fieldsV1"].items() if k != "f:status"}}
        for entry in item["metadata"]["managedFields"]
        if entry["manager"] not in APPLIERS
    ]
    writers = owned({"metadata": {"managedFields": [entry for entry in entries if entry["fieldsV1"]]}})
    return {(field(path), writer) for writer, path in writers}


def field(path: tuple[str, ...]) -> str:
    """Return what the guide's table calls a field: any item of a list is ``[]``."""
    return re.sub(r"\[name=[^]]*\]", "[]", text(path))


def changed_since(kubectl: Kubectl, declared: Manifest, live: Manifest) -> set[str]:
    """Return in which fields an object is other than the API server would make it anew from its file.

    The record of who wrote what has a gap: no owner of a number of replicas that was a default before.
    """
    if live["metadata"].get("generation", 1) == 1:  # counts the changes of what can be declared
        return set()
    copy = {**declared, "metadata": {**declared["metadata"], "name": f"{declared['metadata']['name']}-copy"}}
    made = kubectl("create", "--dry-run=server", "--output", "json", "--filename", "-", stdin=json.dumps(copy))
    fresh, found = ({**one, "metadata": {}, "status": {}} for one in (json.loads(made), live))
    return {field(difference.path) for difference in differences(fresh, found)}


def test_others_write_what_the_guide_says_and_nothing_that_is_declared(applied: Checkout, kubectl: Kubectl) -> None:
    eventually(lambda: autoscaled(kubectl), bool, "the autoscaler is done")
    declared = {name(item): item for item in applied.declared()}
    found: set[tuple[str, str]] = set()
    for item in applied.live():
        written = written_by_others(item)
        assert {guide.Rule(item["kind"], *each) for each in written} <= guide.rules()
        fields = {path for path, _ in written} | changed_since(kubectl, declared[name(item)], item)
        assert not fields & {field(path) for writer, path in owned(item) if writer in APPLIERS}, name(item)
        found |= {(item["kind"], path) for path in fields}
    assert found == {(rule.kind, rule.field) for rule in guide.rules()}


def test_argo_cds_rules_are_for_those_who_write(applied: Checkout) -> None:
    (application,) = guide.manifests("Argo CD")
    ignored = {
        (rule["group"], rule["kind"], manager)
        for rule in application["spec"]["ignoreDifferences"]
        for manager in rule["managedFieldsManagers"]
    }
    groups = {item["kind"]: item["apiVersion"].rpartition("/")[0] for item in applied.declared()}
    assert ignored == {(groups[rule.kind], rule.kind, rule.writer) for rule in guide.rules()}


def test_fluxs_check_waits_for_istiod(applied: Checkout, kubectl: Kubectl) -> None:
    (expression,) = [
        check["current"]
        for kustomization in guide.manifests("Flux")
        for check in kustomization["spec"].get("healthCheckExprs", [])
    ]
    for item in kubectl.get("validatingwebhookconfigurations")["items"]:
        bare_webhooks = [{**one, "clientConfig": {"service": {}}} for one in item["webhooks"]]
        assert cel.evaluate(expression, {"webhooks": item["webhooks"]}) is True
        assert cel.evaluate(expression, {"webhooks": bare_webhooks}) is False


def autoscaled(kubectl: Kubectl) -> bool:
    """Say whether the autoscaler has done what it does here, which has no metrics: it writes its status no more."""
    status = kubectl.get("horizontalpodautoscaler", GATEWAY, "--namespace", "istio-system")["status"]
    told = {condition["type"] for condition in status.get("conditions", [])}
    return status.get("currentReplicas") == 2 and "ScalingActive" in told


def test_a_second_apply_changes_nothing(applied: Checkout, kubectl: Kubectl) -> None:
    eventually(lambda: autoscaled(kubectl), bool, "the autoscaler is done")
    before = versions(applied)
    assert len(before) == len(applied.files()) > 40
    assert applied.run(LOOK) == ""
    applied.run(AGAIN)
    assert versions(applied) == before


def test_a_change_is_seen_and_applied_and_what_left_the_folder_is_deleted(applied: Checkout, kubectl: Kubectl) -> None:
    for line in ("git init --quiet", "git add .", "git -c user.name=a -c user.email=a@b.c commit --quiet -m a"):
        applied.run(line)
    applied.declare(**{**SETTINGS, "mtls": "PERMISSIVE", "ingressGateways": SETTINGS["ingressGateways"][:1]})
    changes = render(applied)
    with pytest.raises(subprocess.CalledProcessError) as differs:
        applied.run(LOOK)
    changed = [line[1:].strip() for line in differs.value.stdout.splitlines() if re.match("[-+] ", line)]
    assert differs.value.returncode == 1
    assert [line for line in changed if "generation" not in line] == ["mode: STRICT", "mode: PERMISSIVE"]
    applied.run(AGAIN)
    assert applied.run(LOOK) == ""

    (command,) = WITHOUT
    removed = re.findall(r"^removed +(.*)$", changes, re.MULTILINE)
    (deployment,) = [file for file in removed if "deployment" in file]
    assert deployment in command, "the guide's example"
    assert "edge" in kubectl.names("deployments", "--namespace", "istio-system"), "kubectl deletes nothing by itself"
    for file in removed:
        applied.run(command.replace(deployment, file))
    assert "edge" not in kubectl.names("deployments", "--namespace", "istio-system")


def test_the_guides_way_back_leaves_nothing(applied: Checkout, kubectl: Kubectl) -> None:
    applied.remove()
    assert not [crd for crd in kubectl.names("customresourcedefinitions") if crd.endswith(".istio.io")]
    assert not {"istio-system", APPS} & kubectl.names("namespaces")


def test_a_flat_folder_makes_one_when_it_is_applied_twice(checkout: Checkout, kubectl: Kubectl) -> None:
    """As `docs/render.md` says, client-side: what the webhook and the definitions need is there the second time."""
    checkout.declare(**SETTINGS)
    checkout.run(f"mesh render --stack {guide.STACK} --output {guide.FOLDER}")
    first, *waits, second = guide.commands(guide.blocks("console", guide.section("Applying it", "render.md"))[0])
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        checkout.run(first)
    errors = [line for line in refusal.value.stderr.splitlines() if line.startswith(("error", "Error"))]
    assert len(errors) == 1 and ('no matches for kind "PeerAuthentication"' in errors[0] or WEBHOOK in errors[0])
    for command in (*waits, second):
        checkout.run(command)
    kubectl("wait", "--for=condition=Available", "--timeout=150s", "--namespace", "istio-system", "deployment", "--all")
    answers_through_the_gateway(kubectl)
    eventually(lambda: autoscaled(kubectl), bool, "the autoscaler is done")
    before = versions(checkout)
    checkout.run(second)
    assert versions(checkout) == before
