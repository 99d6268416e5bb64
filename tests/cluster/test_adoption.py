"""A mesh that istioctl or Helm installed becomes a stack's while requests go through it, and none fails."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cluster import cluster as clusters
from local_cluster import toolchain
from local_cluster.pulumi import runtime
from mesh_components.cli.local_stack import LocalStack
from mesh_components.cli.stack_file import OVERLAY, overlay_for
from mesh_components.cli.up import local_stack
from mesh_components.settings import VERSIONS

from .kubectl import Kubectl, eventually, namespace
from .load import Load, from_app, from_outside
from .mesh_stack import MESH, ROOT, SECONDS, take_down_stacks
from .routed_apps import SHOP, answers, apps
from .test_ingress import HOST
from .test_uninstall import CLUSTER_SCOPED, KEPT, OURS

VERSION = "1.31.0"
STACK = "adopted"
GATEWAY = "istio-ingressgateway"
SYSTEM = ("--namespace", "istio-system")
CHARTS = {"base": "base", "istiod": "istio-control/istio-discovery", "gateway": "gateway"}
"""Charts in Istio's module."""

OF_THE_CHART = {
    "name": "istio-ingressgateway",
    "injectionTemplate": "gateway",
    "imagePullPolicy": "IfNotPresent",
    "ports": [
        {"name": "status-port", "port": 15021, "targetPort": 15021, "protocol": "TCP"},
        {"name": "http2", "port": 80, "targetPort": 80, "protocol": "TCP"},
        {"name": "https", "port": 443, "targetPort": 443, "protocol": "TCP"},
    ],
    "securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]},
    "env": {"ISTIO_META_UNPRIVILEGED_POD": ""},
}
"""The gateway as Istio's gateway chart makes it by default."""


@dataclass(frozen=True)
class Checkout:
    """A project like the one in the checkout, with a stack of its own."""

    folder: Path
    target: LocalStack
    context: str

    def configure(self, **settings: Any) -> None:
        """Write the stack's file."""
        chosen = {"version": VERSION, "profile": "default", **settings}
        config = {f"mesh:{key}": value for key, value in chosen.items()}
        (self.folder / "stacks" / f"Pulumi.{STACK}.yaml").write_text(yaml.safe_dump({"config": config}))

    def mesh(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [MESH, *arguments, "--stack", STACK], cwd=self.folder, capture_output=True, text=True, timeout=SECONDS
        )
        assert not check or done.returncode == 0, f"mesh {arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def pulumi(self, command: str, *arguments: str) -> str:
        line = self.target.program_line(command, *arguments)
        done = subprocess.run(
            line, cwd=self.folder, env=self.target.environment(), capture_output=True, text=True, timeout=SECONDS
        )
        assert done.returncode == 0, f"pulumi {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def effects(self) -> dict[str, dict[str, list[str]]]:
        """Return what `mesh adopt` says: objects by effect and by what happens to them."""
        found: dict[str, dict[str, list[str]]] = {}
        for finding in json.loads(self.mesh("adopt", "--output", "json").stdout)["findings"]:
            found.setdefault(finding["effect"], {})[finding["what"]] = finding["objects"]
        return found


@dataclass(frozen=True)
class Helm:
    """Helm, and Istio's charts as a release has them: the module's own are not stamped with a version."""

    binary: Path
    kubeconfig: Path
    folder: Path

    def __call__(self, *arguments: str) -> str:
        line = [str(self.binary), *arguments, "--kubeconfig", str(self.kubeconfig)]
        done = subprocess.run(line, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    def install(self, release: str, chart: str, values: dict[str, Any], *more: str) -> None:
        source = toolchain.module_dir("istio") / "manifests/charts" / CHARTS[chart]
        self("package", str(source), "--version", VERSION, "--app-version", VERSION, "--destination", str(self.folder))
        file = self.folder / f"{release}.yaml"
        file.write_text(yaml.safe_dump(values))
        packed = str(self.folder / f"{chart}-{VERSION}.tgz")
        self("install", release, packed, *SYSTEM, "--create-namespace", "--values", str(file), *more)


@pytest.fixture
def checkout(
    cluster: clusters.Cluster, engine: runtime.PulumiRuntime, kubectl: Kubectl, tmp_path: Path
) -> Iterator[Checkout]:
    """A stack of Istio's default profile, and a cluster without a mesh; without one again in the end."""
    take_down_stacks(cluster, engine)
    bare(kubectl)
    for file in ("Pulumi.yaml", "__main__.py", "requirements.txt"):
        shutil.copy(ROOT / file, tmp_path / file)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "stacks").mkdir()
    made = Checkout(tmp_path, local_stack(STACK, cluster, engine, tmp_path), cluster.context)
    made.configure()
    made.target.prepare(cluster.context, overlay_for(cluster))
    yield made
    if made.target.stacks().get(STACK):
        made.pulumi("destroy", "--yes", "--skip-preview")
    made.target.remove()
    shutil.rmtree(made.target.home)
    kubectl("delete", "namespace", SHOP, "--ignore-not-found", "--wait=false")
    bare(kubectl)


