"""A stack's file alone says what Pulumi will declare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh_components import Mesh
from mesh_components.live.plan import LATER, UNKNOWN, plan, setting
from mesh_components.settings import SettingsError

from .test_components import run

STACKS = sorted(Path("stacks").glob("Pulumi.*.yaml"))


def config(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
    return found


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
def test_a_plan_has_the_objects_that_the_components_register(file: Path) -> None:
    """The oracle is the component tree itself, run under the SDK's mock engine."""
    found = plan(config(file), "mesh", "unit")
    planned = {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]) for item in found.objects
    }
    engine = run(lambda: Mesh("mesh", found.settings))
    registered = set()
    for request in engine.objects:
        fields = request.object.fields
        metadata = fields["metadata"].struct_value.fields
        name = (fields["kind"].string_value, metadata["namespace"].string_value, metadata["name"].string_value)
        registered.add(name)
        manager = metadata["annotations"].struct_value.fields["pulumi.com/patchFieldManager"].string_value
        assert manager == found.manager
    assert planned == registered and planned


def test_the_cas_texts_are_not_known() -> None:
    found = plan({"mesh:certificateAuthority": {"mode": "declared"}}, "mesh", "unit")
    (secret,) = [item for item in found.objects if item["kind"] == "Secret"]
    assert set(secret["data"].values()) == {UNKNOWN} and len(secret["data"]) == 4


def test_a_users_ca_is_known_but_for_what_is_encrypted() -> None:
    pems = dict.fromkeys(("caCert", "rootCert", "certChain"), "PEM")
    authority = {"mode": "provided", **pems, "caKey": {"secure": "v1:abc"}}
    found = plan({"mesh:certificateAuthority": authority}, "mesh", "unit")
    (secret,) = [item for item in found.objects if item["kind"] == "Secret"]
    assert secret["data"]["ca-key.pem"] is UNKNOWN
    assert secret["data"]["ca-cert.pem"] == "UEVN"


def test_values_reach_the_settings_as_pulumi_hands_them_over() -> None:
    assert [setting(value) for value in (1.31, True, "a", None, [1], {"secure": "x"})] == [
        "1.31",
        True,
        "a",
        "",
        [1],
        LATER,
    ]


def test_other_projects_settings_are_left_out_and_unknown_ones_refused() -> None:
    assert plan({"kubernetes:context": "here", "mesh:profile": "minimal"}, "mesh", "unit").objects
    with pytest.raises(SettingsError, match="profil"):
        plan({"mesh:profil": "minimal"}, "mesh", "unit")
