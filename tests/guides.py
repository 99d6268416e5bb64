"""What stands in the guides: programs and stack files, to be run and planned as they are written."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from mesh_components.settings import MeshSettings, load

DOCS = Path(__file__).parents[1] / "docs"


def text(page: str) -> str:
    """Return a guide's text."""
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Return a guide's blocks in a language; there is one at least."""
    found = re.findall(rf"```{language}\n(.*?)```", text(page), re.DOTALL)
    assert found
    return found


def settings_of(block: str) -> MeshSettings:
    """Return the settings of a stack's file."""
    config = yaml.safe_load(block)["config"]
    return load({key.removeprefix("mesh:"): value for key, value in config.items()})
