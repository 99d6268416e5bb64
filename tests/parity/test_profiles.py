"""The profiles, against istioctl of the same version."""

from __future__ import annotations

import pytest

from . import istioctl, matrix
from .conftest import Parity

pytestmark = pytest.mark.tools

FEWEST = {"empty": 0, "remote": 5}
"""How many objects there have to be to compare, definitions aside, where that is not many."""


@matrix.parametrize(matrix.profiles())
def test_a_profile_is_what_istioctl_installs(parity: Parity, wanted: matrix.Comparison) -> None:
    result = parity(wanted)
    assert result.compared >= FEWEST.get(wanted.profile, 11)
    assert not result.undeclared, str(result)


def test_each_deliberate_difference_still_applies(parity: Parity) -> None:
    made = [parity(wanted) for wanted in matrix.profiles() if istioctl.available(wanted.version)]
    applied = {entry for result in made for entry in result.applied}
    outdated = [entry for entry in parity.deliberate if not entry.case and entry not in applied]
    assert not outdated, "these no longer apply; take them out of deliberate.yaml"
