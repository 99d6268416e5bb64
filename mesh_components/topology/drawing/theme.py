"""Colours of a picture that has no style sheet. Those of SVG and HTML are variables in ``viewer/colours.css``."""

from __future__ import annotations

from collections.abc import Mapping

from ..graph import Change

CHANGES: Mapping[Change, str] = {
    Change.ADDED: "#1a7f37",
    Change.REMOVED: "#c4242f",
    Change.CHANGED: "#9a6700",
}
"""Lines of what a change did; dark enough on white and light enough on GitHub's dark background."""

FILLS: Mapping[Change, str] = {
    Change.ADDED: "fill:#dafbe1,stroke:#1a7f37,color:#0b2e13",
    Change.REMOVED: "fill:#ffebe9,stroke:#c4242f,color:#4c0a10,stroke-dasharray:5 4",
    Change.CHANGED: "fill:#fff8c5,stroke:#9a6700,color:#3b2300",
}
"""Boxes of what a change did, with text that is dark on them in every theme."""

FINDINGS: Mapping[str, str] = {
    "Error": "stroke:#c4242f,stroke-width:4px",
    "Warning": "stroke:#b35900,stroke-width:4px",
    "Info": "stroke:#0969da,stroke-width:3px",
}
"""Borders of what has a finding, by its level."""
