"""Whether the node does what a node is for, asked of the node: what the API remembers may be from before a crash."""

import ipaddress
import socket
import struct
import time
from datetime import datetime
from typing import Any

from local_cluster.node import api, processes
from local_cluster.node.config import NodeConfig

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/"
API_SERVER_NAME = "kubernetes.default.svc.cluster.local"


def problems(config: NodeConfig, server: api.Api) -> list[str]:
    """Return what is not ready yet, in words; nothing when the node and DNS are."""
    found = []
    if problem := _node_problem(config, server):
        found.append(f"the node is not Ready: {problem}")
    if resolve(API_SERVER_NAME, config.dns) != [str(config.services[1])]:
        found.append(f"CoreDNS at {config.dns} does not answer for {API_SERVER_NAME}")
    return found


def _node_problem(config: NodeConfig, server: api.Api) -> str:
    node: dict[str, Any] = server.get(f"/api/v1/nodes/{config.name}") or {}
    lease: dict[str, Any] = server.get(LEASES + config.name) or {}
    conditions = {entry["type"]: entry for entry in node.get("status", {}).get("conditions", [])}
    ready = conditions.get("Ready")
    kubelet = processes.running(config.processes / "kubelet")
    # The node's status may stay unwritten for minutes; the lease is renewed as soon as the kubelet starts.
    renewed = lease.get("spec", {}).get("renewTime")
    if ready is None or kubelet is None or renewed is None:
        return "the kubelet has not reported yet"
    if ready["status"] != "True":
        return str(ready["message"])
    if datetime.fromisoformat(renewed).timestamp() < time.time() - kubelet.uptime:
        return "the kubelet has not reported since its start"
    return ""


def resolve(name: str, resolver: str, timeout: float = 2) -> list[str]:
    """Ask a DNS server for the IPv4 addresses of a name; an empty list when it has or says none (RFC 1035)."""
    question = (
        b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0" + struct.pack("!2H", 1, 1)
    )
    identifier = time.monotonic_ns() & 0xFFFF
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(timeout)
        try:
            connection.connect((resolver, 53))
            connection.send(struct.pack("!6H", identifier, 0x0100, 1, 0, 0, 0) + question)
            reply = connection.recv(4096)
        except OSError:
            return []
    return addresses(reply, identifier, len(question))


def addresses(reply: bytes, identifier: int, question: int) -> list[str]:
    """Return the IPv4 addresses in a DNS reply; an empty list when it is an error or answers another question.

    :param identifier: of the query that was sent
    :param question: length of the question section, in bytes
    """
    if len(reply) < 12:
        return []
    echoed, flags, _, answers, _, _ = struct.unpack("!6H", reply[:12])
    if echoed != identifier or flags & 0x000F:
        return []
    found, position = [], 12 + question
    for _ in range(answers):
        while reply[position] and reply[position] < 0xC0:
            position += 1 + reply[position]
        position += 2 if reply[position] else 1
        kind, _, _, length = struct.unpack("!2HIH", reply[position : position + 10])
        position += 10
        if kind == 1:
            found.append(str(ipaddress.IPv4Address(reply[position : position + length])))
        position += length
    return found
