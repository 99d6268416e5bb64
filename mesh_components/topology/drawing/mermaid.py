"""The picture as a Mermaid flowchart, for a pull request or a Markdown file."""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..graph import Change, Edge, EdgeKind, Namespace, Node, NodeKind, Remark, Topology
from .mermaid_reduced import reductions
from .text_words import LEVELS, SIGNS, findings, namespaces_of, percent, protection, remarks_at
from .theme import CHANGES, FILLS, FINDINGS

CHARACTERS = 50_000
"""Mermaid refuses more (``maxTextSize``). Only the site that draws a chart could raise it, never the chart itself."""
EDGES = 500
"""Mermaid refuses more (``maxEdges``); as above."""

_SAFE = frozenset(string.ascii_letters + string.digits + " ,:/()=?!@$'")
_SAFE_WITHIN = frozenset("-.%")
"""Harmless between letters: before a space some of them begin a list, and two ``%`` a comment or a directive."""
_SHAPES: Mapping[NodeKind, tuple[str, str]] = {
    NodeKind.CLIENTS: ("([", "])"),
    NodeKind.GATEWAY: ("{{", "}}"),
    NodeKind.SERVICE: ("(", ")"),
    NodeKind.WORKLOAD: ("[", "]"),
    NodeKind.EXTERNAL: ("[/", "/]"),
    NodeKind.CONTROL_PLANE: ("[[", "]]"),
}
_ARROWS: Mapping[EdgeKind, str] = {
    EdgeKind.ENTERS: "==>",
    EdgeKind.ROUTE: "-->",
    EdgeKind.MIRROR: "-.->",
    EdgeKind.SELECTS: "---",
    EdgeKind.ALLOWED: "--o",
    EdgeKind.DEPENDS: "-.-o",
}
_SAID: Mapping[EdgeKind, str] = {
    EdgeKind.MIRROR: "mirror",
    EdgeKind.ALLOWED: "allowed",
    EdgeKind.DEPENDS: "depends on",
}
"""Kinds of edges that are named in the chart, since an arrow does not say them."""
_SIGNS = {**SIGNS, Change.REMOVED: "\N{MINUS SIGN}"}
_LONGEST = 60
"""Characters of one part of a label."""


def flowchart(topology: Topology, limit: int | None = None) -> str:
    """Return a picture as a Mermaid flowchart, without the fence around it.

    What does not fit is left out, the least important first, and a node of the chart says what that was.

    Args:
        topology: What to draw.
        limit: Most characters that the chart may have; Mermaid's own limit, 50,000, where that is less. A chart never
            has more than 500 edges, Mermaid's other limit. Below some 500 characters only the node that says what was
            left out is sure to remain.
    """
    most = min(limit if limit is not None else CHARACTERS, CHARACTERS)
    drawn = ""
    for reduced, left_out, brief in reductions(topology):
        drawn = "\n".join(_lines(reduced, left_out, brief=brief)) + "\n"
        if len(reduced.edges) <= EDGES and len(drawn) <= most:
            break
    return drawn


def escaped(text: str) -> str:
    """Return a text as it may stand between quotes in a chart.

    What could be a part of the chart, HTML or Markdown is written as an entity of Mermaid's, and so never is.
    """
    return "".join(
        one if one in _SAFE or (one in _SAFE_WITHIN and after.isalnum()) else f"#{ord(one)};"
        for one, after in zip(text, [*text[1:], " "], strict=False)
    )


