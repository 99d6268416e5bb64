"""A kind cluster, where a Docker engine answers and `kind` is installed.

Its load balancer is ours too (`load_balancer.py`), with the kind node's own address as its pool: on Linux, Docker's
networks can be reached from the machine, so what is sent there arrives. Elsewhere they cannot, and there is none.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from local_cluster import images
from local_cluster.errors import ClusterError
from local_cluster.node import files, namespaces, processes
from local_cluster.node.components import PACKAGE_PARENT
from local_cluster.toolchain import Progress

NAME = "mesh-components"
CONTEXT = f"kind-{NAME}"
SETTINGS = Path(__file__).with_name("kind.yaml")
ENGINE_SECONDS = 10
LOAD_BALANCER_HEALTH = "127.0.0.1:0"


def wanted(folder: Path) -> bool:
    """Whether a kind cluster is the one to use: there is one already, or an engine and `kind` are there."""
    return exists(folder) or (shutil.which("kind") is not None and engine_answers())


def engine_answers() -> bool:
    """Whether a Docker engine answers."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    command = [docker, "info", "--format", "{{.ServerVersion}}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=ENGINE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def kubeconfig(folder: Path) -> Path:
    """Return the kind cluster's own kubeconfig; the user's is not touched."""
    return folder / "kubeconfig"


def exists(folder: Path) -> bool:
    """Whether `up` made a kind cluster before."""
    return kubeconfig(folder).exists()


def up(folder: Path, progress: Progress) -> Path:
    """Make the cluster where there is none, bring the images in, start the load balancer; return its kubeconfig.

    :raises ClusterError: with what `kind` said
    """
    with files.locked(folder):
        target = kubeconfig(folder)
        if NAME not in _kind("get", "clusters").split():
            with progress.step("Making a kind cluster", 60):
                _kind("create", "cluster", "--config", str(SETTINGS), "--kubeconfig", str(target), "--wait", "180s")
        else:
            _kind("export", "kubeconfig", "--name", NAME, "--kubeconfig", str(target))
        _load_images(folder, progress)
        if sys.platform == "linux":
            _start_load_balancer(folder)
        else:
            progress.note(f"Services of type LoadBalancer get no address: on {sys.platform} it could not be reached.")
    return target


def down(folder: Path, progress: Progress) -> bool:
    """Remove the cluster; return whether there was one."""
    if not folder.exists():
        return False
    with files.locked(folder):
        processes.stop(folder / "load-balancer")
        with progress.step("Removing the kind cluster"):
            _kind("delete", "cluster", "--name", NAME, "--kubeconfig", str(kubeconfig(folder)))
        shutil.rmtree(folder)
    return True


def bring(folder: Path, progress: Progress, wanted: Collection[str]) -> None:
    """See to it that the cluster has images, as far as they are ours; others it pulls.

    :param wanted: full names with tags
    :raises ClusterError: with what `kind` said
    """
    with files.locked(folder):
        _load_images(folder, progress, wanted)


def _load_images(folder: Path, progress: Progress, wanted: Collection[str] = ()) -> None:
    """Load each archive once for each cluster; what was loaded is on record with the node's container."""
    container = _node("{{.Id}}")
    record = folder / "images.json"
    loaded = files.read_json(record) or {}
    done = set(loaded.get(container, []))
    for archive in images.archives(wanted, progress=progress).values():
        mark = f"{archive}:{archive.stat().st_mtime_ns}"
        if mark not in done:
            with progress.step(f"Loading {archive.name} into kind"):
                _kind("load", "image-archive", str(archive), "--name", NAME)
            done.add(mark)
            files.write(record, json.dumps({container: sorted(done)}))


def _start_load_balancer(folder: Path) -> None:
    record = folder / "load-balancer"
    address = _node("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}")
    argv = [sys.executable, "-m", "local_cluster.load_balancer", "--kubeconfig", str(kubeconfig(folder))]
    argv += ["--pool", address, "--listen", LOAD_BALANCER_HEALTH]
    running = processes.running(record)
    if running and running.digest == address:
        return
    processes.stop(record)
    namespaces.spawn(
        argv,
        environment={"PYTHONPATH": str(PACKAGE_PARENT), "PATH": "/usr/bin:/bin"},
        log=folder / "load-balancer.log",
        register=lambda: processes.register_self(record, address),
    )


def _node(template: str) -> str:
    return _run(["docker", "inspect", "--format", template, f"{NAME}-control-plane"])


def _kind(*arguments: str) -> str:
    return _run(["kind", *arguments])


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ClusterError(f"`{command[0]}` is not on PATH any more, and the kind cluster {NAME} needs it") from None
    if done.returncode != 0:
        raise ClusterError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout.strip()
