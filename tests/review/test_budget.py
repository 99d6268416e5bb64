"""A comment's length has a limit, and what matters is in it."""

from hypothesis import given
from hypothesis import strategies as st

from mesh_components.review.budget import Item, Section, fit

LEFT_OUT = "({count} left out)\n"
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
ITEMS = st.lists(st.builds(Item, st.integers(0, 9), TEXTS), max_size=12)
SECTIONS = st.lists(st.builds(Section, TEXTS, ITEMS, TEXTS), max_size=8)


@given(SECTIONS, st.integers(40, 600))
def test_the_text_is_never_longer_than_the_limit(sections: list[Section], limit: int) -> None:
    assert len(fit(sections, limit, LEFT_OUT)) <= limit


@given(SECTIONS)
def test_everything_is_in_where_there_is_room(sections: list[Section]) -> None:
    text = fit(sections, 1_000_000, LEFT_OUT)
    shown = [
        section.before + "".join(item.text for item in section.items) + section.after
        for section in sections
        if section.items
    ]
    assert text == "".join(shown)


def test_what_matters_comes_in_first_and_stands_in_its_place() -> None:
    sections = [
        Section("objects:\n", [Item(5, "o" * 30 + "\n") for _ in range(10)]),
        Section("errors:\n", [Item(1, "error\n"), Item(1, "another\n")]),
    ]
    text = fit(sections, 160, LEFT_OUT)
    assert text.index("objects:") < text.index("error\n")
    assert "another\n" in text
    assert "… and 8 more" in text
    assert text.endswith("(8 left out)\n")
