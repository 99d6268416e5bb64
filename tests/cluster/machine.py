"""What a machine looks like from outside the node: to compare before and after."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from local_cluster import toolchain
from local_cluster.node import cgroups, network
from local_cluster.node.init import KERNEL_SETTINGS

FOLDERS = ("/etc", "/opt", "/run", "/usr/local", "/var/cache", "/var/lib", "/var/log", "/var/tmp", str(Path.home()))
"""Where Kubernetes, containerd and CNI put things when nobody stops them."""

DEPTH = 2
SETTINGS = (*KERNEL_SETTINGS, "net/ipv4/ip_forward", "net/ipv4/conf/all/forwarding", "net/netfilter/nf_conntrack_max")

OTHER_NODES = re.compile(r"mesh\d+|mesh-components(-\d+)?(?=/|$)")
"""Names that belong to nodes; other nodes on the machine come and go as they like."""


def snapshot(own: re.Pattern[str]) -> dict[str, Any]:
    """Return mounts, links, routes, packet filter rules, cgroups, kernel settings and folders' entries.

    :param own: what of another node's names is to be looked at all the same: the node's under test
    """

    def counts(line: str) -> bool:
        other = OTHER_NODES.search(line)
        return other is None or own.search(line) is not None

    return {
        "mounts": sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()),
        "links": sorted(name for name in network.links() if counts(name)),
        "routes": sorted(line for line in network.ip("-4", "route", "show").splitlines() if counts(line)),
        "rules": [_rules(program) for program in ("iptables-save", "ip6tables-save")],
        "cgroups": sorted(
            folder
            for root in cgroups.hierarchies()
            for folder, _, _ in os.walk(root)
            if counts(str(Path(folder).relative_to(root)))
        ),
        "settings": {name: _read(Path("/proc/sys") / name) for name in SETTINGS},
        "entries": sorted(entry for folder in FOLDERS for entry in _entries(Path(folder), DEPTH)),
    }


def _rules(program: str) -> list[str]:
    """Return the packet filter's rules; without the comments, which have the time, and the counters."""
    shown = subprocess.run([str(toolchain.ensure(program))], capture_output=True, text=True, check=True).stdout
    return [re.sub(r"\[\d+:\d+\]", "", line) for line in shown.splitlines() if not line.startswith("#")]


def _read(path: Path) -> str | None:
    return path.read_text().strip() if path.exists() else None


def _entries(folder: Path, depth: int) -> list[str]:
    """Return what is in a folder, down to a depth; hidden entries, where users' tools keep theirs, are left out."""
    if depth == 0 or not folder.is_dir() or folder.is_symlink():
        return []
    found = []
    for entry in folder.iterdir():
        if not entry.name.startswith("."):
            found += [str(entry), *_entries(entry, depth - 1)]
    return found
