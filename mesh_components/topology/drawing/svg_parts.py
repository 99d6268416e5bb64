"""The parts of a picture as SVG: namespaces, edges, labels and nodes, each with what is known of it as a tooltip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..graph import Change, Edge, Namespace, Node, NodeKind, Remark
from . import svg_glyphs as glyphs
from .layout import Route
from .layout_parts import Box
from .layout_sizes import DETAIL_SIZE, GLYPH, LINE, ROW, Card, Label
from .svg_xml import element, lines, text
from .text_width import cut, width
from .text_words import LEVELS, edge_facts, path_of, plain, protection, was

Remarks = Mapping[str, Sequence[Remark]]
_SPACE_META = 12.0
_BEFORE_BOLD = 4
"""Pixels; programs differ in what becomes of a space between parts of a text."""
_FIRST_ROW = 36.0
"""Where letters below a node's name stand."""
_MOST_WAYS = 12
"""Edges that the tooltip of a label names."""
_SIGNS = {Change.ADDED: "+", Change.REMOVED: "\N{MINUS SIGN}"}


def space(one: Namespace, box: Box, header: float, remarks: Remarks, mark: str) -> str:
    """Return a namespace: its frame, its name, and what counts for all of it."""
    size = header
    while size > 15 and width(plain(one.name), size, bold=True) > box.width - 36:
        size -= 1
    name = cut(plain(one.name), size, box.width - 36, bold=True)
    baseline = box.y + header * 1.35
    facts = [f"namespace {one.name}", protection(one.mtls), _injection(one), was(one.was)]
    content = [
        _tooltip([*facts, *_of_part(one, remarks)]),
        element("rect", class_="frame", x=box.x, y=box.y, width=box.width, height=box.height, rx=10),
        element("text", text(name), class_="name", x=box.x + 16, y=baseline, font_size=size),
        _space_meta(one, box, baseline, box.x + 16 + width(name, size, bold=True) + 14),
        _badges(one.notes, remarks.get(one.id, ()), box.right - 10, box.y - 8),
        glyphs.sign(one.change, box.x + 4, box.y + 2),
    ]
    return element("g", "".join(content), class_=f"space {one.change}", data_space=mark)


def _space_meta(one: Namespace, box: Box, baseline: float, start: float) -> str:
    """Return the mutual TLS mode and the injection, where there is room beside the name."""
    room = box.right - 14 - start
    mode = f"mTLS {plain(one.mtls)}" if one.mtls else ""
    said = " · ".join(part for part in (mode, plain(_injection(one))) if part)
    said = said if width(said, _SPACE_META) + GLYPH + 4 <= room else mode
    if not said or width(said, _SPACE_META) + GLYPH + 4 > room:
        return ""
    drawn = glyphs.lock(one.mtls, start, baseline - 11) if one.mtls else ""
    return drawn + element("text", text(said), class_="meta", x=start + (GLYPH + 4 if drawn else 0), y=baseline)


def node(one: Node, box: Box, card: Card, remarks: Remarks, mark: str) -> str:
    """Return a node: its shape, what is written in it, its badges and the sign of a change."""
    facts = [f"{one.kind} {path_of(one)}", one.detail, protection(one.mtls), was(one.was)]
    rows = bool(card.detail) or card.mode is not None
    content = [
        _tooltip([*facts, *_of_part(one, remarks)]),
        _shape(one.kind, box.width, box.height),
        glyphs.icon(one.kind, card.left - 23, (box.height - 16) / 2),
        element("text", text(card.name), class_="name", x=card.left, y=19.5 if rows else box.height / 2 + 4.6),
    ]
    for number, line in enumerate(card.detail):
        content.append(element("text", text(line), class_="detail", x=card.left, y=_FIRST_ROW + number * ROW))
    if card.mode is not None:
        left, row = card.mode
        y = _FIRST_ROW + row * ROW
        said = cut(plain(one.mtls), DETAIL_SIZE, box.width - left - GLYPH - 4)
        content.append(glyphs.lock(one.mtls, left, y - 10))
        content.append(element("text", text(said), class_="mode", x=left + GLYPH + 4, y=y))
    content += [_badges(one.notes, remarks.get(one.id, ()), box.width - 4, -8), glyphs.sign(one.change, 3, 1)]
    place = f"translate({box.x:.1f} {box.y:.1f})"
    kind = one.kind.value.replace(" ", "-")
    return element("g", "".join(content), class_=f"node {kind} {one.change}", transform=place, data_node=mark)


