"""The SVG as a browser draws it: nothing overlaps, nothing sticks out, everything can be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from mesh_components.topology.drawing.svg import draw
from mesh_components.topology.graph import Topology

from . import drawn
from .browser import launched, opened
from .browser_measures import HARD_TO_READ, OVERLAPPING, STICKING_OUT

pytestmark = pytest.mark.tools

PICTURES: dict[str, Callable[[], Topology]] = {
    "shop": drawn.shop,
    "changed shop": drawn.changed_shop,
    "50 services": lambda: drawn.mesh(50, 6),
    "500 services": lambda: drawn.mesh(500, 25, compared=True),
    "names that attack": drawn.hostile,
    "bare": drawn.bare,
    "nothing": lambda: Topology("stack empty"),
}
LOOKS = """() => [...document.querySelectorAll('rect, path, circle, text, tspan')].map(one => {
    const {fill, stroke} = getComputedStyle(one);
    return [one.parentElement.getAttribute('class'), one.getAttribute('class'), fill, stroke];
})"""
NODES = ".node > .shape:not(.more)"
LABELS = ".label > rect"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from launched()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pictures")
    written = {}
    for name, make in PICTURES.items():
        written[name] = folder / f"{name}.svg"
        written[name].write_text(draw(make()), encoding="utf-8")
    return written


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_overlaps_and_every_text_is_inside_of_its_box(
    browser: Browser, files: dict[str, Path], name: str
) -> None:
    with opened(browser, files[name]) as seen:
        # As large as it is: a browser makes it fit otherwise, and then measures in tenths of pixels.
        seen.run("() => document.documentElement.setAttribute('style', 'max-width: none')")
        assert seen.said == [] and seen.asked == [files[name].as_uri()]
        nodes, labels = seen.run(OVERLAPPING, [NODES, 0.1]), seen.run(OVERLAPPING, [f"{NODES}, {LABELS}", 0.1])
        texts = seen.run(STICKING_OUT)
    topology = PICTURES[name]()
    assert nodes == {"number": len(topology.nodes), "found": []}
    assert labels["number"] >= len(topology.nodes) and labels["found"] == []
    assert texts["out"] == [] and texts["number"] >= len(topology.nodes) + len(topology.namespaces)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["shop", "changed shop", "nothing"])
def test_every_text_can_be_read(
    browser: Browser, files: dict[str, Path], name: str, scheme: Literal["light", "dark"]
) -> None:
    with opened(browser, files[name], scheme) as seen:
        measured = seen.run(HARD_TO_READ, 4.5)
    assert measured["found"] == {} and measured["number"] >= 3


def test_dark_and_light_are_different(browser: Browser, files: dict[str, Path]) -> None:
    colours = []
    for scheme in ("light", "dark"):
        with opened(browser, files["shop"], scheme) as seen:
            colours.append(seen.run("() => getComputedStyle(document.querySelector('.canvas')).fill"))
    assert colours == ["rgb(255, 255, 255)", "rgb(13, 17, 23)"]


def test_programs_that_know_no_variables_draw_it_as_in_light(
    browser: Browser, files: dict[str, Path], tmp_path: Path
) -> None:
    written = files["changed shop"].read_text(encoding="utf-8")
    bare = tmp_path / "bare.svg"
    bare.write_text(re.sub(r"[\w-]+: var\([^)]*\);", "", written), encoding="utf-8")
    assert "var(" in written and "var(" not in bare.read_text(encoding="utf-8")
    looks = []
    for file in (files["changed shop"], bare):
        with opened(browser, file) as seen:
            looks.append(seen.run(LOOKS))
    assert len(looks[0]) > 250
    assert looks[0] == looks[1]


def test_names_do_not_execute(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["names that attack"]) as seen:
        assert seen.run("() => window.hacked ?? null") is None
        assert seen.run("() => document.querySelectorAll('script, img, foreignObject').length") == 0
        assert drawn.NASTY[:20] in seen.run("() => document.querySelector('.node > title').textContent")
