"""Our templates on upstream's injection cases, through `istioctl kube-inject`, against upstream's expected outputs."""

from pathlib import Path

import pytest

from . import meaning, upstream_cases
from .conftest import Installed
from .istioctl import kube_inject, loaded
from .upstream_cases import Case

pytestmark = pytest.mark.tools


@pytest.mark.parametrize("case", upstream_cases.cases(), ids=lambda case: case.name)
def test_case(case: Case, installed: Installed, kubeconfig: Path, tmp_path: Path) -> None:
    settings = installed(case.sets, case.overlay).with_our_templates().with_mesh(case.mesh)
    done = kube_inject(
        settings,
        upstream_cases.folder() / case.input,
        kubeconfig=kubeconfig,
        environment=case.environment,
        folder=tmp_path,
    )
    if case.error:
        assert done.objects is None
        assert case.error in done.said.lower()
        return
    assert done.objects is not None, done.said
    assert case.warning in done.said
    want = loaded((upstream_cases.folder() / case.want).read_text())
    assert not (difference := meaning.difference(want, done.objects)), difference


def test_no_expected_output_of_upstream_is_left_out() -> None:
    outputs = {path.name for path in upstream_cases.folder().glob("*.injected")}
    assert outputs == {case.want for case in upstream_cases.cases() if case.want} | set(upstream_cases.WEBHOOK_ONLY)
