"""What the shapes, lines and signs of a picture stand for: only those that are in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..graph import Change, EdgeKind, Namespace, Node, NodeKind, Topology
from . import svg_glyphs as glyphs
from .svg_xml import element, text
from .text_width import cut, width
from .text_words import LEVELS, protection

_SIZE = 11.0
_ROW = 24.0
_NODES: Mapping[NodeKind, str] = {
    NodeKind.CLIENTS: "clients outside",
    NodeKind.GATEWAY: "gateway",
    NodeKind.SERVICE: "service",
    NodeKind.WORKLOAD: "workload",
    NodeKind.EXTERNAL: "host outside of the mesh",
    NodeKind.CONTROL_PLANE: "control plane",
}
_EDGES: Mapping[EdgeKind, str] = {
    EdgeKind.ENTERS: "enters",
    EdgeKind.ROUTE: "routes to",
    EdgeKind.MIRROR: "mirrors to",
    EdgeKind.SELECTS: "selects",
    EdgeKind.ALLOWED: "is allowed into",
    EdgeKind.DEPENDS: "depends on",
}
_BADGES = {"Error": "errors", "Warning": "warnings", "Info": "remarks"}


def legend(topology: Topology, room: float) -> tuple[str, float]:
    """Return the legend of a picture as SVG, and its height, with rows no wider than ``room``."""
    x, y = 0.0, 0.0
    written: list[str] = []
    for drawn, wide, said in _entries(topology):
        said = cut(said, _SIZE, room - wide - 6)
        whole = wide + 6 + width(said, _SIZE) + 20
        if x and x + whole > room:
            x, y = 0.0, y + _ROW
        label = element("text", text(said), x=wide + 6, y=16, font_size=_SIZE)
        written.append(element("g", drawn + label, transform=f"translate({x:.1f} {y:.1f})"))
        x += whole
    return element("g", "".join(written), class_="legend"), (y + _ROW if written else 0.0)


def _entries(topology: Topology) -> Iterator[tuple[str, float, str]]:
    """Yield drawings, 24 pixels high, with their widths and what is said of them."""
    kinds = {node.kind for node in topology.nodes}
    for kind, said in _NODES.items():
        if kind in kinds:
            drawn = glyphs.icon(kind, 0, 4)
            yield element("g", drawn, class_=f"node {kind.value.replace(' ', '-')}"), 16, said
    ways = {edge.kind for edge in topology.edges}
    for way, said in _EDGES.items():
        if way in ways:
            line = element("path", class_="line", d="M0 12H34") + glyphs.tip(way, 36, 12)
            yield element("g", line, class_=f"edge {way}"), 36, said
    placed: tuple[Node | Namespace, ...] = (*topology.nodes, *topology.namespaces)
    modes = {part.mtls for part in placed} | {edge.tls for edge in topology.edges}
    locks: dict[str, list[str]] = {}
    for mode in sorted(modes - {""}):
        locks.setdefault(glyphs.lock_kind(mode), []).append(protection(mode))
    for some in locks.values():
        mode = some[0].split()[-1] if some[0] != "no TLS" else "none"
        shown = ", ".join(some[:3]) + (", …" if len(some) > 3 else "")
        yield glyphs.lock(mode, 0, 6), 12, shown
    if any(part.notes for part in placed):
        yield glyphs.badge("policy", "1", 29, 4)[0], 29, "policies"
    levels = {remark.level for remark in topology.remarks if remark.at}
    for level in LEVELS:
        if level in levels:
            yield glyphs.badge(level.lower(), "1", 29, 4)[0], 29, _BADGES[level]
    if topology.compared:
        changes = {part.change for part in (*placed, *topology.edges)}
        for change in Change:
            if change in changes and change is not Change.SAME:
                yield glyphs.sign(change, 8, 12), 16, change.value
