"""What a change does to a mesh: two pictures in one, and the part of it that a reviewer has to see."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from .draft import node_order
from .graph import Change, Edge, Namespace, Node, Note, Remark, Topology
from .remarks import order
from .words import percent

T = TypeVar("T")
Pair = tuple[T | None, T | None]
"""The same thing before and after; None where it was not, or is no more."""
VALUE = re.compile(r"\d[^\s,]*")
"""What may change in a text while it is still about the same."""


def compare(before: Topology, after: Topology, title: str) -> Topology:
    """Return both pictures in one, where each part says what happened to it, and what it said before.

    An edge is the same one when its ends, its kind, the object that says it and its conditions are the same; one whose
    conditions alone changed is, too, where there is no doubt which it was.
    """
    edges = list(edge_pairs(before.edges, after.edges))
    moved = {old.id: new.id for old, new in edges if old is not None and new is not None}
    return Topology(
        title,
        tuple(
            _joined(pair, _namespace_was)
            for _, pair in sorted(_paired(before.namespaces, after.namespaces, lambda one: one.name).items())
        ),
        tuple(
            sorted(
                (_joined(pair, _node_was) for pair in _paired(before.nodes, after.nodes, lambda one: one.id).values()),
                key=node_order,
            )
        ),
        tuple(sorted((_joined(pair, _edge_was) for pair in edges), key=lambda edge: (edge.id, edge.change))),
        _remarks(before.remarks, after.remarks, moved),
        compared=True,
    )


Part = TypeVar("Part", Namespace, Node, Edge)


def _joined(pair: Pair[Part], was: Callable[[Part, Part], Iterator[str]]) -> Part:
    """Return one part with what happened to it."""
    before, after = pair
    if before is not None and after is not None:
        told = tuple(was(before, after))
        return replace(after, change=Change.CHANGED if told else Change.SAME, was=told)
    only = after if after is not None else before
    assert only is not None
    return replace(only, change=Change.REMOVED if after is None else Change.ADDED, was=())


def _paired(before: Iterable[T], after: Iterable[T], identity: Callable[[T], str]) -> dict[str, Pair[T]]:
    old = {identity(one): one for one in before}
    new = {identity(one): one for one in after}
    return {name: (old.get(name), new.get(name)) for name in (*new, *(name for name in old if name not in new))}


# What it said before.


def _namespace_was(before: Namespace, after: Namespace) -> Iterator[str]:
    for name in ("mtls", "injection"):
        yield from _field(name, getattr(before, name), getattr(after, name))
    yield from _notes_were(before.notes, after.notes)


def _node_was(before: Node, after: Node) -> Iterator[str]:
    if before.kind is not after.kind:
        yield str(before.kind)
    if before.namespace != after.namespace:
        yield f"namespace {before.namespace}" if before.namespace else "no namespace"
    if before.name != after.name:
        yield before.name
    if before.detail != after.detail:
        yield before.detail or "nothing said"
    yield from _field("mtls", before.mtls, after.mtls)
    yield from _notes_were(before.notes, after.notes)


def _field(name: str, before: str, after: str) -> Iterator[str]:
    if before != after:
        yield f"{name} {before or 'not known'}"


def _notes_were(before: Sequence[Note], after: Sequence[Note]) -> Iterator[str]:
    kept = set(before) & set(after)
    said = {note.resource for note in before if note not in kept}
    for note in before:
        if note not in kept:
            yield f"{note.resource}: {note.text}" if note.text else note.resource
    for note in after:
        if note not in kept and note.resource not in said:
            yield (
                f"no {note.resource}"
                if all(one.resource != note.resource for one in before)
                else (f"{note.resource} without: {note.text}")
            )


def _edge_was(before: Edge, after: Edge) -> Iterator[str]:
    if before.match != after.match:
        yield f"for {'; '.join(before.match)}" if before.match else "for all requests"
    if before.weight != after.weight:
        yield "all requests" if before.weight is None else percent(before.weight)
    if before.port != after.port:
        yield "no port said" if before.port is None else f"port {before.port}"
    yield from _field("TLS", before.tls, after.tls)
    gone = [one for one in before.features if one not in after.features]
    alike = {_shape(one) for one in gone}
    yield from gone
    for one in after.features:
        if one not in before.features and _shape(one) not in alike:
            yield f"without {one}"
    if not gone and before.features != after.features and set(before.features) == set(after.features):
        yield "the same in another order"


def _shape(text: str) -> str:
    return VALUE.sub("#", text)


# Which edge was which.


def edge_pairs(before: Sequence[Edge], after: Sequence[Edge]) -> Iterator[Pair[Edge]]:
    """Return every edge with what it was before.

    First those that say the same of the same requests and port; then of the rest those that differ in the port alone,
    and last those that differ in their conditions, where that leaves one on each side.
    """
    old = {edge.id: edge for edge in before}
    new = {edge.id: edge for edge in after}
    yield from ((old[name], new[name]) for name in new if name in old)
    gone = [edge for name, edge in old.items() if name not in new]
    come = [edge for name, edge in new.items() if name not in old]
    for identity in (_without_port, _without_match):
        pairs, gone, come = _unambiguous(gone, come, identity)
        yield from pairs
    yield from ((edge, None) for edge in gone)
    yield from ((None, edge) for edge in come)


def _without_port(edge: Edge) -> Hashable:
    return edge.source, edge.target, edge.kind, edge.resource, edge.match


def _without_match(edge: Edge) -> Hashable:
    return edge.source, edge.target, edge.kind, edge.resource


def _unambiguous(
    gone: Sequence[Edge], come: Sequence[Edge], identity: Callable[[Edge], Hashable]
) -> tuple[list[Pair[Edge]], list[Edge], list[Edge]]:
    """Return the pairs that are alike with no other edge like them, and what is left of both sides."""
    old, new = _grouped(gone, identity), _grouped(come, identity)
    alone = [name for name in new if len(new[name]) == 1 and len(old.get(name, ())) == 1]
    taken = set(alone)
    return (
        [(old[name][0], new[name][0]) for name in alone],
        [edge for edge in gone if identity(edge) not in taken],
        [edge for edge in come if identity(edge) not in taken],
    )


def _grouped(edges: Iterable[Edge], identity: Callable[[Edge], Hashable]) -> Mapping[Hashable, list[Edge]]:
    found: dict[Hashable, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[identity(edge)].append(edge)
    return found


# Findings.


def _remarks(before: Sequence[Remark], after: Sequence[Remark], moved: Mapping[str, str]) -> tuple[Remark, ...]:
    """Return findings that are there, and those that are no more; where they are shown is no part of what they say."""
    old, new = {_said(one): one for one in before}, {_said(one): one for one in after}
    found = [replace(one, change=Change.SAME if name in old else Change.ADDED) for name, one in new.items()]
    found += [
        replace(one, at=moved.get(one.at, one.at), change=Change.REMOVED)
        for name, one in old.items()
        if name not in new
    ]
    return tuple(sorted(found, key=order))


def _said(remark: Remark) -> tuple[str, ...]:
    return remark.level, remark.code, remark.resource, remark.text


# What a reviewer has to see.


def only_changes(topology: Topology, around: int = 1) -> Topology:
    """Return the changed parts of a comparison, with what is next to them.

    Changed edges come with their ends, and changed nodes with their neighbours; nothing more than that is as near.
    Findings are those that come or go, and those at what is left.

    :param around: how many steps away from a changed part something may be; 0 for the changed parts alone
    """
    changed_edges = [edge for edge in topology.edges if edge.change is not Change.SAME]
    news = {remark.at for remark in topology.remarks if remark.change is not Change.SAME}
    edge_ids = {edge.id: edge for edge in topology.edges}
    at_edges = [edge_ids[at] for at in news if at in edge_ids]
    distance = dict.fromkeys(
        (node.id for node in topology.nodes if node.change is not Change.SAME or node.id in news), 0
    )
    for edge in (*changed_edges, *at_edges):
        for end in (edge.source, edge.target):
            distance.setdefault(end, 1)
    neighbours: dict[str, list[str]] = defaultdict(list)
    for edge in topology.edges:
        neighbours[edge.source].append(edge.target)
        neighbours[edge.target].append(edge.source)
    for step in range(1, around + 1):
        for node in [node for node, at in distance.items() if at == step - 1]:
            for other in neighbours[node]:
                distance.setdefault(other, step)
    nodes = tuple(node for node in topology.nodes if node.id in distance)
    edges = tuple(edge for edge in topology.edges if edge.source in distance and edge.target in distance)
    inhabited = {node.namespace for node in nodes}
    namespaces = tuple(
        one for one in topology.namespaces if one.change is not Change.SAME or one.name in inhabited or one.id in news
    )
    left = {*distance, *(edge.id for edge in edges), *(one.id for one in namespaces)}
    remarks = tuple(one for one in topology.remarks if one.change is not Change.SAME or one.at in left)
    return replace(topology, namespaces=namespaces, nodes=nodes, edges=edges, remarks=remarks)
