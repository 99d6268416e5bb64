"""Makes the comparisons, istioctl's part ahead of time, and prints what they found as a table at the end."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mesh_components.manifests import mesh
from mesh_components.settings import load

from . import istioctl
from .cases import operator
from .compare import Deliberate, Result, compare, load_deliberate, load_objects
from .matrix import Comparison

DELIBERATE = Path(__file__).with_name("deliberate.yaml")
RESULTS = pytest.StashKey[dict[Comparison, Result]]()


class Parity:
    """Compares meshes with what istioctl renders for the same settings."""

    def __init__(self, pool: ThreadPoolExecutor, results: dict[Comparison, Result]) -> None:
        self.deliberate: list[Deliberate] = load_deliberate(DELIBERATE)
        self.results = results
        self._pool = pool
        self._rendered: dict[Comparison, Future[str]] = {}

    def expect(self, wanted: Iterable[Comparison]) -> None:
        """Let istioctl begin with what will be wanted, in this order."""
        for one in wanted:
            if one not in self._rendered and one not in self.results:
                self._rendered[one] = self._pool.submit(_render, one)

    def __call__(self, wanted: Comparison) -> Result:
        """Return the comparison, made once a session."""
        if wanted not in self.results:
            self.expect([wanted])
            istio = load_objects(self._rendered.pop(wanted).result())
            ours = mesh.objects(load(wanted.raw))
            self.results[wanted] = compare(wanted.name, ours, istio, wanted.version, self.deliberate)
        return self.results[wanted]


def _render(wanted: Comparison) -> str:
    spec = operator(wanted.raw)
    spec["unvalidatedValues"] |= wanted.values
    with TemporaryDirectory() as folder:
        return istioctl.generate(wanted.version, wanted.profile, spec, Path(folder))


@pytest.fixture(scope="session")
def parity(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[Parity]:
    pool = ThreadPoolExecutor(os.cpu_count())
    found = Parity(pool, pytestconfig.stash.setdefault(RESULTS, {}))
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    wanted = (item.callspec.params.get("wanted") for item in items if hasattr(item, "callspec"))
    found.expect(one for one in wanted if isinstance(one, Comparison) and istioctl.available(one.version))
    yield found
    pool.shutdown(cancel_futures=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = config.stash.get(RESULTS, {})
    if not results:
        return
    terminalreporter.section("parity with istioctl manifest generate")
    head = f"{'version':<8} {'profile':<18} {'revision':<9} {'settings':<28}"
    terminalreporter.write_line(f"{head}{'compared':>10}{'equal':>8}{'deliberate':>12}{'undeclared':>12}")
    for wanted, result in results.items():
        what = f"{wanted.version:<8} {wanted.profile:<18} {wanted.revision or '-':<9} {wanted.case or '-':<28}"
        counts = f"{result.compared:>10}{result.equal:>8}{len(result.applied):>12}{len(result.undeclared):>12}"
        terminalreporter.write_line(f"{what}{counts}")
