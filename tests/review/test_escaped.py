"""Nobody's text becomes markup, in any place of a comment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mesh_components.review.escaped import UNSEEN, block, code, prose

READER = MarkdownIt("gfm-like", {"linkify": False})
ANY = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=40)
SPITEFUL = st.lists(st.sampled_from([*"`*_[]()<>|~#!@$&\\-", "a", "1", "<b>", "](x)"]), min_size=1, max_size=12).map(
    "".join
)


def text_of(markdown: str) -> str:
    """Return what a reader sees of one paragraph, which must have no markup in it but code."""
    (paragraph,) = [token for token in READER.parse(markdown) if token.type == "inline"]
    assert {child.type for child in paragraph.children or []} <= {"text", "text_special", "code_inline"}
    return "".join(child.content for child in paragraph.children or [])


@given(ANY | SPITEFUL)
def test_prose_is_what_was_written(text: str) -> None:
    assert text_of("x " + prose(text)).replace(UNSEEN, "") == "x " + " ".join(text.replace(UNSEEN, "").split())


@given(ANY | SPITEFUL)
def test_code_is_what_was_written(text: str) -> None:
    assert text_of(code(text)) == text.replace("|", "¦")


@given(st.text(st.sampled_from("`~\n ab"), min_size=1, max_size=40))
def test_a_block_ends_where_it_should(text: str) -> None:
    tokens = READER.parse(block(text) + "after")
    assert [token.type for token in tokens if token.nesting >= 0 and token.type != "inline"] == [
        "fence",
        "paragraph_open",
    ]


def test_nobody_is_called() -> None:
    assert "@team" not in prose("ask @team")
    assert "@team" in prose("ask @team").replace(UNSEEN, "")
