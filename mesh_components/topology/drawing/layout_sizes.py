"""How large the parts of a picture are: cards for nodes, and labels on edges; from the texts in them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..graph import Change, Edge, EdgeKind, Node, NodeKind, Topology
from .text_width import ELLIPSIS, cut, width, wrapped
from .text_words import percent, plain, remarks_at

NAME_SIZE = 13.0
DETAIL_SIZE = 11.0
LABEL_SIZE = 10.5
GLYPH = 12.0
"""Width of a lock."""
ICON = 32.0
"""From a card's left side to its text."""
PADDING = 12.0
"""From a card's text to its right side."""
BADGES = 6.0
"""Room above and below a card, where badges stand out."""
LINE = 13.5
"""From a label's line to the next."""
ROW = 14.0
"""From a row of a card to the next."""
_NAME_ROW = 32.0
"""Height of a card with nothing but a name."""
_APART = 10.0
"""Between a detail and a lock beside it."""
_ROWS = 2
"""Of a detail."""
_WIDEST_CARD = 250.0
_NARROWEST_CARD = 104.0
_WIDEST_LABEL = 180.0
_MATCHES = 2
"""Conditions of a route that are on its label."""
_LABEL_PADDING = 5.0
_EXTRA: Mapping[NodeKind, float] = {NodeKind.GATEWAY: 9.0, NodeKind.CLIENTS: 4.0, NodeKind.EXTERNAL: 5.0}
"""What a shape's sides take from the room for text, on each side."""


@dataclass(frozen=True)
class Card:
    """A node's box and what is written in it.

    Attributes:
        width: In pixels.
        height: In pixels.
        left: Where the text begins.
        name: As it fits.
        detail: In lines, as they fit.
        mode: Where the lock of its mutual TLS mode is, from the left, and in which row below the name; None for none.
    """

    width: float
    height: float
    left: float
    name: str
    detail: tuple[str, ...]
    mode: tuple[float, int] | None


@dataclass(frozen=True)
class Label:
    """What is written on an edge.

    Attributes:
        width: In pixels.
        height: In pixels.
        lines: The texts, from above; each in two parts, the second one in bold.
        lock: Whether the first line begins with a lock.
        finding: Whether a badge for findings stands at the end.
    """

    width: float
    height: float
    lines: tuple[tuple[str, str], ...]
    lock: bool
    finding: bool


def cards(topology: Topology) -> dict[str, Card]:
    """Return the card of each node by its id; those of one kind in one namespace are equally large."""
    groups: dict[tuple[str, NodeKind], list[Node]] = defaultdict(list)
    for node in topology.nodes:
        groups[node.namespace, node.kind].append(node)
    made: dict[str, Card] = {}
    for group in groups.values():
        wide = min(max(_NARROWEST_CARD, *(_wished(node) for node in group)), _WIDEST_CARD)
        some = {node.id: _card(node, wide) for node in group}
        rows = max(_rows(card) for card in some.values())
        height = _NAME_ROW + ROW * rows
        made |= {node: Card(wide, height, one.left, one.name, one.detail, one.mode) for node, one in some.items()}
    return made


def labels(topology: Topology) -> dict[str, Label]:
    """Return the labels of the edges that have one, by their ids."""
    found = remarks_at(topology)
    made = {edge.id: _label(edge, finding=edge.id in found) for edge in topology.edges}
    return {edge: label for edge, label in made.items() if label}


def _around(node: Node) -> float:
    return ICON + PADDING + 2 * _EXTRA.get(node.kind, 0.0)


def _wished(node: Node) -> float:
    """Return the width at which nothing of a node's texts is left out or wrapped."""
    detail = width(plain(node.detail), DETAIL_SIZE) if node.detail else 0.0
    beside = _APART if node.detail and node.mtls else 0.0
    needed = max(width(plain(node.name), NAME_SIZE, bold=True), detail + beside + _mode(node)) + _around(node)
    return math.ceil(needed * 10) / 10


def _mode(node: Node) -> float:
    return GLYPH + 4 + width(plain(node.mtls), DETAIL_SIZE) if node.mtls else 0.0


def _card(node: Node, wide: float) -> Card:
    room = wide - _around(node)
    extra = _EXTRA.get(node.kind, 0.0)
    detail = tuple(wrapped(plain(node.detail), DETAIL_SIZE, room, _ROWS)) if node.detail else ()
    mode = None
    if node.mtls:
        taken = min(_mode(node), room)
        left = width(detail[-1], DETAIL_SIZE) + _APART if detail else 0.0
        row = len(detail) - (left + taken <= room + 0.05 if detail else 0)
        mode = round(wide - extra - PADDING - taken, 1), row
    name = cut(plain(node.name), NAME_SIZE, room, bold=True)
    return Card(wide, 0.0, ICON + extra, name, detail, mode)


def _rows(card: Card) -> int:
    return max(len(card.detail), card.mode[1] + 1 if card.mode else 0)


def _label(edge: Edge, *, finding: bool) -> Label | None:
    if edge.kind is EdgeKind.SELECTS and edge.change is Change.SAME and not finding:
        return None
    weight = percent(edge.weight) if edge.weight is not None else ""
    mode = plain(edge.tls) if edge.kind is not EdgeKind.SELECTS else ""
    room = _WIDEST_LABEL - (GLYPH if mode else 0)
    more = len(edge.match) - _MATCHES
    before = [f"was {plain(', '.join(edge.was))}"] if edge.was else []
    matches = [plain(one) for one in edge.match[:_MATCHES]] + ([f"and {more} more"] if more > 0 else [])
    lines = [
        (cut(mode, LABEL_SIZE, room), weight),
        *((cut(one, LABEL_SIZE, room), "") for one in (*before, *matches)),
        (_those_that_fit([plain(one) for one in edge.features], room), ""),
    ]
    kept = tuple(line for line in lines if any(line))
    if not kept and edge.change is Change.SAME and not finding:
        return None
    kept = kept or (("", ""),)
    texts = [
        width(first, LABEL_SIZE) + (width(f" {bold}", LABEL_SIZE, bold=True) if bold else 0) for first, bold in kept
    ]
    if mode:
        texts[0] += GLYPH + 3
    sign = 14.0 if edge.change is not Change.SAME else 0.0
    badge = 20.0 if finding else 0.0
    wide = max(max(texts) + sign + badge + 2 * _LABEL_PADDING, 16.0)
    return Label(round(wide, 1), round(len(kept) * LINE + 4, 1), kept, bool(mode), finding)


def _those_that_fit(words: Sequence[str], room: float) -> str:
    """Return the first words, with commas, as many as the room has; nothing if that is none."""
    for number in range(len(words), 0, -1):
        text = ", ".join([*words[:number], *([ELLIPSIS] if number < len(words) else [])])
        if width(text, LABEL_SIZE) <= room:
            return text
    return ""
