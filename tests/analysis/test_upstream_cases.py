"""Upstream's own cases: the named analyzer finds all that is expected, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from mesh_components import analysis
from mesh_components.analysis import everything  # noqa: F401  (registers)
from mesh_components.analysis.analyzers import REGISTER
from mesh_components.analysis.finding import Message
from mesh_components.analysis.istio import CODES_LEFT_OUT, LEFT_OUT
from mesh_components.analysis.messages import catalogue, ist

from . import upstream_cases
from .upstream_cases import Case, Score

pytestmark = pytest.mark.tools


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = upstream_cases.cases()
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])


def test_case(case: Case, scores: dict[str, Score]) -> None:
    if case.analyzer in LEFT_OUT:
        pytest.skip(LEFT_OUT[case.analyzer])
    expected = Counter(case.expected)
    findings = upstream_cases.found(case.world(), case.analyzer)
    found = upstream_cases.seen(findings)
    scores.setdefault("upstream's analyzer cases, by code", Score()).add(expected, found)
    assert found == expected, "\n".join(f"{finding.resource} {finding.path}: {finding.text}" for finding in findings)


def test_there_are_cases() -> None:
    cases = upstream_cases.cases()
    assert len(cases) >= 100
    assert sum(len(case.expected) for case in cases) >= 150


def test_codes_names_and_levels_are_upstreams() -> None:
    upstream = {code: (name, level) for name, (code, level) in upstream_cases.messages().items()}
    ours = {code: message for code, message in catalogue().items() if code.startswith("IST")}
    assert {code: (message.name, str(message.severity)) for code, message in ours.items()} == {
        code: upstream[code] for code in ours
    }


def test_every_analyzer_of_istioctl_is_here_or_is_left_out_with_a_reason() -> None:
    names = upstream_cases.istioctl_analyzers()
    missing = [name for name in names if name not in LEFT_OUT and not upstream_cases.registered(name)]
    assert missing == []
    assert set(LEFT_OUT) <= set(names)
    assert not any(name in REGISTER for name in LEFT_OUT)
    assert all(LEFT_OUT.values())


def test_every_code_of_istio_is_used_or_is_left_out_with_a_reason() -> None:
    used = {
        message.code
        for file in Path(analysis.__file__).parent.rglob("*.py")
        for name in re.findall(r"\bist\.([A-Z_]+)\b", file.read_text())
        if isinstance(message := getattr(ist, name), Message)
    }
    codes = {code for code, _ in upstream_cases.messages().values()}
    assert codes - used == set(CODES_LEFT_OUT)
    assert all(CODES_LEFT_OUT.values())
