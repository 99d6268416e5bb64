"""The picture as one HTML page that makes no request: zoom, search, filters, and all that is known of each part."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache

from ..graph import Topology
from . import svg, svg_legend
from .layout import Layout, arrange
from .layout_parts import Box
from .svg_xml import element, text
from .text_words import findings, namespaces_of, summary

_SCRIPTS = ("data", "view", "choose", "find", "filter", "hands", "page")
"""In this order, in one scope."""
_LEGEND = 276.0
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_NOTHING = "There is nothing in this mesh yet"


def page(topology: Topology) -> str:
    """Return a picture as an HTML document that works from a file and makes no request: the same for the same picture.

    Its Content-Security-Policy allows the page's own script and style, by their digests, and nothing else.

    :raises mesh_components.topology.drawing.layout_engine.LayoutError: when Graphviz cannot be run at all
    """
    placed = arrange(topology)
    parts = {
        "title": text(topology.title),
        "summary": text(summary(topology)),
        "findings": text(findings(topology.remarks)),
        "style": _style(),
        "script": _script(),
        "policy": text(_policy()),
        "picture": _picture(topology, placed),
        "legend": _legend(topology),
        "data": _data(topology, placed),
    }
    template = (svg.VIEWER / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _picture(topology: Topology, placed: Layout) -> str:
    compared = " compared" if topology.compared else ""
    empty = element("text", text(_NOTHING), class_="sub", x=20, y=40, font_size=14) if svg.is_empty(topology) else ""
    label = text(f"{topology.title}: {summary(topology)}")
    size = f"0 0 {max(placed.width, 1):g} {max(placed.height, 1):g}"
    return (
        f'<svg id="picture" class="mesh{compared}" role="group" aria-label="{label}" viewBox="{size}">'
        f"{svg.content_of(topology, placed)}{empty}</svg>"
    )


def _legend(topology: Topology) -> str:
    drawn, high = svg_legend.legend(topology, _LEGEND)
    return (
        '<svg class="mesh" role="img" aria-label="What shapes and lines stand for" '
        f'width="{_LEGEND:g}" height="{high:g}">{drawn}</svg>'
    )


def _data(topology: Topology, placed: Layout) -> str:
    given = topology.as_dict()
    spaces = namespaces_of(topology)
    known = {one["name"]: one for one in given["namespaces"]}
    bare = {"mtls": "", "injection": "", "notes": [], "change": "same", "was": []}
    given["namespaces"] = [known.get(one.name, {"name": one.name, "id": one.id, **bare}) for one in spaces]
    for one in given["namespaces"]:
        one["box"] = _box(placed.namespaces.get(one["name"]))
    for one in given["nodes"]:
        one["box"] = _box(placed.nodes[one["id"]])
    given["size"] = [placed.width, placed.height]
    written = json.dumps(given, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return "".join(_UNSAFE.get(one, one) for one in written)


def _box(box: Box | None) -> list[float] | None:
    return [round(number, 1) for number in (box.x, box.y, box.width, box.height)] if box else None


@cache
def _style() -> str:
    colours = (svg.VIEWER / "colours.css").read_text(encoding="utf-8")
    light, dark = re.findall(r"\.mesh \{(.*?)\}", colours, re.DOTALL)
    light = light.replace("color-scheme: light dark;", "")
    chosen = "".join(
        f':root[data-theme="{theme}"] .mesh {{ color-scheme: {theme}; {values} }}\n'
        for theme, values in (("light", light), ("dark", dark))
    )
    return "\n".join(
        [colours, chosen, *((svg.VIEWER / name).read_text("utf-8") for name in ("picture.css", "page.css"))]
    )


@cache
def _script() -> str:
    written = "\n".join((svg.VIEWER / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS)
    return f'(() => {{\n"use strict";\n{written}}})();'


def _policy() -> str:
    digests = {name: _digest(content) for name, content in (("script", _script()), ("style", _style()))}
    return (
        f"default-src 'none'; script-src '{digests['script']}'; style-src '{digests['style']}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _digest(content: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
