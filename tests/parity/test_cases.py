"""Settings beyond the profiles, said to us and to istioctl."""

from __future__ import annotations

import pytest

from mesh_components.settings import DEFAULT_VERSION, VERSIONS

from . import matrix
from .cases import CASES, TAGS
from .conftest import Parity

pytestmark = pytest.mark.tools


@matrix.parametrize(matrix.settings())
def test_settings_mean_what_they_mean_to_istioctl(parity: Parity, wanted: matrix.Comparison) -> None:
    result = parity(wanted)
    assert result.compared
    assert not result.undeclared, str(result)
    if wanted.version == DEFAULT_VERSION:
        outdated = [entry for entry in parity.deliberate if entry.case == wanted.case and entry not in result.applied]
        assert not outdated, "these no longer apply; take them out of deliberate.yaml"


def test_cases_are_called_by_names_that_exist(parity: Parity) -> None:
    assert {entry.case for entry in parity.deliberate} <= {"", *CASES, *TAGS}
    assert set(CASES) >= matrix.AT_EVERY_VERSION


@matrix.parametrize(
    matrix.comparison(version, "default-revision", {}, values={"defaultRevision": "default"}) for version in VERSIONS
)
def test_the_default_validator_is_the_one_of_istios_base_chart(parity: Parity, wanted: matrix.Comparison) -> None:
    result = parity(wanted)
    ours_alone = [difference for difference in result.deliberate if not difference.path]
    assert [difference.object for difference in ours_alone] == ["Namespace istio-system"]
    fields = {difference.path for difference in result.deliberate if "istiod-default-validator" in difference.object}
    assert fields == {"webhooks[0].failurePolicy"}
    assert not result.undeclared, str(result)
