"""docs/profiles.md says what the profiles' data says."""

import re
from pathlib import Path

from mesh_components.settings import PROFILES

PAGE = Path(__file__).parents[2] / "docs" / "profiles.md"


def test_the_page_has_every_profile_and_its_summary() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == {name: profile.summary for name, profile in PROFILES.items()}