def _shape(kind: NodeKind, wide: float, high: float) -> str:
    """Return the outline of a node, which is another one for every kind."""
    match kind:
        case NodeKind.CLIENTS:
            return element("rect", class_="shape", width=wide, height=high, rx=high / 2)
        case NodeKind.GATEWAY:
            outline = f"M9 0H{wide - 9:g}L{wide:g} {high / 2:g} {wide - 9:g} {high:g}H9L0 {high / 2:g}z"
            return element("path", class_="shape", d=outline)
        case NodeKind.SERVICE:
            return element("rect", class_="shape", width=wide, height=high, rx=9)
        case NodeKind.WORKLOAD:
            behind = element("path", class_="shape more", d=f"M4 0v-3.5H{wide + 3.5:g}V{high - 4:g}H{wide:g}")
            return behind + element("rect", class_="shape", width=wide, height=high, rx=2)
        case NodeKind.EXTERNAL:
            cut_off = 7
            outline = (
                f"M{cut_off} 0H{wide - cut_off:g}L{wide:g} {cut_off}V{high - cut_off:g}L{wide - cut_off:g} {high:g}"
                f"H{cut_off}L0 {high - cut_off:g}V{cut_off}z"
            )
            return element("path", class_="shape", d=outline)
        case NodeKind.CONTROL_PLANE:
            inner = element("path", class_="shape more", d=f"M5 0V{high:g}M{wide - 5:g} 0V{high:g}")
            return element("rect", class_="shape", width=wide, height=high) + inner


def edge(one: Edge, ends: tuple[str, str], route: Route, remarks: Remarks, marks: tuple[str, str, str]) -> str:
    """Return an edge's line and its tip. ``ends`` are the names of its nodes, ``marks`` its own mark and theirs."""
    x, y = route.end
    content = [
        _tooltip([f"{one.kind}: {ends[0]} → {ends[1]}", *edge_facts(one), *_findings(remarks.get(one.id, ()))]),
        element("path", class_="line", d=route.line),
        glyphs.tip(one.kind, round(x, 1), round(y, 1), route.degrees),
    ]
    classes = f"edge {one.kind} {one.change}"
    return element(
        "g", "".join(content), class_=classes, data_edge=marks[0], data_source=marks[1], data_target=marks[2]
    )


def label(
    some: Sequence[Edge], ends: Sequence[tuple[str, str]], box: Box, what: Label, remarks: Remarks, marks: str
) -> str:
    """Return what is written on an edge, or on several that say the same of one node."""
    one = some[0]
    left = 5.0 + (14.0 if one.change is not Change.SAME else 0.0)
    ways = [f"{edge.kind}: {source} → {target}" for edge, (source, target) in zip(some, ends, strict=True)]
    more = [f"and {len(ways) - _MOST_WAYS} more"] if len(ways) > _MOST_WAYS else []
    found = [remark for edge in some for remark in remarks.get(edge.id, ())]
    facts = edge_facts(one) if len(some) == 1 else ()
    content = [
        _tooltip([*ways[:_MOST_WAYS], *more, *facts, *_findings(found)]),
        element("rect", width=box.width, height=box.height, rx=4),
        glyphs.sign(one.change, 10, box.height / 2, radius=6),
        glyphs.lock(one.tls, left, 3) if what.lock else "",
    ]
    for place, (first, bold) in enumerate(what.lines):
        x = left + (GLYPH + 3 if what.lock and place == 0 else 0)
        plainly = element("tspan", text(first), class_="plain") if first else ""
        strong = element("tspan", text(bold), class_="bold", dx=_BEFORE_BOLD if first else None) if bold else ""
        content.append(element("text", plainly + strong, x=x, y=12.6 + place * LINE) if first or bold else "")
    content.append(_badges((), found, box.width + 12, -8))
    weighted = " weighted" if one.weight is not None else ""
    classes = f"label {one.kind} {one.change}{weighted}"
    place_of = f"translate({box.x:.1f} {box.y:.1f})"
    return element("g", "".join(content), class_=classes, transform=place_of, data_edge=marks)


def _badges(notes: Sequence[object], remarks: Sequence[Remark], right: float, y: float) -> str:
    """Return badges for policies and findings that end at ``right``, the findings' last."""
    drawn = ""
    if remarks:
        levels = {remark.level for remark in remarks}
        worst = next((level for level in LEVELS if level in levels), LEVELS[-1])
        changes = {remark.change for remark in remarks}
        before = _SIGNS.get(next(iter(changes)), "") if len(changes) == 1 else ""
        drawn, wide = glyphs.badge(worst.lower(), f"{before}{len(remarks)}", right, y)
        right -= wide + 3
    if notes:
        drawn += glyphs.badge("policy", str(len(notes)), right, y)[0]
    return drawn


def _injection(one: Namespace) -> str:
    return f"injection: {one.injection}" if one.injection else ""


def _of_part(part: Node | Namespace, remarks: Remarks) -> list[str]:
    policies = [f"policy {note.resource}: {note.text}" for note in part.notes]
    return [*policies, *_findings(remarks.get(part.id, ()))]


def _findings(remarks: Iterable[Remark]) -> list[str]:
    said = []
    for remark in remarks:
        ended = {Change.ADDED: " (new)", Change.REMOVED: " (mended)"}.get(remark.change, "")
        said.append(f"{remark.level} {remark.code}{ended}: {remark.text}")
        said += [f"remedy: {remark.remedy}"] if remark.remedy else []
    return said


def _tooltip(said: Iterable[str]) -> str:
    return element("title", lines(said))
