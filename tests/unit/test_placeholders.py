"""What stands for encrypted settings is of a form that the settings take, so that anybody can make a plan."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_components.cli.placeholders import without_secrets
from mesh_components.settings import load

HIDDEN = {"secure": "v1:abc"}


@pytest.mark.parametrize(
    "mesh",
    [
        {"addons": {"kiali": {"enabled": True, "login_token": {"signing_key": HIDDEN}}}},
        {
            "global": {"imagePullSecrets": ["registry"]},
            "pullSecrets": [{"name": "registry", "dockerConfigJson": HIDDEN}],
        },
        {"meshConfig": {"trustDomain": HIDDEN}},
    ],
    ids=["Kiali's key", "docker config", "any text"],
)
def test_the_settings_take_it(mesh: dict[str, Any]) -> None:
    assert load(without_secrets(mesh))
