"""Small drawings: what a node is, what protects an edge, what is found, what a change did; each from its upper left."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph import Change, EdgeKind, NodeKind
from .svg_xml import element
from .text_words import WITHOUT_TLS

ICONS: Mapping[NodeKind, str] = {
    NodeKind.CLIENTS: "M8 7.2a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8zM2.2 14.4c.5-3.2 2.8-4.8 5.8-4.8s5.3 1.6 5.8 4.8",
    NodeKind.GATEWAY: "M2 1.5v13M14 1.5v13M4.6 8h6.6M8.6 5.2 11.4 8l-2.8 2.8",
    NodeKind.SERVICE: "M5.2 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM14.8 3.6a2 2 0 1 1-4 0 2 2 0 0 1 4 0z"
    "M14.8 12.4a2 2 0 1 1-4 0 2 2 0 0 1 4 0z"
    "M5 7.2l6-2.8M5 8.8l6 2.8",
    NodeKind.WORKLOAD: "M8 1.4 14 4.7v6.6l-6 3.3-6-3.3V4.7zM2 4.7 8 8l6-3.3M8 8v6.6",
    NodeKind.EXTERNAL: "M14.5 8a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0z"
    "M1.5 8h13M8 1.5c-4.2 4-4.2 9 0 13M8 1.5c4.2 4 4.2 9 0 13",
    NodeKind.CONTROL_PLANE: "M11 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM8 1.3V5M8 11v3.7M1.3 8H5M11 8h3.7"
    "M3.3 3.3l2.6 2.6M10.1 10.1l2.6 2.6M12.7 3.3l-2.6 2.6M5.9 10.1l-2.6 2.6",
}
"""Lines in a square of 16 pixels."""

_BODY = "M2 5.5h8v6H2z"
_LOCKS: Mapping[str, str] = {
    "strict": f"{_BODY}M3.7 5.5V3.6a2.3 2.3 0 0 1 4.6 0v1.9",
    "permissive": f"{_BODY}M3.7 5.5V2.8a2.3 2.3 0 0 1 4.6-.4",
    "open": "M11 6A5 5 0 1 1 1 6a5 5 0 0 1 10 0zM2.6 9.4l6.8-6.8",
    "other": f"{_BODY}M3.7 5.5V3.6a2.3 2.3 0 0 1 4.6 0v1.9M6 7.8v1.4",
}
_MARKS: Mapping[str, str] = {
    "error": "M6 1.5 10.5 6 6 10.5 1.5 6zM6 4v2.3M6 8v.1",
    "warning": "M6 1.5 10.8 10.2H1.2zM6 5v2.2M6 8.8v.1",
    "info": "M6 3v.1M6 5.5v3.5",
    "policy": "M6 1.2 10 2.8v3c0 2.5-1.7 4.2-4 5-2.3-.8-4-2.5-4-5v-3z",
}
_SIGNS: Mapping[Change, str] = {
    Change.ADDED: "M-3.8 0h7.6M0-3.8v7.6",
    Change.REMOVED: "M-3.8 0h7.6",
    Change.CHANGED: "M-4 .8c1.3-2.6 2.7-2.6 4-.8s2.7 1.8 4-.8",
}
TIPS: Mapping[EdgeKind, tuple[str, str]] = {
    EdgeKind.ENTERS: ("M-11-5 0 0-11 5z", ""),
    EdgeKind.ROUTE: ("M-9-4 0 0-9 4z", ""),
    EdgeKind.MIRROR: ("M-9-4 0 0-9 4z", " open"),
    EdgeKind.SELECTS: ("M-5 0a2.5 2.5 0 1 1 5 0 2.5 2.5 0 0 1-5 0z", ""),
    EdgeKind.ALLOWED: ("M-10 0-5-4 0 0-5 4z", " open"),
    EdgeKind.DEPENDS: ("M-7-4 0 0-7 4", " open"),
}
"""Ends of edges, for a line that comes from the left and ends at 0; and whether they are hollow."""


def icon(kind: NodeKind, x: float, y: float) -> str:
    """Return a drawing of what a node is, 16 pixels wide."""
    return element("path", class_="icon", d=ICONS[kind], transform=f"translate({x:g} {y:g})")


def lock_kind(mode: str) -> str:
    """Return which lock a mode of mutual TLS, or of TLS, has."""
    if mode in WITHOUT_TLS:
        return "open"
    return {"STRICT": "strict", "PERMISSIVE": "permissive"}.get(mode, "other")


def lock(mode: str, x: float, y: float) -> str:
    """Return a lock, 12 pixels wide: closed, half open, or a crossed circle for plain text."""
    kind = lock_kind(mode)
    return element("path", class_=f"glyph {kind}", d=_LOCKS[kind], transform=f"translate({x:g} {y:g})")


def badge(kind: str, said: str, right: float, y: float) -> tuple[str, float]:
    """Return a badge that ends at ``right`` with its upper side at ``y``, and how wide it is."""
    wide = 22.0 + 7.0 * len(said)
    content = (
        element("rect", width=wide, height=16, rx=8)
        + element("path", class_="mark", d=_MARKS[kind], transform="translate(4 2)")
        + element("text", said, x=18, y=11.8)
    )
    return element("g", content, class_=f"badge {kind}", transform=f"translate({right - wide:g} {y:g})"), wide


def sign(change: Change, x: float, y: float, radius: float = 8.0) -> str:
    """Return the sign of a change around a point; nothing for none."""
    if change is Change.SAME:
        return ""
    inner = element("circle", r=8) + element("path", d=_SIGNS[change])
    scale = f" scale({radius / 8:g})" if radius != 8 else ""
    return element("g", inner, class_=f"sign {change}", transform=f"translate({x:g} {y:g}){scale}")


def tip(kind: EdgeKind, x: float, y: float, degrees: float = 0.0) -> str:
    """Return the end of an edge at a point, for a line that arrives in a direction."""
    drawn, hollow = TIPS[kind]
    turned = f" rotate({degrees:g})" if degrees else ""
    return element("path", class_=f"tip{hollow}", d=drawn, transform=f"translate({x:g} {y:g}){turned}")
