"""Starts, stops and describes one node. Every step looks first and acts only where something is missing."""

import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from local_cluster import images
from local_cluster.errors import ClusterError, UserMistake
from local_cluster.node import (
    api,
    cgroups,
    containerd,
    files,
    kubeconfigs,
    kubelet,
    network,
    pki,
    processes,
    readiness,
    startup,
    system_objects,
)
from local_cluster.node import config as configs
from local_cluster.node.components import PACKAGE_PARENT, Component, components
from local_cluster.node.config import NodeConfig
from local_cluster.node.images import bring as bring_in
from local_cluster.node.init import SHADOWED
from local_cluster.node.startup import wait
from local_cluster.paths import cache_dir
from local_cluster.toolchain import Progress, ensure_all

PROGRAMS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "containerd",
    "containerd-shim-runc-v2",
    "ctr",
    "runc",
    *containerd.CNI_PLUGINS,
    "iptables",
    "iptables-save",
    "iptables-restore",
    "ip6tables",
    "conntrack",
    "ip",
    "nsenter",
    "mount",
)
"""What the processes run, by themselves or by name through PATH."""

ADDRESSES = Path("/run/mesh-components-addresses.lock")
"""Held by who chooses addresses, for all nodes of this machine."""

INIT = "init"
"""Record and log of the node's first process."""


@dataclass(frozen=True)
class Health:
    """How one process of the node is.

    :param name: the component
    :param state: "healthy", "unhealthy" (it runs and does not answer well) or "stopped"
    :param pid: as this machine sees it; None when stopped
    :param uptime: seconds; None when stopped
    :param log: its log file
    """

    name: str
    state: str
    pid: int | None
    uptime: float | None
    log: Path


def refuse_where_impossible() -> None:
    """Raise UserMistake unless this is Linux and we are root."""
    if sys.platform != "linux":
        raise UserMistake(
            f"a node on this machine needs Linux, and this is {sys.platform}; "
            "start Docker and install kind, or name a cluster with --context"
        )
    if os.geteuid() != 0:
        raise UserMistake(
            "a node on this machine needs root (it makes namespaces, mounts and cgroups), and you are not; "
            "run this as root, or start Docker and install kind, or name a cluster with --context"
        )


def load(folder: Path) -> NodeConfig | None:
    """Return the configuration of the node in a folder, or None where there is none."""
    value = files.read_json(folder / "node.json")
    index = value.get("index") if isinstance(value, dict) else None
    return NodeConfig(folder, index) if isinstance(index, int) else None


def up(folder: Path, is_default: bool, progress: Progress) -> NodeConfig:
    """Bring the node to where it is Ready, with DNS and load balancer; return its configuration.

    :param folder: its state folder
    :param is_default: whether it is the first choice of addresses that this node should have
    :raises ClusterError: with the log's last lines, when a process does not come up
    """
    refuse_where_impossible()
    with files.locked(folder):
        programs = ensure_all(PROGRAMS, progress=progress)
        archives = list(images.archives(progress=progress).values())
        # Addresses are free until a node is connected by them, and another node may be choosing, too.
        with files.turn(ADDRESSES):
            config = load(folder)
            if config is None or not (config.folder / "etcd").exists():
                config = _new(folder, is_default)
            elif not processes.running(config.processes / INIT):
                _refuse_when_taken(config)
            parts = _prepare(config, programs)
            with progress.step("Making the node's namespaces, network and cgroup"):
                init = _start_init(config, programs)
                network.connect(config, init)
                cgroups.make(config.name)
        server = api.Api(config)

        def declare() -> None:
            for path, value in system_objects.objects(config, images.IMAGES["coredns"].tags[0]):
                server.apply(path, value)

        startup.Startup(config, init, programs, progress).start(parts, archives, declare)
        with progress.step("Waiting for the node and DNS to be ready"):
            wait(lambda: not readiness.problems(config, server), lambda: "; ".join(readiness.problems(config, server)))
        return config


def bring(folder: Path, progress: Progress, wanted: Collection[str]) -> None:
    """See to it that a node that is up has images.

    :param wanted: full names with tags
    :raises UserMistake: when there is no such image here, and no registry to pull it from
    """
    if missing := images.missing(wanted):
        raise UserMistake(
            f"the node on this machine pulls no images, and has no {', '.join(missing)}; declare what it has instead, "
            "or name a cluster that pulls from registries with --context"
        )
    config = load(folder)
    init = processes.running(config.processes / INIT) if config else None
    if init is None:
        raise ClusterError("the node is not up; `mesh cluster up` starts it")
    ctr = ensure_all(["ctr"], progress=progress)["ctr"]
    socket = containerd.socket(init.pid)
    for image in bring_in(ctr, socket, list(images.archives(wanted, progress=progress).values())):
        progress.note(f"  imported {', '.join(image.names)}")


