"""Where clients come into the mesh."""

from __future__ import annotations

from collections.abc import Iterable

from ..analysis.resource import Path, Resource
from .draft import Draft
from .graph import Edge, EdgeKind, Node, NodeKind

CLIENTS = "Clients"


def enter(
    draft: Draft,
    gateway: Resource,
    path: Path,
    node: str,
    match: tuple[str, ...],
    port: int | None,
    mode: str,
    told: Iterable[str],
) -> None:
    """Draw that clients come in by one server of a gateway.

    :param path: where the gateway's object says it
    :param node: the gateway's node
    :param mode: the TLS mode
    :param told: what else there is to say; empty texts are left out
    """
    draft.add_node(Node(CLIENTS, NodeKind.CLIENTS, CLIENTS))
    features = tuple(text for text in told if text)
    draft.add_edge(
        Edge(CLIENTS, node, EdgeKind.ENTERS, draft.name(gateway), match, None, port, mode, features), gateway, path
    )
