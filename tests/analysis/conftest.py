"""Prints at the end how many of upstream's findings ours are."""

from __future__ import annotations

import pytest

from .upstream_cases import Score

SCORES = pytest.StashKey[dict[str, Score]]()


@pytest.fixture(scope="session")
def scores(pytestconfig: pytest.Config) -> dict[str, Score]:
    """Return scores by title; what a test puts there is printed at the end."""
    return pytestconfig.stash.setdefault(SCORES, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for title, score in config.stash.get(SCORES, {}).items():
        terminalreporter.section(title)
        for line in score.lines():
            terminalreporter.write_line(line)