def bare(kubectl: Kubectl) -> None:
    """Take Istio's definitions away, and with them the objects that they define."""
    if found := [name for name in kubectl.names("customresourcedefinitions") if name.endswith(".istio.io")]:
        kubectl("delete", "customresourcedefinitions", *found)


def istio_values() -> dict[str, Any]:
    """Return what the local node needs of a mesh, as Istio's values; addons are none of Istio's."""
    config = yaml.safe_load(OVERLAY.read_text())["config"]
    return {key.removeprefix("mesh:"): value for key, value in config.items() if key != "mesh:addons"}


def apps_with_sidecars(kubectl: Kubectl) -> None:
    """Put the apps into the mesh, each with a sidecar, because their namespace says so."""
    kubectl.apply(namespace(SHOP, **{"istio-injection": "enabled"}))
    apps(kubectl)


def uids(kubectl: Kubectl, where: str) -> dict[str, int]:
    """Return a namespace's pods, with how often their containers have started again."""
    return {
        pod["metadata"]["uid"]: sum(status["restartCount"] for status in pod["status"].get("containerStatuses", []))
        for pod in kubectl.get("pods", "--namespace", where)["items"]
        if "deletionTimestamp" not in pod["metadata"]
    }


def gateway_address(kubectl: Kubectl) -> str:
    service = eventually(
        lambda: kubectl.get("service", "istio-ingressgateway", *SYSTEM),
        lambda found: bool(found["status"]["loadBalancer"].get("ingress")),
        "the gateway has an address",
    )
    return answers(str(service["status"]["loadBalancer"]["ingress"][0]["ip"]))


def root(kubectl: Kubectl) -> str:
    return str(kubectl.get("configmap", "istio-ca-root-cert", "--namespace", SHOP)["data"]["root-cert.pem"])


def answered(*loads: Load) -> None:
    for load in loads:
        assert load.sent > 200 and not load.failed, load.codes


def is_the_stacks_alone(checkout: Checkout, kubectl: Kubectl) -> None:
    """Nothing differs, and neither installer finds anything of its own any more."""
    checkout.pulumi("up", "--yes", "--expect-no-changes", "--refresh")
    eventually(
        lambda: checkout.mesh("verify", check=False),
        lambda done: done.returncode == 0 and "warning" not in done.stdout,
        "verify finds nothing",
        attempts=10,
        pause=2,
    )
    istioctl = [str(toolchain.ensure("istioctl")), "--kubeconfig", str(kubectl.kubeconfig)]
    asked = subprocess.run(
        [*istioctl, "uninstall", "--purge", "--dry-run", "--skip-confirmation"], capture_output=True, text=True
    )
    assert asked.returncode == 0
    # What it would delete besides pods, which their owner makes again: their labels go with the next rollout.
    targets = [line for line in (asked.stdout + asked.stderr).splitlines() if "pruning object" in line]
    assert not [line for line in targets if "Kind=Pod/" not in line], targets


def is_gone(checkout: Checkout, kubectl: Kubectl) -> None:
    """Destroying the stack leaves what it leaves of any mesh."""
    checkout.pulumi("destroy", "--yes", "--skip-preview")
    for kind in CLUSTER_SCOPED:
        assert not {name for name in kubectl.names(kind) if "istio" in name}, kind
    eventually(lambda: kubectl.names("namespaces"), lambda left: "istio-system" not in left, "the namespace is gone")
    for kind in OURS:
        assert {name for name in kubectl.names(kind, "--all-namespaces") if "istio" in name} <= KEPT, kind


def stamped(folder: Path) -> Path:
    """Return Istio's manifests as a released istioctl has them inside: the module's are not stamped with a version."""
    for name in ("charts", "profiles"):
        for source in (toolchain.module_dir("istio") / "manifests" / name).rglob("*"):
            target = folder / source.relative_to(toolchain.module_dir("istio"))
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                text = source.read_text()
                if source.name == "Chart.yaml":
                    text = re.sub(r"(?im)^((app)?version): .*", rf"\1: {VERSION}", text)
                target.write_text(text)
    return folder / "manifests"


