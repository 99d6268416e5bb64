"""The programs in the guides, run as they are written."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pytest

import mesh_components
from tests.guides import blocks, text
from tests.unit.test_components import run

from .programs import CERTIFICATE

PAGES = ("traffic.md", "security.md")
BLOCKS = [(page, number, block) for page in PAGES for number, block in enumerate(blocks(page, "python"))]


def statements(block: str) -> list[str]:
    """Return the parts of a block that make one component each, with what stands before the first."""
    before, *parts = re.split(r"\n(?=[A-Z]\w+\()", f"\n{block}")
    return [f"{before}\n{part}" for part in parts]


@pytest.mark.parametrize(("page", "number", "block"), BLOCKS, ids=[f"{page}-{number}" for page, number, _ in BLOCKS])
def test_a_block_runs_as_written(page: str, number: int, block: str) -> None:
    given: dict[str, Any] = {name: getattr(mesh_components, name) for name in mesh_components.__all__}
    given |= {"pulumi": pulumi, "chain_pem": CERTIFICATE}
    made = 0
    for part in statements(block):
        # Alternatives stand below each other in one block; each is a program of its own.
        def program(part: str = part) -> None:
            names = {**given, "opts": pulumi.ResourceOptions()}
            exec(compile(part, f"{page}, block {number}", "exec"), names)

        made += len(run(program).objects)
    assert made
    assert "shop" in block or "mesh" in block


def test_the_guides_name_every_component() -> None:
    written = "".join(map(text, PAGES))
    kinds = {name for name in mesh_components.__all__ if name.endswith("Args")}
    ours = {
        name.removesuffix("Args")
        for name in kinds
        if getattr(mesh_components, name).__module__.split(".")[1] in ("traffic", "security")
    }
    assert len(ours) == 19
    assert not [name for name in ours if name not in written]
