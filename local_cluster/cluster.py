"""The cluster to work with: chosen, brought up, described, taken down.

The choice, in this order:

1. a context that the user names (`--context` or the environment's MESH_CONTEXT): that cluster, left as it is;
2. a Docker engine that answers, and `kind`: a kind cluster (`kind.yaml`);
3. Linux and root: one real node on this machine (`node/`).

A cluster that was brought up here before is kept, whatever 2 and 3 would say today.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local_cluster import contexts, kind
from local_cluster.node import node
from local_cluster.node.config import NodeConfig
from local_cluster.paths import state_dir
from local_cluster.toolchain import Progress, default_progress

Kind = Literal["context", "kind", "node"]


@dataclass(frozen=True)
class Cluster:
    """A cluster that answers.

    :param kind: "context" (the user's own), "kind" or "node"
    :param kubeconfig: file to use
    :param context: context in that file
    """

    kind: Kind
    kubeconfig: Path
    context: str


@dataclass(frozen=True)
class Status:
    """What there is.

    :param cluster: the cluster, or None when none of ours was brought up
    :param processes: how each of its processes is; empty for a cluster that is not a node of ours
    :param folder: where its files are
    :param note: what else there is to say
    """

    cluster: Cluster | None
    processes: list[node.Health]
    folder: Path | None = None
    note: str = ""

    @property
    def well(self) -> bool:
        """Whether there is a cluster and all of it is healthy."""
        return self.cluster is not None and all(health.state == "healthy" for health in self.processes)


def node_folder() -> Path:
    """Return where the node on this machine has its files: `cluster` in the state folder (see `paths.py`)."""
    return state_dir() / "cluster"


def kind_folder() -> Path:
    """Return where the kind cluster's kubeconfig is: `kind` in the state folder."""
    return state_dir() / "kind"


def up(context: str | None = None, *, progress: Progress | None = None) -> Cluster:
    """Choose a cluster, bring it up where it is ours and not up yet, and return it.

    Calling it again is quick and changes nothing; after a crash it mends what is broken.

    :param context: name of a context of the user's own
    :raises ClusterError: when there can be none, saying what to do
    :raises ToolError: when a program that it takes cannot be obtained
    """
    progress = progress or default_progress()
    if context:
        return _of_context(context)
    if node.load(node_folder()) is None and kind.wanted(kind_folder()):
        return Cluster("kind", kind.up(kind_folder(), progress), kind.CONTEXT)
    return _of_node(node.up(node_folder(), "MESH_STATE_DIR" not in os.environ, progress))


def bring(cluster: Cluster, wanted: Collection[str], *, progress: Progress | None = None) -> None:
    """See to it that a cluster of ours has the images that something on it will run; one of the user's own pulls them.

    :param wanted: full names with tags
    :raises UserMistake: when the node on this machine, which pulls nothing, cannot have one of them
    :raises ToolError: when what is in an image cannot be obtained
    """
    progress = progress or default_progress()
    if cluster.kind == "kind":
        kind.bring(kind_folder(), progress, wanted)
    if cluster.kind == "node":
        node.bring(node_folder(), progress, wanted)


def down(*, progress: Progress | None = None) -> bool:
    """Take down the clusters that `up` made, never one of the user's own; return whether there was any.

    :raises ClusterError: when something cannot be removed
    """
    progress = progress or default_progress()
    removed = [kind.down(kind_folder(), progress), node.down(node_folder(), progress)]
    if state_dir().is_dir() and not any(state_dir().iterdir()):
        state_dir().rmdir()
    return any(removed)


def status(context: str | None = None) -> Status:
    """Return what there is, without changing anything.

    :param context: name of a context of the user's own to look at instead
    :raises ClusterError: when that context does not exist or its cluster does not answer
    """
    if context:
        return Status(_of_context(context), [], note="a cluster of your own; nothing here manages it")
    config = node.load(node_folder())
    if config:
        return Status(_of_node(config), node.status(config), config.folder)
    if kind.exists(kind_folder()):
        return Status(Cluster("kind", kind.kubeconfig(kind_folder()), kind.CONTEXT), [], kind_folder())
    return Status(None, [], note="there is no cluster; `mesh cluster up` makes one")


def _of_node(config: NodeConfig) -> Cluster:
    return Cluster("node", config.kubeconfig, config.name)


def _of_context(context: str) -> Cluster:
    return Cluster("context", contexts.check(context), context)
