"""The SVG as a text: well-formed, everything of the picture in it, nothing in it that names put there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from mesh_components.topology.drawing import layout, layout_units, svg
from mesh_components.topology.drawing.svg import draw
from mesh_components.topology.drawing.text_words import edge_facts
from mesh_components.topology.graph import Change, Edge, EdgeKind, Node, NodeKind, Remark, Topology

from . import drawn

SPACE = "{http://www.w3.org/2000/svg}"
PICTURES: dict[str, Callable[[], Topology]] = {
    "shop": drawn.shop,
    "changed shop": drawn.changed_shop,
    "50 services": lambda: drawn.mesh(50, 6),
    "names that attack": drawn.hostile,
    "bare": drawn.bare,
    "nothing": lambda: Topology("stack empty"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_is_well_formed_and_accessible(name: str) -> None:
    topology = PICTURES[name]()
    root = ElementTree.fromstring(draw(topology).encode())
    assert (root.tag, root.get("role")) == (f"{SPACE}svg", "img")
    title, description = root.find(f"{SPACE}title"), root.find(f"{SPACE}desc")
    assert title is not None and description is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text and title.text[:20] == topology.title[:20]
    assert description.text and "namespace" in description.text
    for part, number in (("node", len(topology.nodes)), ("edge", len(topology.edges))):
        drawn_parts = with_class(root.find(f".//{SPACE}g[@class='{part}s']"), part)
        assert len(drawn_parts) == number
        assert all(one.findtext(f"{SPACE}title") for one in drawn_parts)


def test_nothing_of_a_name_is_markup() -> None:
    written = draw(drawn.hostile())
    tags = {element.tag.removeprefix(SPACE) for element in ElementTree.fromstring(written.encode()).iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "path", "circle", "text", "tspan"}
    attributes = {key for element in ElementTree.fromstring(written.encode()).iter() for key in element.attrib}
    assert not {key for key in attributes if key.startswith("on") or "href" in key}
    assert "<script" not in written and "<img" not in written and "]]>" not in written


def test_control_characters_are_escapes_since_xml_has_none() -> None:
    node = Node("Service a/b", NodeKind.SERVICE, "b\x00\x1b[m\ud800", "a")
    root = ElementTree.fromstring(draw(Topology("t\x0bt", (), (node,))).encode())
    assert "b\\x00\\x1b[m\\ud800" in all_text(root)


def test_weights_modes_matches_and_features_are_on_the_edges() -> None:
    root = ElementTree.fromstring(draw(drawn.shop()).encode())
    labels = [all_text(one) for one in with_class(root, "label")]
    for said in ("90 %", "10 %", "uri prefix /catalog", "PERMISSIVE", "SIMPLE", "timeout 2s, 3 attempts on 5xx"):
        assert any(said in label for label in labels), said
    locks = [one.get("class", "").split()[1] for one in root.iter(f"{SPACE}path") if "glyph" in one.get("class", "")]
    assert set(locks) == {"strict", "permissive", "open", "other"}


def test_what_has_room_is_not_cut() -> None:
    topology = drawn.shop()
    said = [all_text(one) for one in with_class(ElementTree.fromstring(draw(topology).encode()), "node")]
    for node in topology.nodes:
        if node.kind is not NodeKind.EXTERNAL:
            words = f"{node.name} {node.detail} {node.mtls}".split()
            assert any(all(word in text for word in words) for text in said), node.id
    assert sum("…" in text for text in said) == 1, "a host's long name"


def test_of_many_features_and_conditions_the_label_has_the_first() -> None:
    nodes = [Node(f"Service a/{name}", NodeKind.SERVICE, name, "a") for name in "bc"]
    match = ("host a.example.com", "uri prefix /a", "header x exact y", "method GET")
    features = ("timeout 2s", "delay 5s for 50 % of the requests", "at most 1 connection")
    edge = Edge(nodes[0].id, nodes[1].id, EdgeKind.ROUTE, "VirtualService a/r", match, features=features)
    root = ElementTree.fromstring(draw(Topology("t", (), tuple(nodes), (edge,))).encode())
    (label,) = with_class(root, "label")
    lines = ["".join(one.itertext()) for one in label.iter(f"{SPACE}text")]
    assert lines == ["host a.example.com", "uri prefix /a", "and 2 more", "timeout 2s, …"]
    assert all(one in (label.findtext(f"{SPACE}title") or "") for one in (*match, *features))


def test_a_tooltip_says_all_that_an_edge_says() -> None:
    topology = drawn.shop()
    root = ElementTree.fromstring(draw(topology).encode())
    tips = [
        one.findtext(f"{SPACE}title") or "" for one in with_class(root.find(f".//{SPACE}g[@class='edges']"), "edge")
    ]
    for edge in topology.edges:
        assert any(all(fact in tip for fact in edge_facts(edge)) for tip in tips)
    shown = next(tip for tip in tips if "3 attempts" in tip)
    assert shown.startswith(
        "route: istio-system/istio-ingressgateway → shop/frontend\nport 8080\nmTLS STRICT\ntimeout 2s"
    )


def test_policies_and_findings_are_counted_and_told() -> None:
    root = ElementTree.fromstring(draw(drawn.shop()).encode())
    node = next(
        one for one in with_class(root, "node") if "checkout" in all_text(one) and "workload" in one.get("class", "")
    )
    (badge,) = with_class(node, "badge")
    assert (badge.get("class"), all_text(badge)) == ("badge policy", "2")
    assert "policy RequestAuthentication shop/jwt: tokens" in (node.findtext(f"{SPACE}title") or "")
    found = next(
        one for one in with_class(root, "node") if "reviews" in all_text(one) and "service" in one.get("class", "")
    )
    (badge,) = with_class(found, "badge")
    assert (badge.get("class"), all_text(badge)) == ("badge error", "1")
    assert "remedy: declare the subset v3" in (found.findtext(f"{SPACE}title") or "")


def test_a_change_is_a_sign_and_a_word_besides_a_colour() -> None:
    root = ElementTree.fromstring(draw(drawn.changed_shop()).encode())
    for change in ("added", "removed", "changed"):
        assert any(change in one.get("class", "").split() for one in with_class(root, "node"))
        signs = [one for one in with_class(root, "sign") if change in one.get("class", "")]
        assert len(signs) >= 2
    layers = [root.find(f".//{SPACE}g[@class='{name}s']") for name in ("node", "label", "space")]
    parts = [one for layer in layers if layer is not None for one in layer]
    assert len(parts) > 25
    for part in parts:
        (change,) = set((part.get("class") or "").split()) & set(Change)
        said = [one.get("class") for one in part if "sign" in one.get("class", "")]
        assert said == ([] if change == "same" else [f"sign {change}"])
    assert len({one.find(f"{SPACE}path").get("d") for one in with_class(root, "sign")}) == 3  # type: ignore[union-attr]
    assert any("was 95 %" in all_text(one) for one in with_class(root, "label"))
    (dashed,) = re.findall(r"\n(.*\.node\.removed > \.shape.*stroke-dasharray.*)", svg.style())
    assert ".edge.removed > .line" in dashed and ".space.removed > .frame" in dashed
    (legend,) = with_class(root, "legend")
    assert {"added", "removed", "changed"} <= set(all_text(legend).split())


def test_the_legend_has_what_is_there_and_nothing_else() -> None:
    (legend,) = with_class(ElementTree.fromstring(draw(drawn.shop()).encode()), "legend")
    said = all_text(legend)
    assert "mirrors to" in said and "mTLS PERMISSIVE" in said and "added" not in said
    alone = Topology("t", (), (Node("Service a/b", NodeKind.SERVICE, "b", "a"),))
    (legend,) = with_class(ElementTree.fromstring(draw(alone).encode()), "legend")
    assert all_text(legend).split() == ["service"]


def test_nothing_is_said_to_be_nothing() -> None:
    assert "There is nothing in this mesh yet" in draw(Topology("stack empty"))


def test_an_edge_with_a_finding_has_its_badge() -> None:
    plain = drawn.shop()
    edge = next(one for one in plain.edges if one.kind is EdgeKind.SELECTS)
    remark = Remark(edge.id, "Warning", "IST0107", "Service shop/cart", "is misplaced", "move it")
    root = ElementTree.fromstring(draw(replace(plain, remarks=(remark,))).encode())
    (label,) = [one for one in with_class(root, "label") if with_class(one, "badge")]
    assert "IST0107" in (label.findtext(f"{SPACE}title") or "")


def test_edges_that_say_the_same_share_a_label() -> None:
    space = [Node(f"Deployment a/c{number}", NodeKind.WORKLOAD, f"c{number}", "a") for number in range(15)]
    target = Node("Service b/t", NodeKind.SERVICE, "t", "b")
    edges = tuple(Edge(one.id, target.id, EdgeKind.ALLOWED, "AuthorizationPolicy b/in", tls="STRICT") for one in space)
    root = ElementTree.fromstring(draw(Topology("t", (), (*space, target), edges)).encode())
    (label,) = with_class(root, "label")
    assert len((label.get("data-edge") or "").split()) == 15
    assert "and 3 more" in (label.findtext(f"{SPACE}title") or "")


def test_a_picture_laid_out_plainly_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout_units, "positions", lambda graphs: [None] * len(graphs))
    assert "laid out more plainly" in draw(drawn.shop())
    monkeypatch.undo()
    assert "laid out more plainly" not in draw(drawn.shop())
    assert layout.arrange(drawn.shop()).plainly is False


def test_every_kind_has_a_look_of_its_own() -> None:
    for change in Change:
        nodes = tuple(Node(f"{kind} a/x", kind, "x", "a", change=change) for kind in NodeKind)
        edges = tuple(Edge(nodes[2].id, nodes[3].id, kind, change=change) for kind in EdgeKind)
        root = ElementTree.fromstring(draw(Topology("t", (), nodes, edges)).encode())
        icons = {one.get("d") for one in root.iter(f"{SPACE}path") if one.get("class") == "icon"}
        tips = {(one.get("d"), one.get("class")) for one in root.iter(f"{SPACE}path") if "tip" in one.get("class", "")}
        assert len(icons) == len(NodeKind) and len(tips) == len(EdgeKind)


def with_class(root: ElementTree.Element | None, name: str) -> list[ElementTree.Element]:
    assert root is not None
    return [one for one in root.iter(f"{SPACE}g") if name in one.get("class", "").split()]


def all_text(root: ElementTree.Element) -> str:
    """Return what is written, tooltips and the style sheet left out."""
    return " ".join("".join(one.itertext()) for one in root.iter(f"{SPACE}text"))
