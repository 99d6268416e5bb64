"""`mesh up` and `mesh down`: a stack of the program on disk, on a cluster found or made for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
import yaml
from kubernetes import config as kubeconfig
from rich.markup import escape

from local_cluster import cluster as clusters
from local_cluster import images as local_images
from local_cluster import paths
from local_cluster.pulumi import locks, runtime
from mesh_components.live import adoption
from mesh_components.live.api import Api
from mesh_components.live.dashboards import BOARDS
from mesh_components.live.plan import Plan, plan
from mesh_components.live.row import Row, Status, name_of, worst
from mesh_components.manifests import images

from . import local_metrics, planned_stack
from .adopt import end as end_adoption
from .adopt import show as show_adoption
from .console import err, out, step
from .live_cluster import config_of, connect
from .local_stack import LocalStack, PulumiFailed
from .options import ContextOption, Output, OutputOption, StackOption
from .project import PROJECT, Project, ProjectError
from .ready_table import ADDON, running, table
from .stack_file import overlay_for, parsed, read_text
from .verify import look
from .verify import show as show_rows


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


def up(
    stack: StackOption = "demo",
    context: ContextOption = None,
    output: OutputOption = Output.TABLE,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Look at the cluster first, and put back what was changed there.")
    ] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over a mesh that istioctl or Helm installed; see `mesh adopt`.")
    ] = False,
) -> None:
    """Bring a stack up on a cluster, verify it and say what runs. Repeating it is quick and changes nothing."""
    planned_stack.read(Project.find(), stack)  # a mistake is reported before anything is made
    with step("Tools: pulumi, its language host and its providers"):
        engine = runtime.prepare()
        for name in engine.standins:
            err.print(f"    {escape(name)}: this project's stand-in, because the released one cannot be had here")
    with step("Cluster"):
        cluster = clusters.up(context)
    target = local_stack(stack, cluster, engine)
    with step(f"Stack {stack}: a working copy of its file in {target.home}"):
        target.prepare(cluster.context, overlay_for(cluster))
        refuse_what_is_another_stacks(target)
        recover(target, engine)
    config = config_of(stack, cluster)
    wanted = plan(config, PROJECT, stack)
    with step("Images of what the stack runs"):
        # The program may have apps beside the mesh, whose images are known here where a setting of theirs names one.
        others = local_images.ours(map(str, config.values()))
        clusters.bring(cluster, images.named(wanted.settings, wanted.objects) | others)
    if not target.stacks()[stack]:
        before_the_first(connect(cluster), wanted, stack, adopt)
    with step(f"pulumi up --stack {stack}"):
        target.run("up", "--yes", *(["--refresh"] if refresh else []))
    if local_metrics.wanted(cluster, wanted):
        with step("Metrics: stock Envoy's own means in the place of Istio's stats filter, which it lacks"):
            local_metrics.bring(connect(cluster), wanted)
    if adopt:
        with step("The earlier installer lets go"):
            end_adoption(connect(cluster), wanted, prune=False)
    with step("Verify: every object as declared, the mesh well"):
        rows = look(connect(cluster), wanted)
    show(cluster, wanted, output)
    report(rows, stack)


def recover(target: LocalStack, engine: runtime.PulumiRuntime) -> None:
    """Take away what a killed run left: its lock, once its process is dead, and its plugins' processes."""
    for done in locks.recover(engine, target.name):
        err.print(f"    {escape(done)}")


def refuse_what_is_another_stacks(target: LocalStack) -> None:
    """Keep two stacks from declaring the same object on one cluster, and one stack from wandering between clusters.

    :raises ProjectError: naming what is up where, and what to do
    """
    counts = target.stacks()
    here = target.home.parent
    for home in sorted(here.parent.glob("*/*/")):
        if not counts.get(home.name) or home == target.home:
            continue
        if home.parent == here:
            shared = sorted(declared_names(target.home) & declared_names(home))
            if shared:
                more = f" and {len(shared) - 1} more" if len(shared) > 1 else ""
                raise ProjectError(
                    f"stack {home.name} is up on this cluster, and {target.name} would declare the same objects: "
                    f"{shared[0]}{more}. Run `make down` first, or `make up STACK={home.name}` to go on with it; "
                    "docs/revisions.md shows stacks that share a cluster"
                )
        elif home.name == target.name:
            raise ProjectError(
                f"stack {target.name} is up on the cluster of context {home.parent.name}, and a stack is one mesh on "
                f"one cluster. Copy stacks/Pulumi.{target.name}.yaml to another name for context {here.name}"
            )


def declared_names(home: Path) -> set[str]:
    """Return the objects, as ``Kind namespace/name``, that the stack with this working folder declares."""
    file = home / f"Pulumi.{home.name}.yaml"
    config = parsed(read_text(file), file).get("config") or {}
    return {name_of(item) for item in plan(config, PROJECT, home.name).objects}


