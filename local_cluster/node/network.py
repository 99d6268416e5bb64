"""The cable between this machine and the node, and the node's own routes. All by `ip` (iproute2)."""

import hashlib
import ipaddress
import json
import subprocess
from pathlib import Path
from typing import Any

from local_cluster.errors import ClusterError
from local_cluster.node.config import NodeConfig
from local_cluster.toolchain import ensure

BLACK_HOLE = "services"
"""A bridge without ports inside the node: Services' addresses need a route before kube-proxy's rules rewrite them."""


def ip(*arguments: str, inside: int | None = None) -> str:
    """Run `ip` and return its output.

    :param inside: pid of a process whose network to work in
    :raises ClusterError: with what `ip` said
    """
    enter = [str(ensure("nsenter")), "--target", str(inside), "--net"] if inside else []
    done = subprocess.run([*enter, str(ensure("ip")), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError(f"`ip {' '.join(arguments)}` failed: {done.stderr.strip()}")
    return done.stdout


def links(inside: int | None = None) -> dict[str, dict[str, Any]]:
    """Return the network interfaces by name."""
    return {link["ifname"]: link for link in json.loads(ip("-json", "-details", "link", "show", inside=inside))}


def alias(folder: Path) -> str:
    """Return what the cable of the node in a folder is labelled with, to tell it from every other interface."""
    return f"mesh-components {hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"


def used_networks() -> list[ipaddress.IPv4Network]:
    """Return the networks this machine has IPv4 routes for; the default route, which covers everything, is left out."""
    routes = json.loads(ip("-4", "-json", "route", "show"))
    return [ipaddress.IPv4Network(route["dst"]) for route in routes if route["dst"] != "default"]


def connect(config: NodeConfig, init: int) -> None:
    """Make the cable and the routes, where they are not there yet.

    :param init: pid of the node's init
    """
    if "eth0" not in links(init):
        disconnect(alias(config.folder))
        if config.link in links():
            raise ClusterError(
                f"this machine has a network interface {config.link} that is not of this cluster; "
                f"remove it (`ip link delete {config.link}`) or use another folder (MESH_STATE_DIR)"
            )
        ip("link", "add", config.link, "type", "veth", "peer", "name", "eth0", "netns", str(init))
    ip("link", "set", config.link, "alias", alias(config.folder))
    prefix = config.link_network.prefixlen
    ip("address", "replace", f"{config.host_address}/{prefix}", "dev", config.link)
    ip("link", "set", config.link, "up")
    ip("link", "set", "lo", "up", inside=init)
    ip("address", "replace", f"{config.address}/{prefix}", "dev", "eth0", inside=init)
    ip("link", "set", "eth0", "up", inside=init)
    if BLACK_HOLE not in links(init):
        ip("link", "add", BLACK_HOLE, "type", "bridge", inside=init)
    ip("link", "set", BLACK_HOLE, "up", inside=init)
    for network in (config.services, config.load_balancers):
        ip("route", "replace", str(network), "dev", BLACK_HOLE, "src", config.address, inside=init)
    for network in (config.pods, config.services, config.load_balancers):
        ip("route", "replace", str(network), "via", config.address, "dev", config.link)


def disconnect(label: str) -> None:
    """Remove the cable with that alias, if there is one; the routes go with it."""
    for name in with_alias(label):
        try:
            ip("link", "delete", name)
        except ClusterError:
            # It goes by itself, too, once nothing is left in the node's network.
            if name in with_alias(label):
                raise


def with_alias(label: str) -> list[str]:
    """Return the names of the network interfaces with that alias."""
    return [name for name, link in links().items() if link.get("ifalias") == label]
