"""What is planned is what Istio's Kiali addon of the same version is, but for what is listed with its reason."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh_components.settings.observability.kiali_deployment import KialiDeploymentSettings
from tests.parity.compare import Result, compare, load_deliberate, load_objects

from . import upstream
from .kiali_plans import planned

pytestmark = pytest.mark.tools

DELIBERATE = load_deliberate(Path(__file__).with_name("kiali_deliberate.yaml"))

ADDON: dict[str, Any] = {"auth": {"strategy": "anonymous"}, "deployment": {"network_policy": {"enabled": False}}}
"""What Istio sets for its addon that is not our default."""


def opened(item: dict[str, Any]) -> dict[str, Any]:
    """Return a ConfigMap with what the server reads as data."""
    text = (item.get("data") or {}).get("config.yaml")
    return {**item, "data": {}, "config": yaml.safe_load(text)} if text else item


@cache
def compared(version: str) -> Result:
    ours = map(opened, planned({"version": version, "profile": "demo"}, **ADDON).objects)
    istio = map(opened, load_objects(upstream.addon(version, "kiali")))
    return compare(version, ours, istio, version, DELIBERATE)


@pytest.mark.parametrize("version", upstream.VERSIONS)
def test_kiali_is_istios_addon(version: str) -> None:
    result = compared(version)
    assert result.compared == 6
    assert not result.undeclared, str(result)


def test_what_is_listed_as_meant_is_there() -> None:
    found = {one for version in upstream.VERSIONS for one in compared(version).applied}
    outdated = [f"{one.object} {one.path}" for one in DELIBERATE if one not in found]
    assert not outdated, "these no longer apply; take them out of kiali_deliberate.yaml"


def test_what_no_server_reads_is_a_setting_of_the_deployment() -> None:
    listed = {one.path.split(".")[2] for one in DELIBERATE if one.path.startswith("config.deployment.")}
    # Deprecated, and off in the addon.
    assert listed - {"ingress_enabled"} <= set(KialiDeploymentSettings.model_fields)
