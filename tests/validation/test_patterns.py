"""Patterns of a schema, which Kubernetes reads as Go's `regexp` does: their ends, and dollar signs that are none."""

import pytest

from mesh_components.validation.structure import problems


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("^a$", "a", True),
        ("^a$", "a\n", False),
        ("^(a$|b)", "a\n", False),
        (r"^a\$", "a$b", True),
        (r"^a\\$", "a\\", True),
        (r"^a\\$", "a\\\n", False),
        ("^[$]+$", "$$", True),
        ("^[$]+$", "Z", False),
        ("^[]$]+$", "]$", True),
        ("^[^]$]+$", "a$", False),
        (r"^[\]$]+$", "]$", True),
        (r"^[\]$]+$", "]$\n", False),
    ],
)
def test_a_dollar_sign_is_the_very_end_where_it_is_an_end(pattern: str, value: str, matches: bool) -> None:
    found = list(problems({"type": "string", "pattern": pattern}, value))
    assert bool(found) is not matches
