"""The page, in a browser: what people do with it, in both themes, at 5 and at 500 services."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from mesh_components.topology.drawing.html import page
from mesh_components.topology.graph import Topology

from . import drawn
from .browser import Seen, launched, opened
from .browser_measures import HARD_TO_READ, STICKING_OUT

pytestmark = pytest.mark.tools

PICTURES: dict[str, Callable[[], Topology]] = {
    "shop": drawn.shop,
    "changed shop": drawn.changed_shop,
    "500 services": lambda: drawn.mesh(500, 25),
    "bare": drawn.bare,
    "nothing": lambda: Topology("stack empty"),
}
HITS = "() => document.getElementById('hits').value"
ATTEMPTS = (
    "document.body.innerHTML = '<b>x</b>'",
    "document.createElement('script').text = 'window.intruder = 1'",
    "document.createElement('img').setAttribute('onerror', 'window.intruder = 1')",
    "setTimeout('window.intruder = 1')",
)
"""Ways to run what somebody wrote."""
SCALE = "() => Number(document.getElementById('scale').value.replace(/\\D/g, ''))"
SELECTED = "() => document.querySelector('#selected h2')?.textContent ?? null"
VISIBLE_NODES = "() => [...document.querySelectorAll('[data-node]')].filter(one => one.getClientRects().length).length"
VISIBLE_EDGES = (
    "() => [...document.querySelectorAll('.edges > .edge')].filter(one => one.getClientRects().length).length"
)
SMALL_TEXTS = """() => [...document.querySelectorAll('.node > text, .label > text')]
    .filter(one => one.getClientRects().length && one.getBoundingClientRect().height > 0).length"""
UNDER = """([x, y]) => {
    const picture = document.getElementById('picture');
    const {left, top, width} = picture.getBoundingClientRect();
    const [vx, vy, vw] = picture.getAttribute('viewBox').split(' ').map(Number);
    return [vx + (x - left) * vw / width, vy + (y - top) * vw / width];
}"""
"""What part of the picture is at a point of the page."""
OFF_CENTRE = """() => {
    const node = document.querySelector('.node.chosen > .shape:not(.more)').getBoundingClientRect();
    const stage = document.getElementById('stage').getBoundingClientRect();
    const middle = box => [box.x + box.width / 2, box.y + box.height / 2];
    const [[x, y], [stageX, stageY]] = [middle(node), middle(stage)];
    return Math.hypot(x - stageX, y - stageY);
}"""
COLOURS = """() => [
    getComputedStyle(document.body).backgroundColor,
    ...['.node > .shape', '.node > .name'].map(one => getComputedStyle(document.querySelector(one)).fill),
]"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    yield from launched()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for name, make in PICTURES.items():
        written[name] = folder / f"{name}.html"
        written[name].write_text(page(make()), encoding="utf-8")
    return written


@pytest.fixture
def shop(browser: Browser, files: dict[str, Path]) -> Iterator[Seen]:
    with opened(browser, files["shop"]) as seen:
        yield seen


@pytest.fixture
def changed(browser: Browser, files: dict[str, Path]) -> Iterator[Seen]:
    with opened(browser, files["changed shop"]) as seen:
        yield seen


@pytest.fixture
def large(browser: Browser, files: dict[str, Path]) -> Iterator[Seen]:
    with opened(browser, files["500 services"]) as seen:
        yield seen


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_loads_without_an_error_and_asks_for_nothing(
    browser: Browser, files: dict[str, Path], name: str, scheme: Literal["light", "dark"]
) -> None:
    with opened(browser, files[name], scheme) as seen:
        seen.settled()
        assert seen.said == []
        assert seen.asked == [files[name].as_uri()]


def test_a_page_runs_and_fetches_nothing_but_its_own(shop: Seen) -> None:
    answer = shop.run("() => fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')")
    refused = [
        shop.run(f"() => {{ try {{ {attempt}; return 'taken' }} catch (error) {{ return error.name }} }}")
        for attempt in ATTEMPTS
    ]
    assert (answer, refused) == ("refused", ["TypeError"] * len(ATTEMPTS))
    assert any("connect-src" in one or "default-src" in one for one in shop.said), shop.said
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', page(drawn.shop()))
    (allowed,) = re.findall(r"script-src (.*?);", unescape(policy))
    assert re.fullmatch(r"'sha256-[\w+/=]+'", allowed), "our script by its digest, and no other"


