"""`mesh up` and `mesh down`: a stack of the program on disk, on a cluster found or made for it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer
from kubernetes import config as kubeconfig
from rich.markup import escape

import local_cluster
from local_cluster import cluster as clusters
from local_cluster import paths
from local_cluster.pulumi import locks, runtime

from .console import err, out, step
from .local_stack import LocalStack, PulumiFailed
from .project import Project, ProjectError
from .ready_table import running, table

OVERLAY = Path(local_cluster.__file__).parent / "overlay.yaml"
"""What the node on this machine needs in every stack."""

StackOption = Annotated[str, typer.Option("--stack", "-s", help="The stack, a file in stacks/.")]
ContextOption = Annotated[
    str | None, typer.Option("--context", help="A kubeconfig context to use instead of a local cluster; left as it is.")
]


def stacks_folder(cluster: clusters.Cluster) -> Path:
    """Return where the working folders of a cluster's stacks are; their names are the stacks'."""
    return paths.state_dir() / "stacks" / cluster.context


def local_stack(
    name: str, cluster: clusters.Cluster, engine: runtime.PulumiRuntime, folder: Path | None = None
) -> LocalStack:
    """Return a stack of the project around ``folder`` (default: the working directory), to be run on ``cluster``."""
    return LocalStack(
        project=Project.find(folder),
        name=name,
        home=stacks_folder(cluster) / name,
        pulumi=engine.pulumi,
        env={**engine.env, "KUBECONFIG": str(cluster.kubeconfig)},
    )


def up(stack: StackOption = "demo", context: ContextOption = None, output: str = "table") -> None:
    """Bring a stack up on a cluster and say what runs. Repeating it is quick and changes nothing."""
    Project.find().stack_file(stack)
    with step("Tools: pulumi, its language host and its providers"):
        engine = runtime.prepare()
        for standin in engine.standins:
            err.print(f"    {escape(standin)}")
    with step("Cluster"):
        cluster = clusters.up(context)
    target = local_stack(stack, cluster, engine)
    with step(f"Stack {stack}: a working copy of its file in {target.home}"):
        target.prepare(cluster.context, OVERLAY if cluster.kind == "node" else None)
        refuse_a_second_mesh(target)
        for done in locks.recover(engine, stack):
            err.print(f"    {escape(done)}")
    with step(f"pulumi up --stack {stack}"):
        target.run("up", "--yes")
    show(cluster, output)


def refuse_a_second_mesh(target: LocalStack) -> None:
    """Keep two stacks from declaring the same istiod on one local cluster.

    :raises ProjectError: naming the stack that is up and what to do
    """
    busy = [name for name, count in target.stacks().items() if name != target.name and count]
    if busy:
        raise ProjectError(
            f"stack {busy[0]} is up on this cluster, and {target.name} would declare the same objects. "
            f"Run `make down` first, or `make up STACK={busy[0]}` to go on with it"
        )


def show(cluster: clusters.Cluster, output: str) -> None:
    """Print what runs, how to reach it and what to try next.

    :raises PulumiFailed: when something that should be ready is not
    """
    rows = running(kubeconfig.new_client_from_config(str(cluster.kubeconfig), context=cluster.context))
    if output == "json":
        out.print_json(json.dumps([row.as_dict() for row in rows]))
    else:
        out.print(table(rows))
        out.print(NEXT.format(kubeconfig=cluster.kubeconfig))
    waiting = [f"{row.namespace}/{row.name}" for row in rows if not row.is_ready]
    if waiting:
        raise PulumiFailed(f"not ready: {', '.join(waiting)}")


NEXT = """
Reach it:   export KUBECONFIG={kubeconfig}
Try next:   kubectl get pods --all-namespaces
            kubectl --namespace apps create deployment hello --image docker.io/local/fortio:1   # gets a sidecar
            make up STACK=minimal, after make down
Remove it:  make down"""


def down() -> None:
    """Remove the local cluster with the mesh on it, and forget its stacks: nothing but the cache stays."""
    found = clusters.status().cluster
    if found:
        forget_stacks(found)
    with step("Cluster"):
        if not clusters.down():
            err.print("    there was none")


def forget_stacks(cluster: clusters.Cluster) -> None:
    """Forget every stack of a cluster that is about to go, and the local backend when it has no other stack.

    Destroying them first would take a minute for nothing: all that they made is on that cluster.
    """
    engine = runtime.prepare()
    folder = stacks_folder(cluster)
    others = 0
    for home in sorted(folder.glob("*/")):
        target = local_stack(home.name, cluster, engine)
        with step(f"Stack {target.name}: forgotten, with the cluster that it is on"):
            target.remove()
            others = len(target.stacks())
    shutil.rmtree(folder, ignore_errors=True)
    if engine.backend and not others:
        shutil.rmtree(engine.backend.parent)
        folder.parent.rmdir()
