"""What a picture of a mesh is made of, as data: namespaces, nodes, edges, findings; and what a change did to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any


class Change(StrEnum):
    """What a change did to a part of the picture; ``SAME`` where nothing is compared."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class NodeKind(StrEnum):
    """What a node stands for."""

    CLIENTS = "clients"
    """Whoever is outside of the mesh and comes in by a gateway."""
    GATEWAY = "gateway"
    """A workload of Envoys that one or more Gateway objects configure."""
    SERVICE = "service"
    """A Kubernetes Service."""
    WORKLOAD = "workload"
    """A pod, or what makes pods: a Deployment, a StatefulSet …"""
    EXTERNAL = "external"
    """A host outside of the mesh, from a ServiceEntry or from a route."""
    CONTROL_PLANE = "control plane"
    """istiod, the CNI plugin, ztunnel."""


class EdgeKind(StrEnum):
    """What an edge says."""

    ENTERS = "enters"
    """Clients reach a gateway, by a server of a Gateway object."""
    ROUTE = "route"
    """A VirtualService, an HTTPRoute or the like sends requests there."""
    MIRROR = "mirror"
    """Copies of requests go there; nobody waits for the answers."""
    SELECTS = "selects"
    """A Service's selector selects the workload."""
    ALLOWED = "allowed"
    """An AuthorizationPolicy lets the source's identity in."""
    DEPENDS = "depends"
    """A Sidecar names the host among those that its workloads reach."""


@dataclass(frozen=True)
class Note:
    """An object that has no place of its own in the picture, and says something of a node or a namespace.

    Attributes:
        resource: The object as findings name it, ``AuthorizationPolicy shop/allow-frontend``.
        text: What it does, in a few words: ``ALLOW GET from shop/frontend``.
    """

    resource: str
    text: str


@dataclass(frozen=True)
class Namespace:
    """A namespace, drawn around its nodes.

    Attributes:
        name: Its name.
        mtls: The mutual TLS mode that counts there (STRICT, PERMISSIVE, DISABLE); ``""`` when it is not known.
        injection: How pods get their proxy: ``sidecar``, ``sidecar of revision canary``, ``ambient``, ``none``.
        notes: Policies for all of it.
        change: What a change did to it.
        was: What it said before, where that is something else: ``mtls STRICT``.
    """

    name: str
    mtls: str = ""
    injection: str = ""
    notes: tuple[Note, ...] = ()
    change: Change = Change.SAME
    was: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What tells it from everything else in the picture."""
        return f"Namespace {self.name}"


@dataclass(frozen=True)
class Node:
    """One thing in the picture.

    Attributes:
        id: What tells it from everything else: the object as findings name it, ``Service shop/cart``; a host of a
            ServiceEntry is ``Host api.example.com``, and clients are ``Clients``.
        kind: What it stands for.
        name: What is written in it.
        namespace: The namespace that it is drawn in; ``""`` for outside of all.
        detail: A second line: ports, versions, replicas.
        mtls: For a workload, the mode that it accepts; ``""`` when that is not known or it has no proxy.
        notes: Policies that select it.
        change: What a change did to it.
        was: What it said before, where that is something else.
    """

    id: str
    kind: NodeKind
    name: str
    namespace: str = ""
    detail: str = ""
    mtls: str = ""
    notes: tuple[Note, ...] = ()
    change: Change = Change.SAME
    was: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edge:
    """One way that requests can take, or one thing said of it.

    Attributes:
        source: Id of the node where it starts.
        target: Id of the node where it ends.
        kind: What it says.
        resource: The object that says it, as findings name it.
        match: Which requests: ``uri prefix /api``, ``header x-user exact jane``, hosts and ports of a server.
        weight: Percentage of the requests, where there is a choice; None where all go there.
        port: Port of the target; None where it is not said.
        tls: What protects it. Within the mesh the mutual TLS mode of the target (STRICT, PERMISSIVE, DISABLE, ``none``
            where one end has no proxy); at its edge the TLS mode (SIMPLE, MUTUAL, PASSTHROUGH …, ``none``); ``""`` when
            it is not known.
        features: What else happens on the way: ``timeout 2s``, ``delay 5s for 50 %``, ``at most 1 connection``.
        change: What a change did to it.
        was: What it said before, where that is something else: ``90 %``.
    """

    source: str
    target: str
    kind: EdgeKind
    resource: str = ""
    match: tuple[str, ...] = ()
    weight: float | None = None
    port: int | None = None
    tls: str = ""
    features: tuple[str, ...] = ()
    change: Change = Change.SAME
    was: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """What tells it from everything else in the picture."""
        where = f":{self.port}" if self.port is not None else ""
        which = f" [{'; '.join(self.match)}]" if self.match else ""
        return f"{self.source} -> {self.target}{where} ({self.kind} by {self.resource}){which}"


@dataclass(frozen=True)
class Remark:
    """A finding of the analysis, at the part of the picture that it is about.

    Attributes:
        at: Id of the node, edge or namespace; ``""`` for the mesh as a whole.
        level: ``Error``, ``Warning`` or ``Info``.
        code: ``IST0101``.
        resource: The object, as findings name it.
        text: What is wrong.
        remedy: What to do.
        change: ADDED for one that a change brings, REMOVED for one that it mends.
    """

    at: str
    level: str
    code: str
    resource: str
    text: str
    remedy: str
    change: Change = Change.SAME


@dataclass(frozen=True)
class Topology:
    """A picture of a mesh, or of what a change does to one.

    Attributes:
        title: What it is a picture of: ``stack demo``; with a comparison ``stack demo against main``.
        namespaces: By name, sorted.
        nodes: Sorted by namespace, kind and name.
        edges: Sorted by id.
        remarks: The worst first.
        compared: Whether it shows a change.
    """

    title: str
    namespaces: tuple[Namespace, ...] = ()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    remarks: tuple[Remark, ...] = ()
    compared: bool = False

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}

    def as_dict(self) -> dict[str, Any]:
        """Return the picture as JSON knows it: attributes by their names, tuples as lists, ids included."""
        found = asdict(self)
        for name in ("namespaces", "edges"):
            for one, given in zip(getattr(self, name), found[name], strict=True):
                given["id"] = one.id
        return found
