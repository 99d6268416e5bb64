"""Charts given to Mermaid itself, as sites have it: the current release and the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from mesh_components.topology.drawing.mermaid import CHARACTERS, EDGES, flowchart
from mesh_components.topology.graph import Topology

from . import drawn
from .browser import Seen, launched, mermaid_scripts, opened

pytestmark = pytest.mark.tools

CHARTS: dict[str, Callable[[], str]] = {
    "shop": lambda: flowchart(drawn.shop()),
    "changed shop": lambda: flowchart(drawn.changed_shop()),
    "50 services": lambda: flowchart(drawn.mesh(50, 6, compared=True)),
    "500 services": lambda: flowchart(drawn.mesh(500, 25)),
    "500 services in little room": lambda: flowchart(drawn.mesh(500, 25), 4_000),
    "next to no room": lambda: flowchart(drawn.mesh(500, 25), 300),
    "names that attack": lambda: flowchart(drawn.hostile()),
    "words of Mermaid's": lambda: flowchart(words()),
    "nothing": lambda: flowchart(Topology("stack empty")),
}
SHOWN = {
    "changed shop": ("~ 90 %", "was 95 %", "\N{MINUS SIGN} uri prefix /wishlist", "+ uri prefix /search", "1 policy"),
    "names that attack": (drawn.NASTY[:20],),
    "words of Mermaid's": ("A --> B", "%% no", "- [ ] x", "1. x", "_x_ *y*"),
}
"""What is to be read of a chart, to the letter."""
PARSE = "chart => mermaid.parse(chart).then(() => 'fine', error => String(error.message ?? error))"
RENDER = """async chart => {
    const {svg} = await mermaid.render('chart', chart);
    const shown = document.createElement('div');
    shown.innerHTML = svg;
    document.body.append(shown);
    return shown.textContent;
}"""


def words() -> Topology:
    """Return a shop whose services have names that mean something in a chart."""
    shop = drawn.shop()
    names = iter(
        [
            "end",
            "graph",
            "o",
            "x",
            "subgraph",
            "click",
            "style",
            "default",
            "A --> B",
            "%% no",
            "- [ ] x",
            "1. x",
            "_x_ *y*",
        ]
        * 2
    )
    return replace(shop, nodes=tuple(replace(node, name=next(names)) for node in shop.nodes))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from launched()


@pytest.fixture(scope="module", params=["mermaid", "mermaid-11"])
def mermaid(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    script: Path = mermaid_scripts()[request.param]
    file = tmp_path_factory.mktemp("mermaid") / "page.html"
    file.write_text(f'<!doctype html><meta charset="utf-8"><body><script src="{script.as_uri()}"></script>')
    with opened(browser, file) as seen:
        seen.run("() => mermaid.initialize({startOnLoad: false, securityLevel: 'strict'})")
        yield seen


@pytest.mark.parametrize("name", CHARTS)
def test_mermaid_parses_it(mermaid: Seen, name: str) -> None:
    assert mermaid.run(PARSE, CHARTS[name]()) == "fine"


@pytest.mark.parametrize("name", ["changed shop", "names that attack", "words of Mermaid's"])
def test_mermaid_draws_it(mermaid: Seen, name: str) -> None:
    text = mermaid.run(RENDER, CHARTS[name]())
    assert all(one in text for one in SHOWN[name])
    assert mermaid.run("() => window.hacked ?? null") is None
    assert mermaid.run("() => document.querySelectorAll('img, script').length") == 1, "Mermaid's own script"


def test_these_are_mermaids_limits(mermaid: Seen) -> None:
    assert mermaid.run("() => mermaid.mermaidAPI.defaultConfig.maxTextSize") == CHARACTERS
    assert mermaid.run("() => mermaid.mermaidAPI.defaultConfig.maxEdges") == EDGES
    chart = "flowchart LR\n" + "\n".join(f"a --> b{number}" for number in range(EDGES))
    assert mermaid.run(PARSE, chart) == "fine"
    assert "dge" in mermaid.run(PARSE, f"{chart}\na --> c")
    long = "flowchart LR\n" + "\n".join(f'n{number}["{"x" * 90}"]' for number in range(490))
    assert len(long) < CHARACTERS and mermaid.run(PARSE, long) == "fine"
    assert mermaid.run(TOO_LONG, f"{long}{long.removeprefix('flowchart LR')}") is True


TOO_LONG = """async chart => {
    const {svg} = await mermaid.render('long', chart);
    return svg.includes('Maximum text size in diagram exceeded');
}"""
