"""The chart as a text: what it says, and what it leaves out when it may not be long."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from mesh_components.topology.drawing.mermaid import CHARACTERS, EDGES, escaped, flowchart
from mesh_components.topology.graph import Edge, EdgeKind, Topology

from . import drawn

LEFT_OUT = re.compile(r'left_out\["Left out to fit: (.*?)"\]')


def test_the_shop() -> None:
    said = flowchart(drawn.shop())
    assert said.startswith("flowchart LR\n  accTitle: stack demo\n")
    for line in (
        '  subgraph s1["shop, mTLS STRICT, 1 policy, 1 warning"]',
        '    n8("reviews<br/>8080/http<br/>1 error")',
        '  n8 -->|"90 #37;<br/>mTLS STRICT"| n13',
        '  n0 ==>|"#42;<br/>no TLS"| n3',
        '  n5 -.->|"mirror<br/>5 #37;<br/>mTLS STRICT"| n10',
        '  n12 --o|"allowed<br/>POST<br/>mTLS STRICT"| n6',
        "  class n8 findingError",
    ):
        assert line in said.splitlines()
    assert "left_out" not in said and "linkStyle" not in said


def test_a_change_is_a_sign_besides_a_colour() -> None:
    said = flowchart(drawn.changed_shop()).splitlines()
    assert '    n9("#43; search<br/>8080/http")' in said and "  class n9 added" in said
    assert '    n10("#8722; wishlist<br/>8080/http")' in said and "  class n10 removed" in said
    changed = next(place for place, line in enumerate(links(said)) if '"#126; 90 #37;<br/>was 95 #37;' in line)
    assert any(line.startswith(f"  linkStyle {changed},") for line in said)


@pytest.mark.parametrize(("services", "namespaces"), [(50, 6), (500, 25), (3000, 100)])
@pytest.mark.parametrize("compared", [False, True])
@pytest.mark.parametrize("limit", [None, 60_000, 20_000, 5_000, 1_000])
def test_a_chart_is_never_longer_than_it_may_be(
    services: int, namespaces: int, compared: bool, limit: int | None
) -> None:
    said = flowchart(drawn.mesh(services, namespaces, compared=compared), limit)
    assert len(said) <= min(limit or CHARACTERS, CHARACTERS)
    assert len(links(said.splitlines())) <= EDGES


def test_it_says_what_it_left_out() -> None:
    topology = drawn.mesh(50, 6)
    assert not LEFT_OUT.search(flowchart(topology))
    rules = flowchart(topology, 5_500)
    found = LEFT_OUT.search(rules)
    assert found
    numbers: Counter[str] = Counter()
    for number, what in re.findall(r"(\d+) ([a-z]+)", found[1]):
        numbers[what.rstrip("s")] += int(number)
    shown = len(re.findall(r"^ +n\d+[(\[{]", rules, re.MULTILINE))
    assert shown == len(topology.nodes) - numbers["workload"]
    assert (
        len(links(rules.splitlines()))
        == len(topology.edges) - numbers["selection"] - numbers["allowed"] - numbers["dependencie"]
    )
    brief = flowchart(topology, 2_500)
    found = LEFT_OUT.search(brief)
    assert found and found[1] == "what is inside of 7 namespaces"
    assert '"billing-0: 8 services, 9 workloads<br/>mTLS STRICT"' in brief


def test_changes_are_left_out_last() -> None:
    said = flowchart(drawn.mesh(500, 25, compared=True), 20_000)
    found = LEFT_OUT.search(said)
    assert found and "far from any change" in found[1]
    topology = drawn.mesh(500, 25, compared=True)
    signs = {"added": "#43;", "removed": "#8722;", "changed": "#126;"}
    for node in topology.nodes:
        if node.change != "same":
            assert f"{signs[node.change]} {node.name}<br/>" in said


def test_workloads_without_an_edge_are_not_left_alone() -> None:
    said = flowchart(drawn.mesh(200, 10), 18_000)
    ids = set(re.findall(r"^ +(n\d+)\[\"", said, re.MULTILINE))
    linked = {name for line in links(said.splitlines()) for name in re.findall(r"n\d+", line)}
    assert ids <= linked


@pytest.mark.parametrize("limit", [40_000, 5_000, 1_500, 700])
def test_every_finding_is_counted_wherever_it_is(limit: int) -> None:
    topology = drawn.mesh(500, 25)
    said = flowchart(topology, limit)
    numbers = re.findall(r"(\d+) (error|warning)s?\b", said)
    assert sum(int(number) for number, _ in numbers) == len(topology.remarks)
    if limit == 5_000:
        (line,) = [line for line in said.splitlines() if "orders-0:" in line]
        assert line.endswith('<br/>1 error, 1 warning")'), "at the namespace that they are in"


def test_a_chart_with_little_text_may_have_too_many_edges_too() -> None:
    nodes = tuple(drawn.service("a", f"s{number}", "") for number in range(40))
    edges = tuple(Edge(a.id, b.id, EdgeKind.SELECTS) for a in nodes for b in nodes if a is not b)[:600]
    said = flowchart(Topology("t", (), nodes, edges))
    assert len(said) < 20_000 and len(links(said.splitlines())) <= EDGES
    found = LEFT_OUT.search(said)
    assert found and found[1].startswith("600 selections")


def test_only_harmless_letters_are_left_as_they_are() -> None:
    assert escaped("cart-v1 1.31.0, uri prefix /a") == "cart-v1 1.31.0, uri prefix /a"
    assert escaped('"<b>`#;{}[]&\n') == "#34;#60;b#62;#96;#35;#59;#123;#125;#91;#93;#38;#10;"
    assert escaped("%%{init: {}}%%") == "#37;#37;#123;init: #123;#125;#125;#37;#37;"
    assert escaped("- a") == "#45; a" and escaped("1. a") == "1#46; a" and escaped("a_b *c*") == "a#95;b #42;c#42;"
    said = flowchart(drawn.hostile())
    assert "<script" not in said and "`" not in said and "%%" not in said
    assert set(re.findall(r"<[^>]*>", said)) == {"<br/>"}


def test_nothing() -> None:
    assert (
        flowchart(Topology("stack empty"))
        == 'flowchart LR\n  accTitle: stack empty\n  nothing["nothing in this mesh yet"]\n'
    )


def links(lines: list[str]) -> list[str]:
    return [line for line in lines if re.match(r"  n\d+ (==>|-->|-\.->|---|--o|-\.-o)", line)]