def before_the_first(api: Api, wanted: Plan, stack: str, adopt: bool) -> None:
    """See to it that a new stack takes over somebody else's mesh only when that is meant, and show what it changes.

    :raises ProjectError: when there is one, and it is not meant
    :raises PulumiFailed: when it cannot be taken over
    """
    installers = adoption.who(api, wanted)
    if not installers:
        return
    by = " and ".join(installers)
    if not adopt:
        raise ProjectError(
            f"the mesh that stack {stack} declares is on this cluster already, installed by {by}. `mesh adopt --stack "
            f"{stack}` shows what taking it over changes, `mesh up --stack {stack} --adopt` does it (docs/adoption.md)"
        )
    with step(f"What changes in the mesh that {by} installed"):
        found = adoption.report(api, wanted)
        show_adoption(found, err)
    if found.refused:
        raise PulumiFailed(f"stack {stack} cannot take the mesh over as it is declared; see what is refused above")


def show(cluster: clusters.Cluster, wanted: Plan, output: Output) -> None:
    """Print what runs, how to reach it and what to try next.

    :raises PulumiFailed: when something that should be ready is not
    """
    client = kubeconfig.new_client_from_config(str(cluster.kubeconfig), context=cluster.context)
    planned = [item["metadata"] for item in wanted.objects if item["kind"] == "Deployment"]
    rows = running(client, {(one["namespace"], one["name"]) for one in planned})
    if output is Output.JSON:
        out.print_json(json.dumps([row.as_dict() for row in rows]))
    else:
        out.print(table(rows))
        boards = [row.name for row in rows if row.kind == ADDON and row.name in BOARDS]
        dashboards = "".join(f"\n            mesh dashboard {name}" for name in boards)
        out.print(NEXT.format(kubeconfig=cluster.kubeconfig, dashboards=dashboards))
    waiting = [f"{row.namespace}/{row.name}" for row in rows if not row.is_ready]
    if waiting:
        raise PulumiFailed(f"not ready: {', '.join(waiting)}")


def report(rows: list[Row], stack: str) -> None:
    """Print what `mesh verify` found, where that is anything.

    :raises PulumiFailed: when it is an error
    """
    if worst(rows) is not Status.OK:
        show_rows([row for row in rows if row.status is not Status.OK], err)
    if worst(rows) is Status.ERROR:
        raise PulumiFailed(f"the mesh is up, and not as it should be; `mesh verify --stack {stack}` looks again")


NEXT = """
Reach it:   export KUBECONFIG={kubeconfig}
Try next:   kubectl get pods --all-namespaces
            # an app, which gets a sidecar:
            kubectl --namespace apps create deployment hello --image docker.io/local/fortio:1 -- fortio server
            make up STACK=minimal, after make down{dashboards}
Remove it:  make down"""


def down() -> None:
    """Remove the local cluster with the mesh on it, and forget its stacks: nothing but the cache stays."""
    found = clusters.status().cluster
    if found:
        forget_stacks(found)
    with step("Cluster"):
        if not clusters.down():
            err.print("    there was none")


def states(backend: Path, project: str, stack: str) -> Iterator[Path]:
    """Yield the files with states in a file backend, which may compress them; project and stack may be patterns."""
    for file in (backend / ".pulumi" / "stacks").glob(f"{project}/{stack}.json*"):
        if not {".attrs", ".bak"} & set(file.suffixes):
            yield file


def give_up_state(target: LocalStack, engine: runtime.PulumiRuntime, why: str) -> None:
    """Remove a stack's state that pulumi cannot, from a backend of ours; in another one it stays. Say so, and why."""
    said = f"warning: stack {target.name} could not be forgotten ({why})"
    if engine.backend is None:
        err.print(f"    {escape(said)}; it stays in your backend, without its cluster", style="yellow")
        return
    # Another project may have a stack of that name.
    project = yaml.safe_load((target.home / "Pulumi.yaml").read_text())["name"]
    for state in list(states(engine.backend, project, target.name)):
        for file in state.parent.glob(f"{state.name}*"):
            file.unlink()
        err.print(f"    {escape(said)}; its state is removed: {escape(str(state))}", style="yellow")


def forget_stacks(cluster: clusters.Cluster) -> None:
    """Forget every stack of a cluster that is about to go, and the local backend when it has no other stack.

    Destroying them first would take a minute for nothing: all that they made is on that cluster.
    """
    engine = runtime.prepare()
    folder = stacks_folder(cluster)
    for home in sorted(folder.glob("*/")):
        target = local_stack(home.name, cluster, engine)
        with step(f"Stack {target.name}: forgotten, with the cluster that it is on"):
            recover(target, engine)
            try:
                target.remove()
            except PulumiFailed as error:
                # A full disk cuts a state off, and then pulumi neither reads nor removes it. The cluster goes anyway.
                give_up_state(target, engine, str(error))
    shutil.rmtree(folder, ignore_errors=True)
    if engine.backend and not any(states(engine.backend, "*", "*")):
        shutil.rmtree(engine.backend.parent)
        shutil.rmtree(folder.parent, ignore_errors=True)  # not there when no stack ever was
