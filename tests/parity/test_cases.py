"""Settings beyond the profiles, said to us and to istioctl."""

from __future__ import annotations

import pytest

from .cases import CASES, Raw
from .conftest import Parity

pytestmark = pytest.mark.tools


@pytest.mark.parametrize(("case", "raw"), CASES.items(), ids=CASES)
def test_settings_mean_what_they_mean_to_istioctl(parity: Parity, case: str, raw: Raw) -> None:
    result = parity(case, raw)
    assert not result.undeclared, str(result)
    outdated = [entry for entry in parity.deliberate if entry.case == case and entry not in result.applied]
    assert not outdated, "these no longer apply; take them out of deliberate.yaml"


def test_deliberate_differences_name_cases_that_exist(parity: Parity) -> None:
    assert {entry.case for entry in parity.deliberate} <= {"", *CASES}


def test_the_default_validator_is_the_one_of_istios_base_chart(parity: Parity) -> None:
    result = parity("default-revision", {}, values={"defaultRevision": "default"})
    ours_alone = [difference for difference in result.deliberate if not difference.path]
    assert [difference.object for difference in ours_alone] == ["Namespace istio-system"]
    fields = {difference.path for difference in result.deliberate if "istiod-default-validator" in difference.object}
    assert fields == {"webhooks[0].failurePolicy"}
    assert not result.undeclared, str(result)
