"""Policy packs in Python, which the engine runs through the language host's RunPlugin."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import PACK, Project

pytestmark = pytest.mark.tools

PROGRAM = """
import pulumi_tls as tls

tls.PrivateKey("small", algorithm="RSA", rsa_bits=1024)
"""


def test_the_engine_runs_an_empty_pack(project: Project, policy_pack: Callable[..., Path]) -> None:
    project.program(PROGRAM)
    pack = policy_pack((PACK / "__main__.py").read_text(encoding="utf-8"))
    shown = project.run("preview", "--policy-pack", str(pack)).stdout
    assert "empty" in shown.partition("Policies:")[2]


def test_a_pack_sees_resources_and_stack_and_stops_the_update(
    project: Project, policy_pack: Callable[..., Path]
) -> None:
    project.program(PROGRAM)
    project.run("config", "set", "least", "2048")
    pack = policy_pack("""
        import pulumi
        from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

        def large(args, report):
            least = pulumi.Config("project").require_int("least")
            if args.resource_type == "tls:index/privateKey:PrivateKey" and args.props["rsaBits"] < least:
                report(f"{args.name} in {pulumi.get_stack()} has fewer than {least} bits")

        policy = ResourceValidationPolicy(
            name="large-keys",
            description="Keys are large.",
            validate=large,
            enforcement_level=EnforcementLevel.MANDATORY,
        )
        PolicyPack(name="keys", policies=[policy])
    """)
    ran = project.run("up", "--yes", "--policy-pack", str(pack), check=False)
    assert ran.returncode != 0
    assert "small in dev has fewer than 2048 bits" in ran.stdout + ran.stderr
    assert not project.resources() if project.state_file.exists() else True


def test_a_pack_that_does_not_start_is_reported(project: Project, policy_pack: Callable[..., Path]) -> None:
    project.program(PROGRAM)
    pack = policy_pack("raise RuntimeError('this pack is broken')")
    ran = project.run("preview", "--policy-pack", str(pack), check=False)
    assert ran.returncode != 0
    assert "this pack is broken" in ran.stdout + ran.stderr