def _lines(topology: Topology, left_out: Sequence[str], *, brief: bool) -> Iterator[str]:
    ids = {node.id: f"n{place}" for place, node in enumerate(topology.nodes)}
    remarks = remarks_at(topology)
    inside: dict[str, list[Node]] = defaultdict(list)
    for node in topology.nodes:
        inside[node.namespace].append(node)
    classes: dict[str, list[str]] = defaultdict(list)
    yield "flowchart LR"
    yield f"  accTitle: {''.join(one if one in _SAFE else '_' for one in topology.title)}"
    if not (topology.nodes or topology.namespaces or left_out):
        yield '  nothing["nothing in this mesh yet"]'
    if left_out:
        yield f'  left_out["Left out to fit: {escaped("; ".join(left_out))}"]'
        classes["note"].append("left_out")
    drawn = [edge for edge in topology.edges if edge.source in ids and edge.target in ids]
    shown = {*ids, *(space.id for space in namespaces_of(topology)), *(edge.id for edge in drawn)}
    if whole := [remark for remark in topology.remarks if remark.at not in shown]:
        yield f'  whole["The mesh as a whole, and what is not drawn: {escaped(findings(whole))}"]'
        classes[f"finding{_worst(whole)}"].append("whole")
    for node in inside[""]:
        yield f"  {_node(node, ids, remarks, classes, brief=brief)}"
    for place, space in enumerate(namespaces_of(topology)):
        yield f'  subgraph s{place}["{_space_label(space, remarks)}"]'
        for node in inside[space.name]:
            yield f"    {_node(node, ids, remarks, classes, brief=brief)}"
        yield "  end"
        _classify(f"s{place}", space.change, remarks.get(space.id, ()), classes)
    links: dict[Change, list[int]] = defaultdict(list)
    for place, edge in enumerate(drawn):
        label = _edge_label(edge, remarks, brief=brief)
        said = f'|"{label}"|' if label else ""
        yield f"  {ids[edge.source]} {_ARROWS[edge.kind]}{said} {ids[edge.target]}"
        links[edge.change].append(place)
    yield from _styles(classes, links)


def _styles(classes: Mapping[str, Sequence[str]], links: Mapping[Change, Sequence[int]]) -> Iterator[str]:
    kinds = {
        **{change.value: FILLS[change] for change in FILLS},
        **{f"finding{level}": style for level, style in FINDINGS.items()},
        "note": "fill:#fff8c5,stroke:#9a6700,color:#3b2300,stroke-dasharray:2 3",
    }
    for name, style in kinds.items():
        if classes.get(name):
            yield f"  classDef {name} {style}"
            yield f"  class {','.join(classes[name])} {name}"
    for change, colour in CHANGES.items():
        if links.get(change):
            dashes = ",stroke-dasharray:6 4" if change is Change.REMOVED else ""
            yield f"  linkStyle {','.join(map(str, links[change]))} stroke:{colour},stroke-width:2px{dashes}"


def _node(
    node: Node,
    ids: Mapping[str, str],
    remarks: Mapping[str, Sequence[Remark]],
    classes: dict[str, list[str]],
    *,
    brief: bool,
) -> str:
    opening, closing = _SHAPES[node.kind]
    own = remarks.get(node.id, ())
    parts = [_signed(node.change, node.name), "" if brief else node.detail, protection(node.mtls)]
    parts += [_policies(node), findings(own) if own else ""]
    _classify(ids[node.id], node.change, own, classes)
    return f'{ids[node.id]}{opening}"{"<br/>".join(_parts(parts))}"{closing}'


def _space_label(space: Namespace, remarks: Mapping[str, Sequence[Remark]]) -> str:
    own = remarks.get(space.id, ())
    parts = [_signed(space.change, space.name), protection(space.mtls), _policies(space), findings(own) if own else ""]
    return ", ".join(_parts(parts))


def _edge_label(edge: Edge, remarks: Mapping[str, Sequence[Remark]], *, brief: bool) -> str:
    own = remarks.get(edge.id, ())
    parts = [
        _SAID.get(edge.kind, ""),
        percent(edge.weight) if edge.weight is not None else "",
        f"was {', '.join(edge.was)}" if edge.was else "",
        "" if brief else ", ".join(edge.match),
        protection(edge.tls) if edge.kind is not EdgeKind.SELECTS else "",
        findings(own) if own else "",
    ]
    said = _parts(parts)
    return f"{escaped(_SIGNS[edge.change])} {'<br/>'.join(said)}".strip()


def _classify(name: str, change: Change, remarks: Sequence[Remark], classes: dict[str, list[str]]) -> None:
    if change is not Change.SAME:
        classes[change.value].append(name)
    if remarks:
        classes[f"finding{_worst(remarks)}"].append(name)


def _worst(remarks: Iterable[Remark]) -> str:
    levels = {remark.level for remark in remarks}
    return next((level for level in LEVELS if level in levels), LEVELS[-1])


def _signed(change: Change, name: str) -> str:
    return f"{_SIGNS[change]} {name}".strip()


def _policies(part: Node | Namespace) -> str:
    number = len(part.notes)
    return f"{number} {'policy' if number == 1 else 'policies'}" if number else ""


def _parts(parts: Iterable[str]) -> list[str]:
    return [escaped(part if len(part) <= _LONGEST else f"{part[: _LONGEST - 3]}...") for part in parts if part]
