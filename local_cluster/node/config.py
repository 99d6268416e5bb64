"""Which addresses, names and folders one node has, all derived from its state folder."""

import hashlib
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from local_cluster.errors import ClusterError

MAX_NODES = 24
"""How many nodes' addresses the scheme has room for on one machine."""


WIDE = 12
"""Length of the prefix below which a route is no reason to avoid the addresses it covers."""


@dataclass(frozen=True)
class NodeConfig:
    """One node. Everything in the machine that belongs to it can be named from these two values.

    :param folder: where all its files are
    :param index: 0 … MAX_NODES-1; which set of addresses it has
    """

    folder: Path
    index: int

    @property
    def name(self) -> str:
        """Name of the node in Kubernetes, of the kubeconfig's context, and of its cgroup."""
        return f"mesh-components-{self.index}" if self.index else "mesh-components"

    @property
    def link(self) -> str:
        """Name of the network interface by which this machine reaches the node."""
        return f"mesh{self.index}"

    @property
    def link_network(self) -> ipaddress.IPv4Network:
        """The two ends of that interface: this machine first, then the node."""
        return ipaddress.IPv4Network(f"10.{244 - self.index}.255.0/30")

    @property
    def host_address(self) -> str:
        """This machine, as the node sees it."""
        return str(self.link_network[1])

    @property
    def address(self) -> str:
        """The node: API server, kubelet and node ports."""
        return str(self.link_network[2])

    @property
    def pods(self) -> ipaddress.IPv4Network:
        """Addresses of pods."""
        return ipaddress.IPv4Network(f"10.{244 - self.index}.0.0/24")

    @property
    def load_balancers(self) -> ipaddress.IPv4Network:
        """Addresses of Services of type LoadBalancer."""
        return ipaddress.IPv4Network(f"10.{244 - self.index}.254.0/24")

    @property
    def services(self) -> ipaddress.IPv4Network:
        """Cluster addresses of Services."""
        return ipaddress.IPv4Network(f"10.{96 + self.index}.0.0/16")

    @property
    def dns(self) -> str:
        """Cluster address of CoreDNS."""
        return str(self.services[10])

    @property
    def networks(self) -> tuple[ipaddress.IPv4Network, ...]:
        """Every range that must be free on this machine."""
        return (self.link_network, self.pods, self.load_balancers, self.services)

    @property
    def server(self) -> str:
        """URL of the API server, the same from this machine and from inside."""
        return f"https://{self.address}:6443"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; certificates are inside, so it can be copied."""
        return self.folder / "kubeconfig"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.folder / "logs"

    @property
    def processes(self) -> Path:
        """One record (pid, start time) for each process."""
        return self.folder / "processes"

    @property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.folder / "pki"

    @property
    def settings(self) -> Path:
        """Configuration files written for the components."""
        return self.folder / "settings"

    @property
    def var(self) -> Path:
        """What the node has in place of this machine's /var: images, volumes, pods' logs."""
        return self.folder / "var"

    def inside(self, path: str) -> Path:
        """Return where a path below the node's /var is on this machine."""
        return self.var / Path(path).relative_to("/var")


def first_index(folder: Path, is_default: bool) -> int:
    """Return where to start looking for a free set of addresses: 0 for the default folder, a stable other one else."""
    if is_default:
        return 0
    return 1 + int.from_bytes(hashlib.sha256(str(folder).encode()).digest()[:4]) % (MAX_NODES - 1)


def clashes(config: NodeConfig, route: ipaddress.IPv4Network) -> bool:
    """Whether a route of this machine is for addresses of the node.

    A route for a very large range (a company's 10.0.0.0/8) is like the default route: ours, narrower, goes before it.
    """
    return route.prefixlen >= WIDE and any(ours.overlaps(route) for ours in config.networks)


def choose(folder: Path, is_default: bool, used: list[ipaddress.IPv4Network], links: set[str]) -> NodeConfig:
    """Return the first configuration, from the folder's own starting point on, whose ranges this machine does not use.

    :param used: networks that this machine has routes for
    :param links: names of its network interfaces
    :raises ClusterError: when all are taken
    """
    start = first_index(folder, is_default)
    for offset in range(MAX_NODES):
        candidate = NodeConfig(folder, (start + offset) % MAX_NODES)
        if candidate.link not in links and not any(clashes(candidate, theirs) for theirs in used):
            return candidate
    raise ClusterError(
        "this machine has routes for every address range that a node could use "
        "(10.96.0.0/16 … 10.119.0.0/16 and 10.221.0.0/16 … 10.244.0.0/16); remove one of them (`ip route`), "
        "or name a cluster with --context"
    )
