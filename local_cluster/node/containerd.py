"""containerd: its configuration, the pods' network, and the images it is given.

Facts: containerd 1.6 docs/cri/config.md; CNI plugins `ptp` and `host-local`. `ptp` routes every packet through the
node, so that kube-proxy's address rewriting is undone on the way back, without bridge netfilter.
"""

import json
import shlex
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from local_cluster.errors import ClusterError
from local_cluster.node import files
from local_cluster.node.config import NodeConfig

SOCKET = "/run/containerd/containerd.sock"
"""Where it listens, inside the node."""
CNI_PLUGINS = ("host-local", "loopback", "portmap", "ptp")
"""Those that the pods' network needs; containerd itself asks for `loopback`."""
PLUGINS = "/var/lib/cni/bin"
"""CNI plugins, inside the node. Istio's plugin is put there, too, where a mesh has it (`cni.cniBinDir`)."""
NETWORKS = "/var/lib/cni/net.d"
"""The pods' network, inside the node. Istio's plugin is added to it, where a mesh has it (`cni.cniConfDir`)."""


def socket(init: int) -> Path:
    """Return where it listens as this machine sees it, by the pid of the node's init."""
    return Path(f"/proc/{init}/root{SOCKET}")


NAMESPACE = "k8s.io"
"""containerd's namespace for what belongs to Kubernetes."""

CAP_SYS_RESOURCE = 24
"""Number of the capability without which a process cannot lower its oom_score_adj (linux/capability.h)."""

UNUSED_PLUGINS = (
    *(f"io.containerd.snapshotter.v1.{name}" for name in ("aufs", "btrfs", "devmapper", "zfs")),
    "io.containerd.internal.v1.opt",
)
"""Snapshotters for file systems we do not use, and the one that makes a folder in /opt."""


@dataclass(frozen=True)
class Image:
    """An image in a `docker save` archive.

    :param archive: the tar file
    :param config: digest of its configuration, which identifies its content
    :param names: under which it is to be known
    """

    archive: Path
    config: str
    names: tuple[str, ...]

    @classmethod
    def read(cls, archive: Path) -> "Image":
        """Read the archive's own description.

        :raises ClusterError: when it is not such an archive
        """
        try:
            with tarfile.open(archive) as tar:
                member = tar.extractfile("manifest.json")
                manifest = json.load(member) if member else []
            first = manifest[0]
            return cls(archive, "sha256:" + Path(first["Config"]).stem, tuple(first["RepoTags"]))
        except (OSError, tarfile.TarError, KeyError, IndexError, ValueError) as error:
            problem = f"{archive} is not an image archive ({error}); delete its folder, and it is made again"
            raise ClusterError(problem) from error


def has_capability(number: int) -> bool:
    """Whether this process has a capability in its effective set."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> number & 1)
    return False


def write_settings(config: NodeConfig, runc: Path, plugins: Iterable[Path], pause: str) -> tuple[Path, Path]:
    """Write containerd's configuration and the network's; return both files.

    :param plugins: the CNI plugins
    :param pause: name of the image that holds a pod's namespaces
    """
    network = config.settings / "cni" / "10-mesh-components.conflist"
    before = files.read_json(network)
    files.write_json(
        network,
        {
            "cniVersion": "0.4.0",
            "name": "mesh-components",
            "plugins": [
                {
                    "type": "ptp",
                    "mtu": 1500,
                    "ipam": {
                        "type": "host-local",
                        "ranges": [[{"subnet": str(config.pods)}]],
                        "routes": [{"dst": "0.0.0.0/0"}],
                        # Gone with the node's namespaces, as are the pods that hold the addresses.
                        "dataDir": "/run/cni-addresses",
                    },
                },
                {"type": "portmap", "capabilities": {"portMappings": True}},
            ],
        },
    )
    _place(config, network, plugins, anew=files.read_json(network) != before)
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    disabled = ", ".join(f'"{name}"' for name in UNUSED_PLUGINS)
    restricted = "false" if has_capability(CAP_SYS_RESOURCE) else "true"
    main = config.settings / "containerd.toml"
    files.write(
        main,
        f"""\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [{disabled}]

[grpc]
address = "{SOCKET}"

[{cri}]
sandbox_image = "{pause}"
restrict_oom_score_adj = {restricted}
disable_apparmor = true

[{cri}.cni]
bin_dir = "{PLUGINS}"
conf_dir = "{NETWORKS}"

[{cri}.containerd]
snapshotter = "overlayfs"
default_runtime_name = "runc"

[{cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[{cri}.containerd.runtimes.runc.options]
BinaryName = "{runc}"
SystemdCgroup = false
""",
    )
    return main, network


def _place(config: NodeConfig, network: Path, plugins: Iterable[Path], *, anew: bool) -> None:
    """Put the plugins, and a copy of the network's configuration, where others may add to them.

    :param anew: whether the copy is made again where there is one, without what was added to it
    """
    copy = config.inside(NETWORKS) / network.name
    if anew or not copy.exists():
        files.write(copy, network.read_bytes())
    for plugin in plugins:
        # No link: what is unpacked from a Debian package looks for its libraries beside the name it is called by.
        files.write(config.inside(PLUGINS) / plugin.name, f'#!/bin/sh\nexec {shlex.quote(str(plugin))} "$@"\n', 0o755)
