"""The profiles, against istioctl of the same version."""

from __future__ import annotations

import pytest

from mesh_components.settings import PROFILES

from .conftest import Parity

pytestmark = pytest.mark.tools


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_is_what_istioctl_installs(parity: Parity, profile: str) -> None:
    result = parity(profile, {"profile": profile})
    assert result.compared > 30
    assert not result.undeclared, str(result)


def test_each_deliberate_difference_still_applies(parity: Parity) -> None:
    applied = {entry for profile in PROFILES for entry in parity(profile, {"profile": profile}).applied}
    outdated = [entry for entry in parity.deliberate if not entry.case and entry not in applied]
    assert not outdated, "these no longer apply; take them out of deliberate.yaml"
