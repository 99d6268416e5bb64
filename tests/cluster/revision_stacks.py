"""The stacks of examples/revisions, in a folder of their own so that their files can be edited."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime
from mesh_components.live.injection import injected, proxy_image

from .kubectl import Kubectl, eventually
from .mesh_stack import ROOT, MeshStack, mesh
from .routed_apps import answers, apps

OLD_REVISION, NEW_REVISION = "1-29-1", "1-31-0"

LEAVE = 3
"""Seconds that a pod serves on: many times what istiod needs to tell all proxies."""


WHOLE = "whole"
"""A stack that has all of a mesh."""
GATEWAY = "istio-ingressgateway"
SYSTEM = "istio-system"


@dataclass(frozen=True)
class Stacks:
    """The stacks of a copy of the example."""

    folder: Path
    cluster: clusters.Cluster
    engine: runtime.PulumiRuntime

    @classmethod
    def copied(cls, root: Path, cluster: clusters.Cluster, engine: runtime.PulumiRuntime) -> Stacks:
        """Copy the example below a folder."""
        folder = root / "examples" / "revisions"
        shutil.copytree(ROOT / "examples" / "revisions", folder)
        (root / ".venv").symlink_to(ROOT / ".venv")
        return cls(folder, cluster, engine)

    def __getitem__(self, name: str) -> MeshStack:
        return MeshStack.of(name, self.cluster, self.engine, self.folder)

    def mesh(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return mesh(*arguments, check=check, folder=self.folder)

    def file(self, name: str) -> Path:
        return self.folder / "stacks" / f"Pulumi.{name}.yaml"

    def write(self, name: str, **settings: Any) -> None:
        """Write a stack's file, and bring the stack up as the guides say."""
        config = {f"mesh:{key}": value for key, value in settings.items()}
        self.file(name).write_text(yaml.safe_dump({"config": config}))
        self.mesh("up", "--stack", name)

    def edit(self, name: str, old: str, new: str, *, well: bool = True) -> None:
        """Do what the guides say: change a line of a stack's file, and `mesh up`.

        :param well: whether `mesh verify`, which ends it, finds everything well
        """
        text = self.file(name).read_text()
        assert text.count(old) == 1, (old, text)
        self.file(name).write_text(text.replace(old, new))
        done = self.mesh("up", "--stack", name, check=well)
        assert well or (done.returncode == 1 and "the mesh is up, and not as it should be" in done.stderr), done.stderr

    def wrong(self, name: str) -> list[dict[str, str]]:
        """Return what `mesh verify` has to say against a stack."""
        done = self.mesh("verify", "--stack", name, "--output", "json", check=False)
        assert done.returncode in (0, 1), done.stderr
        return [row for row in json.loads(done.stdout)["rows"] if row["status"] != "ok"]

    def take_down(self, *names: str) -> None:
        """Destroy stacks and forget them, those that there are."""
        for name in names:
            stack = self[name]
            if stack.resources():
                stack.destroy()
            if stack.target.home.is_dir():
                stack.target.remove()
                shutil.rmtree(stack.target.home)


def whole_mesh(stacks: Stacks, kubectl: Kubectl, **settings: Any) -> str:
    """Bring up a mesh in one stack, with the apps `hello` and `client`, and a route to `hello`; return its address."""
    stacks.write(WHOLE, **settings)
    apps(kubectl, LEAVE)
    return answers(stacks[WHOLE].target.outputs()["gateways"][f"{SYSTEM}/{GATEWAY}"])


def revisions(kubectl: Kubectl, namespace: str, name: str) -> set[tuple[str | None, str | None]]:
    """Return who injected an app's pods, and with which version of the proxy."""
    found = kubectl.pods(namespace, name)
    return {(injected(pod), (proxy_image(pod) or "").rpartition(":")[2]) for pod in found}


def restarted(kubectl: Kubectl, namespace: str, by: tuple[str, str], *names: str) -> None:
    """Restart workloads, and wait until all their pods are injected by that revision, with that version."""
    for name in names:
        kubectl("rollout", "restart", f"deployment/{name}", "--namespace", namespace)
    for name in names:
        kubectl.rolled_out(namespace, name)
        eventually(partial(revisions, kubectl, namespace, name), lambda found: found == {by}, f"{name} is of {by}")