def test_names_do_not_execute(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "attack.html"
    file.write_text(page(drawn.hostile()), encoding="utf-8")
    with opened(browser, file) as seen:
        seen.page.locator("#findings button").click()
        seen.page.fill("#search", "script")
        seen.page.keyboard.press("Enter")
        seen.page.locator("[data-edge].label").click()
        seen.settled()
        assert (seen.run("() => window.hacked ?? null"), seen.said) == (None, [])
        assert seen.run("() => document.querySelectorAll('img').length") == 0
        assert seen.run("() => document.querySelectorAll('script').length") == 2
        assert seen.run("() => document.title").startswith(drawn.NASTY[:30])


def test_there_is_no_markup_of_others_in_the_file() -> None:
    written = page(drawn.hostile())
    assert "<script>window" not in written and "<img" not in written
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', written, re.DOTALL)
    assert json.loads(data)["title"] == drawn.NASTY
    assert not set("<>&") & set(data)


def test_zoom_by_buttons_keys_and_wheel(shop: Seen) -> None:
    first = shop.run(SCALE)
    shop.page.click("#in")
    by_button = shop.run(SCALE)
    shop.page.click("#out")
    assert by_button > first == shop.run(SCALE)
    shop.page.mouse.move(300, 300)
    before = shop.run(UNDER, [300, 300])
    shop.page.mouse.wheel(0, -600)
    shop.settled()
    assert shop.run(SCALE) > 2 * first
    # What was below the pointer still is.
    assert shop.run(UNDER, [300, 300]) == pytest.approx(before, abs=1)
    shop.page.keyboard.press("0")
    assert shop.run(SCALE) == first
    shop.page.keyboard.press("+")
    assert shop.run(SCALE) == by_button
    shop.page.keyboard.press("-")
    assert shop.run(SCALE) == first


def test_two_fingers_zoom_and_one_pans(browser: Browser, files: dict[str, Path]) -> None:
    context = browser.new_context(viewport={"width": 900, "height": 800}, has_touch=True, reduced_motion="reduce")
    touched = context.new_page()
    touched.goto(files["shop"].as_uri())
    fingers = context.new_cdp_session(touched)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        at = [{"x": x, "y": y, "id": place} for place, (x, y) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    first, place = touched.evaluate(SCALE), touched.evaluate(UNDER, [200, 300])
    touch("touchStart", (200, 300))
    touch("touchMove", (250, 340))
    touch("touchEnd")
    assert touched.evaluate(UNDER, [250, 340]) == pytest.approx(place, abs=1)
    touch("touchStart", (200, 400), (260, 400))
    for step in range(1, 6):
        touch("touchMove", (200 - 15 * step, 400), (260 + 15 * step, 400))
    touch("touchEnd")
    assert touched.evaluate(SCALE) > 2 * first
    context.close()


def test_a_drag_moves_the_picture_and_chooses_nothing(shop: Seen) -> None:
    box = shop.page.locator("[data-node].service").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    shop.page.mouse.move(x, y)
    shop.page.mouse.down()
    shop.page.mouse.move(x + 120, y + 60, steps=4)
    shop.page.mouse.up()
    moved = shop.page.locator("[data-node].service").first.bounding_box()
    assert moved and (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((120, 60), abs=1)
    assert shop.run(SELECTED) is None


def test_search_finds_walks_and_centres(large: Seen) -> None:
    large.page.keyboard.press("/")
    assert large.run("() => document.activeElement.id") == "search"
    large.page.keyboard.type("worker-97")
    assert large.run(HITS) == "2"
    large.page.keyboard.press("Enter")
    large.settled()
    assert (large.run(SELECTED), large.run(HITS)) == ("worker-97", "1/2")
    assert large.run(OFF_CENTRE) < 2
    assert large.run(SCALE) >= 90
    large.page.keyboard.press("Enter")
    assert (large.run(SELECTED), large.run(HITS)) == ("worker-97-v1", "2/2")
    large.page.keyboard.press("Shift+Enter")
    assert large.run(SELECTED) == "worker-97"
    large.page.keyboard.press("Escape")
    assert (large.run(HITS), large.run(SELECTED), large.page.input_value("#search")) == ("", None, "")


@pytest.mark.parametrize(
    ("asked", "hits"),
    [
        ("istio-system", "3"),
        ("gateway istio", "1"),
        ("service cart", "1"),
        ("external", "1"),
        ("nothing of the kind", "none"),
    ],
)
def test_search_knows_names_namespaces_and_kinds(shop: Seen, asked: str, hits: str) -> None:
    shop.page.fill("#search", asked)
    assert shop.run(HITS) == hits


def test_namespaces_can_be_hidden(shop: Seen) -> None:
    everything = shop.run(VISIBLE_NODES)
    shop.page.locator("#spaces label", has_text="shop").click()
    assert shop.run(VISIBLE_NODES) == everything - 11
    assert shop.run(VISIBLE_EDGES) == 2, "only the two of the clients have both of their ends"
    assert not shop.page.locator("[data-space]", has_text="shop").first.is_visible()
    shop.page.click("#all")
    assert shop.run(VISIBLE_NODES) == everything
    shop.page.click("#none")
    assert shop.run(VISIBLE_NODES) == 2, "what is in no namespace"


def test_kinds_of_edges_can_be_hidden(shop: Seen) -> None:
    everything = shop.run(VISIBLE_EDGES)
    shop.page.locator("#kinds label", has_text="selects").click()
    assert shop.run(VISIBLE_EDGES) == everything - 4
    assert shop.run(
        "() => [...document.querySelectorAll('.edges > .selects')].every(one => !one.getClientRects().length)"
    )


def test_only_what_changes_can_be_shown(shop: Seen, changed: Seen) -> None:
    assert not shop.page.locator("#changes-only").is_visible()
    everything = changed.run(VISIBLE_NODES)
    changed.page.check("#changes-only")
    assert changed.run(VISIBLE_EDGES) == 4, "two weights, a route that came, a route that went"
    # Those that changed, those at the ends of what changed, and the one whose finding is mended.
    assert changed.run(VISIBLE_NODES) == 7 < everything
    changed.page.uncheck("#changes-only")
    assert changed.run(VISIBLE_NODES) == everything


def test_the_panel_says_what_is_known_of_a_node(shop: Seen) -> None:
    shop.page.locator("[data-node].service", has_text="reviews").click()
    said = shop.page.inner_text("#selected")
    for part in (
        "reviews",
        "service in shop",
        "IST0101",
        "Remedy: declare the subset v3",
        "90 %",
        "VirtualService shop/reviews",
    ):
        assert part in said
    shop.page.locator("#selected .link", has_text="shop/reviews-v2").click()
    assert shop.run(SELECTED) == "reviews-v2"
    shop.page.locator("[data-node].workload", has_text="checkout").click()
    assert "ALLOW POST from shop/frontend" in shop.page.inner_text("#selected")
    shop.page.keyboard.press("Escape")
    assert not shop.page.locator("#selected").is_visible()


def test_the_panel_says_what_is_known_of_an_edge_and_of_a_namespace(shop: Seen) -> None:
    shop.page.locator(".label", has_text="90 %").click()
    said = shop.page.inner_text("#selected")
    assert "shop/reviews → shop/reviews-v1" in said and "mTLS STRICT" in said
    shop.page.locator(".space > .name", has_text="shop").click()
    said = shop.page.inner_text("#selected")
    assert "Sidecar shop/default" in said and "plain text is accepted" in said


def test_a_finding_leads_to_its_place(large: Seen) -> None:
    large.page.locator("#findings button", has_text="IST0118").first.click()
    large.settled()
    assert large.run(SELECTED) == "gateway-adapter-3"
    assert large.run(OFF_CENTRE) < 2
    assert "name it http-web" in large.page.inner_text("#selected")


def test_a_finding_about_the_whole_mesh_is_told_too(shop: Seen) -> None:
    shop.page.locator("#findings button", has_text="IST0136").click()
    assert "watch the release notes" in shop.page.inner_text("#selected")


def test_what_a_change_brings_and_mends_is_told(changed: Seen) -> None:
    assert "+ new" in changed.page.locator("#findings button", has_text="MESH0002").inner_text()
    assert "\N{MINUS SIGN} mended" in changed.page.locator("#findings button", has_text="IST0101").inner_text()
    changed.page.locator(".label", has_text="90 %").click()
    said = changed.page.inner_text("#selected")
    assert "~ changed" in said and "was 95 %" in said


def test_it_can_be_used_without_a_mouse(shop: Seen) -> None:
    shop.page.keyboard.press("ArrowRight")
    assert shop.run(SELECTED) == "clients"
    shop.page.keyboard.press("ArrowRight")
    assert shop.run(SELECTED) == "istio-ingressgateway"
    label = shop.run("() => document.activeElement.getAttribute('aria-label')")
    assert label == "istio-ingressgateway, gateway, istio-system"
    shop.page.keyboard.press("Enter")
    assert shop.run("() => Boolean(document.activeElement.closest('#selected'))")
    reached = set()
    shop.run("() => document.activeElement.blur()")
    for _ in range(40):
        shop.page.keyboard.press("Tab")
        reached.add(
            shop.run("() => document.activeElement.id || document.activeElement.className.baseVal?.split(' ')[0]")
        )
    assert {"search", "in", "out", "fit", "theme", "node", "all"} <= reached


def test_the_theme_can_be_chosen(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["shop"], "dark") as seen:
        colours = [seen.run(COLOURS)]
        for said in ("light", "dark", "auto"):
            seen.page.click("#theme")
            assert seen.page.inner_text("#theme") == f"Theme: {said}"
            colours.append(seen.run(COLOURS))
    auto, light, dark, again = colours
    assert auto == dark == again
    assert not set(light) & set(dark)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["shop", "changed shop", "nothing"])
def test_every_text_can_be_read(
    browser: Browser, files: dict[str, Path], name: str, scheme: Literal["light", "dark"]
) -> None:
    with opened(browser, files[name], scheme) as seen:
        if name != "nothing":
            # Chosen without the mouse, so that nothing is dimmed.
            seen.page.locator("#findings button", has_text="IST0136").click()
        measured = seen.run(HARD_TO_READ, 4.5)
    assert measured["found"] == {} and measured["number"] > 10


@pytest.mark.parametrize("name", ["shop", "500 services"])
def test_names_are_inside_of_their_boxes_at_every_scale(browser: Browser, files: dict[str, Path], name: str) -> None:
    with opened(browser, files[name]) as seen:
        for _ in range(14):
            measured = seen.run(STICKING_OUT)
            assert measured["out"] == [], seen.run(SCALE)
            seen.page.click("#in")
        assert measured["number"] > 20


def test_from_afar_namespaces_are_legible_and_small_text_is_gone(large: Seen) -> None:
    assert large.run(SCALE) < 20
    sizes = large.run(
        """() => [...document.querySelectorAll('.far-name')].filter(one => one.getClientRects().length)
                  .map(one => one.querySelector('tspan').getBoundingClientRect().height)"""
    )
    assert len(sizes) == 26 and min(sizes) >= 9
    assert large.run(SMALL_TEXTS) == 0
    large.page.fill("#search", "worker-97")
    large.page.keyboard.press("Enter")
    large.settled()
    assert (
        large.run("() => [...document.querySelectorAll('.far-name')].some(one => one.getClientRects().length)") is False
    )
    assert large.run(SMALL_TEXTS) > 500


def test_five_services_are_legible_at_once(shop: Seen) -> None:
    assert shop.run(SCALE) >= 55 and shop.run(SMALL_TEXTS) > 20


def test_without_scripts_the_picture_is_there(browser: Browser, files: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    bare = context.new_page()
    bare.goto(files["shop"].as_uri())
    box = bare.locator("#picture").bounding_box()
    node = bare.locator("[data-node].gateway").bounding_box()
    far = bare.locator("[data-node].external").bounding_box()
    assert box and node and far and box["width"] > 400 and 20 < node["width"] < box["width"]
    assert far["x"] + far["width"] <= box["x"] + box["width"], "all of it is to be seen"
    assert bare.locator("noscript").is_visible()
    context.close()


def test_a_page_is_the_same_for_the_same_picture() -> None:
    assert page(drawn.changed_shop()) == page(drawn.changed_shop())
