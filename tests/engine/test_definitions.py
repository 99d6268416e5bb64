"""CRDs are made together: none before the provider has checked all, as far as the engine's parallelism goes."""

from __future__ import annotations

import json

import pytest

from .conftest import Project

pytestmark = pytest.mark.tools

COUNT = 7
PROGRAM = f"""
import asyncio
import pulumi
import pulumi_tls as tls
from mesh_components import definitions

async def later(seconds):
    await asyncio.sleep(seconds)

definitions.PAUSE = PAUSE
together = definitions.made_together("mesh", {COUNT}).options
for number in range({COUNT}):
    after = pulumi.ResourceOptions(retain_on_delete=False, depends_on=[pulumi.Output.from_input(later(number / 20))])
    opts = pulumi.ResourceOptions.merge(together, after)
    tls.PrivateKey(f"key-{{number}}", algorithm="ECDSA", ecdsa_curve="P256", opts=opts)
"""
"""Small keys, which a provider without a cluster makes at once, in the place of CRDs; they come one after the other."""
ENOUGH = PROGRAM.replace("= PAUSE", "= 30")
"""Nothing on a busy machine takes as long as the pause."""
A_SECOND = PROGRAM.replace("= PAUSE", "= 1")


def created_and_waiting(project: Project, *arguments: str) -> list[int]:
    """Run an update and return, for each key that was made, how many were on their way at that time."""
    ran = project.run("up", "--yes", "--skip-preview", "--json", *arguments)
    begun, found = 0, []
    for event in map(json.loads, ran.stdout.splitlines()):
        for kind in ("resourcePreEvent", "resOutputsEvent"):
            if "PrivateKey" in event.get(kind, {}).get("metadata", {}).get("urn", ""):
                if kind == "resourcePreEvent":
                    begun += 1
                else:
                    found.append(begun)
    return found


def test_none_is_made_before_all_are_there(project: Project) -> None:
    project.program(ENOUGH)
    assert created_and_waiting(project, "--parallel", "16") == [COUNT] * COUNT


def test_where_the_engine_does_few_things_at_a_time_those_few_are_made_together(project: Project) -> None:
    project.program(A_SECOND)
    found = created_and_waiting(project, "--parallel", "3")
    assert len(found) == COUNT
    assert found[0] == 3


def test_one_after_the_other_and_one_that_is_added_do_not_wait_for_more(project: Project) -> None:
    project.program(A_SECOND)
    assert created_and_waiting(project, "--parallel", "1") == [*range(1, COUNT + 1)]
    project.program(A_SECOND.replace(f"range({COUNT})", f"range({COUNT + 1})"))
    assert project.changes("up") == {"create": 1, "same": COUNT + 1}
    assert project.changes("destroy") == {"delete": COUNT + 2}
