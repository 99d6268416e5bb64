"""The picture as one SVG: light or dark as the reader's screen is, in its own font, with a tooltip on everything."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ..graph import Topology
from . import svg_legend, svg_parts
from .layout import Layout, arrange
from .layout_parts import Box
from .svg_xml import element, text
from .text_width import cut, width
from .text_words import namespaces_of, path_of, remarks_at, summary

VIEWER = Path(__file__).parent / "viewer"
_MARGIN = 20.0
_OWN = {"stroke": (".shape", ".icon", ".line", ".tip", "rect"), "fill": (".tip", "rect", "circle")}
"""What has the colour of what it is part of. No selector made of these is stronger than one of the rules."""
_SIZE = 15.0
_PLAINLY = "Graphviz failed on a part of this picture, which is laid out more plainly"
_EMPTY = "There is nothing in this mesh yet"


def draw(topology: Topology) -> str:
    """Return a picture as an SVG document: the same for the same picture.

    :raises mesh_components.topology.drawing.layout_engine.LayoutError: when Graphviz cannot be run at all
    """
    placed = arrange(topology)
    # Title and legend are as legible from afar as the names of namespaces are.
    scale = max(placed.header / _SIZE, 1.0)
    title, numbers = topology.title, summary(topology) + (f"; {_PLAINLY}" if placed.plainly else "")
    least = min(max(width(title, 20, bold=True), 420.0), 700.0) * scale + 2 * _MARGIN
    wide = max(placed.width, least)
    room = (wide - 2 * _MARGIN) / scale
    drawn, high = svg_legend.legend(topology, room)
    head = 62.0 * scale
    below = head + max(placed.height, 60.0)
    empty = element("text", text(_EMPTY), class_="sub", x=_MARGIN, y=30, font_size=14) if is_empty(topology) else ""
    content = [
        element("title", text(title), id="mesh-title"),
        element("desc", text(numbers), id="mesh-desc"),
        element("style", style()),
        element("rect", class_="canvas", width=wide, height=below + (high + 16) * scale),
        _lines([(cut(title, 20, room, bold=True), 20, "heading", 32), (cut(numbers, 12, room), 12, "sub", 52)], scale),
        element(
            "g",
            content_of(topology, placed) + empty,
            transform=f"translate({(wide - placed.width) / 2:.1f} {head:.1f})",
        ),
        element("g", drawn, transform=f"translate({_MARGIN:g} {below:.1f}) scale({scale:.3f})"),
    ]
    compared = " compared" if topology.compared else ""
    whole = wide, below + (high + 16) * scale
    attributes = (
        f'xmlns="http://www.w3.org/2000/svg" class="mesh{compared}" role="img" aria-labelledby="mesh-title mesh-desc" '
        f'viewBox="0 0 {whole[0]:.1f} {whole[1]:.1f}" width="{whole[0]:.1f}" height="{whole[1]:.1f}" '
        f'style="max-width:100%;height:auto"'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<svg {attributes}>' + "\n".join(content) + "</svg>\n"


def is_empty(topology: Topology) -> bool:
    """Return whether there is nothing to draw."""
    return not topology.nodes and not topology.namespaces


def content_of(topology: Topology, placed: Layout) -> str:
    """Return namespaces, edges, nodes and labels as SVG; marks are places among the topology's own parts."""
    remarks = remarks_at(topology)
    marks = {node.id: str(place) for place, node in enumerate(topology.nodes)}
    names = {node.id: path_of(node) for node in topology.nodes}
    spaces = [
        svg_parts.space(one, placed.namespaces[one.name], placed.header, remarks, str(place))
        for place, one in enumerate(namespaces_of(topology))
        if one.name in placed.namespaces
    ]
    edges: list[str] = []
    labelled: dict[Box, list[int]] = defaultdict(list)
    for place, edge in enumerate(topology.edges):
        route = placed.routes.get(edge.id)
        if not route:
            continue
        ends = names[edge.source], names[edge.target]
        edges.append(svg_parts.edge(edge, ends, route, remarks, (str(place), marks[edge.source], marks[edge.target])))
        if route.label:
            labelled[route.label].append(place)
    labels = []
    for box, places in labelled.items():
        some = [topology.edges[place] for place in places]
        ends_of = [(names[edge.source], names[edge.target]) for edge in some]
        marked = " ".join(map(str, places))
        labels.append(svg_parts.label(some, ends_of, box, placed.labels[some[0].id], remarks, marked))
    nodes = [
        svg_parts.node(node, placed.nodes[node.id], placed.cards[node.id], remarks, marks[node.id])
        for node in topology.nodes
    ]
    layers = {"spaces": spaces, "edges": edges, "nodes": nodes, "labels": labels}
    return "\n".join(element("g", "\n".join(["", *some, ""]), class_=name) for name, some in layers.items())


def _lines(said: list[tuple[str, float, str, float]], scale: float) -> str:
    return "".join(
        element("text", text(line), class_=kind, x=_MARGIN, y=y * scale, font_size=size * scale)
        for line, size, kind, y in said
    )


@cache
def style() -> str:
    """Return the style sheet of a picture that stands alone.

    Programs that draw SVG but know no variables of style sheets find the light colours before each use of one.
    """
    colours = (VIEWER / "colours.css").read_text(encoding="utf-8")
    rules = (VIEWER / "picture.css").read_text(encoding="utf-8")
    light: Mapping[str, str] = dict(reversed(re.findall(r"(--[\w-]+): (#\w+);", colours)))
    own = [
        ", ".join(f".{kind} > {part}" for part in parts) + f" {{ {key}: {light[name]}; }}"
        for kind, name in re.findall(r"^\.mesh \S*\.([\w-]+) \{ --own: var\((--[\w-]+)\); \}", rules, re.MULTILINE)
        for key, parts in _OWN.items()
    ]
    rules = re.sub(
        r"([\w-]+): var\((--[\w-]+)\);",
        lambda found: f"{found[1]}: {light[found[2]]}; {found[0]}" if found[2] in light else found[0],
        rules,
    )
    return "\n".join(["", colours, *own, rules])
