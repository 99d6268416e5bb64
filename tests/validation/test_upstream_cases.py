"""Istio's own cases of right and wrong objects (`pkg/config/validation/openapi_test.go`)."""

from pathlib import Path

import pytest
import yaml

from local_cluster import toolchain
from mesh_components.validation import validate

pytestmark = pytest.mark.tools

READ_OTHERWISE = "001:db8::"
"""An address that YAML 1.1, which PyYAML reads, takes for a mapping where Go's reader does not."""


def test_every_case_is_judged_as_expected() -> None:
    folder = Path(toolchain.module_dir("istio")) / "pkg/config/validation/testdata/crds"
    judged, wrong = 0, []
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text().replace(READ_OTHERWISE, f'"{READ_OTHERWISE}"')
        for part in text.split("\n---"):
            case = yaml.safe_load(part)
            if isinstance(case, dict):
                expected = case.pop("_err", None)
                problems = [problem for problem in validate(case) if not problem.is_warning]
                judged += 1
                if bool(problems) is not bool(expected):
                    wrong.append((path.name, case, expected, problems))
    assert judged > 100
    assert not wrong
