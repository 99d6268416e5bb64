"""Our templates on upstream's injection cases, through `istioctl kube-inject`, against upstream's expected outputs."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from . import meaning, upstream_cases, versions
from .conftest import Installed
from .istioctl import Injection, kube_inject, loaded, together
from .upstream_cases import Case

pytestmark = pytest.mark.tools

_VERSIONS = versions.tested("1.31.0", "1.28.3")
_CASES = [(version, case) for version in _VERSIONS for case in upstream_cases.cases(version)]

Injected = Callable[[str, Case], Injection]


@pytest.fixture(scope="module")
def injected(installed: Installed, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Injected:
    """A case's objects with our templates; cases of one installation are injected together."""
    folder = tmp_path_factory.mktemp("upstream-cases")

    @cache
    def all_of(version: str, installation: str) -> Mapping[str, Injection]:
        cases = [case for case in upstream_cases.cases(version) if case.installation == installation]
        case = cases[0]
        settings = installed(version, case.sets, case.overlay).with_our_templates().with_mesh(case.mesh)
        return together(
            {case.name: (upstream_cases.folder(version) / case.input).read_text() for case in cases},
            lambda text: kube_inject(
                settings, text, kubeconfig=kubeconfig, environment=case.environment, folder=folder
            ),
        )

    return lambda version, case: all_of(version, case.installation)[case.name]


@pytest.mark.parametrize(("version", "case"), _CASES, ids=[f"{version}-{case.name}" for version, case in _CASES])
def test_case(version: str, case: Case, injected: Injected) -> None:
    done = injected(version, case)
    if case.error:
        assert done.objects is None
        assert case.error in done.said.lower()
        return
    assert done.objects is not None, done.said
    assert case.warning in done.said
    want = loaded((upstream_cases.folder(version) / case.want).read_text())
    assert not (difference := meaning.difference(want, done.objects)), difference


@pytest.mark.parametrize("version", _VERSIONS)
def test_no_expected_output_of_upstream_is_left_out(version: str) -> None:
    outputs = {path.name for path in upstream_cases.folder(version).glob("*.injected")}
    run = {case.want for case in upstream_cases.cases(version) if case.want}
    assert outputs == run | set(upstream_cases.WEBHOOK_ONLY)
