"""What our YAML writer writes is read back the same by readers of YAML 1.1 and of YAML 1.2."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
import yaml12
from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_components.manifests.yaml_text import to_yaml

TRAPS = """y n no On TRUE null ~ 1 1.0 1e3 0x1f 0o7 1_000 1:20 2001-01-01 .inf = << --- ... a: a:b -""".split()  # noqa: SIM905

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text("a \t\n\r:#-'\"\\{}[]|>&*!%@`~,?.0\x85\u2028", max_size=12),
    st.sampled_from(
        [
            "y",
            "n",
            "no",
            "On",
            "TRUE",
            "null",
            "~",
            "1",
            "1.0",
            "1e3",
            "0x1f",
            "0o7",
            "1_000",
            "1:20",
            "2001-01-01",
            ".inf",
            "=",
            "<<",
            "---",
            "...",
            "a:",
            "a:b",
            "-",
        ]
    ),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), texts)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


@settings(deadline=None)
@given(values, st.booleans())
def test_both_readers_read_back_what_was_written(value: Any, sort_keys: bool) -> None:
    written = to_yaml(value, sort_keys=sort_keys)
    assert same(yaml.load(written, Loader=yaml.CSafeLoader), value)
    assert same(yaml12.parse_yaml(written), value)


def same(read: Any, value: Any) -> bool:
    """Equal, and of equal types: 1, 1.0 and True are not."""
    if isinstance(value, dict):
        return isinstance(read, dict) and list_same(sorted(read.items()), sorted(value.items()))
    if isinstance(value, list):
        return isinstance(read, list) and list_same(read, value)
    return type(read) is type(value) and bool(read == value)


def list_same(read: list[Any], value: list[Any]) -> bool:
    return len(read) == len(value) and all(
        list_same(list(one), list(other)) if isinstance(one, tuple) else same(one, other)
        for one, other in zip(read, value, strict=True)
    )


def test_not_a_number() -> None:
    assert math.isnan(yaml.safe_load(to_yaml(math.nan)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [{"name": "x", "on": "y"}, []]}, 'a:\n- name: x\n  "on": "y"\n- []\nb: 1\n'),
        ({"data": {"mesh": "a: 1\nb: 2\n"}}, "data:\n  mesh: |\n    a: 1\n    b: 2\n"),
        ([["a\nb"], [{}]], "- - |-\n    a\n    b\n- - {}\n"),
    ],
)
def test_layout(value: Any, text: str) -> None:
    assert to_yaml(value) == text


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError, match="object is nothing"):
        to_yaml({"a": object()})
