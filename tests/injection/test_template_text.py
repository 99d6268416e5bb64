"""The writer of Go template text, and what it writes for each Istio version. No tools needed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_components.manifests.injection.template_text import (
    ABSENT,
    Go,
    Include,
    Node,
    Template,
    as_json,
    each,
    render,
    text,
    using,
    when,
)
from mesh_components.manifests.injection.templates import load
from mesh_components.settings import VERSIONS


def _rendered(**members: Node) -> str:
    return render(Template(documents=[members]))


def test_literals_are_yaml_in_block_style() -> None:
    assert _rendered(name="a: b", port=80, on=True, off=None, empty={}, none=[], list=["x", {"k": 1, "l": [2]}]) == (
        'name: "a: b"\nport: 80\non: true\noff:\nempty: {}\nnone: []\nlist:\n- "x"\n- k: 1\n  l:\n  - 2\n'
    )


def test_a_condition_governs_a_member_and_a_sequence_s_items() -> None:
    assert _rendered(a={"b": when("$x", 1, {"c": 2})}, d=[when("$y", [1, 2]), 3]) == (
        "a:\n"
        "  {{- if $x }}\n"
        "  b: 1\n"
        "  {{- else }}\n"
        "  b:\n"
        "    c: 2\n"
        "  {{- end }}\n"
        "d:\n"
        "{{- if $y }}\n"
        "- 1\n"
        "- 2\n"
        "{{- end }}\n"
        "- 3\n"
    )


def test_strings_from_go_are_quoted_by_go() -> None:
    assert _rendered(a=text("%v", "$x"), b=text("--p=%v/%v", "$x", "f $y"), c=as_json("$z"), d=Go("$n")) == (
        'a: {{ $x | quote }}\nb: {{ printf "--p=%v/%v" ($x) (f $y) | quote }}\nc: {{ toJson ($z) }}\nd: {{ $n }}\n'
    )


def test_loops_and_variables() -> None:
    assert _rendered(a=[each("$_, $x", "$.All", Go("$x"))], b=using("$v", "$.V", Go("$v"))) == (
        "a:\n{{- range $_, $x := $.All }}\n- {{ $x }}\n{{- end }}\n{{- if $v := $.V }}\nb: {{ $v }}\n{{- end }}\n"
    )


def test_a_part_runs_the_prelude_again() -> None:
    template = Template(
        prelude=["$x := 1"], parts={"p": [{"n": Go("$x")}]}, documents=[{"s": [Include("p")]}, {"t": 1}]
    )
    assert render(template) == (
        '{{- define "p" }}\n{{- $x := 1 }}\n  - n: {{ $x }}\n{{- end }}\n'
        '{{- $x := 1 }}\ns:\n{{- template "p" . }}\n---\nt: 1\n'
    )


@pytest.mark.parametrize(
    ("node", "complaint"),
    [
        ("{{ $x }}", "must not hold a template action"),
        ([{"a": when("$x", 1)}], "begin with a member that is always there"),
        (Include("p"), "cannot stand where a single value is wanted"),
    ],
)
def test_what_has_no_faithful_text_is_refused(node: Node, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        _rendered(a=node)


@given(st.text().filter(lambda content: "{{" not in content))
def test_any_literal_stays_on_its_line(content: str) -> None:
    assert _rendered(a=content).isascii()
    assert _rendered(a=content).count("\n") == 1


def test_nothing_is_written_for_what_is_absent() -> None:
    assert _rendered(a=1, b=ABSENT, c=[1, ABSENT, 2]) == "a: 1\nc:\n- 1\n- 2\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_each_action_that_opens_is_closed(version: str) -> None:
    facts = VERSIONS[version].injection
    assert list(load(facts)) == list(facts.templates)
    for name, content in load(facts).items():
        opened = re.findall(r"{{-? *(?:if|range|with|define)\b", content)
        assert len(opened) == len(re.findall(r"{{-? *end *}}", content)), name