def test_what_istioctl_installed_is_adopted(checkout: Checkout, kubectl: Kubectl, tmp_path: Path) -> None:
    operator = {"profile": "default", "hub": VERSIONS[VERSION].hub, "tag": VERSION, "values": istio_values()}
    resource = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": operator}
    (tmp_path / "operator.yaml").write_text(yaml.safe_dump(resource))
    line = [str(toolchain.ensure("istioctl")), "--kubeconfig", str(kubectl.kubeconfig), "install"]
    line += [
        "--skip-confirmation",
        "--filename",
        str(tmp_path / "operator.yaml"),
        "--manifests",
        str(stamped(tmp_path)),
    ]
    subprocess.run(line, check=True, capture_output=True)
    apps_with_sidecars(kubectl)
    address = gateway_address(kubectl)
    pods, authority = [uids(kubectl, where) for where in (SHOP, "istio-system")], root(kubectl)

    refused = checkout.mesh("up", check=False)
    assert refused.returncode == 2 and "installed by istioctl" in refused.stderr and "--adopt" in refused.stderr
    checkout.configure(ingressGateways=[{"name": GATEWAY, "labels": {"app": "other", "istio": "ingressgateway"}}])
    selector = checkout.mesh("adopt", check=False)
    assert selector.returncode == 1 and "refused" in selector.stdout and "immutable" in selector.stdout
    checkout.configure(ingressGateways=[{"name": GATEWAY, "serviceAnnotations": {"example.com/owner": "mesh"}}])

    with (
        from_outside(address, HOST) as outside,
        from_app(kubectl, SHOP, "client", "http://hello.shop:8080/echo") as inside,
    ):
        found = checkout.effects()
        assert found["changed"]['metadata.annotations: {"example.com/owner": "mesh"}, new'] == [
            f"Service istio-system/{GATEWAY}"
        ]
        assert len(found["removed"]["metadata.labels[operator.istio.io/component]: 'Pilot'"]) > 10
        assert found["kept"]["spec.template.metadata.labels[operator.istio.io/component]"] == [
            "Deployment istio-system/istiod",
            f"Deployment istio-system/{GATEWAY}",
        ]
        assert list(found["left"].values()) == [
            [
                "MutatingWebhookConfiguration istio-revision-tag-default",
                "Service istio-system/istiod-revision-tag-default",
            ]
        ]
        assert found.keys() == {"changed", "removed", "kept", "left"}, "nothing is made, refused or restarted"

        checkout.target.prepare(checkout.context, OVERLAY)
        checkout.pulumi("up", "--yes", "--skip-preview")
        checkout.mesh("adopt", "--finish", "--prune")
        is_the_stacks_alone(checkout, kubectl)
        assert gateway_address(kubectl) == address

    answered(outside, inside)
    assert [uids(kubectl, where) for where in (SHOP, "istio-system")] == pods, "no pod is another, or started again"
    assert root(kubectl) == authority
    assert kubectl.names("mutatingwebhookconfigurations") == {"istio-sidecar-injector"}
    is_gone(checkout, kubectl)


def test_what_helm_installed_is_adopted(checkout: Checkout, kubectl: Kubectl, tmp_path: Path) -> None:
    helm = Helm(toolchain.ensure("helm"), kubectl.kubeconfig, tmp_path)
    values = istio_values() | {"global": {"hub": VERSIONS[VERSION].hub, "tag": VERSION}}
    helm.install("istio-base", "base", {})
    helm.install("istiod", "istiod", values, "--wait")
    helm.install("istio-ingressgateway", "gateway", {"imagePullPolicy": "IfNotPresent"}, "--wait")
    apps_with_sidecars(kubectl)
    address = gateway_address(kubectl)
    before, authority = uids(kubectl, SHOP), root(kubectl)
    checkout.configure(ingressGateways=[OF_THE_CHART])

    with (
        from_outside(address, HOST) as outside,
        from_app(kubectl, SHOP, "client", "http://hello.shop:8080/echo") as inside,
    ):
        done = checkout.mesh("up", "--adopt")
        assert "Installed by Helm" in done.stderr and "restarted" in done.stderr
        assert helm("list", "--all-namespaces", "--short").split() == ["istio-base", "istio-ingressgateway", "istiod"]
        checkout.mesh("adopt", "--finish", "--prune")
        assert not helm("list", "--all-namespaces", "--short").split()
        is_the_stacks_alone(checkout, kubectl)
        assert gateway_address(kubectl) == address

    answered(outside, inside)
    assert uids(kubectl, SHOP) == before and root(kubectl) == authority
    is_gone(checkout, kubectl)
