"""What is planned is what Istio's addons of the same version are, but for what is listed with its reason."""

from __future__ import annotations

from functools import cache

import pytest

from mesh_components.settings import load
from tests.parity.compare import Result, load_deliberate

from . import upstream
from .plans import ADDONS, planned

pytestmark = pytest.mark.tools


@cache
def compared(addon: str, version: str) -> Result:
    return upstream.compared(addon, version, planned(addon, load({"version": version})))


@pytest.mark.parametrize("version", upstream.VERSIONS)
@pytest.mark.parametrize("addon", ADDONS)
def test_an_addon_is_istios(addon: str, version: str) -> None:
    result = compared(addon, version)
    assert result.compared >= 4
    assert not result.undeclared, str(result)


@pytest.mark.parametrize("addon", ADDONS)
def test_what_is_listed_as_meant_is_there(addon: str) -> None:
    found = {one for version in upstream.VERSIONS for one in compared(addon, version).applied}
    outdated = [f"{one.object} {one.path}" for one in upstream.listed(addon) if one not in found]
    assert not outdated, "these no longer apply; take them out of deliberate.yaml"


def test_every_listed_difference_is_of_an_addon() -> None:
    assert {one.case for one in load_deliberate(upstream.DELIBERATE)} == set(ADDONS)