def down(folder: Path, progress: Progress) -> bool:
    """End the node and remove all that it has on this machine; return whether there was anything.

    :raises ClusterError: when something cannot be removed, naming it; what is left is found again by the next `down`
    """
    if not folder.exists():
        return False
    refuse_where_impossible()
    with files.locked(folder):
        with progress.step("Stopping the node"):
            _remove(folder)
        shutil.rmtree(folder)
    return True


def status(config: NodeConfig) -> list[Health]:
    """Return how each process of the node is, init first."""
    init = processes.running(config.processes / INIT)
    answers = [_describe(config, INIT, init is not None)]
    wanted = files.read_json(config.folder / "health.json") or {}
    for name, check in wanted.items():
        answers.append(_describe(config, name, init is not None and startup.answers(config, init.pid, check)))
    return answers


def _describe(config: NodeConfig, name: str, well: bool) -> Health:
    record = processes.running(config.processes / name)
    log = config.logs / f"{name}.log"
    if record is None:
        return Health(name, "stopped", None, None, log)
    return Health(name, "healthy" if well else "unhealthy", record.pid, record.uptime, log)


def _new(folder: Path, is_default: bool) -> NodeConfig:
    """Choose addresses for a node that is not there yet, and clear what one that never was complete left."""
    _remove(folder)
    for left in folder.iterdir():
        if left.is_dir():
            shutil.rmtree(left)
    config = configs.choose(folder, is_default, network.used_networks(), set(network.links()))
    files.write_json(folder / "node.json", {"index": config.index})
    return config


def _refuse_when_taken(config: NodeConfig) -> None:
    """Keep a node that was stopped (by a reboot, say) from taking addresses that somebody else uses by now."""
    network.disconnect(network.alias(config.folder))
    for used in network.used_networks():
        if configs.clashes(config, used):
            raise ClusterError(
                f"this machine now has a route for {used}, which the stopped node's addresses clash with; remove it "
                "(`ip route`), or run `mesh cluster down` and then `mesh cluster up` for a new node with others"
            )


def _end_processes(folder: Path) -> None:
    """End every process of the node, and drop the records."""
    init = processes.read(folder / "processes" / INIT)
    if init and not init.gone:
        # pid 1 of the node: the kernel ends every other process in it, pods included, before this one is gone.
        with contextlib.suppress(ProcessLookupError):
            os.kill(init.pid, signal.SIGKILL)
        wait(lambda: init.gone, lambda: f"process {init.pid} (the node's init) does not end")
    for path in (folder / "processes").glob("*"):
        processes.stop(path)


def _remove(folder: Path) -> None:
    """End every process and remove every trace outside the folder."""
    _end_processes(folder)
    network.disconnect(network.alias(folder))
    config = load(folder)
    if config:
        cgroups.remove(config.name)


def _prepare(config: NodeConfig, programs: dict[str, Path]) -> list[Component]:
    """Write everything that the processes read; return them."""
    pki.ensure(config)
    kubeconfigs.write(config)
    settings = {
        "containerd": containerd.write_settings(
            config,
            programs["runc"],
            [programs[name] for name in containerd.CNI_PLUGINS],
            images.IMAGES["pause"].tags[0],
        ),
        "kubelet": (kubelet.write_settings(config),),
    }
    parts = components(config, programs, settings)
    files.write_json(config.folder / "health.json", {part.name: part.health for part in parts})
    return parts


def _start_init(config: NodeConfig, programs: dict[str, Path]) -> int:
    """Start the node's init unless it runs; return its pid."""
    script = Path(__file__).with_name("init.py")
    kept = {config.folder, Path(sys.prefix), Path(sys.base_prefix), PACKAGE_PARENT, cache_dir()}
    kept |= {program.parent for program in programs.values()}
    ready = config.folder / "ready"
    plan = {
        "hostname": config.name,
        "folder": str(config.folder),
        "keep": sorted(str(path) for path in kept if any(path.is_relative_to(real) for real in SHADOWED)),
        "ready": str(ready),
    }
    arguments = ("-I", str(script), json.dumps(plan))
    # Other addresses mean another network for every pod; which interpreter runs it means nothing.
    digest = Component(INIT, (*arguments, *map(str, config.networks)), health="", settings=(script,)).digest
    record = processes.running(config.processes / INIT)
    if record and record.digest == digest and ready.exists():
        return record.pid
    _end_processes(config.folder)
    # A kubelet that finds the cgroups of containers that are no more spends seconds on each.
    cgroups.remove(config.name)
    ready.unlink(missing_ok=True)
    startup.spawn(config, INIT, (sys.executable, *arguments), digest, {}, isolate=True)
    wait(
        lambda: ready.exists() or not processes.running(config.processes / INIT),
        lambda: f"the node's init does not start; see {config.logs / INIT}.log",
    )
    record = processes.running(config.processes / INIT)
    if record is None:
        raise ClusterError(startup.died(config, INIT))
    return record.pid
