"""What a program declares is judged by the engine's own run of it: in the preview, and by the policy pack."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import POLICIES, Project

pytestmark = pytest.mark.tools

START = """
import pulumi
import pulumi_kubernetes as k8s
import pulumi_tls as tls
from mesh_components import observe

declared = observe()
cluster = k8s.Provider("cluster", render_yaml_to_directory="rendered")
opts = pulumi.ResourceOptions(provider=cluster)
k8s.core.v1.Namespace("shop", metadata={"name": "shop"}, opts=opts)
k8s.core.v1.Service(
    "cart",
    metadata={"name": "cart", "namespace": "shop"},
    spec={"type": "ExternalName", "external_name": "cart.example.com", "ports": [{"name": "http", "port": 80}]},
    opts=opts,
)


def virtual_service(host, gateway="mesh", parent=None):
    k8s.apiextensions.CustomResource(
        "routes",
        api_version="networking.istio.io/v1",
        kind="VirtualService",
        metadata={"name": "cart", "namespace": "shop"},
        spec={
            "hosts": ["cart"],
            "gateways": [gateway],
            "http": [{"route": [{"destination": {"host": host, "port": {"number": 80}}}]}],
        },
        opts=pulumi.ResourceOptions(provider=cluster, parent=parent),
    )

"""
END = "\npulumi.run(declared.judge)\n"


def program(text: str) -> str:
    return START + textwrap.dedent(text) + END


def said(ran: subprocess.CompletedProcess[str]) -> str:
    text = ran.stdout + ran.stderr
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("command", [("preview",), ("up", "--yes")])
def test_a_missing_reference_fails_the_preview_and_nothing_is_made(project: Project, command: tuple[str, ...]) -> None:
    project.program(program('virtual_service("basket")'))
    ran = project.run(*command, check=False)
    assert ran.returncode != 0
    text = said(ran)
    assert "IST0101" in text and "basket" in text
    kind = "kubernetes:networking.istio.io/v1:VirtualService"
    assert f"urn:pulumi:dev::project::{kind}::routes" in text, "the object is named by its URN"
    assert not (project.folder / "rendered").exists()


def test_a_child_is_named_by_its_whole_urn(project: Project) -> None:
    parent = 'pulumi.ComponentResource("own:index:Part", "part")'
    project.program(program(f'virtual_service("basket", parent={parent})'))
    kind = "own:index:Part$kubernetes:networking.istio.io/v1:VirtualService"
    assert f"urn:pulumi:dev::project::{kind}::routes" in said(project.run("preview", check=False))


def test_what_is_right_is_deployed(project: Project) -> None:
    project.program(program('virtual_service("cart")'))
    project.run("up", "--yes")
    assert list((project.folder / "rendered").rglob("*virtualservice*"))


def test_what_is_not_known_yet_is_not_found_missing(project: Project) -> None:
    project.program(
        program("""
            key = tls.PrivateKey("key", algorithm="ED25519")
            virtual_service(key.id, gateway=key.public_key_fingerprint_md5)
        """)
    )
    assert "IST0101" not in said(project.run("preview"))


def test_what_others_fill_is_not_found_missing(project: Project) -> None:
    elsewhere = program('virtual_service("cart.elsewhere.svc.cluster.local")')
    project.program(elsewhere)
    assert "IST0101" not in said(project.run("preview"))


@pytest.mark.parametrize(
    ("settings", "fails"),
    [
        ({"analysis": "enforce"}, True),
        ({"analysis": "warn"}, False),
        ({"analysis": "off"}, False),
        ({"suppressions": [{"code": "IST0101", "resource": "VirtualService shop/*", "reason": "moving"}]}, False),
    ],
)
def test_a_stack_says_how_strictly(project: Project, settings: dict[str, object], fails: bool) -> None:
    text = program('virtual_service("basket")').replace(
        "observe()", f"observe(__import__('mesh_components.settings').settings.load({settings!r}))"
    )
    project.program(text)
    ran = project.run("preview", check=False)
    assert (ran.returncode != 0) is fails
    assert ("IST0101" in said(ran)) is (fails or settings.get("analysis") == "warn")


@pytest.fixture
def pack(policy_environment: Path, tmp_path: Path) -> Path:
    """The project's own pack, run in the packs' environment."""
    folder = tmp_path / "pack"
    folder.mkdir()
    options = {"name": "python", "options": {"virtualenv": str(policy_environment)}}
    (folder / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": options}), encoding="utf-8")
    source = (POLICIES / "__main__.py").read_text(encoding="utf-8")
    source = source.replace("Path(__file__).resolve().parent.parent", f"Path({str(POLICIES.parent)!r})")
    (folder / "__main__.py").write_text(source, encoding="utf-8")
    (folder / "analysis_policies.py").write_bytes((POLICIES / "analysis_policies.py").read_bytes())
    return folder


def unobserved(text: str) -> str:
    return program(text).replace("declared = observe()", "").replace("pulumi.run(declared.judge)", "")


def test_without_a_preview_the_pack_stops_what_is_wrong_by_itself(project: Project, pack: Path) -> None:
    project.program(unobserved('virtual_service("cart", gateway="no/t/one")'))
    ran = project.run("up", "--yes", "--skip-preview", "--policy-pack", str(pack), check=False)
    assert ran.returncode != 0
    assert "mesh-objects" in said(ran) and "IST0106" in said(ran)
    assert not list((project.folder / "rendered").rglob("*virtualservice*"))


def test_the_pack_judges_the_whole(project: Project, pack: Path, policy_pack: Callable[..., Path]) -> None:
    project.program(unobserved('virtual_service("basket")'))
    ran = project.run("preview", "--policy-pack", str(pack), check=False)
    assert ran.returncode != 0
    assert "mesh-analysis" in said(ran) and "IST0101" in said(ran)

    configured = pack / "config.json"
    suppressed = [{"code": "*", "resource": "VirtualService shop/*", "reason": "moving"}]
    levels = {name: {"suppressions": suppressed} for name in ("mesh-objects", "mesh-analysis", "mesh-warnings")}
    configured.write_text(json.dumps(levels), encoding="utf-8")
    project.run("preview", "--policy-pack", str(pack), "--policy-pack-config", str(configured))


def test_the_pack_finds_nothing_missing_that_is_not_known_yet(project: Project, pack: Path) -> None:
    project.program(
        unobserved("""
            key = tls.PrivateKey("key", algorithm="ED25519")
            virtual_service(key.id, gateway=key.public_key_fingerprint_md5)
        """)
    )
    assert "IST0101" not in said(project.run("preview", "--policy-pack", str(pack)))
