"""Collects what the comparisons found and prints it as a table at the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_components.manifests import mesh
from mesh_components.settings import DEFAULT_PROFILE, load

from . import istioctl
from .cases import Raw, operator
from .compare import Deliberate, Object, Result, compare, load_deliberate

DELIBERATE = Path(__file__).with_name("deliberate.yaml")
RESULTS = pytest.StashKey[dict[str, Result]]()


class Parity:
    """Compares a mesh with what istioctl renders for the same settings."""

    def __init__(self, folder: Path, results: dict[str, Result]) -> None:
        self.deliberate: list[Deliberate] = load_deliberate(DELIBERATE)
        self.results = results
        self._folder = folder

    def __call__(self, case: str, raw: Raw, values: Raw | None = None) -> Result:
        """Return the comparison of ``raw``, made once a session. ``values``: chart values for istioctl alone."""
        if case not in self.results:
            settings = load(raw)
            spec = operator(raw)
            spec["unvalidatedValues"] |= values or {}
            profile = str(raw.get("profile", DEFAULT_PROFILE))
            folder = self._folder / case
            folder.mkdir()
            istio: list[Object] = istioctl.generate(settings.version, profile, spec, folder)
            self.results[case] = compare(case, mesh.objects(settings), istio, settings.version, self.deliberate)
        return self.results[case]


@pytest.fixture(scope="session")
def parity(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Parity]:
    results = pytestconfig.stash.setdefault(RESULTS, {})
    yield Parity(tmp_path_factory.mktemp("parity"), results)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    results = config.stash.get(RESULTS, {})
    if not results:
        return
    terminalreporter.section("parity with istioctl manifest generate")
    terminalreporter.write_line(f"{'case':<24}{'compared':>10}{'equal':>10}{'deliberate':>12}{'undeclared':>12}")
    for result in results.values():
        counts = f"{result.compared:>10}{result.equal:>10}{len(result.applied):>12}{len(result.undeclared):>12}"
        terminalreporter.write_line(f"{result.case:<24}{counts}")
